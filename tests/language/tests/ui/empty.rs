//! No statement at all.

use iam_dsl::policy;

fn main() {
    let _ = policy!(); //~ MISSING_STATEMENT policy!()
}
