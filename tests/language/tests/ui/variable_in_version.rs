//! A variable in a policy of the first version.

use iam_dsl::resource_policy;

fn main() {
    let _ = resource_policy! {
        version "2008-10-17";
        allow principal * to s3:GetObject
            on "arn:aws:s3:::home/${aws:username}"; //~ VARIABLE_UNSUPPORTED_IN_VERSION "arn:aws:s3:::home/${aws:username}"
    };
}
