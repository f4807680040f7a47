//! AWS principals that are none.

use iam_dsl::trust_policy;

fn main() {
    let _ = trust_policy! {
        allow principal AWS [
            "1111-2222-3333", //~ IAM_INVALID_AWS_PRINCIPAL "1111-2222-3333"
            "arn:aws:iam::111122223333:group/admins", //~ IAM_INVALID_AWS_PRINCIPAL "arn:aws:iam::111122223333:group/admins"
        ] to sts:AssumeRole;
    };
}
