//! A trust policy without a principal.

use iam_dsl::trust_policy;

fn main() {
    let _ = trust_policy! {
        allow sts:AssumeRole; //~ MISSING_PRINCIPAL allow
    };
}
