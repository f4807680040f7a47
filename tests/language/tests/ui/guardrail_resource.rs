//! Resources of which some may be those that a guardrail names.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on ["arn:aws:s3:::dev-*", "arn:aws:s3:::*-logs"]; //~ GUARDRAIL "arn:aws:s3:::*-logs"
        allow s3:* on *; //~ GUARDRAIL *
        never s3:* on "arn:aws:s3:::prod-*";
    };
}
