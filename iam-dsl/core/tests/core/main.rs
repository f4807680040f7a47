//! The reader and the validator, driven as their callers drive them.

mod reading;
mod rules;
