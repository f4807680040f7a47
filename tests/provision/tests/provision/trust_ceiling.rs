//! The ceiling on trust: whom no plan may let in.

use iam_dsl::TrustPolicy;
use iam_provision::{
    Bundle, Error, ErrorKind, OidcProvider, Provisioner, Reads, Role, SamlProvider,
    ServiceLinkedRole, User,
};

use crate::support::{ACCOUNT, World, metadata};

const OTHER: &str = "444455556666";
const PRINT: &str = "A031C46782E6E6C662C2C87C76DA9AA62CCABD8E";
const ANOTHER_PRINT: &str = "B031C46782E6E6C662C2C87C76DA9AA62CCABD8E";

/// A trust policy for these principals, under a condition.
fn trust(principals: &str, condition: &str) -> TrustPolicy {
    let action = match principals {
        text if text.contains("oidc-provider") => "sts:AssumeRoleWithWebIdentity",
        text if text.contains("saml-provider") => "sts:AssumeRoleWithSAML",
        _ => "sts:AssumeRole",
    };
    let json = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principals},"Action":"{action}","Condition":{condition}}}]}}"#
    );
    TrustPolicy::from_json(&json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

fn role(principals: &str, condition: &str) -> Bundle {
    Bundle::new("b").with(Role::new("r", trust(principals, condition)))
}

fn account(id: &str) -> String {
    format!(r#"{{"AWS":"{id}"}}"#)
}

fn provider_arn() -> String {
    format!("arn:aws:iam::{ACCOUNT}:oidc-provider/id.example.com")
}

fn federated() -> String {
    format!(r#"{{"Federated":"{}"}}"#, provider_arn())
}

const AUDIENCE: &str = r#"{"StringEquals":{"id.example.com:aud":"a"}}"#;

fn provider(clients: &[&str], print: &str) -> OidcProvider {
    let provider = OidcProvider::new("https://id.example.com").thumbprint(print);
    clients.iter().fold(provider, |p, id| p.client_id(*id))
}

async fn under(world: &World, ceiling: TrustPolicy) -> Provisioner {
    world.provisioner().await.trust_ceiling(ceiling)
}

/// Refused when planned, and when somebody else's plan is applied.
async fn refused(world: &World, ceiling: &TrustPolicy, bundle: &Bundle) -> Error {
    let provisioner = under(world, ceiling.clone()).await;
    let error = provisioner.plan(bundle).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OverCeiling, "{error}");
    let plan = world.plan(bundle).await.unwrap();
    world.calls();
    let late = provisioner.apply(&plan, world.options()).await.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::OverCeiling, "{late}");
    assert_eq!(world.calls().1, 0);
    error
}

async fn within(world: &World, ceiling: &TrustPolicy, bundle: &Bundle) {
    let provisioner = under(world, ceiling.clone()).await;
    let plan = provisioner.plan(bundle).await.unwrap();
    assert!(!plan.is_empty());
    let outcome = provisioner.apply(&plan, world.options()).await.unwrap();
    assert!(outcome.is_complete());
}

#[tokio::test]
async fn a_new_role_lets_in_nobody_beyond_the_ceiling() {
    let world = World::new();
    let ceiling = trust(
        &format!(r#"{{"AWS":"{ACCOUNT}","Service":"ec2.amazonaws.com"}}"#),
        "{}",
    );
    let start = world.sandbox.snapshot();
    for principals in [
        account(OTHER),
        format!(r#"{{"AWS":["{ACCOUNT}","{OTHER}"]}}"#),
        r#"{"Service":"lambda.amazonaws.com"}"#.to_owned(),
        r#"{"AWS":"*"}"#.to_owned(),
        format!(r#"{{"AWS":"arn:aws:iam::{OTHER}:role/x"}}"#),
    ] {
        let condition = match principals.contains('*') {
            true => r#"{"StringEquals":{"aws:PrincipalOrgID":"o-1234567890"}}"#,
            false => "{}",
        };
        let error = refused(&world, &ceiling, &role(&principals, condition)).await;
        let text = error.to_string();
        // The role, the step, and a request by somebody who would be let in.
        assert!(text.contains("role r: step 1 (+ role r)"), "{text}");
        assert!(text.contains("sts:AssumeRole"), "{text}");
    }
    let error = refused(&world, &ceiling, &role(&account(OTHER), "{}")).await;
    assert!(error.to_string().contains(OTHER), "{error}");
    for principals in [
        account(ACCOUNT),
        r#"{"Service":"ec2.amazonaws.com"}"#.to_owned(),
    ] {
        within(&world, &ceiling, &role(&principals, "{}")).await;
        world.sandbox.restore(&start);
    }
    // A condition of the ceiling has to be met.
    let external = r#"{"StringEquals":{"sts:ExternalId":"x"}}"#;
    let with_id = trust(&account(OTHER), external);
    refused(&world, &with_id, &role(&account(OTHER), "{}")).await;
    within(&world, &with_id, &role(&account(OTHER), external)).await;
}

#[tokio::test]
async fn a_changed_role_lets_in_whom_it_did_or_the_ceiling_does() {
    let world = World::new();
    let ceiling = trust(&account(ACCOUNT), "{}");
    // Made without the ceiling.
    world.apply(&role(&account(OTHER), "{}")).await.unwrap();
    let external = r#"{"StringEquals":{"sts:ExternalId":"x"}}"#;
    let start = world.sandbox.snapshot();
    for (principals, condition) in [
        (account(OTHER), external),
        (account(ACCOUNT), "{}"),
        (format!(r#"{{"AWS":["{ACCOUNT}","{OTHER}"]}}"#), "{}"),
    ] {
        within(&world, &ceiling, &role(&principals, condition)).await;
        world.sandbox.restore(&start);
    }
    // The narrower one is what there was before, the next time.
    within(&world, &ceiling, &role(&account(OTHER), external)).await;
    refused(&world, &ceiling, &role(&account(OTHER), "{}")).await;
    // A plan that does not touch it is not its business.
    let more = role(&account(OTHER), external).with(User::new("ann"));
    within(&world, &ceiling, &more).await;
}

/// IAM keeps whom a trust policy names when a user gets another name or path.
#[tokio::test]
async fn a_renamed_user_is_nobody_new() {
    let world = World::new();
    let named = |user: &str, condition: &str| {
        trust(
            &format!(r#"{{"AWS":"arn:aws:iam::{ACCOUNT}:user{user}"}}"#),
            condition,
        )
    };
    let bundle =
        |user: User, trust: TrustPolicy| Bundle::new("b").with(user).with(Role::new("r", trust));
    let before = bundle(User::new("ann"), named("/ann", "{}"));
    world.apply(&before).await.unwrap();
    let ceiling = trust(r#"{"Service":"ec2.amazonaws.com"}"#, "{}");
    let mfa = r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#;
    let start = world.sandbox.snapshot();
    let bea = || User::new("bea").renamed_from("ann");
    within(&world, &ceiling, &bundle(bea(), named("/bea", mfa))).await;
    world.sandbox.restore(&start);
    let moved = User::new("ann").path("/team/");
    within(&world, &ceiling, &bundle(moved, named("/team/ann", mfa))).await;
    world.sandbox.restore(&start);
    refused(&world, &ceiling, &bundle(bea(), named("/cleo", "{}"))).await;
}

#[tokio::test]
async fn a_provider_vouches_for_nobody_beyond_the_ceiling() {
    let world = World::new();
    let nobody_new = trust(&account(ACCOUNT), "{}");
    let through = trust(&federated(), AUDIENCE);
    let bundle = |clients: &[&str], print: &str, condition: &str| {
        role(&federated(), condition).with(provider(clients, print))
    };
    let made = bundle(&["a"], PRINT, AUDIENCE);
    refused(&world, &nobody_new, &made).await;
    within(&world, &through, &made).await;

    // Each way in which it may vouch for more, and the near ones that do not.
    let start = world.sandbox.snapshot();
    for wider in [
        bundle(&["a", "b"], PRINT, AUDIENCE),
        bundle(&["a"], ANOTHER_PRINT, AUDIENCE),
    ] {
        let error = refused(&world, &nobody_new, &wider).await;
        assert!(error.to_string().contains("role r"), "{error}");
        assert!(error.to_string().contains("not known"), "{error}");
        within(&world, &through, &wider).await;
        world.sandbox.restore(&start);
    }
    let tagged = role(&federated(), AUDIENCE).with(provider(&["a"], PRINT).tag("team", "a"));
    within(&world, &nobody_new, &tagged).await;
    world.sandbox.restore(&start);
    // The ceiling that asks for an audience does not let in who comes without.
    refused(&world, &through, &bundle(&["a"], PRINT, "{}")).await;

    // A provider that no role trusts lets nobody in.
    let alone = |clients: &[&str]| Bundle::new("alone").with(provider(clients, PRINT));
    let world = World::new();
    within(&world, &nobody_new, &alone(&["a"])).await;
    within(&world, &nobody_new, &alone(&["a", "b"])).await;
    // A role that is somebody else's counts, also where it was there first.
    let create = world.iam.create_role().role_name("theirs");
    let theirs = trust(&federated(), AUDIENCE);
    let create = create.assume_role_policy_document(theirs.as_json());
    create.send().await.unwrap();
    let error = refused(&world, &nobody_new, &alone(&["a", "b", "c"])).await;
    assert!(error.to_string().contains("role theirs"), "{error}");
    within(&world, &through, &alone(&["a", "b", "c"])).await;
    world.destroy(&alone(&["a", "b", "c"])).await.unwrap();
    refused(&world, &nobody_new, &alone(&["a"])).await;

    // Where others' roles are not read, that is not known.
    let world = World::new();
    let targeted = world.provisioner().await.reads(Reads::Targeted);
    let plan = targeted.plan(&alone(&["a"])).await.unwrap();
    targeted.apply(&plan, world.options()).await.unwrap();
    within(&world, &nobody_new, &alone(&["a", "b"])).await;
    let targeted = targeted.trust_ceiling(nobody_new);
    let error = targeted.plan(&alone(&["a", "b", "c"])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OverCeiling, "{error}");
    assert!(error.to_string().contains("Reads::AccountWide"), "{error}");
}

#[tokio::test]
async fn metadata_and_services_count() {
    let world = World::new();
    let saml = format!(r#"{{"Federated":"arn:aws:iam::{ACCOUNT}:saml-provider/corp"}}"#);
    let audience = r#"{"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}}"#;
    let bundle =
        |entity: &str| role(&saml, audience).with(SamlProvider::new("corp", metadata(entity)));
    let nobody = trust(&account(ACCOUNT), "{}");
    world.apply(&bundle("one")).await.unwrap();
    refused(&world, &nobody, &bundle("two")).await;
    within(&world, &trust(&saml, "{}"), &bundle("two")).await;

    let linked = Bundle::new("linked").with(ServiceLinkedRole::of("autoscaling.amazonaws.com"));
    refused(&world, &nobody, &linked).await;
    let service = trust(r#"{"Service":"autoscaling.amazonaws.com"}"#, "{}");
    within(&world, &service, &linked).await;
}

#[tokio::test]
async fn a_service_at_its_start_is_under_it_too() {
    let world = World::new();
    let provisioner = under(&world, trust(&account(ACCOUNT), "{}")).await;
    let error = provisioner
        .ensure(&role(&account(OTHER), "{}"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OverCeiling, "{error}");
    assert_eq!(world.calls().1, 0);
    provisioner
        .ensure(&role(&account(ACCOUNT), "{}"))
        .await
        .unwrap();
}
