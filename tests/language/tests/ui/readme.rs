//! The README's example of mistakes.

use iam_dsl::{Policy, policy};

static ASSETS: Policy = policy! {
    //~ UNSUPPORTED_SID "Read assets"
    //~ INVALID_PARTITION "arn:asw:s3:::assets/*"
    "Read assets": allow s3:GetObject on "arn:asw:s3:::assets/*"
        when StringEqual { aws:PrincipalTag/team: "web" }; //~ INVALID_CONDITION_OPERATOR StringEqual
    deny s3:DeleteObject on "assets/*"; //~ INVALID_ARN_PREFIX "assets/*"
};

fn main() {
    println!("{ASSETS}");
}
