//! Guardrails written as if they were statements.

use iam_dsl::{Segment, policy};

fn main() {
    let name = Segment::new("x").unwrap();
    let _ = policy! {
        Never iam:*; //~ DSL Never
        never not s3:*; //~ DSL not
        never s3:* on not "arn:aws:s3:::a"; //~ DSL not
        never s3:* when Bool { aws:MultiFactorAuthPresent: false }; //~ DSL when
        never principal AWS "111122223333" to s3:*; //~ DSL principal
        never s3:* "arn:aws:s3:::a"; //~ DSL "arn:aws:s3:::a"
        never allow iam:*; //~ DSL allow
        "Sid": never iam:*; //~ DSL never
        never s3:* on "arn:aws:s3:::{name}"; //~ DSL "arn:aws:s3:::{name}"
        never s3:* on {name}; //~ DSL {name}
        never; //~ DSL ;
        allow sqs:SendMessage on *;
    };
}
