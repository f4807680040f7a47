//! A federated principal in a resource policy.

use iam_dsl::resource_policy;

fn main() {
    let _ = resource_policy! {
        //~ FEDERATED_PRINCIPAL_NOT_SUPPORTED Federated
        allow principal Federated "accounts.google.com" to s3:GetObject on "arn:aws:s3:::assets/*";
    };
}
