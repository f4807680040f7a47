//! The words of JSON in the DSL.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow actions [s3:GetObject] //~ DSL actions
            resources ["arn:aws:s3:::a"] //~ DSL resources
            condition Bool { aws:SecureTransport: true }; //~ DSL condition
    };
}
