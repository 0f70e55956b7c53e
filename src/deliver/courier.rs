//! One target's thread: reads outputs in a group of its own, delivers them, and commits what is done with.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rdkafka::error::{KafkaError, KafkaResult};

use super::endpoint::{Endpoint, Request, To, message};
use super::filter::Filter;
use super::lanes::{Lanes, Waiting};
use super::post::{Failed, Post, Reason};
use super::slack::Words;
use super::told::Told;
use super::undelivered::Undelivered;
use crate::config::{DeliverKind, Settings};
use crate::kafka::Connection;
use crate::kafka::subscriber::{Begin, Change, Place, Subscriber};
use crate::ops::{Health, Metrics};
use crate::playbook::Playbook;
use crate::random::Random;

/// How long a look for records takes where nothing is due.
const LOOK: Duration = Duration::from_millis(100);
/// After a crash, what was delivered within this time is delivered again.
const COMMIT_EVERY: Duration = Duration::from_millis(500);
const LAG_EVERY: Duration = Duration::from_secs(15);
/// After an error of the group, or where what was given up could not be written down.
const REST: Duration = Duration::from_secs(5);

/// What all targets share.
#[derive(Clone)]
pub struct Shared {
    pub connection: Connection,
    pub playbook: Arc<Playbook>,
    pub undelivered: Arc<Undelivered>,
    pub health: Arc<Health>,
    pub metrics: Arc<Metrics>,
    pub console_url: Option<String>,
    pub begin: Begin,
    pub retry: Duration,
}

pub struct Courier {
    name: String,
    /// Its number among the process's threads.
    index: usize,
    kind: DeliverKind,
    filter: Filter,
    endpoint: Endpoint,
    post: Post,
    shared: Shared,
    random: Random,
    /// The receiver wants to be left alone until then.
    quiet_until: Option<Instant>,
}

impl Courier {
    /// # Errors
    ///
    /// What of the target's settings and files cannot be used.
    pub fn new(index: usize, name: &str, settings: &Settings, shared: Shared) -> anyhow::Result<Self> {
        let target = &settings.deliver.targets[name];
        let endpoint = Endpoint::new(target);
        endpoint.check()?;
        let seed = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64);
        Ok(Self {
            name: name.to_owned(),
            index,
            kind: target.kind.unwrap_or(DeliverKind::Webhook),
            filter: Filter::new(name, target)?,
            endpoint,
            post: Post::new(target, Duration::from_secs(settings.deliver.timeout_seconds.into()))?,
            shared,
            random: Random::of(seed, index),
            quiet_until: None,
        })
    }

    /// Until `stop` is set. An error of the group is told, and the group joined anew.
    pub fn run(mut self, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            if let Err(error) = self.serve(stop) {
                tracing::warn!(target_name = self.name, %error, "reading outputs failed; it is begun anew");
                let until = Instant::now() + REST;
                while Instant::now() < until && !stop.load(Ordering::Relaxed) {
                    self.beat("resting");
                    std::thread::sleep(LOOK);
                }
            }
        }
        self.shared.health.ended(self.index);
    }

    fn serve(&mut self, stop: &AtomicBool) -> KafkaResult<()> {
        let topics: Vec<&str> = self.filter.topics().into_iter().map(|topic| self.shared.connection.topics.name(topic)).collect();
        let group = format!("{}-deliver-{}", self.shared.connection.application_id, self.name);
        let subscriber = Subscriber::join(&self.shared.connection, &group, &topics, self.shared.begin)?;
        tracing::info!(target_name = self.name, group, "delivering");
        let mut lanes = Lanes::default();
        let (mut next_commit, mut next_lag) = (Instant::now(), Instant::now());
        while !stop.load(Ordering::Relaxed) {
            self.beat("reading");
            self.read(&subscriber, &mut lanes)?;
            if let Some(place) = lanes.due(Instant::now()).filter(|_| !self.is_quiet()) {
                self.beat("delivering");
                self.deliver(&subscriber, &mut lanes, &place);
            }
            let now = Instant::now();
            if now >= next_commit {
                next_commit = now + COMMIT_EVERY;
                self.beat("committing");
                subscriber.commit(false)?;
            }
            if now >= next_lag {
                next_lag = now + LAG_EVERY;
                self.tell_lag(&subscriber, &mut lanes);
            }
            self.tell_oldest(&lanes);
        }
        self.beat("committing");
        match subscriber.commit(true) {
            // Nothing was held.
            Ok(()) | Err(KafkaError::ConsumerCommit(rdkafka::error::RDKafkaErrorCode::NoOffset)) => {}
            Err(error) => tracing::warn!(target_name = self.name, %error, "what was delivered last is delivered again by the next process"),
        }
        Ok(())
    }

    fn beat(&self, phase: &'static str) {
        self.shared.health.beat(self.index, phase);
    }

    fn is_quiet(&self) -> bool {
        self.quiet_until.is_some_and(|until| Instant::now() < until)
    }

    /// Takes the next record, if there is one, and what the group did.
    fn read(&self, subscriber: &Subscriber, lanes: &mut Lanes) -> KafkaResult<()> {
        let due_in = if self.is_quiet() { None } else { lanes.wait(Instant::now()) };
        let record = subscriber.next(due_in.unwrap_or(LOOK).min(LOOK))?;
        for change in subscriber.changes() {
            match change {
                Change::Given(place, offset) => {
                    // A partition that comes back may have been held back when it went.
                    subscriber.flow(&place, true)?;
                    lanes.open(place, offset);
                }
                Change::Taken(place) => lanes.close(&place),
            }
        }
        let Some(record) = record else { return Ok(()) };
        let told = Told::of(&record).filter(|told| self.filter.admits(told));
        if let Some((place, next)) = lanes.push(record, told) {
            subscriber.done(&place, next);
        }
        self.let_flow(subscriber, lanes)
    }

    fn let_flow(&self, subscriber: &Subscriber, lanes: &mut Lanes) -> KafkaResult<()> {
        lanes.flows().into_iter().try_for_each(|(place, flows)| subscriber.flow(&place, flows))
    }

    /// Makes an attempt at the partition's first output.
    fn deliver(&mut self, subscriber: &Subscriber, lanes: &mut Lanes, place: &Place) {
        let Some(waiting) = lanes.first(place) else { return };
        if self.attempt(waiting) {
            subscriber.done(place, lanes.done(place));
            if let Err(error) = self.let_flow(subscriber, lanes) {
                tracing::warn!(target_name = self.name, %error, "the flow of records cannot be changed");
            }
        }
    }

    /// Whether the output is done with: delivered to all that it is for, or given up.
    fn attempt(&mut self, waiting: &mut Waiting) -> bool {
        let now = Instant::now();
        if waiting.given_up.is_none() {
            let began = waiting.attempts;
            waiting.attempts.began(now);
            match self.post(waiting) {
                Ok(true) => self.shared.metrics.deliver_delivered.with_label_values(&[&self.name]).inc(),
                // It is for nobody.
                Ok(false) => waiting.attempts = began,
                Err(failed) => {
                    self.tell_failure(waiting, &failed);
                    if failed.again && waiting.attempts.failed(now, failed.asked, self.shared.retry, self.random.share()) {
                        self.quiet_until = failed.asked.map(|asked| now + asked);
                        return false;
                    }
                    waiting.given_up = Some(failed);
                }
            }
        }
        if let Some(failed) = &waiting.given_up {
            let to = waiting.to.as_ref().and_then(|to| to.front());
            if let Err(error) = self.shared.undelivered.write(&self.name, waiting, to, failed) {
                tracing::warn!(target_name = self.name, %error, "what is given up cannot be written down yet");
                waiting.attempts.again_at(Instant::now() + REST);
                return false;
            }
            tracing::error!(target_name = self.name, id = waiting.told.id, reason = failed.reason.as_str(), failed.message, "given up");
            self.shared.metrics.deliver_undelivered.with_label_values(&[&*self.name, failed.reason.as_str()]).inc();
            waiting.given_up = None;
        }
        waiting.attempts = Default::default();
        let Some(to) = &mut waiting.to else { return true };
        to.pop_front();
        to.is_empty()
    }

    /// Sends it to the first of those it is still for. `false`: there is nobody.
    fn post(&self, waiting: &mut Waiting) -> Result<bool, Failed> {
        let settings = |error: anyhow::Error| Failed::settings(&error);
        if waiting.to.is_none() {
            let to = self.endpoint.destinations(&waiting.told, |person| self.filter.is_asked_for(person)).map_err(settings)?;
            waiting.to = Some(to.into());
        }
        let Some(to) = waiting.to.as_ref().and_then(|to| to.front()) else { return Ok(false) };
        let url = self.endpoint.url(to).map_err(settings)?;
        let request = self.request(waiting).map_err(settings)?;
        self.post.post(&url, &request).map(|()| true)
    }

    fn request(&self, waiting: &Waiting) -> anyhow::Result<Request> {
        let words = Words { playbook: &self.shared.playbook, console_url: self.shared.console_url.as_deref() };
        match self.kind {
            DeliverKind::Slack => Ok(message(&waiting.told, &words)),
            DeliverKind::Webhook => self.endpoint.signed(&waiting.record, &waiting.told.id, wall_ms() / 1_000),
        }
    }

    fn tell_failure(&self, waiting: &Waiting, failed: &Failed) {
        self.shared.metrics.deliver_failed_attempts.with_label_values(&[&*self.name, failed.reason.as_str()]).inc();
        let person = match waiting.to.as_ref().and_then(|to| to.front()) {
            Some(To::Person(person)) => Some(person),
            _ => None,
        };
        let (id, attempt) = (&waiting.told.id, waiting.attempts.count);
        if failed.reason == Reason::Settings {
            tracing::error!(target_name = self.name, id, attempt, person, "not delivered: {}", failed.message);
        } else {
            tracing::warn!(target_name = self.name, id, attempt, person, "not delivered: {}", failed.message);
        }
    }

    fn tell_lag(&self, subscriber: &Subscriber, lanes: &mut Lanes) {
        let mut lag = 0;
        for place in lanes.places() {
            match subscriber.end(&place) {
                Ok(end) => lag += lanes.lag(&place, end),
                // The others would be asked in vain.
                Err(error) => return tracing::debug!(%error, "where the topics of outputs end is unknown"),
            }
        }
        self.shared.metrics.deliver_lag.with_label_values(&[&self.name]).set(lag);
    }

    fn tell_oldest(&self, lanes: &Lanes) {
        let age_ms = lanes.oldest_ms().map_or(0, |written| (wall_ms() - written).max(0));
        self.shared.metrics.deliver_oldest.with_label_values(&[&self.name]).set(age_ms as f64 / 1_000.0);
    }
}

fn wall_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}
