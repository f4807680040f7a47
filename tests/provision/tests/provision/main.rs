//! Provisioning against the sandbox, through the real SDK.

// Helpers of tests fail a test as the tests themselves do.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod access_keys;
mod adopt;
mod aws_policies;
mod converge;
mod denies;
mod drift;
mod ensure;
mod ensure_lock_out;
mod faults;
mod fields;
mod fleet;
mod invalid;
mod large;
mod leases;
mod live_sessions;
mod lock_out;
mod order;
mod outcome;
mod password_policy;
mod permissions;
mod plans;
mod protect;
mod providers;
mod reads;
mod rename;
mod rotation;
mod safety;
mod saved;
mod secrets;
mod service_linked;
mod sessions;
mod support;
mod trust;
mod trust_ceiling;
mod walk;
