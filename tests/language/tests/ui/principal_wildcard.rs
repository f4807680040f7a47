//! A wildcard in a principal.

use iam_dsl::trust_policy;

fn main() {
    let _ = trust_policy! {
        //~ UNSUPPORTED_WILDCARD_IN_PRINCIPAL "arn:aws:iam::111122223333:role/*"
        allow principal AWS "arn:aws:iam::111122223333:role/*" to sts:AssumeRole;
    };
}
