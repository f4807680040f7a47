//! A service that there is not, in actions and in an ARN.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s33:{GetObject, PutObject} on *; //~ INVALID_SERVICE_IN_ACTION s33:
        allow s3:GetObject on "arn:aws:s33:::assets"; //~ INVALID_SERVICE "arn:aws:s33:::assets"
    };
}
