//! A slot that can hold what a guardrail forbids, whatever its type.

use iam_dsl::{Segment, policy};

fn main() {
    let name = Segment::new("x").unwrap();
    let _ = policy! {
        never s3:* on "arn:aws:s3:::prod-*";
        allow s3:GetObject on "arn:aws:s3:::{name}/*"; //~ GUARDRAIL "arn:aws:s3:::{name}/*"
    };
}
