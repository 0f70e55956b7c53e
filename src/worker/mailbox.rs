//! Questions to a partition's task, from other threads.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, mpsc};

use crate::kafka::queue::Waker;

struct Owner<R> {
    worker: usize,
    letters: mpsc::Sender<(i32, R)>,
    waker: Arc<Waker>,
}

/// Who runs which partition in this process. A request brings its own way back; one that is dropped unanswered tells that by its drop.
pub struct Mailbox<R> {
    owners: Mutex<BTreeMap<i32, Owner<R>>>,
}

impl<R> Default for Mailbox<R> {
    fn default() -> Self {
        Self { owners: Mutex::default() }
    }
}

impl<R> Mailbox<R> {
    /// Hands the request to the partition's worker; it comes back where the partition does not run in this process now.
    pub fn send(&self, partition: i32, request: R) -> Result<(), R> {
        let owners = self.owners.lock().expect("no panic while held");
        let Some(owner) = owners.get(&partition) else { return Err(request) };
        owner.letters.send((partition, request)).map_err(|mpsc::SendError((_, request))| request)?;
        owner.waker.wake();
        Ok(())
    }

    /// Whether the partition runs in this process now.
    pub fn has(&self, partition: i32) -> bool {
        self.owners.lock().expect("no panic while held").contains_key(&partition)
    }

    pub(crate) fn open(&self, partition: i32, worker: usize, letters: &mpsc::Sender<(i32, R)>, waker: &Arc<Waker>) {
        let owner = Owner { worker, letters: letters.clone(), waker: waker.clone() };
        self.owners.lock().expect("no panic while held").insert(partition, owner);
    }

    /// Unless another worker has it already.
    pub(super) fn close(&self, partition: i32, worker: usize) {
        let mut owners = self.owners.lock().expect("no panic while held");
        if owners.get(&partition).is_some_and(|owner| owner.worker == worker) {
            owners.remove(&partition);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_reaches_the_owner_or_comes_back() {
        let (mailbox, waker) = (Mailbox::default(), Arc::new(Waker::default()));
        let (letters, inbox) = mpsc::channel();
        assert_eq!(mailbox.send(3, "who?"), Err("who?"));
        assert!(!mailbox.has(3));
        mailbox.open(3, 0, &letters, &waker);
        assert_eq!(mailbox.send(3, "who?"), Ok(()));
        assert_eq!(inbox.recv(), Ok((3, "who?")));
        // Worker 1 has taken the partition over before worker 0 said farewell.
        mailbox.open(3, 1, &letters, &waker);
        mailbox.close(3, 0);
        assert_eq!(mailbox.send(3, "still there?"), Ok(()));
        assert!(mailbox.has(3));
        mailbox.close(3, 1);
        assert_eq!(mailbox.send(3, "gone?"), Err("gone?"));
    }
}
