//! Mistakes that `unchecked` does not excuse.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        unchecked allow newservice:DoIt on "arn:asw:newservice:::x"; //~ INVALID_PARTITION "arn:asw:newservice:::x"
        allow newservice:DoIt on *; //~ INVALID_SERVICE_IN_ACTION newservice:DoIt
    };
    let _ = policy!(unchecked, {
        "Version": "2012-10-17",
        "Statement": { "Effect": "Alow", "Action": "newservice:DoIt", "Resource": "*" } //~ INVALID_EFFECT "Alow"
    });
}
