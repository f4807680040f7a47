//! One key twice, in two cases.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on *
            when StringEquals {
                aws:SourceVpc: "vpc-11223344",
                aws:sourcevpc: "vpc-55667788", //~ DUPLICATE_KEYS_WITH_DIFFERENT_CASE aws:sourcevpc
            };
    };
}
