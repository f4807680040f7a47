//! Slots in the text of typed values.

use iam_dsl::policy;

fn main() {
    let keys = 3;
    let _ = policy! {
        allow s3:GetObject on *
            when NumericEquals { s3:max-keys: "{keys}" }; //~ DSL "{keys}"
    };
}
