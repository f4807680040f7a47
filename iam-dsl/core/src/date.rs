//! Dates as conditions write them: ISO 8601 in the W3C profile, or seconds
//! since 1970 (IAM User Guide, "Date condition operators").

/// The instant that a date value names, in nanoseconds since
/// 1970-01-01T00:00:00Z; `None` where it is no date.
///
/// Taken are a year, a year and month, a date, and a date with time, fraction
/// and offset; the year may be negative. A number without any separator is a
/// count of seconds, unless it is a year of four digits.
pub fn parse(text: &str) -> Option<i128> {
    const SECOND: i128 = 1_000_000_000;
    if let Some(seconds) = seconds(text) {
        return Some(i128::from(seconds) * SECOND);
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let mut cursor = Cursor(rest);
    let year = sign * cursor.number(4)?;
    let (mut month, mut day, mut seconds) = (1, 1, 0);
    let mut nanoseconds = 0;
    if cursor.take('-') {
        month = cursor.number(2)?;
        if cursor.take('-') {
            day = cursor.number(2)?;
            if cursor.take('T') {
                let (time, fraction) = time_of_day(&mut cursor)?;
                seconds = time;
                nanoseconds = fraction;
            }
        }
    }
    if !cursor.0.is_empty()
        || !(1..=12).contains(&month)
        || !(1..=days_in(year, month)).contains(&day)
    {
        return None;
    }
    let seconds = days_from_civil(year, month, day) * 86_400 + seconds;
    Some(i128::from(seconds) * SECOND + i128::from(nanoseconds))
}

/// The count of seconds since 1970 that a text without any separator is.
fn seconds(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.len() != 4 && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// A count of seconds since 1970 as a date; `None` where the text is no such
/// count, or one of a year after 9999.
pub fn of_seconds(text: &str) -> Option<String> {
    let seconds = u64::try_from(seconds(text)?).ok()?;
    let written =
        format(std::time::UNIX_EPOCH.checked_add(std::time::Duration::from_secs(seconds))?);
    (parse(&written) == parse(text)).then_some(written)
}

/// Seconds since midnight UTC and nanoseconds, of `hh:mm[:ss[.fraction]]` with
/// `Z` or an offset.
fn time_of_day(cursor: &mut Cursor<'_>) -> Option<(i64, i64)> {
    let hour = cursor.number(2)?;
    cursor.take(':').then_some(())?;
    let minute = cursor.number(2)?;
    let mut second = 0;
    let mut nanoseconds = 0;
    if cursor.take(':') {
        second = cursor.number(2)?;
        if cursor.take('.') {
            nanoseconds = cursor.fraction()?;
        }
    }
    if hour > 24 || minute > 59 || second > 60 || (hour == 24 && (minute, second) != (0, 0)) {
        return None;
    }
    let offset = if cursor.take('Z') {
        0
    } else {
        let sign = if cursor.take('+') {
            1
        } else if cursor.take('-') {
            -1
        } else {
            return None;
        };
        let hours = cursor.number(2)?;
        cursor.take(':').then_some(())?;
        let minutes = cursor.number(2)?;
        (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))?
    };
    Some((hour * 3600 + minute * 60 + second - offset, nanoseconds))
}

struct Cursor<'t>(&'t str);

impl Cursor<'_> {
    fn take(&mut self, wanted: char) -> bool {
        match self.0.strip_prefix(wanted) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    /// Exactly `digits` digits.
    fn number(&mut self, digits: usize) -> Option<i64> {
        let text = self.0.get(..digits)?;
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        self.0 = self.0.get(digits..)?;
        text.parse().ok()
    }

    /// One or more digits after the point, to nanoseconds; further ones are dropped.
    fn fraction(&mut self) -> Option<i64> {
        let end = self
            .0
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(self.0.len());
        let digits = self.0.get(..end).filter(|digits| !digits.is_empty())?;
        self.0 = self.0.get(end..)?;
        let padded: String = digits
            .chars()
            .chain(std::iter::repeat('0'))
            .take(9)
            .collect();
        padded.parse().ok()
    }
}

/// An instant as a condition writes it: `2026-11-22T03:42:00Z`, whole seconds.
/// Instants before year 0 or after year 9999 are taken to the nearest end.
pub fn format(instant: std::time::SystemTime) -> String {
    let seconds = match instant.duration_since(std::time::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |s| -s),
    };
    let seconds = seconds.clamp(-62_167_219_200, 253_402_300_799);
    let (year, month, day) = civil_from_days(seconds.div_euclid(86_400));
    let time = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar (H. Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms", public domain).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Option<i128> {
        parse(text).map(|nanoseconds| nanoseconds.div_euclid(1_000_000_000))
    }

    #[test]
    fn dates_are_instants() {
        // From `date -u -d TEXT +%s`.
        assert_eq!(seconds("2026-11-22T03:42:00Z"), Some(1_795_318_920));
        assert_eq!(
            seconds("2016-12-13T21:20:37.593194+00:00"),
            Some(1_481_664_037)
        );
        assert_eq!(seconds("2019-07-01T13:20:15+02:00"), Some(1_561_980_015));
        assert_eq!(seconds("2024-02-29"), Some(1_709_164_800));
        assert_eq!(seconds("2024-02"), Some(1_706_745_600));
        assert_eq!(seconds("1969"), Some(-31_536_000));
        assert_eq!(seconds("1795318920"), Some(1_795_318_920));
        assert_eq!(parse("1970-01-01T00:00:00.25Z"), Some(250_000_000));
    }

    #[test]
    fn instants_are_written_and_read_back() {
        use std::time::{Duration, UNIX_EPOCH};
        assert_eq!(
            format(UNIX_EPOCH + Duration::from_secs(1_795_318_920)),
            "2026-11-22T03:42:00Z"
        );
        assert_eq!(
            format(UNIX_EPOCH - Duration::from_secs(1)),
            "1969-12-31T23:59:59Z"
        );
        for day in 0..200_000_u64 {
            let text = format(UNIX_EPOCH + Duration::from_secs(day * 86_400 + 1));
            assert_eq!(seconds(&text), Some(i128::from(day) * 86_400 + 1), "{text}");
        }
    }

    #[test]
    fn other_texts_are_none() {
        for text in [
            "",
            "-",
            "234-13",
            "2023-02-29",
            "2016-12-13t2:00:00.593194+1",
            "2016-13-01",
            "2016-01-01T25:00Z",
            "2016-01-01T10:00",
            "2016-01-01T10:00:00.Z",
            "tomorrow",
            "99999999999999999999",
            "2016-01-01T10:00:00+24:00",
            "2016-1-1",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
