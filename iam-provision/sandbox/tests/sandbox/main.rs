//! The sandbox through the real SDK clients. What is expected comes from
//! AWS's documentation, named beside each group of cases.

mod support;

mod authorization;
mod clock;
mod deletion;
mod details;
mod faults;
mod identity;
mod malformed;
mod mfa;
mod naming;
mod pages;
mod passwords;
mod policies;
mod quotas;
mod sessions;
mod tags;
mod trust;
