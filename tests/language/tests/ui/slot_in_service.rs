//! A slot as the service of an ARN, and before it.

use iam_dsl::policy;

fn main() {
    let service = "s3";
    let _ = policy! {
        allow s3:GetObject on [
            "arn:aws:{service}:::b", //~ DSL "arn:aws:{service}:::b"
            "arn{service}:aws:s3:::b", //~ DSL "arn{service}:aws:s3:::b"
        ];
    };
}
