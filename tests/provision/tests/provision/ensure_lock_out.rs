//! A service that brings its own role about does not take from itself what it
//! needs for that, though it reads only what its bundle names.

use iam_dsl::{AccountId, TrustPolicy};
use iam_provision::{Bundle, Ensured, ErrorKind, ManagedPolicy, Provisioner, Role};

use crate::ensure::{as_role, trusts_account};
use crate::support::{ACCOUNT, World, allow, deny};

/// A service whose power is in a policy that its bundle does not name: `start`,
/// of the role that it acts as.
async fn service(world: &World) -> Provisioner {
    let config = as_role(world, allow("*").as_json()).await;
    let id = AccountId::new(ACCOUNT).unwrap();
    Provisioner::for_account(id, &config).await.unwrap()
}

fn own(role: impl FnOnce(Role) -> Role) -> Bundle {
    let starter = Role::new("starter", trusts_account()).adopt();
    Bundle::new("service").with(role(starter))
}

fn cap(action: &str) -> ManagedPolicy {
    ManagedPolicy::new("cap", allow(action))
}

#[tokio::test]
async fn what_takes_the_callers_power_is_refused() {
    let trusts_ec2 = || {
        TrustPolicy::from_json(
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#,
        )
        .unwrap()
    };
    let stop = ManagedPolicy::new("stop", deny("iam:*"));
    for (what, bundle) in [
        ("a deny", own(|role| role.inline("no", deny("iam:*")))),
        (
            "a deny of the way back",
            own(|role| role.inline("no", deny("iam:DeleteRolePolicy"))),
        ),
        (
            "an attached deny",
            own(|role| role.attach(&stop)).with(stop.clone()),
        ),
        (
            "a boundary",
            own(|role| role.boundary(&cap("s3:*"))).with(cap("s3:*")),
        ),
        ("a trust policy", own(|role| role.trust(trusts_ec2()))),
    ] {
        let world = World::new();
        let provisioner = service(&world).await;
        let before = world.contents().await;
        world.calls();
        let error = provisioner.ensure(&bundle).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LockOut, "{what}: {error}");
        assert!(error.to_string().contains("starter"), "{what}: {error}");
        assert_eq!(world.calls().1, 0, "{what}");
        assert_eq!(world.contents().await, before, "{what}");
        // Whoever is not limited by it may.
        let ensured = world.provisioner().await.ensure(&bundle).await;
        assert!(matches!(ensured, Ok(Ensured::Applied { .. })), "{what}");
    }
}

#[tokio::test]
async fn what_leaves_it_is_not() {
    let sells = ManagedPolicy::new("sells", allow("sqs:*"));
    for (what, bundle) in [
        ("an allow", own(|role| role.inline("may", allow("s3:*")))),
        (
            "an attached allow",
            own(|role| role.attach(&sells)).with(sells.clone()),
        ),
        (
            "another's deny",
            own(|role| role.inline("no", deny("s3:*"))),
        ),
        (
            "a wide boundary",
            own(|role| role.boundary(&cap("*"))).with(cap("*")),
        ),
        (
            "a deny on somebody else",
            Bundle::new("service")
                .with(Role::new("worker", trusts_account()).inline("no", deny("iam:*"))),
        ),
    ] {
        let world = World::new();
        let provisioner = service(&world).await;
        let ensured = provisioner.ensure(&bundle).await;
        let ensured = ensured.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(matches!(ensured, Ensured::Applied { .. }), "{what}");
        let again = provisioner.ensure(&bundle).await.unwrap();
        assert_eq!(again, Ensured::Unchanged, "{what}");
    }
}
