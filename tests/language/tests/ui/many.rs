//! Mistakes of grammar, of the policy and of slots come in one build.

use iam_dsl::policy;

fn main() {
    let bucket = "a";
    let keys = "3";
    let _ = policy! {
        allow s3GetObject on "arn:aws:s3:::{bucket}"; //~ IAM_ACTION_FORMAT s3GetObject //~ E0277 "arn:aws:s3:::{bucket}"
        allow [s3:GetObject s3:PutObject] on *; //~ DSL s3
        "Read": s3:GetObject on *; //~ DSL s3
        deny s3:ListBucket on "arn:asw:s3:::a" //~ INVALID_PARTITION "arn:asw:s3:::a"
            when NumericEquals { s3:max-keys: {keys} }, //~ E0277 {keys}
                 StringEqual { aws:SourceVpc: "vpc-1" }; //~ INVALID_CONDITION_OPERATOR StringEqual
    };
}
