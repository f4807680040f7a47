//! Proofs and witnesses.

mod compare;
#[cfg(feature = "proptest")]
mod properties;
mod resource;
mod rewrite;
