//! Accounts and users that are erased: tombstones for what the topics hold of an account, and what is forgotten beside the engine.

use super::{Partition, cause_of};
use crate::engine::AccountIndex;
use crate::input::Event;
use crate::partition::Record;
use crate::topics::Topic;

impl Partition {
    /// The account of a record, or a user of it, is erased.
    #[cold]
    pub(super) fn erased(&mut self, input: usize, record: &Record<'_>, event: &Event<'_>) {
        if let Some(index) = self.engine.account_index(&event.account) {
            if self.engine.accounts()[index as usize].unsaved.large {
                // Earlier builds left the record from before it was, which names the user.
                self.write_outgrown(index);
            }
            // What was published last of the account may name the user.
            let cause = cause_of(&self.inputs[input], self.partition, record, event).to_owned();
            self.states.publish(index, cause, event.time_ms);
            return;
        }
        if let Some((index, account)) = self.engine.take_erased().map(|erased| *erased) {
            self.states.forget(index);
            self.source_changed |= self.source.tally.forget(&account.id);
            self.writer.erase(&self.engine, &account, &mut |key| self.outbox.push(Topic::Changelog, Some(key), None, []));
            self.outbox.push(Topic::Accounts, Some(account.id.as_bytes()), None, []);
            self.begun.retain(|begun| **begun != *account.id);
            self.erased.push(account.id.as_str().into());
            if let Some(rows) = &mut self.rows {
                rows.erased(index);
            }
        }
    }

    /// The record that had the facts of an account whole says nothing any more.
    pub(super) fn write_outgrown(&mut self, index: AccountIndex) {
        let account = &self.engine.accounts()[index as usize];
        self.writer.outgrown(account, &mut |key| self.outbox.push(Topic::Changelog, Some(key), None, []));
    }
}
