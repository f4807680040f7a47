//! A number for a string operator.

use iam_dsl::policy;

fn main() {
    let vpc = 1_u8;
    let _ = policy! {
        allow s3:GetObject on * when StringEquals { aws:SourceVpc: {vpc} }; //~ E0277 {vpc}
    };
}
