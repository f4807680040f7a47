//! A condition without its operator.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on * when aws:SourceVpc == "vpc-1"; //~ DSL =
        allow s3:GetObject on * when { aws:SourceVpc: "vpc-1" }; //~ DSL { aws:SourceVpc: "vpc-1" }
    };
}
