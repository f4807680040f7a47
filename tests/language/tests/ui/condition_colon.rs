//! A condition key without a colon, and without a value.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on *
            when StringEquals {
                aws:SourceVpc "vpc-1", //~ DSL "vpc-1"
                aws:SourceVpce, //~ DSL aws:SourceVpce
            };
    };
}
