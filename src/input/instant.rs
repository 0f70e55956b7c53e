//! Instants and dates by hand: RFC 3339 to Unix milliseconds, `YYYY-MM-DD` to days since 1970-01-01.
//!
//! Every event carries an instant, so this is on the hot path; a general parser costs about twice as much. What is accepted
//! is the grammar of RFC 3339, section 5.6, and what databases write that is nearly so:
//!
//! | | |
//! |---|---|
//! | between date and time | `T`, `t` or a blank |
//! | fraction | one digit or more; all beyond the third are cut off |
//! | offset | required: `Z`, `z`, ` UTC`, or `±hh:mm`, `±hhmm`, `±hh` with hh 00..=23 and mm 00..=59; `-00:00` counts as UTC |
//! | second 60 | only at 23:59 UTC, where leap seconds are inserted; held as 23:59:59.999, so it stays in its day and never comes before an instant of the second 59 |
//! | range | 2000-01-01T00:00:00Z ..= 9999-12-31T23:59:59.999Z after the offset is taken off |

/// Milliseconds of 2000-01-01T00:00:00Z, the first instant that is held.
pub const MS_MIN: i64 = 946_684_800_000;
/// Milliseconds of 9999-12-31T23:59:59.999Z, the last instant that is held.
pub const MS_MAX: i64 = 253_402_300_799_999;

/// Why a text is no instant or date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It has not the form.
    Form,
    /// An instant's, but for its offset.
    NoOffset,
    /// It has the form, but names no such day or time, or one that is too late, or a date before 1970.
    Range,
    /// An instant before the first that is held.
    Early,
}

/// Unix milliseconds of an instant, rounded down.
pub(crate) fn parse(text: &str) -> Result<i64, Fault> {
    let (stem, mut rest) = text.as_bytes().split_first_chunk::<19>().ok_or(Fault::Form)?;
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T' | b't' | b' ', h1, h2, b':', n1, n2, b':', s1, s2] = stem else {
        return Err(Fault::Form);
    };
    let [y1, y2, y3, y4, m1, m2, d1, d2, h1, h2, n1, n2, s1, s2] = digits([y1, y2, y3, y4, m1, m2, d1, d2, h1, h2, n1, n2, s1, s2])?;
    let year = y1 * 1000 + y2 * 100 + y3 * 10 + y4;
    let (month, day) = (m1 * 10 + m2, d1 * 10 + d2);
    let (hour, minute, second) = (h1 * 10 + h2, n1 * 10 + n2, s1 * 10 + s2);

    let mut milli = 0;
    if let [b'.', fraction @ ..] = rest {
        let mut weight = 100;
        let mut count = 0;
        while let Some(digit) = fraction.get(count).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit <= 9) {
            milli += i64::from(digit) * weight;
            weight /= 10;
            count += 1;
        }
        if count == 0 {
            return Err(Fault::Form);
        }
        rest = &fraction[count..];
    }
    let offset_minutes = match *rest {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => offset_minutes(sign, [h1, h2, m1, m2])?,
        _ => rare_offset_minutes(rest)?,
    };

    if month == 0 || month > 12 || day == 0 || day > days_in_month(year, month) || hour > 23 || minute > 59 || second > 60 {
        return Err(Fault::Range);
    }
    let minutes = (i64::from(days_from_civil(year, month, day)) * 24 + i64::from(hour)) * 60 + i64::from(minute - offset_minutes);
    let ms = if second == 60 {
        if minutes.rem_euclid(24 * 60) != 24 * 60 - 1 {
            return Err(Fault::Range);
        }
        minutes * 60_000 + 59_999
    } else {
        minutes * 60_000 + i64::from(second) * 1000 + milli
    };
    match ms {
        MS_MIN..=MS_MAX => Ok(ms),
        ..MS_MIN => Err(Fault::Early),
        _ => Err(Fault::Range),
    }
}

#[inline(always)]
fn offset_minutes(sign: u8, hhmm: [u8; 4]) -> Result<i32, Fault> {
    let [h1, h2, m1, m2] = digits(hhmm)?;
    let (hours, minutes) = (h1 * 10 + h2, m1 * 10 + m2);
    if hours > 23 || minutes > 59 {
        return Err(Fault::Range);
    }
    Ok(if sign == b'+' { hours * 60 + minutes } else { -(hours * 60 + minutes) })
}

/// Of an offset that RFC 3339 does not know.
#[cold]
fn rare_offset_minutes(offset: &[u8]) -> Result<i32, Fault> {
    match *offset {
        [] => Err(Fault::NoOffset),
        [b' ', b'U', b'T', b'C'] => Ok(0),
        [sign @ (b'+' | b'-'), h1, h2] => offset_minutes(sign, [h1, h2, b'0', b'0']),
        [sign @ (b'+' | b'-'), h1, h2, m1, m2] => offset_minutes(sign, [h1, h2, m1, m2]),
        _ => Err(Fault::Form),
    }
}

/// Days since 1970-01-01 of a calendar date `YYYY-MM-DD`, 1970-01-01 ..= 9999-12-31.
pub(crate) fn parse_date(text: &str) -> Result<i32, Fault> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
        return Err(Fault::Form);
    };
    let [y1, y2, y3, y4, m1, m2, d1, d2] = digits([y1, y2, y3, y4, m1, m2, d1, d2])?;
    let year = y1 * 1000 + y2 * 100 + y3 * 10 + y4;
    let (month, day) = (m1 * 10 + m2, d1 * 10 + d2);
    if year < 1970 || month == 0 || month > 12 || day == 0 || day > days_in_month(year, month) {
        return Err(Fault::Range);
    }
    Ok(days_from_civil(year, month, day))
}

/// `YYYY-MM-DD` of a count of days since 1970-01-01; the inverse of reading a date.
pub(crate) fn format_date(days: i32) -> String {
    // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
    let shifted = i64::from(days) + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The values of ASCII digits, checked together rather than one by one.
#[inline]
fn digits<const N: usize>(bytes: [u8; N]) -> Result<[i32; N], Fault> {
    let values = bytes.map(|byte| byte.wrapping_sub(b'0'));
    if values.iter().fold(false, |wrong, value| wrong | (*value > 9)) {
        return Err(Fault::Form);
    }
    Ok(values.map(i32::from))
}

#[inline]
fn days_in_month(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil; for the years 0..=9999.
#[inline]
fn days_from_civil(year: i32, month: i32, day: i32) -> i32 {
    let year = year - i32::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn instants() {
        let cases: &[(&str, Result<i64, Fault>)] = &[
            ("2000-01-01T00:00:00Z", Ok(MS_MIN)),
            ("2000-01-01T00:00:00.0009Z", Ok(MS_MIN)),
            ("2000-01-01t00:00:00.1z", Ok(MS_MIN + 100)),
            ("2000-01-01T00:00:01.9999999999999999999999Z", Ok(MS_MIN + 1999)),
            ("1999-12-31T23:30:00-01:00", Ok(MS_MIN + 30 * 60_000)),
            ("2026-10-03T10:15:30+02:00", Ok(1_791_015_330_000)),
            ("2026-10-03T10:15:30-00:00", Ok(1_791_022_530_000)),
            ("2024-02-29T12:00:00Z", Ok(1_709_208_000_000)),
            ("9999-12-31T23:59:59.999Z", Ok(MS_MAX)),
            // Leap seconds: the day's last millisecond, and only at the day's end in UTC.
            ("2016-12-31T23:59:60Z", Ok(1_483_228_799_999)),
            ("2016-12-31T23:59:60.25Z", Ok(1_483_228_799_999)),
            ("2005-12-31T15:59:60-08:00", Ok(1_136_073_599_999)),
            ("2016-12-31T23:58:60Z", Err(Fault::Range)),
            ("2016-12-31T23:59:60+01:00", Err(Fault::Range)),
            ("2016-12-31T23:59:61Z", Err(Fault::Range)),
            // As databases write them.
            ("2026-10-03 10:15:30+02:00", Ok(1_791_015_330_000)),
            ("2026-10-03 10:15:30.5+0200", Ok(1_791_015_330_500)),
            ("2026-10-03T10:15:30-0030", Ok(1_791_024_330_000)),
            ("2026-10-03 10:15:30+02", Ok(1_791_015_330_000)),
            ("2026-10-03 10:15:30-02", Ok(1_791_029_730_000)),
            ("2026-10-03 10:15:30 UTC", Ok(1_791_022_530_000)),
            ("2026-10-03T10:15:30.25 UTC", Ok(1_791_022_530_250)),
            // Outside of 2000 ..= 9999 once the offset is taken off.
            ("2000-01-01T00:00:00+00:01", Err(Fault::Early)),
            ("1999-12-31T23:59:59.999Z", Err(Fault::Early)),
            ("1970-01-21T16:44:09Z", Err(Fault::Early)),
            ("0000-01-01T00:00:00Z", Err(Fault::Early)),
            ("9999-12-31T23:59:59-00:01", Err(Fault::Range)),
            // No such day or time.
            ("2026-02-29T00:00:00Z", Err(Fault::Range)),
            ("2100-02-29T00:00:00Z", Err(Fault::Range)),
            ("2026-13-01T00:00:00Z", Err(Fault::Range)),
            ("2026-00-01T00:00:00Z", Err(Fault::Range)),
            ("2026-01-00T00:00:00Z", Err(Fault::Range)),
            ("2026-04-31T00:00:00Z", Err(Fault::Range)),
            ("2026-01-01T24:00:00Z", Err(Fault::Range)),
            ("2026-01-01T00:60:00Z", Err(Fault::Range)),
            ("2026-01-01T00:00:00+24:00", Err(Fault::Range)),
            ("2026-01-01T00:00:00+00:60", Err(Fault::Range)),
            // Not of the form.
            ("", Err(Fault::Form)),
            ("2026-10-03", Err(Fault::Form)),
            ("2026-10-03T10:15:30", Err(Fault::NoOffset)),
            ("2026-10-03 10:15:30.25", Err(Fault::NoOffset)),
            ("2026-10-03_10:15:30Z", Err(Fault::Form)),
            ("2026-10-03  10:15:30Z", Err(Fault::Form)),
            ("2026-10-03 10:15:30 Z", Err(Fault::Form)),
            ("2026-10-03 10:15:30UTC", Err(Fault::Form)),
            ("2026-10-03 10:15:30 utc", Err(Fault::Form)),
            ("2026-10-03 10:15:30 +0200", Err(Fault::Form)),
            ("2026-10-03T10:15:30+020", Err(Fault::Form)),
            ("2026-10-03T10:15:30+2", Err(Fault::Form)),
            ("2026-10-03T10:15:30+24", Err(Fault::Range)),
            ("2026-10-03T10:15:30+0060", Err(Fault::Range)),
            ("2026-10-03T10:15Z", Err(Fault::Form)),
            ("2026-10-03T10:15:30.Z", Err(Fault::Form)),
            ("2026-10-03T10:15:30,5Z", Err(Fault::Form)),
            ("2026-10-03T10:15:30Z ", Err(Fault::Form)),
            ("+2026-10-03T10:15:30Z", Err(Fault::Form)),
            ("12026-10-03T10:15:30Z", Err(Fault::Form)),
            ("2026-10-03T10:15:30Z[UTC]", Err(Fault::Form)),
            ("２026-10-03T10:15:30Z", Err(Fault::Form)),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), *expected, "{text}");
        }
    }

    #[test]
    fn dates() {
        let cases: &[(&str, Result<i32, Fault>)] = &[
            ("1970-01-01", Ok(0)),
            ("2000-02-29", Ok(11_016)),
            ("2026-10-03", Ok(20_729)),
            ("9999-12-31", Ok(2_932_896)),
            ("1969-12-31", Err(Fault::Range)),
            ("2026-02-29", Err(Fault::Range)),
            ("2026-1-1", Err(Fault::Form)),
            ("20261003", Err(Fault::Form)),
            ("2026-10-03T00:00:00Z", Err(Fault::Form)),
            ("10000-01-01", Err(Fault::Form)),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_date(text), *expected, "{text}");
        }
    }

    #[test]
    fn every_date_reads_back() {
        for days in 0..=2_932_896 {
            assert_eq!(parse_date(&format_date(days)), Ok(days));
        }
    }

    proptest! {
        /// jiff, as an independent reader of the same instants. Its own last instant is 9999-12-30T22:00:00Z.
        #[test]
        fn agrees_with_jiff(ms in MS_MIN..=253_402_207_200_000_i64, offset_minutes in -1439..=1439_i64, finer in 0..1_000_000_i64) {
            let instant = jiff::Timestamp::from_nanosecond(i128::from(ms) * 1_000_000 + i128::from(finer)).expect("in range");
            let offset = jiff::tz::Offset::from_seconds(i32::try_from(offset_minutes * 60).expect("small")).expect("in range");
            let local = instant.display_with_offset(offset).to_string();
            // Near the ends the local year has more digits than RFC 3339 has room for.
            if local.find('-') == Some(4) {
                prop_assert_eq!(parse(&local), Ok(ms), "{}", local);
            }
        }

        #[test]
        fn never_accepts_what_jiff_refuses(text in "(199|20[0-3]|998)[0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-][0-2][0-9]:[0-6][0-9])") {
            if let Ok(ms) = parse(&text) {
                let instant: jiff::Timestamp = text.parse().expect("accepted by hand");
                prop_assert_eq!(instant.as_millisecond(), ms);
            }
        }
    }
}
