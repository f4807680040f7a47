//! A `&str` as federated principal.

use iam_dsl::trust_policy;

fn main() {
    let provider = "accounts.google.com";
    let _ = trust_policy! {
        //~ E0277 {provider}
        allow principal Federated {provider} to [sts:AssumeRoleWithSAML, sts:AssumeRoleWithWebIdentity];
    };
}
