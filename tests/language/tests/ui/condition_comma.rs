//! Condition keys without a comma.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on *
            when StringEquals {
                aws:SourceVpc: "vpc-1"
                aws:SourceVpce: "vpce-1", //~ DSL aws
            };
    };
}
