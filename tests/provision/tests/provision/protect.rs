//! What is protected is deleted by no plan until it is declared without.

use iam_dsl::TrustPolicy;
use iam_provision::{
    Bundle, ErrorKind, Group, InstanceProfile, ManagedPolicy, OidcProvider, Role, SamlProvider,
    ServiceLinkedRole, User,
};

use crate::support::{World, allow, metadata};

fn trust() -> TrustPolicy {
    TrustPolicy::from_json(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#,
    )
    .unwrap()
}

/// One entity of each kind, protected or not, and what it is called.
fn each(protect: bool) -> Vec<(&'static str, Bundle)> {
    macro_rules! entities {
        ($($name:literal => $entity:expr),* $(,)?) => {
            vec![$(($name, {
                let entity = $entity;
                Bundle::new("b").with(if protect { entity.protect() } else { entity })
            })),*]
        };
    }
    entities! {
        "user u" => User::new("u"),
        "group g" => Group::new("g"),
        "role r" => Role::new("r", trust()),
        "managed policy p" => ManagedPolicy::new("p", allow("s3:GetObject")),
        "instance profile i" => InstanceProfile::new("i"),
        "OIDC provider oidc.example.com" => OidcProvider::new("https://oidc.example.com").client_id("a"),
        "SAML provider corp" => SamlProvider::new("corp", metadata("corp")),
        "service-linked role of ecs.amazonaws.com" => ServiceLinkedRole::of("ecs.amazonaws.com"),
    }
}

#[tokio::test]
async fn a_protected_entity_is_not_deleted() {
    for ((name, protected), (_, unprotected)) in each(true).into_iter().zip(each(false)) {
        let world = World::new();
        let empty = world.contents().await;
        world.apply(&protected).await.unwrap();
        assert!(world.plan(&protected).await.unwrap().is_empty(), "{name}");
        let before = world.contents().await;
        world.calls();
        // Neither declared any more, nor destroyed, nor as what it was before.
        for result in [
            world.plan(&Bundle::new("b")).await.map(drop),
            world.destroy(&protected).await.map(drop),
            world.destroy(&unprotected).await.map(drop),
        ] {
            let error = result.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotOwned, "{name}: {error}");
            let problems: Vec<String> = error.problems().iter().map(ToString::to_string).collect();
            assert_eq!(problems.len(), 1, "{error}");
            assert!(
                problems[0].starts_with(&format!("{name}: is protected")),
                "{error}"
            );
        }
        assert_eq!(world.calls().1, 0, "{name}: nothing was written");
        assert_eq!(world.contents().await, before, "{name}");
        // With the yes it goes.
        world.apply(&unprotected).await.unwrap();
        assert!(world.plan(&unprotected).await.unwrap().is_empty(), "{name}");
        world.destroy(&unprotected).await.unwrap();
        assert_eq!(world.contents().await, empty, "{name}");
    }
}

#[tokio::test]
async fn protection_is_told_in_the_plan_and_moves_nothing_else() {
    let world = World::new();
    let user = || User::new("u").inline("i", allow("s3:GetObject"));
    world.apply(&Bundle::new("b").with(user())).await.unwrap();
    let protected = Bundle::new("b").with(user().protect());
    let plan = world.plan(&protected).await.unwrap();
    assert_eq!(plan.steps().len(), 1, "{plan}");
    assert!(
        plan.to_string().contains("protects user u from deletion"),
        "{plan}"
    );
    world.apply(&protected).await.unwrap();
    let plan = world.plan(&Bundle::new("b").with(user())).await.unwrap();
    assert_eq!(plan.steps().len(), 1, "{plan}");
    // Somebody deletes it all the same: it is made anew.
    let iam = &world.iam;
    let delete = iam.delete_user_policy().user_name("u").policy_name("i");
    delete.send().await.unwrap();
    iam.delete_user().user_name("u").send().await.unwrap();
    world.apply(&protected).await.unwrap();
    assert!(world.plan(&protected).await.unwrap().is_empty());
}

#[tokio::test]
async fn another_url_does_not_replace_a_protected_provider() {
    let world = World::new();
    let provider = |url: &str| OidcProvider::new(url).client_id("a");
    let before = Bundle::new("b").with(provider("https://a.example.com").protect());
    world.apply(&before).await.unwrap();
    let after = Bundle::new("b").with(provider("https://b.example.com").protect());
    let error = world.plan(&after).await.unwrap_err().to_string();
    assert!(
        error.contains("OIDC provider a.example.com: is protected"),
        "{error}"
    );
}
