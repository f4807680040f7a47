//! Literals that a policy has not.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:ListBucket on *
            when NumericEquals { s3:max-keys: [1u8, 0x10, 1e3] }, //~ DSL 1u8 //~ DSL 0x10 //~ DSL 1e3
                 StringEquals { aws:SourceVpc: [b"vpc", 'v'] }; //~ DSL b"vpc" //~ DSL 'v'
    };
}
