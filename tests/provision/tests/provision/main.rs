//! Provisioning against the sandbox, through the real SDK.

mod adopt;
mod converge;
mod drift;
mod faults;
mod invalid;
mod order;
mod password_policy;
mod plans;
mod secrets;
mod support;
