//! Earlier states of the world, for reads that lag behind writes.
//!
//! "As a service that is accessed through computers in data centers around the
//! world, IAM uses a distributed computing model called eventual consistency"
//! ("Troubleshooting IAM"). With a delay set, reads of IAM answer from the
//! state of that long ago; writes always act on the present.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use crate::state::World;

/// The states that reads may still see, the oldest first, each with the time
/// at which a write ended it.
#[derive(Debug, Default)]
pub(crate) struct Past {
    delay: Duration,
    states: VecDeque<(SystemTime, World)>,
}

impl Past {
    /// Sets how far reads lag behind; zero lets them see the present.
    pub(crate) fn set_delay(&mut self, delay: Duration) {
        self.delay = delay;
        if delay.is_zero() {
            self.states.clear();
        }
    }

    /// Forgets all states, as when the world is replaced.
    pub(crate) fn clear(&mut self) {
        self.states.clear();
    }

    /// Keeps the state that a write is about to end.
    pub(crate) fn keep(&mut self, world: &World, now: SystemTime) {
        if !self.delay.is_zero() {
            self.states.push_back((now, world.clone()));
        }
    }

    /// The state that a read sees; nothing if that is the present.
    pub(crate) fn seen_at(&mut self, now: SystemTime) -> Option<World> {
        let then = now.checked_sub(self.delay)?;
        while self.states.front().is_some_and(|(until, _)| *until <= then) {
            self.states.pop_front();
        }
        self.states.front().map(|(_, world)| world.clone())
    }
}
