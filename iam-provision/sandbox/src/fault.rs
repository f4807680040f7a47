//! Failures that a test asks for.

use std::collections::BTreeMap;

use crate::refusal::Refusal;

/// A way in which a call can fail.
///
/// See [`Sandbox::fail_call`](crate::Sandbox::fail_call). One fault hits one
/// attempt: the SDK retries what it always retries, and the retry is the next
/// call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// `Throttling`, HTTP 400, before any effect. The SDK retries it.
    Throttle,
    /// `ServiceFailure`, HTTP 500, before any effect. The SDK retries it.
    ServiceFailure,
    /// The caller sees a timeout and nothing has happened. The SDK retries it.
    TimeoutBeforeEffect,
    /// The call takes effect, but the caller sees a timeout. The SDK retries
    /// it, and the retry meets what the first attempt did.
    TimeoutAfterEffect,
    /// No connection: nothing has happened. The SDK retries it.
    ConnectionRefused,
    /// `ConcurrentModification`, HTTP 409, before any effect.
    ConcurrentModification,
    /// `EntityTemporarilyUnmodifiable`, HTTP 409, before any effect.
    EntityTemporarilyUnmodifiable,
    /// `AccessDenied`, HTTP 403, before any effect.
    AccessDenied,
    /// `IDPCommunicationError`, HTTP 400: STS cannot reach the identity
    /// provider. The SDK retries it.
    IdpCommunicationError,
    /// `IDPRejectedClaim`, HTTP 403: the identity provider has revoked the
    /// token.
    IdpRejectedClaim,
}

impl Fault {
    /// Every fault.
    pub const ALL: &[Fault] = &[
        Fault::Throttle,
        Fault::ServiceFailure,
        Fault::TimeoutBeforeEffect,
        Fault::TimeoutAfterEffect,
        Fault::ConnectionRefused,
        Fault::ConcurrentModification,
        Fault::EntityTemporarilyUnmodifiable,
        Fault::AccessDenied,
        Fault::IdpCommunicationError,
        Fault::IdpRejectedClaim,
    ];

    /// The fault of that name, written as in this enum (`Throttle`).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Fault> {
        Fault::ALL
            .iter()
            .copied()
            .find(|fault| format!("{fault:?}") == name)
    }

    /// The refusal that the fault stands for, if it is one of the service.
    pub(crate) fn refusal(self) -> Option<Refusal> {
        Some(match self {
            Fault::Throttle => Refusal::throttling("Rate exceeded"),
            Fault::ServiceFailure => Refusal::service_failure(
                "The request processing has failed because of an unknown error, exception or \
                 failure.",
            ),
            Fault::ConcurrentModification => Refusal::concurrent_modification(
                "The request was rejected because multiple requests to change this object were \
                 submitted simultaneously. Wait a few minutes and submit your request again.",
            ),
            Fault::EntityTemporarilyUnmodifiable => Refusal::entity_temporarily_unmodifiable(
                "The request was rejected because it referenced an entity that is temporarily \
                 unmodifiable. Try again after waiting several minutes.",
            ),
            Fault::AccessDenied => Refusal::access_denied("Access Denied"),
            Fault::IdpCommunicationError => Refusal::idp_communication_error(
                "The request could not be fulfilled because the identity provider could not be \
                 reached.",
            ),
            Fault::IdpRejectedClaim => Refusal::idp_rejected_claim(
                "The identity provider reported that authentication failed.",
            ),
            Fault::TimeoutBeforeEffect | Fault::TimeoutAfterEffect | Fault::ConnectionRefused => {
                return None;
            }
        })
    }

    /// What the call log shows for it.
    pub(crate) fn logged_as(self) -> String {
        match self.refusal() {
            Some(refusal) => refusal.code.to_owned(),
            None => format!("{self:?}"),
        }
    }
}

/// The faults that are waiting, by the number of the call they will hit.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    calls_so_far: u64,
    waiting: BTreeMap<u64, Fault>,
}

impl Faults {
    /// Plans a fault for the `k`-th call from now, 1 being the next.
    pub(crate) fn plan(&mut self, k: u64, fault: Fault) {
        self.waiting
            .insert(self.calls_so_far.saturating_add(k.max(1)), fault);
    }

    /// Counts a call and takes the fault that was planned for it.
    pub(crate) fn next_call(&mut self) -> Option<Fault> {
        self.calls_so_far += 1;
        self.waiting.remove(&self.calls_so_far)
    }

    /// Forgets what was planned and has not struck.
    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }
}
