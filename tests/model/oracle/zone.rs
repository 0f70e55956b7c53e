//! Days and instants. A day is a number of days since 1970-01-01, an instant a number of milliseconds since then.

use jiff::{Timestamp, tz::TimeZone};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

pub type Day = i64;
pub const DAY_MS: i64 = 86_400_000;

/// Howard Hinnant's `days_from_civil`; `None` where the calendar has no such date.
pub fn day_from_date(year: i64, month: i64, day: i64) -> Option<Day> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if day < 1 || day > length {
        return None;
    }
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y - era * 400;
    let doy = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    Some(era * 146_097 + doe - 719_468)
}

pub fn date_of_day(day: Day) -> (i64, i64, i64) {
    let z = day + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

pub fn day_text(day: Day) -> String {
    let (y, m, d) = date_of_day(day);
    format!("{y:04}-{m:02}-{d:02}")
}

fn digits(text: &str) -> Option<i64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// `YYYY-MM-DD`. Outer `None`: not of that form; inner `None`: the calendar has no such date.
pub fn parse_date(text: &str) -> Option<Option<Day>> {
    let b = text.as_bytes();
    if b.len() != 10 || !text.is_ascii() || b[4] != b'-' || b[7] != b'-' {
        return None;
    }
    Some(day_from_date(digits(&text[..4])?, digits(&text[5..7])?, digits(&text[8..])?))
}

/// RFC 3339 with an offset, or nearly so: a blank for the `T`, an offset of hours alone or without its colon, ` UTC`. Cut off to milliseconds.
/// `None` levels as in `parse_date`.
pub fn parse_instant(text: &str) -> Option<Option<i64>> {
    if !text.is_ascii() || text.len() < 20 {
        return None;
    }
    let day = parse_date(&text[..10])?;
    let b = text.as_bytes();
    if !matches!(b[10], b'T' | b't' | b' ') || b[13] != b':' || b[16] != b':' {
        return None;
    }
    let (h, m, s) = (digits(&text[11..13])?, digits(&text[14..16])?, digits(&text[17..19])?);
    let mut rest = &text[19..];
    let mut ms = 0;
    if let Some(fraction) = rest.strip_prefix('.') {
        let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
        if length == 0 {
            return None;
        }
        for i in 0..3 {
            ms = ms * 10 + fraction.as_bytes()[..length].get(i).map_or(0, |c| i64::from(c - b'0'));
        }
        rest = &fraction[length..];
    }
    let offset = match rest.as_bytes() {
        b"Z" | b"z" | b" UTC" => 0,
        [sign @ (b'+' | b'-'), ..] => {
            let (oh, om) = match rest[1..].split_once(':') {
                Some((oh, om)) if oh.len() == 2 && om.len() == 2 => (digits(oh)?, digits(om)?),
                None if rest.len() == 5 => (digits(&rest[1..3])?, digits(&rest[3..])?),
                None if rest.len() == 3 => (digits(&rest[1..])?, 0),
                _ => return None,
            };
            if oh > 23 || om > 59 {
                return Some(None);
            }
            (oh * 60 + om) * if *sign == b'-' { -1 } else { 1 }
        }
        _ => return None,
    };
    if h > 23 || m > 59 || s > 59 {
        return Some(None);
    }
    Some(day.map(|day| day * DAY_MS + ((h * 60 + m - offset) * 60 + s) * 1000 + ms))
}

/// In UTC, milliseconds only where there are any.
pub fn instant_text(ms: i64) -> String {
    let (day, rest) = (ms.div_euclid(DAY_MS), ms.rem_euclid(DAY_MS));
    let (h, m, s, f) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60, rest % 1000);
    let fraction = if f == 0 { String::new() } else { format!(".{f:03}") };
    format!("{}T{h:02}:{m:02}:{s:02}{fraction}Z", day_text(day))
}

/// A time zone, by the calendar's definition of a day: a day starts at the earliest instant at which the local calendar
/// shows that day or a later one. So an instant's day is the latest date that the local calendar has shown so far.
#[derive(Clone)]
pub struct Zone(Rc<Inner>);

struct Inner {
    tz: TimeZone,
    starts: RefCell<HashMap<Day, i64>>,
}

impl Zone {
    pub fn get(name: &str) -> Option<Zone> {
        let tz = TimeZone::get(name).ok()?;
        Some(Zone(Rc::new(Inner { tz, starts: RefCell::default() })))
    }

    /// As the database of time zones writes it.
    pub fn name(&self) -> Option<&str> {
        self.0.tz.iana_name()
    }

    fn timestamp(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(ms).unwrap_or(if ms < 0 { Timestamp::MIN } else { Timestamp::MAX })
    }

    /// The date on the wall at that instant.
    fn shown(&self, ms: i64) -> Day {
        let offset = self.0.tz.to_offset(Self::timestamp(ms)).seconds();
        (ms + i64::from(offset) * 1000).div_euclid(DAY_MS)
    }

    pub fn day_of(&self, ms: i64) -> Day {
        let mut day = self.shown(ms);
        // Where the clocks were put back, the wall may have shown a later date just before.
        for transition in self.0.tz.preceding(Self::timestamp(ms + 1)) {
            let at = transition.timestamp().as_millisecond();
            if at < ms - 4 * DAY_MS {
                break;
            }
            day = day.max(self.shown(at - 1));
        }
        day
    }

    pub fn start_of(&self, day: Day) -> i64 {
        if let Some(&ms) = self.0.starts.borrow().get(&day) {
            return ms;
        }
        // `day_of` never decreases: halve the interval until the earliest instant is left.
        let (mut before, mut after) = ((day - 3) * DAY_MS, (day + 3) * DAY_MS);
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if self.day_of(middle) >= day { after = middle } else { before = middle }
        }
        self.0.starts.borrow_mut().insert(day, after);
        after
    }
}
