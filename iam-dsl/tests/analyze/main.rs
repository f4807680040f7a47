//! Proofs and witnesses.

mod compare;
