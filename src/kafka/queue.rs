//! A partition's own queue, read in batches.
//!
//! Batches on the member's main queue would swallow rebalance events, so each partition is split off and the main queue is polled for the
//! rest. Reading in batches costs a third of polling one by one.

use std::ffi::CString;
use std::ptr::{self, NonNull};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka_sys as sys;

use super::message::Message;

/// Wakes a thread that sleeps because all its queues are empty.
#[derive(Debug, Default)]
pub struct Waker {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Waker {
    pub fn wake(&self) {
        *self.woken.lock().expect("no panic while held") = true;
        self.changed.notify_one();
    }

    /// Sleeps until woken, at most `timeout`. A wake-up before the call counts, so nothing is lost between looking and sleeping.
    pub fn wait(&self, timeout: Duration) {
        let woken = self.woken.lock().expect("no panic while held");
        let (mut woken, _) = self.changed.wait_timeout_while(woken, timeout, |woken| !*woken).expect("no panic while held");
        *woken = false;
    }
}

/// The queue of one partition of one consumer.
///
/// Drop it before the partition is assigned anew: there is one underlying queue, and dropping ends its wake-ups.
pub struct PartitionQueue<C: ConsumerContext + 'static> {
    native: NonNull<sys::rd_kafka_queue_t>,
    /// Reused for each batch, so that reading allocates nothing.
    scratch: Vec<*mut sys::rd_kafka_message_t>,
    /// The callback's argument; outlives the registration.
    waker: Arc<Waker>,
    /// The client outlives its queues.
    _consumer: Arc<BaseConsumer<C>>,
}

impl<C: ConsumerContext + 'static> PartitionQueue<C> {
    /// Splits the partition off the main queue. Call it before the assignment, so that no record comes by the main queue.
    pub fn split(consumer: &Arc<BaseConsumer<C>>, topic: &str, partition: i32, waker: &Arc<Waker>) -> Option<Self> {
        let name = CString::new(topic).ok()?;
        // SAFETY: a live client and a NUL-terminated name; the result is ours to destroy.
        let native = unsafe { sys::rd_kafka_queue_get_partition(consumer.client().native_ptr(), name.as_ptr(), partition) };
        let native = NonNull::new(native)?;
        // SAFETY: a live queue; null ends the forwarding to the main queue. The waker lives until drop, which ends the registration first;
        // the callback runs under the queue's lock, so none runs after that.
        unsafe {
            sys::rd_kafka_queue_forward(native.as_ptr(), ptr::null_mut());
            sys::rd_kafka_queue_cb_event_enable(native.as_ptr(), Some(on_nonempty), Arc::as_ptr(waker) as *mut _);
        }
        Some(Self { native, scratch: Vec::new(), waker: waker.clone(), _consumer: consumer.clone() })
    }

    /// Takes what is there, at most `limit`, without waiting, and puts it in front of nothing: `into` must be empty and is filled so that
    /// `pop` gives the records in order.
    ///
    /// No timeout on purpose: librdkafka would wait until the batch is full, not until something is there.
    pub fn fetch(&mut self, limit: usize, into: &mut Vec<Message>) {
        debug_assert!(into.is_empty(), "a batch is read to its end before the next");
        self.scratch.resize(limit.max(self.scratch.len()), ptr::null_mut());
        // SAFETY: room for `limit` pointers; the messages are ours to destroy.
        let count = unsafe { sys::rd_kafka_consume_batch_queue(self.native.as_ptr(), 0, self.scratch.as_mut_ptr(), limit) };
        let count = usize::try_from(count).unwrap_or(0);
        into.extend(self.scratch[..count].iter().rev().filter_map(|native| {
            // SAFETY: from the consume call above, each taken once; the client outlives the queue's owner, who holds the batch.
            NonNull::new(*native).map(|native| unsafe { Message::from_native(native) })
        }));
    }

    pub fn waker(&self) -> &Arc<Waker> {
        &self.waker
    }
}

impl<C: ConsumerContext + 'static> Drop for PartitionQueue<C> {
    fn drop(&mut self) {
        // SAFETY: ours, destroyed once; the callback is gone before its argument.
        unsafe {
            sys::rd_kafka_queue_cb_event_enable(self.native.as_ptr(), None, ptr::null_mut());
            sys::rd_kafka_queue_destroy(self.native.as_ptr());
        }
    }
}

unsafe extern "C" fn on_nonempty(_client: *mut sys::rd_kafka_t, opaque: *mut std::ffi::c_void) {
    // SAFETY: registered with a pointer to a `Waker` that outlives the registration.
    unsafe { &*opaque.cast::<Waker>() }.wake();
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn a_wake_up_before_the_wait_is_not_lost() {
        let waker = Waker::default();
        waker.wake();
        let started = Instant::now();
        waker.wait(Duration::from_secs(5));
        assert!(started.elapsed() < Duration::from_secs(1));
        waker.wait(Duration::from_millis(1));
    }
}
