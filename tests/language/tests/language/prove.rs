//! Comparisons of policies, judged from outside the engine that makes them.

#[path = "prove/cases.rs"]
mod cases;
