//! Whether callers may do what they ask: "Policy evaluation logic" and
//! "Troubleshooting access denied error messages" in the IAM User Guide.

use aws_sdk_iam::Client;
use aws_sdk_iam::types::Tag;
use iam_sandbox::{Account, Mfa, Sandbox};

use crate::support::{TRUST_EC2, assert_refused, iam, message, root, sts};

/// An identity policy with these statements.
fn policy(statements: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

fn allow(actions: &str, resource: &str) -> String {
    policy(&format!(
        r#"{{"Effect":"Allow","Action":{actions},"Resource":"{resource}"}}"#
    ))
}

/// A user with an access key and one inline policy.
async fn user(account: &Account, root: &Client, name: &str, document: &str) -> Client {
    root.create_user().user_name(name).send().await.unwrap();
    let put = root.put_user_policy().user_name(name).policy_name("in");
    put.policy_document(document).send().await.unwrap();
    key_of(account, root, name).await
}

async fn key_of(account: &Account, root: &Client, name: &str) -> Client {
    let made = root
        .create_access_key()
        .user_name(name)
        .send()
        .await
        .unwrap();
    let key = made.access_key().unwrap();
    iam(&account.sdk_config_with(key.access_key_id(), key.secret_access_key(), None))
}

#[tokio::test]
async fn what_nothing_allows_is_denied_in_awss_words() {
    let (_, account, root) = root();
    let ann = user(&account, &root, "Ann", &allow(r#""iam:GetUser""#, "*")).await;
    ann.get_user().send().await.unwrap();
    assert_refused!(ann.list_users().send().await, "AccessDenied", 403);
    assert_eq!(
        message(ann.create_user().user_name("Bob").path("/x/").send().await),
        "User: arn:aws:iam::111122223333:user/Ann is not authorized to perform: iam:CreateUser on \
         resource: arn:aws:iam::111122223333:user/x/Bob because no identity-based policy allows \
         the iam:CreateUser action"
    );
    assert_refused!(
        root.get_user().user_name("Bob").send().await,
        "NoSuchEntity",
        404
    );
}

#[tokio::test]
async fn an_explicit_deny_wins_and_is_named() {
    let (_, account, root) = root();
    let document = policy(
        r#"{"Effect":"Allow","Action":"*","Resource":"*"},
           {"Effect":"Deny","Action":"iam:DeleteUser","Resource":"*"}"#,
    );
    let ann = user(&account, &root, "Ann", &document).await;
    assert_eq!(
        message(ann.delete_user().user_name("Ann").send().await),
        "User: arn:aws:iam::111122223333:user/Ann is not authorized to perform: iam:DeleteUser on \
         resource: arn:aws:iam::111122223333:user/Ann with an explicit deny in an identity-based \
         policy"
    );
    ann.list_users().send().await.unwrap();
}

#[tokio::test]
async fn groups_attachments_and_versions_count_at_once() {
    let (_, account, root) = root();
    root.create_user().user_name("Ann").send().await.unwrap();
    let ann = key_of(&account, &root, "Ann").await;
    let denied = || async { assert_refused!(ann.list_users().send().await, "AccessDenied", 403) };
    denied().await;
    root.create_group().group_name("Team").send().await.unwrap();
    root.add_user_to_group()
        .user_name("Ann")
        .group_name("Team")
        .send()
        .await
        .unwrap();
    denied().await;
    let made = root.create_policy().policy_name("P");
    let made = made
        .policy_document(allow(r#""iam:ListUsers""#, "*"))
        .send()
        .await
        .unwrap();
    let arn = made.policy().unwrap().arn().unwrap();
    root.attach_group_policy()
        .group_name("Team")
        .policy_arn(arn)
        .send()
        .await
        .unwrap();
    ann.list_users().send().await.unwrap();
    let version = root
        .create_policy_version()
        .policy_arn(arn)
        .set_as_default(true);
    version
        .policy_document(allow(r#""iam:ListRoles""#, "*"))
        .send()
        .await
        .unwrap();
    denied().await;
    ann.list_roles().send().await.unwrap();
    root.remove_user_from_group()
        .user_name("Ann")
        .group_name("Team")
        .send()
        .await
        .unwrap();
    assert_refused!(ann.list_roles().send().await, "AccessDenied", 403);
}

#[tokio::test]
async fn a_boundary_limits() {
    let (_, account, root) = root();
    let ann = user(&account, &root, "Ann", &allow(r#""iam:*""#, "*")).await;
    let made = root.create_policy().policy_name("B");
    let made = made
        .policy_document(allow(r#""iam:List*""#, "*"))
        .send()
        .await
        .unwrap();
    let arn = made.policy().unwrap().arn().unwrap();
    ann.get_user().send().await.unwrap();
    let bound = root.put_user_permissions_boundary().user_name("Ann");
    bound.permissions_boundary(arn).send().await.unwrap();
    ann.list_users().send().await.unwrap();
    let text = message(ann.get_user().send().await);
    assert!(
        text.ends_with("because no permissions boundary allows the iam:GetUser action"),
        "{text}"
    );
}

#[tokio::test]
async fn a_console_session_tells_whether_mfa_was_used() {
    let (_, account, root) = root();
    let document = policy(
        r#"{"Effect":"Allow","Action":"*","Resource":"*"},
           {"Effect":"Deny","NotAction":"iam:GetUser","Resource":"*",
            "Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}"#,
    );
    let by_key = user(&account, &root, "Ann", &document).await;
    let login = root
        .create_login_profile()
        .user_name("Ann")
        .password("Abcdefg1!");
    login.send().await.unwrap();
    let without = iam(&account.sign_in("Ann", Mfa::Absent).unwrap());
    let with = iam(&account.sign_in("Ann", Mfa::Present).unwrap());
    without.get_user().send().await.unwrap();
    assert_refused!(without.list_users().send().await, "AccessDenied", 403);
    with.list_users().send().await.unwrap();
    assert_refused!(by_key.list_users().send().await, "AccessDenied", 403);
}

/// The key is absent from requests with long-term credentials, so `Bool`
/// does not match them ("AWS global condition context keys").
#[tokio::test]
async fn long_term_keys_carry_no_mfa_key() {
    let (_, account, root) = root();
    let document = policy(
        r#"{"Effect":"Allow","Action":"*","Resource":"*"},
           {"Effect":"Deny","Action":"iam:ListUsers","Resource":"*",
            "Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}"#,
    );
    let ann = user(&account, &root, "Ann", &document).await;
    ann.list_users().send().await.unwrap();
}

#[tokio::test]
async fn conditions_of_the_request() {
    let (_, account, root) = root();
    let document = policy(
        r#"{"Effect":"Allow","Action":"iam:AttachUserPolicy","Resource":"*",
            "Condition":{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}}},
           {"Effect":"Allow","Action":["iam:CreateUser","iam:TagUser"],"Resource":"*",
            "Condition":{"StringEquals":{"aws:RequestTag/team":"${aws:username}"}}},
           {"Effect":"Allow","Action":"iam:UntagUser","Resource":"*",
            "Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["cost"]}}},
           {"Effect":"Allow","Action":"iam:DeleteUser","Resource":"*",
            "Condition":{"StringEquals":{"aws:ResourceTag/team":"Ann"}}}"#,
    );
    let ann = user(&account, &root, "Ann", &document).await;
    let attach = |arn: &str| {
        ann.attach_user_policy()
            .user_name("Ann")
            .policy_arn(arn)
            .send()
    };
    attach("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
        .await
        .unwrap();
    let full = attach("arn:aws:iam::aws:policy/AmazonS3FullAccess").await;
    assert_refused!(full, "AccessDenied", 403);

    let create = |team: &str| {
        let tag = Tag::builder().key("team").value(team).build().unwrap();
        ann.create_user().user_name("Bob").tags(tag).send()
    };
    assert_refused!(create("Eve").await, "AccessDenied", 403);
    create("Ann").await.unwrap();
    let untag = |key: &str| ann.untag_user().user_name("Bob").tag_keys(key).send();
    assert_refused!(untag("team").await, "AccessDenied", 403);
    untag("cost").await.unwrap();
    assert_refused!(
        ann.delete_user().user_name("Ann").send().await,
        "AccessDenied",
        403
    );
    ann.delete_user().user_name("Bob").send().await.unwrap();
}

#[tokio::test]
async fn tags_at_creation_need_their_own_action() {
    let (_, account, root) = root();
    let ann = user(&account, &root, "Ann", &allow(r#""iam:CreateUser""#, "*")).await;
    let tag = Tag::builder().key("k").value("v").build().unwrap();
    let text = message(ann.create_user().user_name("Bob").tags(tag).send().await);
    assert!(
        text.contains("is not authorized to perform: iam:TagUser on resource"),
        "{text}"
    );
    ann.create_user().user_name("Bob").send().await.unwrap();
}

#[tokio::test]
async fn adding_a_role_to_a_profile_passes_it_to_ec2() {
    let (_, account, root) = root();
    root.create_role()
        .role_name("R")
        .assume_role_policy_document(TRUST_EC2)
        .send()
        .await
        .unwrap();
    root.create_instance_profile()
        .instance_profile_name("I")
        .send()
        .await
        .unwrap();
    let ann = user(
        &account,
        &root,
        "Ann",
        &allow(r#""iam:AddRoleToInstanceProfile""#, "*"),
    )
    .await;
    let add = || {
        ann.add_role_to_instance_profile()
            .instance_profile_name("I")
            .role_name("R")
            .send()
    };
    let text = message(add().await);
    assert!(
        text.contains("iam:PassRole on resource: arn:aws:iam::111122223333:role/R because"),
        "{text}"
    );
    let put = |service: &str| {
        let document = policy(&format!(
            r#"{{"Effect":"Allow","Action":"iam:AddRoleToInstanceProfile","Resource":"*"}},
               {{"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::111122223333:role/R",
                "Condition":{{"StringEquals":{{"iam:PassedToService":"{service}"}}}}}}"#
        ));
        root.put_user_policy()
            .user_name("Ann")
            .policy_name("in")
            .policy_document(document)
            .send()
    };
    put("lambda.amazonaws.com").await.unwrap();
    assert_refused!(add().await, "AccessDenied", 403);
    put("ec2.amazonaws.com").await.unwrap();
    add().await.unwrap();
}

#[tokio::test]
async fn a_rename_needs_both_arns() {
    let (_, account, root) = root();
    let document = allow(r#""iam:UpdateUser""#, "arn:aws:iam::111122223333:user/a/*");
    let ann = user(&account, &root, "Ann", &document).await;
    root.create_user()
        .user_name("Bob")
        .path("/a/")
        .send()
        .await
        .unwrap();
    let update = |path: &str| ann.update_user().user_name("Bob").new_path(path).send();
    assert_refused!(update("/b/").await, "AccessDenied", 403);
    update("/a/x/").await.unwrap();
}

#[tokio::test]
async fn a_boundary_that_is_set_is_a_condition_key() {
    let (_, account, root) = root();
    let cap = "arn:aws:iam::aws:policy/PowerUserAccess";
    let document = policy(&format!(
        r#"{{"Effect":"Allow","Action":["iam:CreateRole","iam:PutRolePolicy"],"Resource":"*",
            "Condition":{{"StringEquals":{{"iam:PermissionsBoundary":"{cap}"}}}}}}"#
    ));
    let ann = user(&account, &root, "Ann", &document).await;
    let create = |name: &str| {
        ann.create_role()
            .role_name(name)
            .assume_role_policy_document(TRUST_EC2)
    };
    assert_refused!(create("R").send().await, "AccessDenied", 403);
    create("R").permissions_boundary(cap).send().await.unwrap();
    let put = ann.put_role_policy().role_name("R").policy_name("p");
    put.policy_document(crate::support::ALLOW_ALL)
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn an_inactive_or_deleted_key_is_no_key() {
    let (_, account, root) = root();
    root.create_user().user_name("Ann").send().await.unwrap();
    let made = root
        .create_access_key()
        .user_name("Ann")
        .send()
        .await
        .unwrap();
    let key = made.access_key().unwrap();
    let config = account.sdk_config_with(key.access_key_id(), key.secret_access_key(), None);
    let me = sts(&config);
    me.get_caller_identity().send().await.unwrap();
    let used = root
        .get_access_key_last_used()
        .access_key_id(key.access_key_id());
    let used = used.send().await.unwrap();
    assert_eq!(used.access_key_last_used().unwrap().service_name(), "sts");
    let update = root
        .update_access_key()
        .user_name("Ann")
        .access_key_id(key.access_key_id());
    update
        .status(aws_sdk_iam::types::StatusType::Inactive)
        .send()
        .await
        .unwrap();
    assert_refused!(
        me.get_caller_identity().send().await,
        "InvalidClientTokenId",
        403
    );
    let delete = root
        .delete_access_key()
        .user_name("Ann")
        .access_key_id(key.access_key_id());
    delete.send().await.unwrap();
    assert_refused!(
        me.get_caller_identity().send().await,
        "InvalidClientTokenId",
        403
    );
}

#[tokio::test]
async fn two_accounts_do_not_see_each_other() {
    let sandbox = Sandbox::new();
    let one = iam(&sandbox.account("111122223333").unwrap().sdk_config());
    let two = iam(&sandbox.account("444455556666").unwrap().sdk_config());
    one.create_user().user_name("Ann").send().await.unwrap();
    assert_refused!(
        two.get_user().user_name("Ann").send().await,
        "NoSuchEntity",
        404
    );
    two.create_user().user_name("Ann").send().await.unwrap();
    let error = sandbox.account("12345").unwrap_err();
    assert_eq!(error.kind(), iam_sandbox::ErrorKind::InvalidAccountId);
}

/// "Service control policies" in the AWS Organizations User Guide.
#[tokio::test]
async fn service_control_policies_limit_users_and_root() {
    let (_, account, root) = root();
    let ann = user(&account, &root, "Ann", &allow(r#""*""#, "*")).await;
    let full = allow(r#""*""#, "*");
    let no_roles = policy(
        r#"{"Effect":"Allow","Action":"*","Resource":"*"},
           {"Effect":"Deny","Action":"iam:CreateRole","Resource":"*"}"#,
    );
    account
        .set_service_control_policies(&[&[&full], &[&no_roles]])
        .unwrap();
    let create = |iam: &Client| {
        iam.create_role()
            .role_name("R")
            .assume_role_policy_document(TRUST_EC2)
            .send()
    };
    let text = message(create(&ann).await);
    assert!(
        text.ends_with("with an explicit deny in a service control policy"),
        "{text}"
    );
    assert_refused!(create(&root).await, "AccessDenied", 403);
    ann.list_users().send().await.unwrap();

    let only_lists = allow(r#""iam:List*""#, "*");
    account
        .set_service_control_policies(&[&[&full], &[&only_lists]])
        .unwrap();
    ann.list_users().send().await.unwrap();
    let text = message(ann.get_user().send().await);
    assert!(
        text.ends_with("because no service control policy allows the iam:GetUser action"),
        "{text}"
    );
    account.set_service_control_policies(&[]).unwrap();
    create(&root).await.unwrap();
    let error = account.set_service_control_policies(&[&["{"]]).unwrap_err();
    assert_eq!(
        error.kind(),
        iam_sandbox::ErrorKind::InvalidServiceControlPolicy
    );
}

/// IAM authorizes a listing on the path that is listed; the wording is that of
/// AWS's AccessDenied answers.
#[tokio::test]
async fn listings_are_authorized_on_their_path() {
    let (_sandbox, account, root) = root();
    let document = allow(r#""iam:ListRoles""#, "arn:aws:iam::*:role/team/*");
    let lister = user(&account, &root, "lister", &document).await;
    lister
        .list_roles()
        .path_prefix("/team/")
        .send()
        .await
        .unwrap();
    assert_refused!(lister.list_roles().send().await, "AccessDenied", 403);
    assert_eq!(
        message(lister.list_roles().send().await),
        "User: arn:aws:iam::111122223333:user/lister is not authorized to perform: iam:ListRoles on resource: arn:aws:iam::111122223333:role/ because no identity-based policy allows the iam:ListRoles action"
    );
}
