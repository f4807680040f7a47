//! A type of principal that there is not.

use iam_dsl::trust_policy;

fn main() {
    let _ = trust_policy! {
        allow principal Aws "111122223333" to sts:AssumeRole; //~ INVALID_PRINCIPAL_KEY Aws
    };
}
