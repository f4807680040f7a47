//! A policy that is a version.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        version "2012-10-17"; //~ MISSING_STATEMENT version "2012-10-17";
    };
}
