//! A resource control policy that allows a part.

use iam_dsl::resource_control_policy;

fn main() {
    let _ = resource_control_policy! {
        allow principal * to s3:GetObject on "arn:aws:s3:::assets/*"; //~ RCP_SYNTAX_ERROR_ALLOW allow
    };
}
