//! Proofs and witnesses.

mod budget;
mod compare;
#[cfg(feature = "proptest")]
mod properties;
mod resource;
mod rewrite;
