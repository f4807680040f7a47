//! Variables where IAM replaces none.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow "s3:${aws:username}" //~ VARIABLE_UNSUPPORTED_IN_ELEMENT "s3:${aws:username}"
            on "arn:aws:s3:${aws:region}::b" //~ VARIABLE_UNSUPPORTED_IN_ELEMENT "arn:aws:s3:${aws:region}::b"
            //~ VARIABLE_UNSUPPORTED_IN_ELEMENT "aws:PrincipalTag/${aws:username}"
            when StringEquals { "aws:PrincipalTag/${aws:username}": "x" };
    };
}
