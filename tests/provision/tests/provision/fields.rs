//! Every field of every entity, changed out of band: the next plan shows it.
//!
//! Beside the drifts of `drift`, which a plan repairs with one call, here are
//! the entities that are gone, what IAM cannot change back, and each field of
//! the password policy. A field that is added to an entity without a mutation
//! fails the last test.

use std::collections::BTreeSet;

use iam_provision::{NoteKind, Reads};

use crate::drift::{ALLOW_ALL, AWS_READ, Change, OTHER_TRUST, arn, change, drifts};
use crate::support::{WAYS, World, everything};

/// How a plan shows a change.
#[derive(Clone, Copy, Debug)]
enum Shows {
    /// Among other steps by this one.
    Step(&'static str),
    /// IAM cannot change it back: the plan is refused.
    Refusal(&'static str),
    /// As above, and it does no harm: a note.
    Note(&'static str),
}

/// The entity is gone, or its like was made anew.
fn lost() -> Vec<(&'static str, Shows, Change)> {
    use Shows::{Note, Refusal, Step};
    vec![
        (
            "User.name",
            Step("CreateUser"),
            change!(
                |iam| iam
                    .remove_user_from_group()
                    .user_name("bob")
                    .group_name("team"),
                iam.delete_access_key()
                    .user_name("bob")
                    .access_key_id(key_of(iam, "bob").await),
                iam.delete_user().user_name("bob")
            ),
        ),
        (
            "User.access_key",
            Step("CreateAccessKey"),
            change!(|iam| iam
                .delete_access_key()
                .user_name("bob")
                .access_key_id(key_of(iam, "bob").await)),
        ),
        (
            "Group.name",
            Step("CreateGroup"),
            change!(
                |iam| iam
                    .remove_user_from_group()
                    .user_name("ann")
                    .group_name("team"),
                iam.remove_user_from_group()
                    .user_name("bob")
                    .group_name("team"),
                iam.delete_group_policy()
                    .group_name("team")
                    .policy_name("list"),
                iam.detach_group_policy()
                    .group_name("team")
                    .policy_arn(AWS_READ),
                iam.detach_group_policy()
                    .group_name("team")
                    .policy_arn(arn("own")),
                iam.delete_group().group_name("team")
            ),
        ),
        (
            "InstanceProfile.name",
            Step("CreateInstanceProfile"),
            change!(
                |iam| iam
                    .remove_role_from_instance_profile()
                    .instance_profile_name("worker")
                    .role_name("worker"),
                iam.delete_instance_profile()
                    .instance_profile_name("worker")
            ),
        ),
        (
            "InstanceProfile.path",
            Refusal("instance profile worker: exists at the path"),
            change!(
                |iam| iam
                    .remove_role_from_instance_profile()
                    .instance_profile_name("worker")
                    .role_name("worker"),
                iam.delete_instance_profile()
                    .instance_profile_name("worker"),
                iam.create_instance_profile()
                    .instance_profile_name("worker")
            ),
        ),
        (
            "Role.name",
            Step("CreateRole"),
            change!(
                |iam| iam
                    .remove_role_from_instance_profile()
                    .instance_profile_name("worker")
                    .role_name("worker"),
                iam.delete_role_policy()
                    .role_name("worker")
                    .policy_name("work"),
                iam.detach_role_policy()
                    .role_name("worker")
                    .policy_arn(arn("own")),
                iam.delete_role().role_name("worker")
            ),
        ),
        (
            "Role.path",
            Refusal("role worker: exists at the path"),
            change!(
                |iam| iam
                    .remove_role_from_instance_profile()
                    .instance_profile_name("worker")
                    .role_name("worker"),
                iam.delete_role_policy()
                    .role_name("worker")
                    .policy_name("work"),
                iam.detach_role_policy()
                    .role_name("worker")
                    .policy_arn(arn("own")),
                iam.delete_role().role_name("worker"),
                iam.create_role()
                    .role_name("worker")
                    .assume_role_policy_document(OTHER_TRUST)
                    .tags(crate::drift::tag("iam-provision:bundle", "everything"))
            ),
        ),
        (
            "ManagedPolicy.name",
            Step("CreatePolicy"),
            change!(
                |iam| iam.delete_user_permissions_boundary().user_name("ann"),
                iam.delete_role_permissions_boundary().role_name("worker"),
                iam.delete_policy().policy_arn(arn("team/cap"))
            ),
        ),
        (
            "ManagedPolicy.path",
            Refusal("managed policy cap: exists at the path"),
            change!(
                |iam| iam.delete_user_permissions_boundary().user_name("ann"),
                iam.delete_role_permissions_boundary().role_name("worker"),
                iam.delete_policy().policy_arn(arn("team/cap")),
                iam.create_policy()
                    .policy_name("cap")
                    .policy_document(ALLOW_ALL)
            ),
        ),
        (
            "ManagedPolicy.description",
            Note("managed policy cap: its description"),
            change!(
                |iam| iam.delete_user_permissions_boundary().user_name("ann"),
                iam.delete_role_permissions_boundary().role_name("worker"),
                iam.delete_policy().policy_arn(arn("team/cap")),
                iam.create_policy()
                    .policy_name("cap")
                    .path("/team/")
                    .description("Another")
                    .policy_document(ALLOW_ALL)
            ),
        ),
        (
            "ServiceLinkedRole.service",
            Step("CreateServiceLinkedRole"),
            change!(|iam| iam
                .delete_service_linked_role()
                .role_name("AWSServiceRoleForAutoScaling_team")),
        ),
    ]
}

/// Each field of the password policy by itself: UpdateAccountPasswordPolicy
/// resets what it is not given, so each names what `strict` says but for one.
fn password_policies() -> Vec<(&'static str, Shows, Change)> {
    macro_rules! policy {
        ($field:literal, $($method:ident($value:expr)),*) => {(
            concat!("PasswordPolicy.", $field),
            Shows::Step("UpdateAccountPasswordPolicy"),
            change!(|iam| strict(iam) $(.$method($value))*),
        )};
    }
    vec![
        policy!("minimum_length", minimum_password_length(9)),
        policy!("require_uppercase", require_uppercase_characters(false)),
        policy!("require_lowercase", require_lowercase_characters(false)),
        policy!("require_numbers", require_numbers(false)),
        policy!("require_symbols", require_symbols(false)),
        policy!("users_may_change", allow_users_to_change_password(false)),
        policy!("max_age", max_password_age(91)),
        policy!("reuse_prevention", password_reuse_prevention(2)),
        policy!("hard_expiry", hard_expiry(true)),
    ]
}

type UpdatePasswordPolicy =
    aws_sdk_iam::operation::update_account_password_policy::builders::UpdateAccountPasswordPolicyFluentBuilder;

fn strict(iam: &aws_sdk_iam::Client) -> UpdatePasswordPolicy {
    iam.update_account_password_policy()
        .minimum_password_length(10)
        .require_uppercase_characters(true)
        .require_lowercase_characters(true)
        .require_numbers(true)
        .require_symbols(true)
        .allow_users_to_change_password(true)
        .max_password_age(90)
        .password_reuse_prevention(3)
}

async fn key_of(iam: &aws_sdk_iam::Client, user: &str) -> String {
    let keys = iam.list_access_keys().user_name(user).send().await.unwrap();
    let key = &keys.access_key_metadata()[0];
    key.access_key_id().unwrap().to_owned()
}

#[tokio::test]
async fn what_is_lost_or_cannot_be_changed_back_shows() {
    for reads in WAYS {
        what_is_lost_shows(reads).await;
    }
}

async fn what_is_lost_shows(reads: Reads) {
    for (field, shows, change) in lost().into_iter().chain(password_policies()) {
        let world = World::reading(reads);
        world.apply(&everything()).await.unwrap();
        change(&world.iam).await;
        let plan = world.plan(&everything()).await;
        match shows {
            Shows::Step(call) => {
                let plan = plan.unwrap();
                let calls: Vec<&str> = plan.steps().iter().map(|step| step.call()).collect();
                assert!(calls.contains(&call), "{field}: {plan}");
                world.apply(&everything()).await.unwrap();
                let plan = world.plan(&everything()).await.unwrap();
                assert!(plan.is_empty(), "{field}: {plan}");
            }
            Shows::Refusal(text) => {
                let error = plan.unwrap_err().to_string();
                assert!(error.contains(text), "{field}: {error}");
            }
            Shows::Note(text) => {
                let plan = plan.unwrap();
                let told = plan
                    .notes()
                    .iter()
                    .any(|note| note.kind() == NoteKind::Left && note.text().contains(text));
                assert!(told, "{field}: {plan}");
            }
        }
    }
}

/// Fields that say how a bundle deals with an entity, and are in no account;
/// and the one that is its user's affair once the password is delivered.
const NOT_IN_IAM: [&str; 6] = [
    "adopt",
    "shared",
    "protect",
    "renamed_from",
    "two_steps",
    "ends_sessions",
];
const LEFT_TO_THE_USER: &str = "LoginProfile.reset_required";

/// The fields of the entities that a bundle holds, from their source.
fn fields() -> BTreeSet<String> {
    let sources = [
        include_str!("../../../../iam-provision/src/desired/user.rs"),
        include_str!("../../../../iam-provision/src/desired/group.rs"),
        include_str!("../../../../iam-provision/src/desired/role.rs"),
        include_str!("../../../../iam-provision/src/desired/policy.rs"),
        include_str!("../../../../iam-provision/src/desired/instance_profile.rs"),
        include_str!("../../../../iam-provision/src/desired/password_policy.rs"),
        include_str!("../../../../iam-provision/src/desired/account_alias.rs"),
        include_str!("../../../../iam-provision/src/desired/provider.rs"),
        include_str!("../../../../iam-provision/src/desired/service_linked_role.rs"),
    ];
    let mut fields = BTreeSet::new();
    for source in sources {
        let mut entity = None;
        for line in source.lines() {
            if let Some(rest) = line.strip_prefix("pub struct ") {
                entity = rest.strip_suffix(" {");
            } else if line == "}" {
                entity = None;
            } else if let Some(entity) = entity
                && let Some((name, _)) = line
                    .trim_start()
                    .strip_prefix("pub(crate) ")
                    .and_then(|field| field.split_once(':'))
            {
                fields.insert(format!("{entity}.{name}"));
            }
        }
    }
    fields
}

/// The kinds of entities that a bundle holds, from its source.
fn kinds() -> BTreeSet<String> {
    let bundle = include_str!("../../../../iam-provision/src/desired/bundle.rs");
    let table = bundle.split_once("component! {\n").unwrap().1;
    let table = table.split_once("\n}").unwrap().0;
    let kind = |line: &str| line.trim().split_once(" =>").unwrap().0.to_owned();
    table.lines().map(kind).collect()
}

#[test]
fn no_field_is_without_a_mutation() {
    let mutated: BTreeSet<String> = drifts()
        .iter()
        .map(|(field, ..)| *field)
        .chain(lost().iter().map(|(field, ..)| *field))
        .chain(password_policies().iter().map(|(field, ..)| *field))
        .map(str::to_owned)
        .collect();
    let fields: BTreeSet<String> = fields()
        .into_iter()
        .filter(|field| field != LEFT_TO_THE_USER)
        .filter(|field| !NOT_IN_IAM.contains(&field.split_once('.').unwrap().1))
        .collect();
    let missing: Vec<_> = fields.difference(&mutated).collect();
    assert!(missing.is_empty(), "no mutation of {missing:?}");
    let unknown: Vec<_> = mutated.difference(&fields).collect();
    assert!(unknown.is_empty(), "no such field: {unknown:?}");
    let entities: BTreeSet<String> = fields
        .iter()
        .map(|field| field.split_once('.').unwrap().0.to_owned())
        .collect();
    assert_eq!(entities, kinds(), "each kind of entity has its fields here");
}
