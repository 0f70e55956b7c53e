//! Levels that are reported.

use serde::{Deserialize, Serialize};

use crate::engine::day::{Day, NEVER};
use crate::engine::names::NameId;
use crate::playbook::HELD_DAYS;

#[derive(Clone, Debug)]
pub struct Gauge {
    pub name: NameId,
    /// Of the latest level.
    pub time_ms: i64,
    /// The day of `time_ms`, in the zone in force when it was read.
    pub day: Day,
    pub value: f64,
    /// In the order of the days, of those held before the last one.
    days: Vec<DayLevel>,
}

/// The last level of a day.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DayLevel {
    pub day: Day,
    /// When it was reported, in milliseconds from the start of the day before, in UTC: in every zone the day has begun by then.
    pub at_ms: u32,
    pub value: f64,
}

const DAY_MS: i64 = 86_400_000;

impl Gauge {
    pub fn new(name: NameId) -> Self {
        Self { name, time_ms: i64::MIN, day: NEVER, value: 0.0, days: Vec::new() }
    }

    /// One whose latest level is this one, and its days; version 1 of the changelog knew of no other day than the latest.
    pub fn restored(name: NameId, time_ms: i64, day: Day, value: f64, days: Vec<DayLevel>) -> Self {
        let mut gauge = Self { name, time_ms, day, value, days };
        if gauge.days.is_empty() && day != NEVER {
            gauge.set(time_ms, day, value);
        }
        gauge
    }

    /// Takes in a level: of all, and of each day, the one latest by event time is kept; of two of one instant the later read.
    pub fn set(&mut self, time_ms: i64, day: Day, value: f64) {
        if time_ms >= self.time_ms {
            (self.time_ms, self.day, self.value) = (time_ms, day, value);
        }
        // Beyond what it holds lies no instant of the day, whatever its zone.
        let at_ms = time_ms.saturating_sub(i64::from(day - 1) * DAY_MS).clamp(0, u32::MAX.into()) as u32;
        self.take(DayLevel { day, at_ms, value });
    }

    fn take(&mut self, level: DayLevel) {
        let last = self.days.last().map_or(level.day, |last| last.day.max(level.day));
        if level.day <= last - HELD_DAYS {
            return;
        }
        match self.days.binary_search_by_key(&level.day, |known| known.day) {
            Ok(at) if level.at_ms < self.days[at].at_ms => {}
            Ok(at) => self.days[at] = level,
            Err(at) => {
                let gone = self.days.partition_point(|known| known.day <= last - HELD_DAYS);
                self.days.insert(at, level);
                self.days.drain(..gone);
            }
        }
    }

    /// Takes in what was told of it under another name. Of two levels of one instant it is not known which was read later: its own holds.
    pub fn join(&mut self, other: &Self) {
        let own = std::mem::take(&mut self.days);
        for level in other.days.iter().chain(&own) {
            self.take(*level);
        }
        if other.time_ms > self.time_ms {
            (self.time_ms, self.day, self.value) = (other.time_ms, other.day, other.value);
        }
    }

    /// As it was at the end of a day, where a level was told by then that is still held.
    pub fn until(&self, day: Day) -> Option<Self> {
        let days: Vec<DayLevel> = self.days.iter().copied().filter(|level| level.day <= day).collect();
        let last = *days.last()?;
        let time_ms = i64::from(last.day - 1) * DAY_MS + i64::from(last.at_ms);
        Some(Self { name: self.name, time_ms, day: last.day, value: last.value, days })
    }

    /// The last level of a day.
    pub fn on(&self, day: Day) -> Option<f64> {
        self.days.binary_search_by_key(&day, |known| known.day).ok().map(|at| self.days[at].value)
    }

    /// The last level of each day that has any.
    pub fn days(&self) -> &[DayLevel] {
        &self.days
    }

    pub fn heap_bytes(&self) -> usize {
        self.days.capacity() * size_of::<DayLevel>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use std::collections::BTreeMap;

    fn days(gauge: &Gauge) -> Vec<(Day, f64)> {
        gauge.days().iter().map(|level| (level.day, level.value)).collect()
    }

    #[test]
    fn late_levels_go_to_their_own_day() {
        let mut gauge = Gauge::new(NameId(0));
        let at = |day: Day, ms: i64| i64::from(day) * DAY_MS + ms;
        for (day, ms, value) in [(20, 5, 1.0), (22, 0, 2.0), (20, 9, 3.0), (20, 8, 4.0), (21, 0, 5.0), (22, 0, 6.0)] {
            gauge.set(at(day, ms), day, value);
        }
        assert_eq!((gauge.value, gauge.day, days(&gauge)), (6.0, 22, vec![(20, 3.0), (21, 5.0), (22, 6.0)]));
        assert_eq!([19, 20, 23].map(|day| gauge.on(day)), [None, Some(3.0), None]);
        // In a zone that is ahead of UTC, and in one behind it, days begin and end elsewhere.
        gauge.set(at(22, -14 * 3_600_000), 22, 7.0);
        gauge.set(at(23, 12 * 3_600_000), 22, 8.0);
        assert_eq!((gauge.value, gauge.on(22)), (8.0, Some(8.0)));
    }

    /// Compares with a map that forgets nothing.
    #[test]
    fn the_last_level_of_each_held_day_is_kept() {
        let mut random = Random::new(5);
        for _ in 0..20 {
            let (mut gauge, mut other) = (Gauge::new(NameId(0)), Gauge::new(NameId(1)));
            let mut all = BTreeMap::<Day, (i64, f64)>::new();
            let mut today = 1_000;
            for round in 0..400 {
                today += if random.below(20) == 0 { random.below(60) as Day } else { random.below(2) as Day };
                let day = today - if random.below(3) == 0 { random.below(HELD_DAYS as usize) as Day } else { 0 };
                // No two of one instant.
                let time_ms = i64::from(day) * DAY_MS + random.below(40_000_000) as i64 * 2 + 1;
                let value = f64::from(round);
                [&mut gauge, &mut other][random.below(2)].set(time_ms, day, value);
                all.entry(day)
                    .and_modify(|known| {
                        if time_ms > known.0 {
                            *known = (time_ms, value)
                        }
                    })
                    .or_insert((time_ms, value));
                let mut joined = gauge.clone();
                joined.join(&other);
                let last = *all.keys().next_back().expect("a day");
                let expected: Vec<_> = all.range(last - HELD_DAYS + 1..).map(|(day, (_, value))| (*day, *value)).collect();
                assert_eq!(days(&joined), expected);
                assert!(joined.days.len() <= HELD_DAYS as usize);
            }
        }
    }
}
