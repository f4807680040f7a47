//! Whatever a call does to the model, its inverse puts right.

use std::collections::{BTreeMap, BTreeSet};

use iam_dsl::AccountId;

use super::*;
use crate::desired::PasswordPolicy;
use crate::document::PolicyText;
use crate::state::{
    Account, Holder, Linked, LinkedState, PolicyState, ProfileState, ProviderState, RoleState,
    UserState,
};

const DOCUMENT: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
const OTHER: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:*","Resource":"*"}]}"#;

fn text(json: &str) -> PolicyText {
    PolicyText::from_json(json)
}

fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    pairs.iter().map(own).collect()
}

fn texts(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

/// An account with one of each.
fn state() -> State {
    let account = Account {
        id: AccountId::new("111122223333").unwrap(),
        partition: "aws".to_owned(),
    };
    let mut state = State::empty(account);
    let holder = Holder {
        path: "/team/".to_owned(),
        inline: BTreeMap::from([("i".to_owned(), text(DOCUMENT))]),
        tags: tags(&[("a", "1")]),
        ..Holder::default()
    };
    let user = UserState {
        holder: holder.clone(),
        login: None,
        keys: BTreeMap::new(),
        credentials: Vec::new(),
    };
    state.users.insert("ann".to_owned(), user);
    state.groups.insert(
        "team".to_owned(),
        Holder {
            tags: BTreeMap::new(),
            ..holder.clone()
        },
    );
    state.roles.insert(
        "worker".to_owned(),
        RoleState {
            holder,
            trust: text(DOCUMENT),
            settings: Some(RoleSettings {
                description: "Works".to_owned(),
                max_session_seconds: 7_200,
            }),
        },
    );
    state.policies.insert(
        "own".to_owned(),
        PolicyState {
            path: "/".to_owned(),
            description: String::new(),
            document: text(DOCUMENT),
            versions: vec![VersionState {
                id: "v1".to_owned(),
                is_default: true,
                document: None,
            }],
            tags: Some(tags(&[("a", "1")])),
            attached_to: BTreeSet::new(),
            boundary_of: BTreeSet::new(),
        },
    );
    state.profiles.insert(
        "profile".to_owned(),
        ProfileState {
            path: "/team/".to_owned(),
            role: Some("worker".to_owned()),
        },
    );
    let empty = ProfileState {
        path: "/".to_owned(),
        role: None,
    };
    state.profiles.insert("empty".to_owned(), empty);
    state.password_policy = Some(PasswordPolicy::strict());
    state.alias = Some("example".to_owned());
    state.providers.insert(
        Provider::Oidc("id.example.com".to_owned()),
        ProviderState {
            trust: ProviderTrust::Oidc {
                client_ids: texts(&["one"]),
                thumbprints: texts(&["aa"]),
            },
            tags: tags(&[("a", "1")]),
        },
    );
    state.providers.insert(
        Provider::Saml("corp".to_owned()),
        ProviderState {
            trust: ProviderTrust::Saml {
                metadata: "<a/>".to_owned(),
            },
            tags: BTreeMap::new(),
        },
    );
    state.linked.insert(
        scaling(),
        LinkedState {
            name: "AWSServiceRoleForAutoScaling".to_owned(),
            description: Some("Scales".to_owned()),
        },
    );
    state
}

fn scaling() -> Linked {
    Linked {
        service: "autoscaling.amazonaws.com".to_owned(),
        suffix: None,
    }
}

/// Calls that leave the state as it was once they are taken back.
fn reversible() -> Vec<Operation> {
    let s = str::to_owned;
    let ann = || Identity::User(s("ann"));
    let worker = || Identity::Role(s("worker"));
    let arn = || s("arn:aws:iam::111122223333:policy/own");
    let oidc = || Provider::Oidc(s("id.example.com"));
    let oidc_arn = || s("arn:aws:iam::111122223333:oidc-provider/id.example.com");
    let saml_arn = || s("arn:aws:iam::111122223333:saml-provider/corp");
    let url = || s("id.example.com");
    let mut all = vec![
        Operation::CreatePolicy {
            name: s("new"),
            path: s("/"),
            description: String::new(),
            document: text(OTHER),
            tags: BTreeMap::new(),
        },
        Operation::StageVersion {
            name: s("own"),
            arn: arn(),
            document: text(OTHER),
        },
        Operation::TagPolicy {
            name: s("own"),
            arn: arn(),
            tags: tags(&[("a", "2"), ("b", "3")]),
        },
        Operation::UntagPolicy {
            name: s("own"),
            arn: arn(),
            keys: vec![s("a")],
        },
        Operation::CreateGroup {
            name: s("new"),
            path: s("/"),
        },
        Operation::MoveGroup {
            name: s("team"),
            path: s("/"),
        },
        Operation::CreateUser {
            name: s("new"),
            path: s("/"),
            boundary: None,
            tags: BTreeMap::new(),
        },
        Operation::MoveUser {
            name: s("ann"),
            path: s("/"),
        },
        Operation::CreateRole {
            name: s("new"),
            path: s("/"),
            trust: text(OTHER),
            settings: RoleSettings {
                description: String::new(),
                max_session_seconds: 3_600,
            },
            boundary: None,
            tags: BTreeMap::new(),
        },
        Operation::UpdateRole {
            name: s("worker"),
            settings: RoleSettings {
                description: s("Rests"),
                max_session_seconds: 3_600,
            },
        },
        Operation::UpdateTrust {
            name: s("worker"),
            document: text(OTHER),
        },
        Operation::CreateProfile {
            name: s("new"),
            path: s("/"),
            tags: BTreeMap::new(),
        },
        Operation::AddRoleToProfile {
            profile: s("empty"),
            role: s("worker"),
        },
        Operation::RemoveRoleFromProfile {
            profile: s("profile"),
            role: s("worker"),
        },
        Operation::DeleteProfile { name: s("empty") },
        Operation::PutInline {
            on: ann(),
            name: s("i"),
            document: text(OTHER),
        },
        Operation::PutInline {
            on: ann(),
            name: s("new"),
            document: text(OTHER),
        },
        Operation::DeleteInline {
            on: worker(),
            name: s("i"),
        },
        Operation::Attach {
            on: ann(),
            arn: arn(),
        },
        Operation::SetBoundary {
            on: ann(),
            arn: arn(),
        },
        Operation::Tag {
            on: worker(),
            tags: tags(&[("a", "2"), ("b", "3")]),
        },
        Operation::Untag {
            on: ann(),
            keys: vec![s("a")],
        },
        Operation::AddMember {
            user: s("ann"),
            group: s("team"),
        },
        Operation::CreateLogin {
            user: s("ann"),
            reset_required: true,
        },
        Operation::RecordKey { user: s("ann") },
        Operation::SetPasswordPolicy {
            policy: PasswordPolicy::strict().minimum_length(40),
        },
        Operation::DeletePasswordPolicy,
        Operation::SetAlias { alias: s("other") },
        Operation::DeleteAlias {
            alias: s("example"),
        },
        Operation::Rename {
            on: ann(),
            to: s("bea"),
            path: s("/"),
        },
        Operation::Linked(LinkedCall::Describe {
            role: scaling(),
            name: s("AWSServiceRoleForAutoScaling"),
            description: s("Rests"),
        }),
    ];
    all.extend(
        [
            ProviderCall::CreateOidc {
                url: s("new.example.com"),
                arn: s("arn:aws:iam::111122223333:oidc-provider/new.example.com"),
                client_ids: texts(&["one"]),
                thumbprints: texts(&["aa"]),
                tags: BTreeMap::new(),
            },
            ProviderCall::AddClientId {
                url: url(),
                arn: oidc_arn(),
                id: s("two"),
            },
            ProviderCall::RemoveClientId {
                url: url(),
                arn: oidc_arn(),
                id: s("one"),
            },
            ProviderCall::SetThumbprints {
                url: url(),
                arn: oidc_arn(),
                thumbprints: texts(&["bb"]),
            },
            ProviderCall::CreateSaml {
                name: s("new"),
                arn: s("arn:aws:iam::111122223333:saml-provider/new"),
                metadata: s("<b/>"),
                tags: BTreeMap::new(),
            },
            ProviderCall::SetMetadata {
                name: s("corp"),
                arn: saml_arn(),
                metadata: s("<b/>"),
            },
            ProviderCall::Tag {
                on: oidc(),
                arn: oidc_arn(),
                tags: tags(&[("a", "2"), ("b", "3")]),
            },
            ProviderCall::Untag {
                on: oidc(),
                arn: oidc_arn(),
                keys: vec![s("a")],
            },
            ProviderCall::Delete {
                on: oidc(),
                arn: oidc_arn(),
            },
            ProviderCall::Delete {
                on: Provider::Saml(s("corp")),
                arn: saml_arn(),
            },
        ]
        .map(Operation::Provider),
    );
    all
}

fn undone(operation: &Operation, before: &State) -> State {
    let mut state = before.clone();
    state.perform(operation);
    for call in inverse(operation, before).calls() {
        state.perform(&call);
    }
    state
}

#[test]
fn a_call_and_its_inverse_leave_everything_as_it_was() {
    let before = state();
    for operation in reversible() {
        let mut changed = before.clone();
        changed.perform(&operation);
        assert_ne!(changed, before, "{operation:?} does something");
        assert_eq!(undone(&operation, &before), before, "{operation:?}");
    }
}

/// What is gone with more than one call comes back as far as it was read.
#[test]
fn what_is_deleted_is_made_again() {
    let s = str::to_owned;
    let mut before = state();
    let arn = s("arn:aws:iam::111122223333:policy/own");
    for on in [Identity::User(s("ann")), Identity::Role(s("worker"))] {
        before.perform(&Operation::DeleteInline {
            on: on.clone(),
            name: s("i"),
        });
        before.perform(&Operation::SetBoundary {
            on,
            arn: arn.clone(),
        });
    }
    before.perform(&Operation::DeleteInline {
        on: Identity::Group(s("team")),
        name: s("i"),
    });
    let undone_are_equal = |operation: Operation| {
        assert_eq!(undone(&operation, &before), before, "{operation:?}");
    };
    undone_are_equal(Operation::DeleteUser { name: s("ann") });
    undone_are_equal(Operation::DeleteGroup { name: s("team") });
    undone_are_equal(Operation::DeleteRole { name: s("worker") });
    let mut free = state();
    let attach = Operation::Attach {
        on: Identity::User(s("ann")),
        arn: arn.clone(),
    };
    let delete = Operation::DeletePolicy {
        name: s("own"),
        arn: arn.clone(),
    };
    assert_eq!(undone(&delete, &free), free);
    free.perform(&attach);
    let detach = Operation::Detach {
        on: Identity::User(s("ann")),
        arn: arn.clone(),
    };
    assert_eq!(undone(&detach, &free), free);
    // A version comes back as a newer one.
    let put = Operation::CreatePolicyVersion {
        name: s("own"),
        arn,
        document: text(OTHER),
    };
    let after = undone(&put, &free);
    assert_eq!(after.policies["own"].document, text(DOCUMENT));
    // A version that waited is switched back from, and deleted where it is read.
    let mut waits = free.clone();
    waits.perform(&Operation::StageVersion {
        name: s("own"),
        arn: s("arn:aws:iam::111122223333:policy/own"),
        document: text(OTHER),
    });
    let delete = Operation::DeletePolicyVersion {
        name: s("own"),
        arn: s("arn:aws:iam::111122223333:policy/own"),
        version: s("v2"),
    };
    assert_eq!(undone(&delete, &waits), waits);
    let switch = Operation::SwitchVersion {
        name: s("own"),
        arn: s("arn:aws:iam::111122223333:policy/own"),
        document: text(OTHER),
        version: Some(s("v2")),
        from: s("v1"),
    };
    let after = undone(&switch, &waits);
    assert_eq!(after.policies["own"].document, text(DOCUMENT));
    assert_eq!(after.policies["own"].default_version(), Some("v1"));
}

#[test]
fn what_nothing_takes_back_says_so() {
    let before = state();
    let s = str::to_owned;
    let user = || s("ann");
    let credential = |credential| Operation::DeleteCredential {
        user: user(),
        credential,
    };
    for operation in [
        Operation::DeleteLogin { user: user() },
        credential(Credential::AccessKey(s("AKIA"))),
        credential(Credential::Mfa(s("arn:aws:iam::111122223333:mfa/ann"))),
        credential(Credential::SshKey(s("APKA"))),
        credential(Credential::SigningCertificate(s("C"))),
        credential(Credential::ServiceSpecific(s("ACCA"))),
        Operation::DeleteMfaDevice {
            serial: s("arn:aws:iam::111122223333:mfa/ann"),
        },
        Operation::DeletePolicyVersion {
            name: s("own"),
            arn: s("arn:aws:iam::111122223333:policy/own"),
            version: s("v1"),
        },
    ] {
        assert!(
            inverse(&operation, &before).never().is_some(),
            "{operation:?}"
        );
    }
    for operation in reversible() {
        assert_eq!(inverse(&operation, &before).never(), None, "{operation:?}");
    }
}
