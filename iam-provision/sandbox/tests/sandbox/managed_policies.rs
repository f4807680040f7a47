//! AWS managed policies that a test names.

use iam_sandbox::{ErrorKind, Sandbox};

use crate::support::{ALLOW_ALL, root};

#[tokio::test]
async fn a_policy_is_attached_by_its_arn_once_it_is_there() {
    let (sandbox, _, iam) = root();
    iam.create_user().user_name("Ann").send().await.unwrap();
    const ARN: &str = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess";
    let attach = || {
        iam.attach_user_policy()
            .user_name("Ann")
            .policy_arn(ARN)
            .send()
    };
    crate::support::assert_refused!(attach().await, "NoSuchEntity", 404);
    sandbox.add_aws_managed_policy(ARN, ALLOW_ALL).unwrap();
    attach().await.unwrap();
    let got = iam.get_policy().policy_arn(ARN).send().await.unwrap();
    let policy = got.policy().unwrap();
    assert_eq!(policy.path(), Some("/job-function/"));
    assert_eq!(policy.attachment_count(), Some(1));
}

#[tokio::test]
async fn lines_of_json_are_read() {
    let (sandbox, _, iam) = root();
    let lines = format!(
        "{{\"name\":\"One\",\"version\":\"v15\",\"document\":{ALLOW_ALL}}}\n\n{{\"arn\":\"arn:aws:iam::aws:policy/service-role/Two\",\"document\":{}}}\n",
        serde_json::to_string(ALLOW_ALL).unwrap()
    );
    let loaded = sandbox.load_aws_managed_policies_from_json_lines(&lines);
    assert_eq!(loaded, Ok(2));
    let one = iam.get_policy().policy_arn("arn:aws:iam::aws:policy/One");
    let one = one.send().await.unwrap();
    assert_eq!(one.policy().unwrap().default_version_id(), Some("v15"));
    for wrong in [
        "nonsense",
        "{}",
        r#"{"name":"X"}"#,
        r#"{"name":"X","document":{}}"#,
        r#"{"name":"X","version":"3","document":"{}"}"#,
        r#"{"arn":"arn:aws:iam::111122223333:policy/X","document":"{}"}"#,
    ] {
        let error = sandbox.load_aws_managed_policies_from_json_lines(wrong);
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidManagedPolicy, "{wrong}");
    }
}

/// The whole corpus, where it is at hand.
#[test]
fn all_of_awss_policies_load() {
    let corpus = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/aws-managed-policies.jsonl"
    );
    let Ok(lines) = std::fs::read_to_string(corpus) else {
        eprintln!("left out: there is no corpus of AWS managed policies beside the project");
        return;
    };
    let sandbox = Sandbox::new();
    let loaded = sandbox.load_aws_managed_policies_from_json_lines(&lines);
    assert_eq!(loaded, Ok(lines.lines().count()));
}
