//! What judges comparisons of policies without the engine that makes them:
//! searches over all requests through the evaluators, aimed attacks, and pairs of
//! policies of which both answers are known.

pub mod domain;
pub mod engine;
pub mod glob;
pub mod mutate;
pub mod pairs;
pub mod random;
pub mod search;
pub mod sets;
