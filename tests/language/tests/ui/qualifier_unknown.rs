//! A qualifier that there is not.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on *
            when ForAny:StringEquals { aws:TagKeys: "x" }; //~ INVALID_CONDITION_OPERATOR ForAny:StringEquals
    };
}
