//! Condition keys that there are not.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on * when StringEquals {
            aws:SourceVcp: "vpc-1", //~ INVALID_GLOBAL_CONDITION_KEY aws:SourceVcp
            aws:ARN: "x", //~ UNSUPPORTED_GLOBAL_CONDITION_KEY aws:ARN
            s3:prefx: "x", //~ INVALID_SERVICE_CONDITION_KEY s3:prefx
            s33:prefix: "x", //~ INVALID_SERVICE s33:prefix
        };
    };
}
