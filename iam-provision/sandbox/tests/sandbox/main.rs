//! The sandbox through the real SDK clients. What is expected comes from
//! AWS's documentation, named beside each group of cases.

// These are tests: a panic is how they fail, in helper functions too.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod support;

mod authorization;
mod clock;
mod concurrency;
mod credentials;
mod deletion;
mod details;
mod faults;
mod hooks;
mod identity;
mod last_accessed;
mod malformed;
mod managed_policies;
mod mfa;
mod naming;
mod organization;
mod pages;
mod passwords;
mod policies;
mod providers;
mod quotas;
#[cfg(feature = "server")]
mod server;
mod service_linked;
mod services;
mod sessions;
mod signatures;
mod simulation;
mod tags;
mod trust;
mod visibility;
mod web_identity;
