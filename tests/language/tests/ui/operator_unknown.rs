//! A condition operator that there is not.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on *
            when StringEqual { aws:PrincipalOrgID: "o-1" }; //~ INVALID_CONDITION_OPERATOR StringEqual
    };
}
