//! What follows a failed transaction.

use std::time::{Duration, Instant};

use anyhow::{anyhow, bail};
use rdkafka::error::RDKafkaErrorCode;

use super::fence::Fenced;
use super::lifecycle::Phase;
use super::resend::Refusal;
use super::run::Worker;
use crate::kafka::transaction::TransactionalProducer;
use crate::kafka::{Failure, GroupProtocol, Verdict};
use crate::partition::PartitionTask;

/// A call to `init_transactions` returns after so long, so that the member is polled; calling again goes on waiting.
const INIT_STEP: Duration = Duration::from_secs(2);
/// After a turn of more than this the process was stopped (SIGSTOP, a frozen machine), and what it finds is no successor's doing.
const SUSPENDED: Duration = Duration::from_secs(3);
/// For so long an outage explains a fence. librdkafka repeats an error that lasts every 30 s.
const EXCUSE: Duration = Duration::from_secs(90);

impl<T: PartitionTask> Worker<'_, T> {
    /// The memory is ahead of what was committed: it is thrown away and restored, unless all that is missing can be sent again. A fresh
    /// producer first, where the verdict asks for one.
    pub(super) fn recover(&mut self, failure: Failure) -> anyhow::Result<()> {
        tracing::warn!(worker = self.index, verdict = ?failure.verdict, "a transaction failed: {failure}");
        self.observer.abort(self.index, &failure.to_string());
        // The turn may have been long in waiting for the broker.
        self.notice_suspension();
        if failure.verdict == Verdict::Exit {
            return Err(anyhow!(failure));
        }
        let member_is_fenced = failure.fault.code == RDKafkaErrorCode::FencedInstanceId;
        if member_is_fenced {
            self.note_fence(Fenced::Member)?;
        }
        if failure.fault.is_fence() {
            self.note_fence(Fenced::Producer)?;
            self.ask_the_group()?;
        }
        let aborted = matches!(failure.verdict, Verdict::Resend | Verdict::Abort) && {
            let (observer, index) = (self.observer, self.index);
            let producer = self.producer.as_mut().expect("a producer while turning");
            match producer.abort(&mut |phase| observer.heartbeat(index, phase)) {
                Ok(()) => true,
                Err(second) => {
                    tracing::warn!(worker = self.index, "the abort failed too: {second}");
                    false
                }
            }
        };
        if !aborted {
            self.observer.rebuild(self.index, &failure.to_string());
            self.renew_producer()?;
        }
        if self.tenure.missed().is_some() {
            return self.rejoin_after_absence();
        }
        if member_is_fenced {
            // It would hear so from the group with its next heartbeat, and fail until then.
            return self.rejoin("the group member was fenced");
        }
        if aborted && failure.verdict == Verdict::Resend {
            let now = Instant::now();
            let refusal = Refusal::after(self.refusal, now);
            let lasts = refusal.lasts(now);
            // A rebalance lasts no longer: by then the group has thrown out whom it waits for.
            if lasts < self.connection.session_timeout() {
                self.refusal = Some(refusal);
                return Ok(());
            }
            tracing::warn!(worker = self.index, ?lasts, "the group goes on refusing; the partitions are restored from the changelog");
        }
        self.throw_away();
        Ok(())
    }

    /// Somebody has our transactional id. If it is a successor, it takes our place in the group too, and we hear so with the next heartbeat:
    /// then we end without taking the id back from it.
    fn ask_the_group(&mut self) -> anyhow::Result<()> {
        if self.is_excused() || self.connection.group_protocol == GroupProtocol::Consumer {
            return Ok(());
        }
        let until = Instant::now() + Duration::from_millis(u64::from(self.connection.heartbeat_interval_ms()) + 500);
        while Instant::now() < until && !self.stopping() {
            self.heartbeat("fenced: asking the group");
            let Some(member) = &self.member else { return Ok(()) };
            member.poll();
            if member.is_fenced() {
                return self.note_fence(Fenced::Member);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn is_excused(&self) -> bool {
        self.outages.within(EXCUSE) || self.suspended.is_some_and(|at| at.elapsed() < EXCUSE)
    }

    /// All tasks of the worker, back to the changelog. The partitions stay assigned and are paused until they are restored.
    fn throw_away(&mut self) {
        self.refusal = None;
        let held: Vec<i32> = self
            .seats
            .iter()
            .filter(|(_, seat)| !matches!(seat.phase(), Phase::Gathering | Phase::Restoring | Phase::Closed))
            .map(|(partition, _)| *partition)
            .collect();
        for partition in held {
            let places: Vec<_> = self.seats[&partition].places().collect();
            if let Some(member) = &self.member
                && let Err(error) = member.pause(&places)
            {
                // What is fetched meanwhile is dropped by the seek.
                tracing::debug!(partition, %error, "cannot pause");
            }
            self.begin_restore(partition);
        }
    }

    /// Drops the producer, makes a new one and waits until it is initialized: that fences whoever has our id, and settles what it left open.
    pub(super) fn renew_producer(&mut self) -> anyhow::Result<()> {
        self.heartbeat("producer: drop");
        self.producer = None;
        let mut back_off = Duration::from_millis(100);
        let mut reminded = Instant::now();
        'producer: loop {
            self.heartbeat("producer: make");
            let producer = TransactionalProducer::new(self.connection, self.index, &self.outages)?;
            loop {
                if self.stopping() {
                    // The turn ends here; without a producer nothing is committed.
                    return Ok(());
                }
                self.heartbeat("producer: init_transactions");
                let Err(failure) = producer.init(INIT_STEP) else {
                    self.producer = Some(producer);
                    return Ok(());
                };
                // The member stays alive meanwhile; what the group wants is answered after.
                if let Some(member) = &self.member {
                    member.poll();
                }
                if reminded.elapsed() > Duration::from_secs(10) {
                    reminded = Instant::now();
                    tracing::warn!(worker = self.index, "still waiting for the transaction coordinator: {failure}");
                }
                match failure.verdict {
                    Verdict::Retry => self.pause_for(Duration::from_millis(100), "producer: init_transactions"),
                    Verdict::Exit => return Err(anyhow!(failure)),
                    Verdict::Resend | Verdict::Abort | Verdict::Rebuild => {
                        tracing::warn!(worker = self.index, "{failure}");
                        if failure.fault.is_fence() {
                            self.note_fence(Fenced::Producer)?;
                        }
                        drop(producer);
                        self.pause_for(back_off, "producer: back-off");
                        back_off = (back_off * 2).min(Duration::from_secs(5));
                        continue 'producer;
                    }
                }
            }
        }
    }

    pub(super) fn note_fence(&mut self, fenced: Fenced) -> anyhow::Result<()> {
        if self.fences.note(fenced, self.is_excused(), Instant::now()) {
            bail!(
                "fenced by another process: it uses the same kafka.instance_id \"{}\" (transactional id {}, group instance id {}). Give each \
                 process a name of its own; this one ends, so that the two do not take turns",
                self.connection.instance_id,
                self.connection.transactional_id(self.index),
                self.connection.group_instance_id(self.index)
            );
        }
        Ok(())
    }

    pub(super) fn notice_suspension(&mut self) {
        let now = Instant::now();
        let gap = now - self.last_turn;
        self.last_turn = now;
        if gap > SUSPENDED {
            tracing::warn!(worker = self.index, ?gap, "the worker did not run for a while");
            self.suspended = Some(now);
        }
    }

    /// Sleeps, with heartbeats, and less where the process stops.
    pub(super) fn pause_for(&self, duration: Duration, phase: &'static str) {
        let until = Instant::now() + duration;
        while !self.stopping() {
            self.heartbeat(phase);
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(Duration::from_millis(100)));
        }
    }
}
