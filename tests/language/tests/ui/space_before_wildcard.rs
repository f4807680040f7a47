//! A space within an action: it is not joined in silence.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:Get * on *; //~ DSL *
    };
}
