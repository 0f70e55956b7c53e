//! What is asked of a partition, and when it is answered: of committed state only, so that nobody sees what a failed commit takes back.
//!
//! An account that nothing has touched since the last commit is told of at once. All else waits for the next commit, which is due for it as for an
//! output, and is answered right behind it, before more input is taken in.

use std::collections::VecDeque;
use std::fmt;
use std::time::Instant;

use tokio::sync::oneshot;

use super::Partition;
use super::portfolio::Portfolio;
use crate::engine::{AccountIndex, Engine, rfc3339};
use crate::partition::{Share, wall_clock_ms};
use crate::portfolio::Tracker;
use crate::view::PartitionAsOf;

/// What an answer is read from.
pub struct Seen<'a> {
    pub engine: &'a Engine,
    /// The account that was asked for; `None`: the partition does not hold it.
    pub account: Option<AccountIndex>,
    /// What is counted of the accounts, in rounds between events; `None`: nothing is (`portfolio.interval_ms`).
    pub tracker: Option<&'a Tracker>,
    pub as_of: PartitionAsOf,
}

/// Something asked of a partition.
pub struct Question {
    /// `None`: all of them are asked about.
    account: Option<Box<str>>,
    /// Only once this record of an input was taken in, by the topic's name.
    after: Option<(String, i64)>,
    answer: Box<dyn Answer>,
}

/// How a question is answered.
trait Answer: Send {
    /// Whether anybody still waits.
    fn is_awaited(&self) -> bool;

    fn answer(self: Box<Self>, seen: &Seen<'_>);
}

struct Reader<T, R> {
    to: oneshot::Sender<T>,
    read: R,
}

impl<T: Send, R: FnOnce(&Seen<'_>) -> T + Send> Answer for Reader<T, R> {
    fn is_awaited(&self) -> bool {
        !self.to.is_closed()
    }

    fn answer(self: Box<Self>, seen: &Seen<'_>) {
        let Self { to, read } = *self;
        // Whoever does not wait any more has given up.
        let _ = to.send(read(seen));
    }
}

impl Question {
    /// What `read` makes of the account comes through the channel; one that is closed unanswered tells that the partition has left.
    pub fn new<T: Send + 'static>(
        account: &str,
        after: Option<(String, i64)>,
        read: impl FnOnce(&Seen<'_>) -> T + Send + 'static,
    ) -> (Self, oneshot::Receiver<T>) {
        let (to, answer) = oneshot::channel();
        (Self { account: Some(account.into()), after, answer: Box::new(Reader { to, read }) }, answer)
    }

    /// About all accounts: it waits for a commit while anything is to be committed.
    pub fn of_all<T: Send + 'static>(read: impl FnOnce(&Seen<'_>) -> T + Send + 'static) -> (Self, oneshot::Receiver<T>) {
        let (to, answer) = oneshot::channel();
        (Self { account: None, after: None, answer: Box::new(Reader { to, read }) }, answer)
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question").field("account", &self.account).field("after", &self.after).finish_non_exhaustive()
    }
}

/// Those that wait, the first to be asked first.
#[derive(Debug, Default)]
pub(super) struct Questions {
    waiting: VecDeque<Question>,
    /// When the last commit was, in Unix milliseconds; the beginning of the task's run before the first.
    committed_ms: Option<i64>,
    /// Nothing was left to be read when it was last looked.
    pub caught_up: bool,
}

impl Questions {
    pub fn note_commit(&mut self) {
        self.committed_ms = Some(wall_clock_ms());
    }

    /// How far the partition of an engine has come, with all that it has committed.
    pub fn as_of(&self, partition: i32, inputs: &[String], next_offsets: &[i64], engine: &Engine) -> PartitionAsOf {
        PartitionAsOf {
            partition,
            offsets: inputs.iter().cloned().zip(next_offsets.iter().copied()).collect(),
            clock: engine.clock_ms().map(rfc3339),
            committed_at: self.committed_ms.map(rfc3339),
            caught_up: self.caught_up,
        }
    }
}

impl Partition {
    pub(super) fn ask(&mut self, question: Question) {
        self.questions.waiting.push_back(question);
    }

    /// Whether somebody waits for a commit. One who waits for a record that has not come makes none due.
    pub(super) fn is_asked(&self) -> bool {
        self.questions.waiting.iter().any(|question| self.has_taken_in(question))
    }

    /// Answers what may be answered now. `committed`: the state is as the commit that has just succeeded wrote it.
    pub(super) fn answer_asked(&mut self, share: &mut Share, committed: bool) {
        let all_committed = committed || !self.has_changes();
        for _ in 0..self.questions.waiting.len() {
            if !share.is_left() {
                break;
            }
            let Some(question) = self.questions.waiting.pop_front() else { break };
            if !question.answer.is_awaited() {
                continue;
            }
            let account = question.account.as_ref().and_then(|account| self.engine.account_index(account));
            let is_committed = all_committed || account.is_some_and(|index| self.is_untouched(index));
            if !is_committed || !self.has_taken_in(&question) {
                self.questions.waiting.push_back(question);
                continue;
            }
            let began = Instant::now();
            let tracker = self.portfolio.as_ref().map(Portfolio::tracker);
            let seen = Seen { engine: &self.engine, account, tracker, as_of: self.as_of() };
            question.answer.answer(&seen);
            share.spend(began.elapsed());
        }
    }

    fn has_taken_in(&self, question: &Question) -> bool {
        question.after.as_ref().is_none_or(|(topic, offset)| {
            let input = self.inputs.iter().position(|known| known == topic);
            input.is_some_and(|input| self.next_offsets[input] > *offset)
        })
    }

    /// Whether nothing of an account waits to be written: it is as the changelog has it.
    fn is_untouched(&self, index: AccountIndex) -> bool {
        let account = &self.engine.accounts()[index as usize];
        let unsaved = &account.unsaved;
        !unsaved.queued && !unsaved.urgent && !unsaved.verdicts && !self.engine.days().is_marked(account.number)
    }

    fn as_of(&self) -> PartitionAsOf {
        self.questions.as_of(self.partition, &self.inputs, &self.next_offsets, &self.engine)
    }
}
