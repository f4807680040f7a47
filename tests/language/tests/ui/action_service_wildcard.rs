//! A wildcard in the service of actions: underlined once, where it is written.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s*:{GetObject, PutObject} on *; //~ IAM_ACTION_SERVICE_WILDCARD s*:
    };
}
