//! Where a replay's clock ends: `--until DATE|INSTANT`. What a date comes to depends on the playbook's zone (`engine::day`).

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

impl FromStr for Until {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || {
            format!(
                "{text:?}: expected a day (2026-10-03), an instant with offset (2026-10-03T10:00:00+02:00) or Unix milliseconds, from 1970 through 9999"
            )
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
            Until::InstantMs(ms) => Timestamp::from_millisecond(ms).ok().map(|instant| instant.to_zoned_datetime(TimeZone::UTC).year()),
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
}
