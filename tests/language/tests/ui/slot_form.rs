//! Slots that are none.

use iam_dsl::policy;

fn main() {
    let _ = policy! {
        allow s3:GetObject on [
            "arn:aws:s3:::{}", //~ DSL "arn:aws:s3:::{}"
            "arn:aws:s3:::a{0}", //~ DSL "arn:aws:s3:::a{0}"
            "arn:aws:s3:::a{self.name}", //~ DSL "arn:aws:s3:::a{self.name}"
            "arn:aws:s3:::a{name:?}", //~ DSL "arn:aws:s3:::a{name:?}"
            "arn:aws:s3:::a{name", //~ DSL "arn:aws:s3:::a{name"
            "arn:aws:s3:::a}", //~ DSL "arn:aws:s3:::a}"
        ];
    };
}
