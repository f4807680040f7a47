//! An OIDC provider where only a SAML provider can call.

use iam_dsl::{trust_policy, OidcProvider};

fn main() {
    let provider = OidcProvider::new("accounts.google.com").unwrap();
    let _ = trust_policy! {
        allow principal Federated {provider} to sts:AssumeRoleWithSAML; //~ E0277 {provider}
    };
}
