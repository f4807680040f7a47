//! A variable where the operator takes none.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on *
            when Bool { aws:SecureTransport: "${aws:SecureTransport}" }; //~ INVALID_VARIABLE_FOR_OPERATOR "${aws:SecureTransport}"
    };
}
