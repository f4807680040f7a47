//! The macros work wherever they are called, whatever is in scope there.

// The macro names its own items by absolute paths.
#[allow(non_camel_case_types, dead_code, reason = "in the macro's way")]
mod crowded {
    struct Policy;
    struct Identity;
    struct String;
    struct Filler;
    enum Option {}

    pub(super) fn read(slot0: &::iam_dsl::Segment, f: &::iam_dsl::Segment) -> ::iam_dsl::Policy {
        ::iam_dsl::policy! { allow s3:GetObject on "arn:aws:s3:::{slot0}/{f}"; }
    }
}

#[test]
fn names_in_scope_do_not_matter() {
    let segment = |text| iam_dsl::Segment::new(text).unwrap();
    assert_eq!(
        crowded::read(&segment("a"), &segment("b"))
            .document()
            .statements()[0]
            .resources()
            .unwrap()[0]
            .as_str(),
        "arn:aws:s3:::a/b"
    );
}

#[test]
fn slots_are_evaluated_once_in_order_and_borrowed() {
    let mut calls = Vec::new();
    let mut next = |name: &'static str| {
        calls.push(name);
        name.to_owned()
    };
    let owned = String::from("third");
    let policy = iam_dsl::policy! {
        allow s3:GetObject on * when
            StringEquals { aws:SourceVpc: [{next("first")}, {next("second")}], aws:SourceVpce: {owned} };
    };
    assert_eq!(calls, ["first", "second"]);
    // The slot was only borrowed.
    assert_eq!(owned, "third");
    assert!(
        policy.as_json().contains(r#"["first","second"]"#),
        "{policy}"
    );
    assert!(policy.as_json().contains(r#""third""#), "{policy}");
}

#[test]
fn parts_may_come_through_macro_rules() {
    macro_rules! reader {
        ($sid:literal, $action:literal, $arn:literal, $value:expr, $key:literal) => {
            iam_dsl::policy! {
                $sid: allow [$action, s3:Get*] on $arn when StringEquals { $key: {$value} };
            }
        };
    }
    let policy = reader!(
        "Read",
        "s3:ListBucket",
        "arn:aws:s3:::a",
        format!("{}-{}", "vpc", 1),
        "aws:SourceVpc"
    );
    assert_eq!(
        policy.as_json(),
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Action":["s3:ListBucket","s3:Get*"],"Resource":"arn:aws:s3:::a","Condition":{"StringEquals":{"aws:SourceVpc":"vpc-1"}}}]}"#
    );
}

#[test]
fn a_slot_in_a_literal_of_macro_rules_is_the_callers_variable() {
    macro_rules! on {
        ($arn:literal) => {
            iam_dsl::policy! { allow s3:GetObject on $arn; }
        };
    }
    let bucket = iam_dsl::Segment::new("assets").unwrap();
    let policy = on!("arn:aws:s3:::{bucket}/*");
    assert!(
        policy.as_json().contains("arn:aws:s3:::assets/*"),
        "{policy}"
    );
}
