//! A policy of one kind is none of another.

use iam_dsl::{policy, TrustPolicy};

fn main() {
    let _: TrustPolicy = policy! { allow s3:GetObject on *; }; //~ E0308 policy! { allow s3:GetObject on *; }
}
