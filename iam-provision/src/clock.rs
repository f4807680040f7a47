//! Times as IAM's policies and tags write them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// `2026-01-31T12:00:00Z`, in whole seconds, rounded down.
pub(crate) fn text(at: SystemTime) -> String {
    let seconds = i64::try_from(seconds(at)).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds)
        .unwrap_or(jiff::Timestamp::MAX)
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}

/// Reads what [`text`] wrote.
pub(crate) fn parse(text: &str) -> Option<SystemTime> {
    let stamp: jiff::Timestamp = text.parse().ok()?;
    let seconds = u64::try_from(stamp.as_second()).ok()?;
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

/// The last second that [`text`] can write, `9999-12-30T22:00:00Z`.
const LAST_SECOND: Duration = Duration::from_secs(253_402_207_200);

/// The time `by` after another; for a time that is too far off to be written,
/// the last one that can be.
pub(crate) fn after(at: SystemTime, by: Duration) -> SystemTime {
    let last = UNIX_EPOCH + LAST_SECOND;
    at.checked_add(by).map_or(last, |then| then.min(last))
}

/// Whole seconds since 1970.
pub(crate) fn seconds(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// A duration as people say it: `1 h 30 min`.
pub(crate) fn words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let parts = [
        (seconds / 3_600, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let text: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    if text.is_empty() {
        "0 s".to_owned()
    } else {
        text.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_survive_being_written() {
        let at = UNIX_EPOCH + Duration::from_secs(1_767_225_600);
        assert_eq!(text(at), "2026-01-01T00:00:00Z");
        assert_eq!(parse(&text(at)), Some(at));
        assert_eq!(text(at + Duration::from_millis(999)), text(at));
        assert_eq!(parse("tomorrow"), None);
    }

    #[test]
    fn far_off_is_the_last_second() {
        let now = UNIX_EPOCH + Duration::from_secs(1_767_225_600);
        assert_eq!(
            after(now, Duration::from_secs(1)),
            now + Duration::from_secs(1)
        );
        for far in [Duration::from_secs(300_000_000_000), Duration::MAX] {
            let last = after(now, far);
            assert_eq!(text(last), "9999-12-30T22:00:00Z");
            assert_eq!(parse(&text(last)), Some(last));
        }
    }

    #[test]
    fn durations_in_words() {
        assert_eq!(words(Duration::from_secs(5_400)), "1 h 30 min");
        assert_eq!(words(Duration::ZERO), "0 s");
    }
}
