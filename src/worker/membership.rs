//! Rebalances, and the life of the group member.

use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use rdkafka::error::RDKafkaErrorCode;

use super::fence::Fenced;
use super::lifecycle::Phase;
use super::run::{Drain, Worker};
use super::seat::Seat;
use super::tenure::{Moment, Tenure};
use crate::kafka::consumer::{GroupMember, MemberEvent, Place};
use crate::partition::PartitionTask;

/// A member that was healthy for so long starts its back-off anew.
const HEALTHY: Duration = Duration::from_secs(60);

impl<T: PartitionTask> Worker<'_, T> {
    pub(super) fn join(&mut self) -> anyhow::Result<()> {
        self.heartbeat("join");
        let member = GroupMember::join(self.connection, self.index, &self.waker, &self.outages)
            .with_context(|| format!("joining group {} as worker {}", self.connection.application_id, self.index))?;
        self.member = Some(member);
        self.tenure = Tenure::new(self.connection.classic_session(), Moment::now());
        Ok(())
    }

    pub(super) fn poll_member(&mut self) -> anyhow::Result<()> {
        self.member.as_ref().expect("a member while turning").poll();
        while let Some(event) = self.member.as_ref().and_then(GroupMember::next_event) {
            self.on_member_event(event)?;
        }
        Ok(())
    }

    fn on_member_event(&mut self, event: MemberEvent) -> anyhow::Result<()> {
        match event {
            MemberEvent::Assign(places) => self.on_assign(&places),
            MemberEvent::Revoke { places, lost } => self.on_revoke(&places, lost),
            MemberEvent::Fatal(code) => {
                if code == RDKafkaErrorCode::FencedInstanceId {
                    self.note_fence(Fenced::Member)?;
                }
                self.rejoin(&format!("the group member is of no more use: {code} ({code:?})"))
            }
            MemberEvent::Refused(code) => Err(anyhow!(
                "group {} refuses this member (topics {:?}): {code} ({code:?})",
                self.connection.application_id,
                self.connection.topics.inputs
            )),
            MemberEvent::Stray => self.rejoin("a record came past the partition queues"),
        }
    }

    fn on_assign(&mut self, places: &[Place]) -> anyhow::Result<()> {
        tracing::info!(worker = self.index, partitions = ?partitions_of(places), "assigned");
        self.observer.rebalance(self.index, "assign");
        let continuous = self.is_continuous();
        let member = self.member.as_ref().expect("a member while turning");
        for place in places {
            let seat = self.seats.entry(place.partition).or_insert_with(|| Seat::new(place.partition, self.topics.clone()));
            // There is one queue underneath: an old handle must be gone before the new one is made.
            seat.detach(place.input);
            let Some(queue) = member.split(*place) else {
                return self.rejoin(&format!("no queue for {} partition {}", self.topics[place.input], place.partition));
            };
            seat.attach(place.input, queue);
        }
        if let Err(error) = member.accept(places) {
            return self.rejoin(&format!("the assignment of {places:?} failed: {error}"));
        }
        if !continuous {
            return self.rejoin_after_absence();
        }
        if let Err(difference) = self.verify() {
            return self.rejoin(&difference);
        }
        let complete: Vec<i32> = self
            .seats
            .iter()
            .filter(|(_, seat)| seat.phase() == Phase::Gathering && seat.is_complete())
            .map(|(partition, _)| *partition)
            .collect();
        for partition in complete {
            self.begin_restore(partition);
        }
        self.report_assigned();
        Ok(())
    }

    fn on_revoke(&mut self, places: &[Place], lost: bool) -> anyhow::Result<()> {
        let continuous = self.is_continuous();
        // Of topics that are refused nothing is committed.
        let lost = lost || self.ends.refusal().is_some() || !continuous || self.member.as_ref().is_some_and(GroupMember::assignment_lost);
        tracing::info!(worker = self.index, partitions = ?partitions_of(places), lost, "revoked");
        self.observer.rebalance(self.index, if lost { "lost" } else { "revoke" });
        let mut partitions = partitions_of(places);
        let mut failed = None;
        if !lost {
            partitions.retain(|partition| self.seats.contains_key(partition));
            let running: Vec<i32> = partitions.iter().copied().filter(|partition| self.seats[partition].is_running()).collect();
            let member = self.member.as_ref().expect("a member while turning");
            for partition in &running {
                self.seats.get_mut(partition).expect("just found").drain(member);
            }
            if !running.is_empty() {
                failed = self.commit(Drain::These(&running)).err();
            }
        }
        for place in places {
            if let Some(seat) = self.seats.get_mut(&place.partition) {
                seat.detach(place.input);
            }
        }
        for partition in partitions {
            self.close(partition);
        }
        let answered = self.member.as_ref().expect("a member while turning").give_up(places);
        if let Some(failure) = failed {
            self.recover(failure)?;
        } else if !continuous {
            return self.rejoin_after_absence();
        }
        if let Err(error) = answered {
            return self.rejoin(&format!("giving up {places:?} failed: {error}"));
        }
        if let Err(difference) = self.verify() {
            return self.rejoin(&difference);
        }
        self.report_assigned();
        Ok(())
    }

    /// Ends the partition's life here. Where another of its input topics is still assigned, it gathers anew.
    fn close(&mut self, partition: i32) {
        let Some(mut seat) = self.seats.remove(&partition) else { return };
        seat.close();
        self.ends.unwatch(partition, &self.waker);
        self.mailbox.close(partition, self.index);
        self.observer.phase(self.index, partition, seat.phase().name());
        if !seat.is_empty() {
            self.seats.insert(partition, seat.reborn());
        }
    }

    pub(super) fn close_all(&mut self) {
        let partitions: Vec<i32> = self.seats.keys().copied().collect();
        for partition in partitions {
            let seat = self.seats.get_mut(&partition).expect("just listed");
            for input in 0..self.topics.len() {
                seat.detach(input);
            }
            self.close(partition);
        }
        self.report_assigned();
    }

    pub(super) fn begin_restore(&mut self, partition: i32) {
        self.epoch += 1;
        let seat = self.seats.get_mut(&partition).expect("a partition that is held");
        let cancelled = seat.begin_restore(self.epoch);
        self.restorer.restore(partition, self.epoch, cancelled);
        self.ends.unwatch(partition, &self.waker);
        self.mailbox.close(partition, self.index);
        self.observer.phase(self.index, partition, Phase::Restoring.name());
    }

    fn verify(&self) -> Result<(), String> {
        let mut expected: Vec<Place> = self.seats.values().flat_map(Seat::places).collect();
        expected.sort_unstable();
        self.member.as_ref().expect("a member while turning").verify(&expected)
    }

    fn report_assigned(&self) {
        let partitions: Vec<i32> = self.seats.keys().copied().collect();
        self.observer.assigned(self.index, &partitions);
    }

    /// Whether what the worker holds has been its own all the time.
    pub(super) fn is_continuous(&mut self) -> bool {
        let now = Moment::now();
        if self.seats.is_empty() {
            self.tenure = Tenure::new(self.connection.classic_session(), now);
        }
        let generation = self.member.as_ref().expect("a member while turning").generation();
        self.tenure.observe(generation, now).is_ok()
    }

    /// Others may have had our partitions, and the group may have believed us that we have them still. So this member stays away until its
    /// session is over: then nobody else is in the middle of giving them up to us, and the next one begins without a claim.
    pub(super) fn rejoin_after_absence(&mut self) -> anyhow::Result<()> {
        let missed = self.tenure.missed().expect("asked for after one was missed");
        self.leave_for(&missed.to_string(), self.connection.session_timeout())
    }

    /// A new member, after a back-off; all partitions are given up uncommitted and restored when the group assigns them again.
    pub(super) fn rejoin(&mut self, reason: &str) -> anyhow::Result<()> {
        self.leave_for(reason, Duration::ZERO)
    }

    /// At least so long passes before the new member joins.
    pub(super) fn leave_for(&mut self, reason: &str, at_least: Duration) -> anyhow::Result<()> {
        tracing::warn!(worker = self.index, "{reason}; joining the group anew");
        self.observer.rebuild(self.index, reason);
        self.close_all();
        if self.last_rejoin.is_some_and(|at| at.elapsed() > HEALTHY) {
            self.rejoins = 0;
        }
        if let Some(member) = self.member.take()
            && !member.leave(self.settings.leave_within)
        {
            tracing::warn!(worker = self.index, "the old member hangs; it is left behind");
        }
        let back_off = Duration::from_millis(100 << self.rejoins.min(6));
        self.rejoins += 1;
        self.pause_for(back_off.max(at_least), "rejoin: back-off");
        self.last_rejoin = Some(Instant::now());
        self.join()
    }
}

/// Each partition once, ascending, whatever inputs of it are meant.
fn partitions_of(places: &[Place]) -> Vec<i32> {
    let mut partitions: Vec<i32> = places.iter().map(|place| place.partition).collect();
    partitions.sort_unstable();
    partitions.dedup();
    partitions
}
