//! Variables that IAM cannot read.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on [
            "arn:aws:s3:::home/${aws:username", //~ MISSING_BRACE_IN_VARIABLE "arn:aws:s3:::home/${aws:username"
            "arn:aws:s3:::home/${aws:user name}", //~ UNSUPPORTED_SPACE_IN_VARIABLE "arn:aws:s3:::home/${aws:user name}"
            "arn:aws:s3:::home/${}", //~ EMPTY_VARIABLE "arn:aws:s3:::home/${}"
            "arn:aws:s3:::${aws:PrincipalTag/team, none}", //~ MISSING_QUOTE_IN_VARIABLE "arn:aws:s3:::${aws:PrincipalTag/team, none}"
        ];
    };
}
