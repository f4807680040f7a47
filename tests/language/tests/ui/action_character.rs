//! A character that no action has.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow "s3:Get Object" on *; //~ IAM_ACTION_CHARACTER "s3:Get Object"
    };
}
