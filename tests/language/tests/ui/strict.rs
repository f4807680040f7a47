//! Under `strict` warnings and suggestions stop the build too.

use iam_dsl::policy;

fn main() {
    let _ = policy!(strict,
        "": allow s3:GetObject on * //~ EMPTY_SID_VALUE ""
            when StringEquals { aws:SourceVpc: "vpc-*" }; //~ WILDCARD_WITHOUT_LIKE_OPERATOR "vpc-*"
    );
}
