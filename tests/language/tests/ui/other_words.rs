//! The words of other languages.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject for * //~ DSL for
            where Bool { aws:SecureTransport: true }; //~ DSL where
        deny s3:PutObject on *
            if Bool { aws:SecureTransport: false }; //~ DSL if
    };
}
