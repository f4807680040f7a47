//! A federated principal that is no provider.

use iam_dsl::trust_policy;

fn main() {
    let _ = trust_policy! {
        allow principal Federated "google" //~ INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY "google"
            to sts:AssumeRoleWithWebIdentity;
    };
}
