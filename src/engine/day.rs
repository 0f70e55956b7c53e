//! Calendar days in time zones.
//!
//! A day starts at the earliest instant at which the local calendar shows that day or a later one. So days are in order, each
//! instant has one day, and a day that a zone skipped (Apia, 2011-12-30) has no instants but is still lived through.

use std::ops::Range;

use jiff::civil::Date;
use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// Days since 1970-01-01.
pub type Day = i32;

/// Before every day that can occur: "never".
pub const NEVER: Day = Day::MIN;

/// Whether a day can be reckoned with: such as lie within some thousand years.
pub fn is_in_calendar(day: Day) -> bool {
    (-1_000_000..=4_000_000).contains(&day)
}

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

const DAY_MS: i64 = 86_400_000;

/// 9999-12-31.
const LAST_DAY: Day = 2_932_896;

/// Starts of days that are kept at once per zone; beyond, the cache begins anew around the day asked for.
const CACHE_DAYS_MAX: i64 = 4096;

/// The day in UTC: in every zone that, the one before or the one after.
pub fn utc_day_of(instant_ms: i64) -> Day {
    instant_ms.div_euclid(DAY_MS) as Day
}

/// A zone with the starts of the days that were asked for of late: a lookup is a guess and at most a step or two.
#[derive(Clone, Debug)]
pub struct Zone {
    time_zone: TimeZone,
    first: Day,
    starts_ms: Vec<i64>,
    /// The day asked for last, and its instants: most events are of one day.
    last: (Range<i64>, Day),
}

impl Zone {
    pub fn new(time_zone: TimeZone) -> Self {
        Self { time_zone, first: 0, starts_ms: Vec::new(), last: (0..0, 0) }
    }

    /// The day that contains the instant.
    #[inline]
    pub fn day_of(&mut self, instant_ms: i64) -> Day {
        if !self.last.0.contains(&instant_ms) {
            let index = self.index_of(instant_ms);
            self.last = (self.starts_ms[index]..self.starts_ms[index + 1], self.first + index as Day);
        }
        self.last.1
    }

    /// Among the starts.
    fn index_of(&mut self, instant_ms: i64) -> usize {
        let guess = utc_day_of(instant_ms);
        // Offsets from UTC stay within a day or so; a start on either side is needed to tell.
        self.cover(guess - 2, guess + 3);
        let mut index = (guess - self.first) as usize;
        while self.starts_ms[index] > instant_ms {
            index -= 1;
        }
        while self.starts_ms[index + 1] <= instant_ms {
            index += 1;
        }
        index
    }

    /// The first instant of the day.
    pub fn start_of(&mut self, day: Day) -> i64 {
        self.cover(day, day);
        self.starts_ms[(day - self.first) as usize]
    }

    fn cover(&mut self, from: Day, to: Day) {
        let end = self.first + self.starts_ms.len() as Day;
        if !self.starts_ms.is_empty() && from >= self.first && to < end {
            return;
        }
        let low = from.min(self.first);
        let high = (to + 1).max(end);
        if self.starts_ms.is_empty() || i64::from(high) - i64::from(low) > CACHE_DAYS_MAX {
            self.first = from;
            self.starts_ms = (from..=to).map(|day| start_of_day(&self.time_zone, day)).collect();
            return;
        }
        let before: Vec<i64> = (low..self.first).map(|day| start_of_day(&self.time_zone, day)).collect();
        self.starts_ms.splice(0..0, before);
        self.first = low;
        self.starts_ms.extend((end..high).map(|day| start_of_day(&self.time_zone, day)));
    }
}

/// The first instant of a day in a zone, in Unix milliseconds.
fn start_of_day(time_zone: &TimeZone, day: Day) -> i64 {
    if day >= LAST_DAY {
        // The calendar ends here; days beyond it only bound a search.
        return start_of_day(time_zone, LAST_DAY - 1) + i64::from(day - LAST_DAY + 1) * DAY_MS;
    }
    let ambiguous = time_zone.to_ambiguous_timestamp(date_of(day).at(0, 0, 0, 0));
    let start = match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => ambiguous.compatible(),
        AmbiguousOffset::Fold { .. } => ambiguous.earlier(),
        // Midnight was skipped: the day begins with the jump, wherever in it midnight lies.
        AmbiguousOffset::Gap { .. } => ambiguous.later().map(|late| {
            let after = late.checked_add(SignedDuration::from_nanos(1)).unwrap_or(late);
            time_zone.preceding(after).next().map_or(late, |transition| transition.timestamp())
        }),
    };
    start.map_or(i64::from(day) * DAY_MS, |timestamp| timestamp.as_millisecond())
}

/// The civil date of a day; days outside the calendar are clamped to its ends.
pub fn date_of(day: Day) -> Date {
    EPOCH.checked_add(SignedDuration::from_hours(24 * i64::from(day))).unwrap_or(if day < 0 { Date::MIN } else { Date::MAX })
}

/// The date as ISO 8601.
pub fn date_text(day: Day) -> String {
    let mut text = String::with_capacity(16);
    DateTimePrinter::new().print_date(&date_of(day), &mut text).expect("a string takes it");
    text
}

/// The day of a civil date.
pub fn day_of_date(date: Date) -> Day {
    (date.duration_since(EPOCH).as_secs() / 86_400) as Day
}

/// An instant as RFC 3339 in UTC; milliseconds only where there are some.
pub fn rfc3339(instant_ms: i64) -> String {
    const SECONDS: DateTimePrinter = DateTimePrinter::new().precision(Some(0));
    const MILLISECONDS: DateTimePrinter = DateTimePrinter::new().precision(Some(3));
    let timestamp = Timestamp::from_millisecond(instant_ms).unwrap_or(Timestamp::MAX);
    let printer = if instant_ms.rem_euclid(1000) == 0 { SECONDS } else { MILLISECONDS };
    let mut text = String::with_capacity(32);
    printer.print_timestamp(&timestamp, &mut text).expect("a string takes it");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        Zone::new(TimeZone::get(name).expect("a known zone"))
    }

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().expect("an instant").as_millisecond()
    }

    fn day(text: &str) -> Day {
        day_of_date(text.parse().expect("a date"))
    }

    #[test]
    fn days_start_at_the_earliest_instant_that_shows_them() {
        for (name, date, start) in [
            ("UTC", "2026-03-29", "2026-03-29T00:00:00Z"),
            ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z"),
            ("Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00Z"),
            // Midnight skipped: 00:00 became 01:00.
            ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"),
            // 23:30 became 00:30: the jump, not the skipped midnight carried over.
            ("America/Toronto", "1919-03-31", "1919-03-31T04:30:00Z"),
            // A day that never was starts and ends with the jump.
            ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"),
            ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"),
            // 00:01 fell back to 23:01: the day began at the first midnight.
            ("America/St_Johns", "2010-11-07", "2010-11-07T02:30:00Z"),
        ] {
            assert_eq!(rfc3339(zone(name).start_of(day(date))), start, "{name} {date}");
        }
    }

    #[test]
    fn an_instant_has_one_day_and_days_never_go_back() {
        let mut st_johns = zone("America/St_Johns");
        // 2010-11-07T02:40Z is 00:10 − 1 h = 23:10 on the 6th by the wall, after the 7th had begun.
        assert_eq!(st_johns.day_of(ms("2010-11-07T02:29:59Z")), day("2010-11-06"));
        assert_eq!(st_johns.day_of(ms("2010-11-07T02:40:00Z")), day("2010-11-07"));
        let mut apia = zone("Pacific/Apia");
        assert_eq!(apia.day_of(ms("2011-12-30T09:59:59Z")), day("2011-12-29"));
        assert_eq!(apia.day_of(ms("2011-12-30T10:00:00Z")), day("2011-12-31"));
    }

    #[test]
    fn far_apart_days_do_not_fill_the_cache() {
        let mut berlin = zone("Europe/Berlin");
        assert_eq!(berlin.day_of(0), 0);
        assert_eq!(berlin.day_of(ms("9999-12-30T12:00:00Z")), day("9999-12-30"));
        assert_eq!(berlin.day_of(ms("2026-06-01T00:00:00Z")), day("2026-06-01"));
        assert!(berlin.starts_ms.len() < 10);
    }

    #[test]
    fn instants_show_milliseconds_only_where_there_are_some() {
        assert_eq!(rfc3339(1_700_000_000_000), "2023-11-14T22:13:20Z");
        assert_eq!(rfc3339(1_700_000_000_050), "2023-11-14T22:13:20.050Z");
    }
}
