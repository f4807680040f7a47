//! A virtual MFA device.

use crate::moment::Moment;
use crate::state::tags::Tags;
use crate::totp;

/// A virtual MFA device, assigned to a user or waiting to be.
#[derive(Clone)]
pub(crate) struct MfaDevice {
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) seed: String,
    pub(crate) tags: Tags,
    /// The unique id of the user and since when, once enabled.
    pub(crate) enabled: Option<(String, Moment)>,
    /// The newest time step whose code was accepted: no code works twice.
    pub(crate) last_step: Option<u64>,
}

impl std::fmt::Debug for MfaDevice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MfaDevice")
            .field("name", &self.name)
            .field("enabled", &self.enabled)
            .finish_non_exhaustive()
    }
}

/// How many steps of 30 s a device's clock may be off.
const TOLERATED_STEPS: u64 = 1;
/// The same when two consecutive codes prove the device (enable, resync).
const TOLERATED_STEPS_WITH_TWO: u64 = 10;

impl MfaDevice {
    /// The serial number: an ARN, unlike that of a hardware device.
    pub(crate) fn serial(&self, account: &str) -> String {
        format!("arn:aws:iam::{account}:mfa{}{}", self.path, self.name)
    }

    /// Whether the device is that user's.
    pub(crate) fn belongs_to(&self, user_id: &str) -> bool {
        self.enabled
            .as_ref()
            .is_some_and(|(owner, _)| owner == user_id)
    }

    /// Accepts a code once.
    pub(crate) fn accept(&mut self, code: &str, now: Moment) -> bool {
        self.accept_among(now, TOLERATED_STEPS, |codes, position| {
            codes.get(position).is_some_and(|(_, c)| c == code)
        })
    }

    /// Accepts two consecutive codes once.
    pub(crate) fn accept_two(&mut self, first: &str, second: &str, now: Moment) -> bool {
        self.accept_among(now, TOLERATED_STEPS_WITH_TWO, |codes, position| {
            let before = position.checked_sub(1).and_then(|p| codes.get(p));
            before.is_some_and(|(_, c)| c == first)
                && codes.get(position).is_some_and(|(_, c)| c == second)
        })
    }

    fn accept_among(
        &mut self,
        now: Moment,
        tolerance: u64,
        fits: impl Fn(&[(u64, String)], usize) -> bool,
    ) -> bool {
        let codes = totp::codes_around(&self.seed, now.seconds(), tolerance);
        let accepted = codes
            .iter()
            .enumerate()
            .filter(|(_, (step, _))| self.last_step.is_none_or(|last| *step > last))
            .find(|(position, _)| fits(&codes, *position));
        if let Some((_, (step, _))) = accepted {
            self.last_step = Some(*step);
        }
        accepted.is_some()
    }
}
