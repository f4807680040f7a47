//! Every form of the grammar, against documents written by hand.

use iam_dsl::Policy;

static READ: Policy = iam_dsl::policy! {
    "Read": allow s3:{GetObject, List*} on ["arn:aws:s3:::assets", "arn:aws:s3:::assets/*"]
        when Bool { aws:SecureTransport: true };
};

#[test]
fn a_static_policy_is_a_constant() {
    assert_eq!(
        READ.static_json(),
        Some(
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Action":["s3:GetObject","s3:List*"],"Resource":["arn:aws:s3:::assets","arn:aws:s3:::assets/*"],"Condition":{"Bool":{"aws:SecureTransport":"true"}}}]}"#
        )
    );
}
