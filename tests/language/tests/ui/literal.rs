//! A literal that is no policy.

use iam_dsl::policy;

fn main() {
    let _ = policy!(2012); //~ DSL 2012
}
