//! Rust values where a policy takes none.

use iam_dsl::resource_policy;

fn main() {
    let id = "x";
    let _ = resource_policy! {
        allow principal CanonicalUser {id} to s3:GetObject on * //~ DSL {id}
            when BinaryEquals { aws:x: {id} }; //~ DSL {id}
    };
}
