//! What plans look like.

use iam_provision::{Bundle, Group, NoteKind, bundles};

use crate::support::{World, admins, allow, cross_account, ec2, everything, passwords, policy};

#[tokio::test]
async fn printed_plans() {
    for bundle in [admins(), passwords(), cross_account(), ec2(), everything()] {
        let world = World::new();
        let name = bundle.name().to_owned();
        insta::assert_snapshot!(format!("create_{name}"), world.plan(&bundle).await.unwrap());
        world.apply(&bundle).await.unwrap();
        assert_eq!(
            world.plan(&bundle).await.unwrap().to_string(),
            "no changes\n"
        );
        let destroy = world.provisioner().await.destroy(&bundle).await.unwrap();
        insta::assert_snapshot!(format!("destroy_{name}"), destroy);
    }
}

#[tokio::test]
async fn a_printed_change() {
    let world = World::new();
    let before = Bundle::new("b").with(Group::new("g").inline("i", allow("s3:GetObject")));
    world.apply(&before).await.unwrap();
    world
        .iam
        .put_group_policy()
        .group_name("g")
        .policy_name("backdoor")
        .policy_document(allow("*").as_json())
        .send()
        .await
        .unwrap();
    let after = Bundle::new("b").with(Group::new("g").inline("i", allow("s3:PutObject")));
    insta::assert_snapshot!(world.plan(&after).await.unwrap());
}

/// The tutorial's policy, as written.
const LITERAL: &str = r#"{
    "Version": "2012-10-17",
    "Statement": [{
        "Sid": "DenyAllExceptListedIfNoMFA",
        "Effect": "Deny",
        "NotAction": [
            "iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:GetUser", "iam:ListMFADevices",
            "iam:ListVirtualMFADevices", "iam:ResyncMFADevice", "sts:GetSessionToken"
        ],
        "Resource": "*",
        "Condition": { "BoolIfExists": { "aws:MultiFactorAuthPresent": "false" } }
    }]
}"#;

#[tokio::test]
async fn a_policy_that_locks_out_of_the_first_sign_in_is_told() {
    let world = World::new();
    let literal = Bundle::new("platform-admins").with(
        bundles::admin_group("Administrators")
            .user("Administrator")
            .enforce_mfa_with(policy(LITERAL)),
    );
    let plan = world.plan(&literal).await.unwrap();
    let warnings: Vec<String> = plan
        .notes()
        .iter()
        .filter(|note| note.kind() == NoteKind::Warning)
        .map(ToString::to_string)
        .collect();
    assert_eq!(warnings.len(), 1, "{plan}");
    assert!(
        warnings[0].contains("iam:ChangePassword and iam:GetAccountPasswordPolicy"),
        "{}",
        warnings[0]
    );
    // The variant that works has nothing to tell.
    let plan = world.plan(&admins()).await.unwrap();
    assert!(plan.notes().is_empty(), "{plan}");
    // And the way from one to the other is one step, the deny being the bundle's own.
    world.apply(&literal).await.unwrap();
    let plan = world.plan(&admins()).await.unwrap();
    assert_eq!(plan.steps().len(), 1, "{plan}");
    assert_eq!(plan.steps()[0].call(), "CreatePolicyVersion");
}

#[tokio::test]
async fn a_deny_that_does_not_enforce_mfa_is_told() {
    for (condition, way) in [
        (
            r#""Bool":{"aws:MultiFactorAuthPresent":"false"}"#,
            "with an access key",
        ),
        (
            r#""Null":{"aws:MultiFactorAuthPresent":"true"}"#,
            "console without MFA",
        ),
    ] {
        let world = World::new();
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","NotAction":["iam:ChangePassword","iam:GetAccountPasswordPolicy"],"Resource":"*","Condition":{{{condition}}}}}]}}"#
        );
        let bundle = Bundle::new("b").with(
            bundles::admin_group("g")
                .user("ann")
                .user("bob")
                .enforce_mfa_with(policy(&text)),
        );
        let plan = world.plan(&bundle).await.unwrap();
        let notes: Vec<String> = plan.notes().iter().map(ToString::to_string).collect();
        assert_eq!(notes.len(), 1, "{plan}");
        assert!(
            notes[0].contains("ann, bob") && notes[0].contains(way),
            "{plan}"
        );
    }
}

#[tokio::test]
async fn an_injected_grant_goes_before_what_may_fail() {
    use iam_provision::User;
    let world = World::new();
    let first = Bundle::new("b").with(User::new("ann"));
    world.apply(&first).await.unwrap();
    world
        .iam
        .put_user_policy()
        .user_name("ann")
        .policy_name("x")
        .policy_document(allow("*").as_json())
        .send()
        .await
        .unwrap();
    let then = first.with(Group::new("new").inline("i", allow("s3:GetObject")));
    let plan = world.plan(&then).await.unwrap();
    let calls: Vec<&str> = plan.steps().iter().map(|step| step.call()).collect();
    assert_eq!(
        calls,
        [
            "CreatePolicy",
            "DeleteUserPolicy",
            "CreateGroup",
            "PutGroupPolicy"
        ],
        "{plan}"
    );
}
