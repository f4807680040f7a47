//! Test support of the policy language: the conformance runner and the naive
//! evaluator that the real one is compared with.

pub mod conformance;
pub mod prove;
pub mod reference;
