//! A slot within a policy variable.

use iam_dsl::policy;

fn main() {
    let tag = "x";
    let _ = policy! {
        //~ DSL "arn:aws:s3:::${aws:PrincipalTag/{tag}}"
        allow s3:GetObject on "arn:aws:s3:::${aws:PrincipalTag/{tag}}";
    };
}
