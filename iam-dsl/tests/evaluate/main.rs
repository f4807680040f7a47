//! The evaluator against AWS's documentation.

mod authorization;
mod cases;
mod details;
mod explanation;
mod matrix;
mod properties;
mod requests;
mod scenario;
