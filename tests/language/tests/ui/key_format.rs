//! A condition key without its prefix.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on *
            when StringEquals { SourceVpc: "vpc-1" }; //~ INVALID_CONDITION_KEY_FORMAT SourceVpc
    };
}
