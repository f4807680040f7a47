//! A service principal that is none.

use iam_dsl::trust_policy;

fn main() {
    let _ = trust_policy! {
        allow principal Service "ec2" to sts:AssumeRole; //~ INVALID_SERVICE_PRINCIPAL_FORMAT "ec2"
    };
}
