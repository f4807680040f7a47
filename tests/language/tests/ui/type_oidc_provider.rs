//! A provider of either kind where only OIDC can call.

use iam_dsl::{trust_policy, FederatedPrincipal};

fn main() {
    let provider = FederatedPrincipal::new("accounts.google.com").unwrap();
    let _ = trust_policy! {
        allow principal Federated {provider} to sts:AssumeRoleWithWebIdentity; //~ E0277 {provider}
    };
}
