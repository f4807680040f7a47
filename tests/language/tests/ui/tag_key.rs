//! A tag condition without the tag.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on *
            when StringEquals { aws:RequestTag: "blue" }; //~ MISSING_TAG_KEY_IN_CONDITION aws:RequestTag
    };
}
