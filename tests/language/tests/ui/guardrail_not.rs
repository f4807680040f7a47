//! Statements that leave out less than a guardrail forbids.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        never iam:*;
        never s3:* on "arn:aws:s3:::prod-*";
        allow not [iam:Create*, s3:*] on *; //~ GUARDRAIL not [iam:Create*, s3:*]
        //~ GUARDRAIL on not "arn:aws:s3:::prod-${aws:username}"
        allow s3:* on not "arn:aws:s3:::prod-${aws:username}";
    };
}
