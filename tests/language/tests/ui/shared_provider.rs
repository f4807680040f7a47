//! GitHub, without a condition on whose repositories are meant.

use iam_dsl::trust_policy;

fn main() {
    let _ = trust_policy! {
        allow principal Federated "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" //~ IAM_SHARED_OIDC_PROVIDER "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
            to sts:AssumeRoleWithWebIdentity
            when StringLike { "token.actions.githubusercontent.com:sub": "*" };
    };
}
