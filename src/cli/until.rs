//! Where a replay's clock ends: `--until DATE|INSTANT`.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Instants run from 1970 through 9999, as in events.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=9999;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// The first instant of this day in the playbook's zone.
    Date(Date),
    /// Unix milliseconds.
    InstantMs(i64),
}

impl Until {
    /// The instant meant, in Unix milliseconds. A day starts at the earliest instant at which the local calendar shows that day or a
    /// later one.
    ///
    /// # Errors
    ///
    /// A day at the very end of the calendar, whose start no instant can hold.
    pub fn instant_ms(self, zone: &TimeZone) -> Result<i64, jiff::Error> {
        match self {
            // Where a zone skips the day, jiff goes on to what comes after the gap, which is what shows a later day.
            Until::Date(date) => Ok(date.to_zoned(zone.clone())?.timestamp().as_millisecond()),
            Until::InstantMs(instant_ms) => Ok(instant_ms),
        }
    }
}

impl FromStr for Until {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || {
            format!("{text:?}: expected a day (2026-10-03), an instant with offset (2026-10-03T10:00:00+02:00) or Unix milliseconds, from 1970 through 9999")
        };
        let until = if text.len() == "2026-10-03".len() && text.as_bytes()[4] == b'-' {
            Until::Date(text.parse().map_err(|_| expected())?)
        } else if let Ok(instant_ms) = text.parse() {
            Until::InstantMs(instant_ms)
        } else {
            Until::InstantMs(text.parse::<Timestamp>().map_err(|_| expected())?.as_millisecond())
        };
        let year = match until {
            Until::Date(date) => Some(date.year()),
            Until::InstantMs(ms) => Timestamp::from_millisecond(ms).ok().map(|instant| instant.to_zoned(TimeZone::UTC).year()),
        };
        if year.is_some_and(|year| YEARS.contains(&year)) { Ok(until) } else { Err(expected()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_understood() {
        let table = [
            ("2026-10-03", Some(Until::Date(jiff::civil::date(2026, 10, 3)))),
            ("2026-10-03T00:00:00Z", Some(Until::InstantMs(1_790_985_600_000))),
            ("2026-10-03T02:00:00+02:00", Some(Until::InstantMs(1_790_985_600_000))),
            ("1790985600000", Some(Until::InstantMs(1_790_985_600_000))),
            ("0", Some(Until::InstantMs(0))),
            ("-1", None),
            ("1969-12-31", None),
            ("2026-13-01", None),
            ("2026-10-03T00:00:00", None),
            ("yesterday", None),
            ("253402300800000", None),
            ("", None),
        ];
        for (text, until) in table {
            assert_eq!(text.parse::<Until>().ok(), until, "{text:?}");
        }
    }

    #[test]
    fn a_date_is_the_first_instant_of_the_day_in_the_zone() {
        let table = [
            ("2026-10-03", "UTC", "2026-10-03T00:00:00Z"),
            ("2026-10-03", "Asia/Tokyo", "2026-10-02T15:00:00Z"),
            // The clocks went from 24:00 to 01:00: the day began at 01:00.
            ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z"),
            // The clocks went back at 24:00 to 23:00: the day began at the later midnight's first showing.
            ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00Z"),
        ];
        for (date, zone, instant) in table {
            let zone = TimeZone::get(zone).expect("the tz database is compiled in");
            let until: Until = date.parse().expect("a date");
            let expected: Timestamp = instant.parse().expect("an instant");
            assert_eq!(until.instant_ms(&zone).expect("in range"), expected.as_millisecond(), "{date}");
        }
    }
}
