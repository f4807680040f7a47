//! A guardrail with resources for a policy that names none.

use iam_dsl::trust_policy;

fn main() {
    let _ = trust_policy! {
        never sts:AssumeRole on "arn:aws:iam::111122223333:role/admin";
        allow principal AWS "111122223333" to sts:AssumeRole; //~ GUARDRAIL sts:AssumeRole
    };
}
