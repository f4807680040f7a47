//! What the matrix of faults converges, updates and destroys: every kind of
//! entity, and every change of one.

use iam_provision::{
    AccountAlias, Bundle, Group, InstanceProfile, LoginProfile, ManagedPolicy, OidcProvider,
    PasswordPolicy, PolicyRef, Role, SamlProvider, ServiceLinkedRole, User,
};

use crate::support::{ACCOUNT, allow, deny, metadata};

/// The states of one account.
#[derive(Clone, Copy)]
pub(super) struct Estate {
    pub(super) name: &'static str,
    /// What a converge leads to.
    pub(super) first: fn() -> Bundle,
    /// What an update of the first leads to.
    pub(super) second: fn() -> Bundle,
    /// What is destroyed; nothing of it is protected.
    pub(super) last: fn() -> Bundle,
    pub(super) converged: Credentials,
    pub(super) updated: Credentials,
}

/// Who has credentials when a run is over, and by which names they were delivered.
#[derive(Clone, Copy)]
pub(super) struct Credentials {
    pub(super) passwords: &'static [&'static str],
    /// The user's name now, and when the key was made.
    pub(super) keys: &'static [(&'static str, &'static str)],
}

pub(super) const ESTATES: [Estate; 2] = [
    Estate {
        name: "identities",
        first: identities,
        second: other_identities,
        last: identities,
        converged: Credentials {
            passwords: &["eve"],
            keys: &[("app", "app")],
        },
        updated: Credentials {
            passwords: &["ann", "eve"],
            keys: &[("app", "app"), ("new", "new")],
        },
    },
    Estate {
        name: "the rest",
        first: || the_rest(true),
        second: other_rest,
        last: || the_rest(false),
        converged: Credentials {
            passwords: &["ann"],
            keys: &[("old", "old")],
        },
        updated: Credentials {
            passwords: &["eve"],
            keys: &[("now", "old"), ("bot", "bot")],
        },
    },
];

pub(super) fn nothing() -> Bundle {
    Bundle::new("rich")
}

fn trust(user: &str) -> iam_dsl::TrustPolicy {
    iam_dsl::TrustPolicy::from_json(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{ACCOUNT}:user/team/{user}"}},"Action":"sts:AssumeRole"}}]}}"#
    ))
    .unwrap()
}

/// Users, groups and roles, and every way in which they hang together.
fn identities() -> Bundle {
    let cap = ManagedPolicy::new("cap", allow("s3:*")).path("/team/");
    let own = ManagedPolicy::new("own", allow("sqs:*")).tag("team", "a");
    nothing()
        .with(
            User::new("ann")
                .path("/team/")
                .boundary(&cap)
                .tag("team", "a")
                .inline("extra", allow("sns:Publish"))
                .attach(&own),
        )
        .with(
            User::new("eve")
                .member_of("team")
                .console_login(LoginProfile::new().without_reset()),
        )
        .with(User::new("app").path("/team/").access_key())
        .with(
            Group::new("team")
                .member("ann")
                .inline("list", allow("s3:ListAllMyBuckets"))
                .attach(PolicyRef::aws("AmazonS3ReadOnlyAccess")),
        )
        .with(
            Role::new("worker", trust("ann"))
                .description("Works")
                .boundary(&cap)
                .inline("work", allow("sqs:SendMessage"))
                .attach(&own),
        )
        .with(InstanceProfile::new("worker").role("worker"))
        .with(PasswordPolicy::strict())
        .with(cap)
        .with(own)
}

/// Something of everything added, changed and removed.
fn other_identities() -> Bundle {
    let own = ManagedPolicy::new("own", allow("sqs:Send*")).tag("team", "b");
    let stop = ManagedPolicy::new("stop", deny("ec2:*"));
    nothing()
        .with(
            User::new("ann")
                .path("/team/")
                .tag("team", "b")
                .inline("extra", allow("sns:*"))
                .attach(&stop)
                .console_login(LoginProfile::new().without_reset()),
        )
        .with(User::new("eve").console_login(LoginProfile::new().without_reset()))
        .with(User::new("app").path("/team/").access_key())
        .with(
            User::new("new")
                .path("/team/")
                .member_of("team")
                .access_key(),
        )
        .with(
            Group::new("team")
                .path("/team/")
                .member("eve")
                .inline("list", allow("s3:GetObject"))
                .attach(&own),
        )
        .with(
            Role::new("worker", trust("new"))
                .description("Works less")
                .max_session_seconds(7_200)
                .attach(&own)
                .attach(&stop),
        )
        .with(own)
        .with(stop)
}

const ISSUER: &str = "https://oidc.example.com/id/1";
const THUMBPRINTS: [&str; 2] = [
    "A031C46782E6E6C662C2C87C76DA9AA62CCABD8E",
    "990F4193972F2BECF12DDEDA5237F9C952F20D9E",
];

/// A role for whom both providers vouch.
fn federated(subject: &str) -> Role {
    let trust = iam_dsl::TrustPolicy::from_json(&format!(
        r#"{{"Version":"2012-10-17","Statement":[
            {{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.example.com/id/1"}},
              "Action":"sts:AssumeRoleWithWebIdentity","Condition":{{"StringEquals":{{"oidc.example.com/id/1:sub":"{subject}"}}}}}},
            {{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::{ACCOUNT}:saml-provider/corp"}},
              "Action":"sts:AssumeRoleWithSAML","Condition":{{"StringEquals":{{"SAML:aud":"https://signin.aws.amazon.com/saml"}}}}}}]}}"#
    ));
    Role::new("federated", trust.unwrap()).inline("list", allow("s3:ListAllMyBuckets"))
}

/// What the account has, what vouches for others, and what is kept: the alias,
/// providers, a service-linked role, names that will change, a policy that is
/// updated in two steps, and protected entities of both kinds of mark.
fn the_rest(protect: bool) -> Bundle {
    let rules = ManagedPolicy::new("rules", allow("sqs:SendMessage")).update_in_two_steps();
    let mut ann = User::new("ann").console_login(LoginProfile::new().without_reset());
    let mut saml = SamlProvider::new("corp", metadata("corp")).tag("team", "a");
    if protect {
        (ann, saml) = (ann.protect(), saml.protect());
    }
    nothing()
        .with(ann)
        .with(User::new("old").tag("team", "a").access_key())
        .with(Group::new("crew").member("old").attach(&rules))
        .with(rules)
        .with(AccountAlias::new("example-dev"))
        .with(
            OidcProvider::new(ISSUER)
                .client_id("sts.amazonaws.com")
                .client_id("other")
                .thumbprint(THUMBPRINTS[0])
                .tag("team", "a"),
        )
        .with(saml)
        .with(federated("job"))
        .with(
            ServiceLinkedRole::of("autoscaling.amazonaws.com")
                .suffix("team")
                .description("Scales"),
        )
        .with(PasswordPolicy::strict())
}

/// All of it changed, and another service-linked role in place of the first.
fn other_rest() -> Bundle {
    let rules = ManagedPolicy::new("rules", allow("sqs:*")).update_in_two_steps();
    nothing()
        .with(User::new("ann"))
        .with(
            User::new("now")
                .renamed_from("old")
                .tag("team", "b")
                .access_key(),
        )
        .with(User::new("bot").access_key())
        .with(
            User::new("eve")
                .console_login(LoginProfile::new().without_reset())
                .protect(),
        )
        .with(
            Group::new("team")
                .renamed_from("crew")
                .member("now")
                .attach(&rules),
        )
        .with(rules)
        .with(AccountAlias::new("example-prod"))
        .with(
            OidcProvider::new(ISSUER)
                .client_id("sts.amazonaws.com")
                .client_id("third")
                .thumbprint(THUMBPRINTS[1])
                .tag("team", "b"),
        )
        .with(SamlProvider::new("corp", metadata("other")).tag("team", "b"))
        .with(federated("task"))
        .with(ServiceLinkedRole::of("ecs.amazonaws.com").description("Runs"))
        .with(PasswordPolicy::strict().minimum_length(20))
}
