//! A key of several values without a qualifier.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow ec2:CreateTags on * when StringEquals { aws:TagKeys: "team" }; //~ MISSING_QUALIFIER aws:TagKeys
    };
}
