//! A resource that IAM does not have.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        //~ INVALID_ARN_RESOURCE "arn:aws:iam::111122223333:roles/deploy"
        allow iam:PassRole on "arn:aws:iam::111122223333:roles/deploy";
    };
}
