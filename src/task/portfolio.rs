//! When a partition publishes what it counts of its accounts, and partition 0 the figures of all.
//!
//! A round of counting begins when a day has been lived through, or where accounts have changed since the one before and the interval is over. It
//! goes on between events, and is published at its end. After a restore all accounts have changed: what the partition published before stands until
//! each is counted.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::engine::{Day, Engine};
use crate::output::{self, CloudEvent};
use crate::portfolio::{Counts, Outline, TargetState, Tracker};

/// The figures of all accounts, for partition 0 to publish.
#[derive(Clone, Debug)]
pub struct FleetNews {
    pub day: Day,
    pub event: CloudEvent,
    /// In the playbook's order.
    pub targets: Vec<TargetNews>,
}

#[derive(Clone, Debug)]
pub struct TargetNews {
    pub id: String,
    /// Whether it is met, and what tells so where it was otherwise; `None`: that is not known.
    pub met: Option<(bool, CloudEvent)>,
}

impl FleetNews {
    pub fn new(counts: &Counts, day: Day, outline: &Outline) -> Self {
        let (event, states) = output::fleet(counts, day, outline);
        let news = |state: &TargetState<'_>| TargetNews {
            id: state.target.id.clone(),
            met: state.met.zip(output::target_crossed(state, day, &outline.playbook)),
        };
        Self { day, targets: states.iter().map(news).collect(), event }
    }
}

/// What is remembered of the targets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    pub day: Option<Day>,
    pub met: BTreeMap<String, bool>,
}

impl Judged {
    /// Judges the targets, once a day. Returns those that have crossed.
    pub fn judge<'n>(&mut self, news: &'n FleetNews) -> Vec<&'n CloudEvent> {
        if self.day.is_some_and(|day| news.day <= day) {
            return Vec::new();
        }
        self.day = Some(news.day);
        let mut crossed = Vec::new();
        let mut met = BTreeMap::new();
        for target in &news.targets {
            let before = self.met.get(&target.id).copied();
            let now = target.met.as_ref().map(|(met, _)| *met).or(before);
            if let (Some(before), Some((now, event))) = (before, &target.met)
                && before != *now
            {
                crossed.push(event);
            }
            met.extend(now.map(|now| (target.id.clone(), now)));
        }
        self.met = met;
        crossed
    }
}

/// The counts of a partition's accounts.
#[derive(Debug)]
pub struct Portfolio {
    tracker: Tracker,
    interval: Duration,
    /// The day of the round under way.
    counting: Option<Day>,
    /// The day that was published last, and when.
    published: Option<(Day, Instant)>,
}

impl Portfolio {
    pub fn new(engine: &Engine, interval: Duration) -> Self {
        Self { tracker: Tracker::new(engine), interval, counting: None, published: None }
    }

    /// Heap bytes held, about.
    pub fn bytes(&self) -> usize {
        self.tracker.bytes()
    }

    /// Counts at most so many accounts, where any are to be counted; no boundary is under way. Returns the day whose counts are whole now, and
    /// whether there is more to do.
    pub fn step(&mut self, engine: &mut Engine, accounts_max: usize, now: Instant) -> (Option<Day>, bool) {
        let Some(day) = engine.clock_day() else { return (None, false) };
        if self.counting != Some(day) {
            let is_due = self.published.is_none_or(|(of, at)| of != day || now.saturating_duration_since(at) >= self.interval);
            let is_new = self.published.is_none_or(|(of, _)| of != day);
            if !is_due && self.counting.is_none() {
                return (None, false);
            }
            // Where the day has changed during a round, all accounts have.
            if !self.tracker.begin(engine) && !is_new {
                return (None, false);
            }
            self.counting = Some(day);
        }
        if self.tracker.step(engine, accounts_max) {
            return (None, true);
        }
        self.counting = None;
        self.published = Some((day, now));
        (Some(day), false)
    }

    /// What is counted of the accounts.
    pub fn tracker(&self) -> &Tracker {
        &self.tracker
    }

    /// What is published of a partition.
    pub fn event(&self, partition: i32, day: Day) -> CloudEvent {
        output::partition(partition, self.tracker.counts(), day, self.tracker.outline())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::engine::EngineSettings;
    use crate::playbook::Playbook;

    fn event() -> CloudEvent {
        let outline = Outline::new(&Arc::new(Playbook::shipped()));
        output::partition(0, &Counts::new(&outline), 0, &outline)
    }

    #[test]
    fn targets_are_judged_once_a_day_and_what_is_not_known_stays() {
        let mut judged = Judged::default();
        let crossed = |judged: &mut Judged, day, targets: &[(&str, Option<bool>)]| {
            let news = |(id, met): &(&str, Option<bool>)| TargetNews { id: (*id).to_owned(), met: met.map(|met| (met, event())) };
            judged.judge(&FleetNews { day, event: event(), targets: targets.iter().map(news).collect() }).len()
        };
        assert_eq!(crossed(&mut judged, 10, &[("a", Some(true)), ("b", None)]), 0, "at first nothing is told");
        assert_eq!(crossed(&mut judged, 10, &[("a", Some(false)), ("b", Some(true))]), 0, "of that day already");
        assert_eq!(crossed(&mut judged, 11, &[("a", None), ("b", Some(false))]), 0);
        assert_eq!(crossed(&mut judged, 12, &[("a", Some(false)), ("b", Some(false))]), 1);
        assert_eq!(crossed(&mut judged, 9, &[("a", Some(true))]), 0, "a day that has been");
        // One that is gone is forgotten.
        assert_eq!(crossed(&mut judged, 13, &[("b", Some(true))]), 1);
        assert_eq!(crossed(&mut judged, 14, &[("a", Some(true)), ("b", Some(true))]), 0);
        assert_eq!(judged.met, BTreeMap::from([("a".to_owned(), true), ("b".to_owned(), true)]));
    }

    #[test]
    fn counts_are_whole_with_each_day_and_at_intervals_where_something_changed() {
        const DAY_MS: i64 = 86_400_000;
        let interval = Duration::from_secs(60);
        let mut engine = Engine::new(Arc::new(Playbook::shipped()), EngineSettings::default());
        let mut portfolio = Portfolio::new(&engine, interval);
        let start = Instant::now();
        let at = |second: u64| start + Duration::from_secs(second);
        let used = |engine: &mut Engine, account: &str| {
            let time_ms = DAY_MS * 20_000;
            let line = format!("{{\"type\":\"usage\",\"time\":{time_ms},\"account\":\"{account}\",\"product\":\"crm\"}}");
            let limits = crate::input::Limits { max_record_bytes: 1 << 20, check_key: false, record_ms: None };
            let event = crate::input::decode(None, line.as_bytes(), Vec::new, &limits).expect("a good line");
            engine.apply(&event, crate::engine::CauseRef::Line(1), i64::MAX, 0, &mut Vec::new());
        };
        ["a", "b", "c"].iter().for_each(|account| used(&mut engine, account));
        assert_eq!(portfolio.step(&mut engine, 2, at(0)), (None, false), "no clock yet");
        engine.advance_clock(DAY_MS * 20_000 + 1);
        engine.roll_all(&mut Vec::new());
        assert_eq!(portfolio.step(&mut engine, 2, at(0)), (None, true));
        assert_eq!(portfolio.step(&mut engine, 2, at(0)), (Some(20_000), false));
        used(&mut engine, "a");
        assert_eq!(portfolio.step(&mut engine, 2, at(59)), (None, false), "the interval is not over");
        assert_eq!(portfolio.step(&mut engine, 2, at(60)), (Some(20_000), false));
        assert_eq!(portfolio.step(&mut engine, 2, at(200)), (None, false), "nothing has changed");
        engine.advance_clock(DAY_MS * 20_001);
        engine.roll_all(&mut Vec::new());
        assert_eq!(portfolio.step(&mut engine, 2, at(201)), (None, true));
        // A day passes while they are counted: all are counted anew.
        engine.advance_clock(DAY_MS * 20_002);
        engine.roll_all(&mut Vec::new());
        let rounds: Vec<_> = (0..3).map(|_| portfolio.step(&mut engine, 2, at(201))).collect();
        assert_eq!(rounds, [(None, true), (Some(20_002), false), (None, false)]);
        assert_eq!(portfolio.tracker.counts(), &crate::portfolio::counted(&engine, portfolio.tracker.outline()));
    }
}
