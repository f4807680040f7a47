//! A condition key that Rust reads as two words.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on *
            when StringEquals { aws:RequestTag/cost center: "x" }; //~ DSL center
    };
}
