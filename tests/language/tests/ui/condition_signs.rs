//! Signs of programming languages in conditions.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on *
            when StringEquals { aws:SourceVpc = "vpc-11223344" } //~ DSL =
             and Bool { aws:SecureTransport: true }; //~ DSL and
    };
}
