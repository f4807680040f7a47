//! Points in time as IAM writes them: whole seconds, UTC.

use std::fmt;

/// Whole seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

impl Moment {
    /// The moment that many seconds after the start of 1970.
    pub(crate) fn from_seconds(seconds: u64) -> Moment {
        Moment(seconds)
    }

    /// Seconds since the start of 1970.
    pub(crate) fn seconds(self) -> u64 {
        self.0
    }

    /// As the header `Date` has it: `Thu, 01 Jan 2026 00:00:00 GMT`.
    pub(crate) fn http_date(self) -> String {
        let seconds = i64::try_from(self.0).unwrap_or(i64::MAX);
        let last = jiff::Timestamp::MAX;
        let at = jiff::Timestamp::from_second(seconds).unwrap_or(last);
        at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// The moment `seconds` later.
    pub(crate) fn plus(self, seconds: u64) -> Moment {
        Moment(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to this moment, 0 if it is not earlier.
    pub(crate) fn since(self, earlier: Moment) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = i64::try_from(self.0).unwrap_or(i64::MAX);
        match jiff::Timestamp::from_second(seconds) {
            Ok(timestamp) => write!(f, "{timestamp}"),
            // Beyond the year 9999, where no test's clock goes by accident.
            Err(_) => f.write_str("9999-12-31T23:59:59Z"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_of_an_answer() {
        assert_eq!(
            Moment::from_seconds(1_767_225_600).http_date(),
            "Thu, 01 Jan 2026 00:00:00 GMT"
        );
    }

    #[test]
    fn iso_8601_in_utc() {
        assert_eq!(
            Moment::from_seconds(1_767_225_600).to_string(),
            "2026-01-01T00:00:00Z"
        );
    }
}
