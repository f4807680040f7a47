//! One key twice in one operator.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on *
            when StringEquals {
                aws:SourceVpc: "vpc-1",
                aws:SourceVpc: "vpc-2", //~ IAM_DUPLICATE_KEY aws:SourceVpc
            };
    };
}
