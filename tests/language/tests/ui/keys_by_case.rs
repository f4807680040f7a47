//! One key twice, in two cases.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on *
            when StringEquals {
                aws:SourceVpc: "vpc-1",
                aws:sourcevpc: "vpc-2", //~ DUPLICATE_KEYS_WITH_DIFFERENT_CASE aws:sourcevpc
            };
    };
}
