//! What AWS's clock shows, by the dates of its answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_iam::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_iam::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_iam::error::BoxError;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// A date is in whole seconds and was on its way: so much earlier than this
/// machine's clock, in milliseconds, is no difference.
const ON_ITS_WAY: i64 = 2_000;

/// By how many milliseconds AWS's clock is ahead of this machine's, as the last
/// answer of any of a client's calls tells. 0 before the first.
#[derive(Clone, Debug, Default)]
pub(super) struct AwsClock(Arc<AtomicI64>);

impl AwsClock {
    /// What AWS's clock shows when this machine's shows that.
    pub(super) fn at(&self, local: SystemTime) -> SystemTime {
        let ahead = self.0.load(Ordering::Relaxed);
        let by = Duration::from_millis(ahead.unsigned_abs());
        let there = match ahead {
            0.. => local.checked_add(by),
            _ => local.checked_sub(by),
        };
        there.unwrap_or(local)
    }

    fn learn(&self, date: &str, local: SystemTime) {
        let Ok(date) = DateTime::from_str(date, Format::HttpDate) else {
            return;
        };
        let since = local.duration_since(UNIX_EPOCH).unwrap_or_default();
        let (Ok(date), Ok(local)) = (date.to_millis(), i64::try_from(since.as_millis())) else {
            return;
        };
        let ahead = date.saturating_sub(local);
        let ahead = if (-ON_ITS_WAY..0).contains(&ahead) {
            0
        } else {
            ahead
        };
        self.0.store(ahead, Ordering::Relaxed);
    }
}

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for AwsClock {
    fn name(&self) -> &'static str {
        "iam-provision::AwsClock"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        components: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let (Some(date), Some(time)) = (
            context.response().headers().get("date"),
            components.time_source(),
        ) {
            self.learn(date, time.now());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-01T00:00:00Z.
    const LOCAL: Duration = Duration::from_secs(1_767_225_600);

    #[test]
    fn a_date_tells_how_far_the_clock_is_off() {
        let local = UNIX_EPOCH + LOCAL + Duration::from_millis(400);
        let hour = Duration::from_secs(3_600);
        for (date, there) in [
            ("Thu, 01 Jan 2026 00:00:00 GMT", local),
            // On its way for more than a second.
            ("Wed, 31 Dec 2025 23:59:59 GMT", local),
            ("Wed, 31 Dec 2025 23:00:00 GMT", UNIX_EPOCH + LOCAL - hour),
            ("Thu, 01 Jan 2026 01:00:00 GMT", UNIX_EPOCH + LOCAL + hour),
            ("yesterday", local),
        ] {
            let clock = AwsClock::default();
            assert_eq!(clock.at(local), local);
            clock.learn(date, local);
            assert_eq!(clock.at(local), there, "{date}");
        }
    }
}
