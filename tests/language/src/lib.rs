//! Test support of the policy language: the conformance runner.

pub mod conformance;
