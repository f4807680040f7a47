//! The account's alias and its identity providers: whose they are, what is
//! given back, and in which order.

use iam_dsl::AccountId;
use iam_provision::{
    AccountAlias, ApplyOptions, Bundle, ErrorKind, NoteKind, OidcProvider, Provisioner, Role,
    SamlProvider,
};
use iam_sandbox::Fault;

use crate::faults::line::Line;
use crate::support::{ACCOUNT, World, allow, deny, metadata};

const URL: &str = "https://token.actions.githubusercontent.com";

fn arn() -> String {
    format!("arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com")
}

fn trust(subject: &str) -> iam_dsl::TrustPolicy {
    iam_dsl::TrustPolicy::from_json(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Federated":"{}"}},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{{"StringEquals":{{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com","token.actions.githubusercontent.com:sub":"{subject}"}}}}}}]}}"#,
        arn()
    ))
    .unwrap()
}

fn ci() -> OidcProvider {
    OidcProvider::new(URL).client_id("sts.amazonaws.com")
}

fn calls(plan: &iam_provision::Plan) -> Vec<&str> {
    plan.steps().iter().map(|step| step.call()).collect()
}

async fn alias(world: &World) -> Option<String> {
    let found = world.iam.list_account_aliases().send().await.unwrap();
    found.account_aliases().first().cloned()
}

#[tokio::test]
async fn the_alias_that_was_there_is_given_back() {
    for before in [None, Some("was-here")] {
        let world = World::new();
        if let Some(before) = before {
            let create = world.iam.create_account_alias();
            create.account_alias(before).send().await.unwrap();
        }
        let named = |name: &str| Bundle::new("account").with(AccountAlias::new(name));
        world.apply(&named("example-dev")).await.unwrap();
        assert_eq!(alias(&world).await.as_deref(), Some("example-dev"));
        world.apply(&named("example-test")).await.unwrap();
        assert_eq!(alias(&world).await.as_deref(), Some("example-test"));
        assert!(world.plan(&named("example-test")).await.unwrap().is_empty());
        world.destroy(&named("example-test")).await.unwrap();
        assert_eq!(alias(&world).await.as_deref(), before);
        // A bundle that never set one leaves it alone.
        assert!(
            world
                .destroy(&named("example-x"))
                .await
                .unwrap()
                .is_unchanged()
        );
    }
}

#[tokio::test]
async fn two_bundles_do_not_fight_for_the_alias() {
    let world = World::new();
    world
        .apply(&Bundle::new("one").with(AccountAlias::new("one-one")))
        .await
        .unwrap();
    let other = Bundle::new("other").with(AccountAlias::new("two-two"));
    let error = world.plan(&other).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotOwned);
    assert!(error.to_string().contains("bundle `one`"), "{error}");
}

#[tokio::test]
async fn an_alias_of_another_account_ends_with_its_reason() {
    let world = World::new();
    let other = world.sandbox.account("999900001111").unwrap();
    let other = aws_sdk_iam::Client::new(&other.sdk_config());
    let create = other.create_account_alias().account_alias("taken");
    create.send().await.unwrap();
    let bundle = Bundle::new("account").with(AccountAlias::new("taken"));
    let error = world.apply(&bundle).await.unwrap_err();
    assert!(error.to_string().contains("account alias"), "{error}");
    assert!(error.to_string().contains("taken"), "{error}");
}

#[tokio::test]
async fn an_alias_that_another_account_took_is_not_given_back() {
    let world = World::new();
    let create = world.iam.create_account_alias();
    create.account_alias("was-here").send().await.unwrap();
    let bundle = Bundle::new("account").with(AccountAlias::new("example-dev"));
    world.apply(&bundle).await.unwrap();
    let other = world.sandbox.account("999900001111").unwrap();
    let other = aws_sdk_iam::Client::new(&other.sdk_config());
    let take = other.create_account_alias().account_alias("was-here");
    take.send().await.unwrap();
    let start = world.sandbox.snapshot();
    let plan = world.provisioner().await.destroy(&bundle).await.unwrap();
    assert!(
        plan.to_string()
            .contains("as before the bundle, unless another account has taken it"),
        "{plan}"
    );
    let outcome = world.destroy(&bundle).await.unwrap();
    assert!(outcome.is_complete());
    let [remark] = outcome.remarks() else {
        panic!("{outcome}");
    };
    assert!(
        remark.contains("was-here") && remark.contains("could not be given back"),
        "{remark}"
    );
    assert!(outcome.to_string().contains(remark), "{outcome}");
    assert!(outcome.to_json().contains(remark));
    assert_eq!(alias(&world).await, None);
    assert!(world.destroy(&bundle).await.unwrap().is_unchanged());
    assert_eq!(
        world
            .iam
            .list_policies()
            .scope("Local".into())
            .send()
            .await
            .unwrap()
            .policies()
            .len(),
        0,
        "the ledger is gone as well"
    );
    // Cut at any call, the next destroy ends as clean; refused, it says why.
    for k in 1.. {
        world.sandbox.restore(&start);
        world.calls();
        world.sandbox.fail_call(k, Fault::AccessDenied);
        let result = world.destroy(&bundle).await;
        if (world.calls().0.len() as u64) < k {
            assert!(k > 6, "{k}");
            break;
        }
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AccessDenied);
        world.sandbox.clear_faults();
        assert!(world.destroy(&bundle).await.unwrap().is_complete());
        assert_eq!(alias(&world).await, None);
    }
}

#[tokio::test]
async fn an_alias_that_a_lost_answer_set_is_no_others() {
    // IAM may say of the repeated call that the alias exists.
    let world = World::new();
    let bundle = Bundle::new("account").with(AccountAlias::new("example-dev"));
    let line = Line::default().pass("CreateAccountAlias", 1).refuse(
        "CreateAccountAlias",
        1,
        "EntityAlreadyExists",
        "The account alias example-dev already exists.",
    );
    let config = line.under(&world.account.sdk_config());
    let id = AccountId::new(ACCOUNT).unwrap();
    let provisioner = Provisioner::for_account(id, &config).await.unwrap();
    let plan = provisioner.plan(&bundle).await.unwrap();
    world.calls();
    // The reads of the check before the first write, the ledger, and the alias.
    world.sandbox.fail_call(4, Fault::TimeoutAfterEffect);
    let outcome = provisioner.apply(&plan, ApplyOptions::new()).await.unwrap();
    assert!(outcome.is_complete() && outcome.remarks().is_empty());
    let calls = world.calls().0;
    assert_eq!(calls[3].action, "iam:CreateAccountAlias", "{calls:?}");
    assert_eq!(calls[4].action, "iam:ListAccountAliases", "{calls:?}");
    assert_eq!(alias(&world).await.as_deref(), Some("example-dev"));
}

#[tokio::test]
async fn a_provider_of_others_is_refused_unless_adopted() {
    let world = World::new();
    let create = world.iam.create_open_id_connect_provider();
    create
        .url(URL)
        .client_id_list("theirs")
        .send()
        .await
        .unwrap();
    let saml = world.iam.create_saml_provider().name("corp");
    saml.saml_metadata_document(metadata("corp"))
        .send()
        .await
        .unwrap();
    let bundle = |adopt: bool| {
        let (oidc, saml) = (ci(), SamlProvider::new("corp", metadata("corp")));
        if adopt {
            Bundle::new("ci").with(oidc.adopt()).with(saml.adopt())
        } else {
            Bundle::new("ci").with(oidc).with(saml)
        }
    };
    let error = world.plan(&bundle(false)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotOwned);
    assert_eq!(error.problems().len(), 2, "{error}");
    world.apply(&bundle(true)).await.unwrap();
    assert!(world.plan(&bundle(false)).await.unwrap().is_empty());
    // Another bundle finds the owner in the tags.
    let error = world.plan(&Bundle::new("other").with(ci().adopt())).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("belongs to the bundle `ci`"), "{error}");
    world.destroy(&bundle(true)).await.unwrap();
    let left = world.iam.list_open_id_connect_providers().send().await;
    assert!(left.unwrap().open_id_connect_provider_list().is_empty());
}

#[tokio::test]
async fn what_others_add_to_a_shared_provider_stays() {
    let world = World::new();
    let shared = Bundle::new("ci").with(ci().shared().thumbprint("a".repeat(40)));
    world.apply(&shared).await.unwrap();
    let add = world.iam.add_client_id_to_open_id_connect_provider();
    add.open_id_connect_provider_arn(arn())
        .client_id("theirs")
        .send()
        .await
        .unwrap();
    let prints = world.iam.update_open_id_connect_provider_thumbprint();
    prints
        .open_id_connect_provider_arn(arn())
        .thumbprint_list("a".repeat(40))
        .thumbprint_list("b".repeat(40))
        .send()
        .await
        .unwrap();
    assert!(world.plan(&shared).await.unwrap().is_empty());
    let exclusive = Bundle::new("ci").with(ci().thumbprint("A".repeat(40)));
    let plan = world.plan(&exclusive).await.unwrap();
    assert_eq!(
        calls(&plan),
        [
            "RemoveClientIDFromOpenIDConnectProvider",
            "UpdateOpenIDConnectProviderThumbprint"
        ],
        "{plan}"
    );
    // Where no thumbprint is declared, IAM's own are left as they are.
    let plan = world.plan(&Bundle::new("ci").with(ci())).await.unwrap();
    assert_eq!(calls(&plan), ["RemoveClientIDFromOpenIDConnectProvider"]);
}

#[tokio::test]
async fn another_url_is_another_provider() {
    let world = World::new();
    world.apply(&Bundle::new("ci").with(ci())).await.unwrap();
    let moved = Bundle::new("ci").with(OidcProvider::new("https://ci.example.com/").client_id("a"));
    let plan = world.plan(&moved).await.unwrap();
    let calls = calls(&plan);
    assert!(calls.contains(&"CreateOpenIDConnectProvider"), "{plan}");
    assert!(calls.contains(&"DeleteOpenIDConnectProvider"), "{plan}");
    world.apply(&moved).await.unwrap();
    assert!(world.plan(&moved).await.unwrap().is_empty());
    let left = world.iam.list_open_id_connect_providers().send().await;
    let left = left.unwrap();
    assert_eq!(left.open_id_connect_provider_list().len(), 1);
}

#[tokio::test]
async fn who_is_vouched_for_enters_when_the_role_is_what_it_is_to_be() {
    let world = World::new();
    // A role whose trust policy names the provider before there is one.
    let role = |role: Role| Bundle::new("ci").with(role);
    let before = role(Role::new("deploy", trust("a")).inline("work", allow("s3:*")));
    world.apply(&before).await.unwrap();
    let after = Role::new("deploy", trust("a"))
        .inline("work", allow("s3:GetObject"))
        .inline("stop", deny("s3:DeleteBucket"));
    let plan = world.plan(&role(after.clone()).with(ci())).await.unwrap();
    assert_eq!(
        calls(&plan).last(),
        Some(&"CreateOpenIDConnectProvider"),
        "{plan}"
    );
    world.apply(&role(after).with(ci())).await.unwrap();
    // And goes before the role changes.
    let plan = world.plan(&before).await.unwrap();
    let position = |call| calls(&plan).iter().position(|other| *other == call);
    assert!(
        position("DeleteOpenIDConnectProvider") < position("PutRolePolicy"),
        "{plan}"
    );
}

#[tokio::test]
async fn a_ledger_that_is_lost_does_not_lose_a_provider() {
    let world = World::new();
    let bundle = Bundle::new("ci").with(ci()).with(AccountAlias::new("abc"));
    world.apply(&bundle).await.unwrap();
    let ledger = format!("arn:aws:iam::{ACCOUNT}:policy/iam-provision/iam-provision.ci");
    let delete = world.iam.delete_policy().policy_arn(ledger);
    delete.send().await.unwrap();
    // The provider's tag says whose it is; of the alias nobody knows the one before.
    let plan = world.provisioner().await.destroy(&bundle).await.unwrap();
    assert_eq!(calls(&plan), ["DeleteOpenIDConnectProvider"], "{plan}");
    let left: Vec<_> = plan.notes().iter().map(|note| note.kind()).collect();
    assert_eq!(left, [NoteKind::Left], "{plan}");
}
