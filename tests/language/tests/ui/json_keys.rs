//! Keys of a JSON object without quotes or colon.

use iam_dsl::policy;

fn main() {
    let _ = policy!({
        Version: "2012-10-17", //~ DSL Version
        "Statement": [{
            "Effect" "Allow", //~ DSL "Allow"
            "Action" = "s3:GetObject", //~ DSL =
            "Resource": "*"
        }]
    });
}
