//! Wildcards and variables that let in nearly anything.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on * when StringLike {
            aws:PrincipalOrgID: "o-*", //~ WILDCARD_USAGE_TOO_PERMISSIVE "o-*"
            aws:ResourceAccount: "${aws:PrincipalTag/account}", //~ VARIABLE_USAGE_TOO_PERMISSIVE "${aws:PrincipalTag/account}"
        };
    };
}
