//! A condition key that one of the actions is never sent with.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:{ListBucket, GetObject} //~ UNSUPPORTED_ACTION_FOR_CONDITION_KEY GetObject
            on * when StringEquals { s3:prefix: "home/" };
    };
}
