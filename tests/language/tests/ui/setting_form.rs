//! A version written as a JSON member.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        version: "2012-10-17"; //~ DSL :
        id Policy; //~ DSL Policy
        allow s3:GetObject on *;
    };
}
