//! The sandbox's own time.
//!
//! Nothing here looks at the machine's clock, unless a test lets the sandbox
//! follow it. Time stands still while calls
//! are made; it moves when a test says so, or when every future that waits for
//! it has nothing else to do: then it jumps to the nearest deadline. So
//! the SDK's back-off between retries takes no real time, and a timeout never
//! fires before a shorter wait that runs beside it. The same design works
//! under tokio's paused time, in an ordinary runtime, and in any other
//! executor, because it needs nothing but being polled.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep};
use aws_smithy_async::time::TimeSource;

/// How often a waiting future lets the others run before it concludes that
/// nobody has anything to do but wait. Each time costs well under a
/// microsecond; the number only has to outlast a few hops between tasks.
const QUIET_POLLS: u32 = 64;

/// The end of time: 9999-12-31T23:59:59Z, the last moment that answers can
/// write. Whatever waits for longer waits until then.
const END: Duration = Duration::from_secs(253_402_300_799);

/// A shared handle on the sandbox's time.
#[derive(Clone)]
pub(crate) struct Clock(Arc<Mutex<Time>>);

struct Time {
    now: Duration,
    /// Calls that are being answered: time stands still meanwhile.
    calls_in_flight: usize,
    /// Counts everything that happens, so that a waiting future can tell
    /// whether the world stood still between two of its polls.
    activity: u64,
    /// How long every call takes.
    latency: Duration,
    /// Since when the machine's time is added to `now`.
    running_since: Option<Instant>,
    next_timer: u64,
    timers: BTreeMap<(Duration, u64), Waker>,
}

impl Clock {
    /// A clock that stands at `start`.
    pub(crate) fn starting_at(start: SystemTime) -> Clock {
        Clock(Arc::new(Mutex::new(Time {
            now: start.duration_since(UNIX_EPOCH).unwrap_or_default(),
            calls_in_flight: 0,
            activity: 0,
            latency: Duration::ZERO,
            running_since: None,
            next_timer: 0,
            timers: BTreeMap::new(),
        })))
    }

    /// What the clock shows.
    pub(crate) fn now(&self) -> SystemTime {
        UNIX_EPOCH + self.time().now
    }

    /// What the clock shows, in whole seconds.
    pub(crate) fn moment(&self) -> crate::moment::Moment {
        crate::moment::Moment::from_seconds(self.time().now.as_secs())
    }

    /// Moves the clock on and wakes whoever waited for a time now past.
    pub(crate) fn advance(&self, by: Duration) {
        let mut time = self.time();
        let target = time.now.saturating_add(by);
        time.move_to(target);
    }

    /// Keeps time still until the guard is dropped.
    pub(crate) fn hold(&self) -> Hold {
        let mut time = self.time();
        time.calls_in_flight += 1;
        time.activity += 1;
        Hold(self.clone())
    }

    /// Sets the clock to the machine's time and lets it run. It never goes
    /// back.
    pub(crate) fn follow_real_time(&self) {
        let real = SystemTime::now().duration_since(UNIX_EPOCH);
        let mut time = self.time();
        time.move_to(real.unwrap_or_default());
        time.running_since = Some(Instant::now());
    }

    /// How long every call takes.
    pub(crate) fn latency(&self) -> Duration {
        self.time().latency
    }

    /// Sets how long every call takes.
    pub(crate) fn set_latency(&self, latency: Duration) {
        self.time().latency = latency;
    }

    /// Whether the clock runs with the machine's.
    pub(crate) fn is_real(&self) -> bool {
        self.time().running_since.is_some()
    }

    fn time(&self) -> MutexGuard<'_, Time> {
        // A panic elsewhere cannot leave the few fields inconsistent.
        let mut time = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(since) = time.running_since {
            let passed = since.elapsed();
            time.running_since = Some(since + passed);
            let target = time.now.saturating_add(passed);
            time.pass(target);
        }
        time
    }
}

impl Time {
    fn move_to(&mut self, target: Duration) {
        self.activity += 1;
        self.pass(target);
    }

    fn pass(&mut self, target: Duration) {
        self.now = self.now.max(target.min(END));
        while let Some(entry) = self.timers.first_entry() {
            if entry.key().0 > self.now {
                break;
            }
            entry.remove().wake();
        }
    }
}

/// While one of these lives, the clock does not move by itself.
pub(crate) struct Hold(Clock);

impl Drop for Hold {
    fn drop(&mut self) {
        let mut time = self.0.time();
        time.calls_in_flight -= 1;
        time.activity += 1;
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        Clock::now(self)
    }
}

impl AsyncSleep for Clock {
    fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::new(Wait {
            deadline: self.time().now.saturating_add(duration).min(END),
            clock: self.clone(),
            timer: None,
            quiet_polls: 0,
            seen_activity: 0,
        })
    }
}

/// The future of one wait.
struct Wait {
    clock: Clock,
    deadline: Duration,
    timer: Option<u64>,
    quiet_polls: u32,
    seen_activity: u64,
}

impl Future for Wait {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let clock = self.clock.clone();
        let mut time = clock.time();
        if time.now < self.deadline {
            self.count_quiet(&time);
            if self.quiet_polls >= QUIET_POLLS {
                let nearest = time.timers.keys().next().map_or(self.deadline, |key| key.0);
                let target = nearest.min(self.deadline);
                time.move_to(target);
            }
        }
        if time.now >= self.deadline {
            return Poll::Ready(());
        }
        let timer = *self.timer.get_or_insert_with(|| {
            time.next_timer += 1;
            time.next_timer
        });
        time.timers
            .insert((self.deadline, timer), cx.waker().clone());
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Wait {
    fn count_quiet(&mut self, time: &Time) {
        if time.calls_in_flight > 0 || time.activity != self.seen_activity {
            self.seen_activity = time.activity;
            self.quiet_polls = 0;
        } else {
            self.quiet_polls += 1;
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        if let Some(timer) = self.timer {
            self.clock.time().timers.remove(&(self.deadline, timer));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Clock {
        Clock::starting_at(UNIX_EPOCH)
    }

    #[tokio::test]
    async fn waits_end_in_the_order_of_their_deadlines() {
        let clock = clock();
        let order = Mutex::new(Vec::new());
        tokio::join!(
            async {
                clock.sleep(Duration::from_secs(30)).await;
                order.lock().unwrap().push("timeout");
            },
            async {
                for _ in 0..5 {
                    clock.sleep(Duration::from_secs(5)).await;
                    order.lock().unwrap().push("backoff");
                }
            }
        );
        assert_eq!(
            order.into_inner().unwrap(),
            [
                "backoff", "backoff", "backoff", "backoff", "backoff", "timeout"
            ]
        );
        assert_eq!(clock.now(), UNIX_EPOCH + Duration::from_secs(30));
    }

    #[tokio::test]
    async fn time_stands_still_while_a_call_is_answered() {
        let clock = clock();
        let hold = clock.hold();
        tokio::select! {
            biased;
            () = clock.sleep(Duration::from_secs(1)) => panic!("the clock moved"),
            () = async { for _ in 0..10_000 { tokio::task::yield_now().await } } => {}
        }
        drop(hold);
        clock.sleep(Duration::from_secs(1)).await;
    }

    #[tokio::test]
    async fn a_wait_that_nobody_polls_holds_up_nobody() {
        let clock = clock();
        let mut idle = clock.sleep(Duration::from_secs(1));
        tokio::select! {
            biased;
            () = &mut idle => panic!("too early"),
            () = std::future::ready(()) => {}
        }
        clock.sleep(Duration::from_secs(2)).await;
        assert_eq!(clock.now(), UNIX_EPOCH + Duration::from_secs(2));
        idle.await;
    }

    #[tokio::test]
    async fn advancing_ends_the_waits_that_lie_within() {
        let clock = clock();
        let waiting = clock.sleep(Duration::from_secs(60));
        clock.advance(Duration::from_secs(61));
        waiting.await;
        assert_eq!(clock.now(), UNIX_EPOCH + Duration::from_secs(61));
    }

    #[tokio::test]
    async fn time_ends_without_a_panic() {
        let clock = clock();
        clock.sleep(Duration::MAX).await;
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), UNIX_EPOCH + END);
        clock.sleep(Duration::from_secs(1)).await;
    }
}
