//! A principal in an identity policy.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow principal AWS "111122223333" to s3:GetObject on *; //~ UNSUPPORTED_PRINCIPAL principal
    };
}
