//! Slots where a policy takes none.

use iam_dsl::policy;

fn main() {
    let name = "x";
    let _ = policy! {
        "Read{name}": allow "s3:{name}" on * //~ DSL "Read{name}" //~ DSL "s3:{name}"
            when "{name}Equals" { "aws:{name}": "x" }; //~ DSL "{name}Equals" //~ DSL "aws:{name}"
    };
}
