//! A service's bundle over HTTP, against moto and against ministack, which
//! checks signatures and authorizes: there the service may do only what
//! `ensure_permissions` says. Judged by reads of our own.
//!
//! Known to differ: AWS authorizes CreatePolicy on the policy's ARN, ministack on
//! `*`, so that the service is given this one call there.

use aws_sdk_iam::Client;
use iam_conformance::Keys;
use iam_dsl::{AccountId, Policy, policy, trust_policy};
use iam_provision::{Bundle, Ensured, Provisioner, Role, Verified};

use super::estate::same;
use wire_tests::client::{connect, writes};
use wire_tests::server::Server;

fn work(release: u64) -> Policy {
    if release == 1 {
        policy! { allow sqs:SendMessage on "arn:aws:sqs:*:*:orders"; }
    } else {
        policy! { allow sqs:{SendMessage, ReceiveMessage} on "arn:aws:sqs:*:*:orders"; }
    }
}

fn bundle(release: u64) -> Bundle {
    let trust = trust_policy! {
        allow principal Service "ec2.amazonaws.com" to sts:AssumeRole;
    };
    Bundle::new("orders").generation(release).with(
        Role::new("orders-worker", trust)
            .description("Works on orders")
            .inline("work", work(release)),
    )
}

#[tokio::test]
async fn a_service_at_moto() {
    // moto authorizes nobody: any key is root's.
    let server = Server::moto();
    let keys = server.keys().clone();
    start_two_releases(&server, &keys).await;
}

#[tokio::test]
async fn a_service_with_narrow_permissions_at_ministack() {
    let server = Server::ministack();
    let (config, _) = connect(&server.endpoint(), server.keys());
    let id = AccountId::new(server.account()).unwrap();
    let admin = Provisioner::for_account(id, &config).await.unwrap();
    let permissions = admin.ensure_permissions(&bundle(2)).unwrap();
    let iam = Client::new(&config);
    iam.create_user().user_name("service").send().await.unwrap();
    iam.put_user_policy()
        .user_name("service")
        .policy_name("start")
        .policy_document(permissions.as_json())
        .send()
        .await
        .unwrap();
    let creates = policy! { allow iam:CreatePolicy on *; };
    iam.put_user_policy()
        .user_name("service")
        .policy_name("create")
        .policy_document(creates.as_json())
        .send()
        .await
        .unwrap();
    let key = iam
        .create_access_key()
        .user_name("service")
        .send()
        .await
        .unwrap();
    let key = key.access_key().unwrap();
    let keys = Keys {
        id: key.access_key_id().to_owned(),
        secret: key.secret_access_key().to_owned(),
        token: None,
    };
    start_two_releases(&server, &keys).await;

    // And nothing beyond it.
    let (config, _) = connect(&server.endpoint(), &keys);
    let refused = Client::new(&config).list_roles().send().await;
    assert!(refused.is_err(), "the service may list roles");
}

async fn start_two_releases(server: &Server, keys: &Keys) {
    let (config, calls) = connect(&server.endpoint(), keys);
    let id = AccountId::new(server.account()).unwrap();
    let service = Provisioner::for_account(id, &config).await.unwrap();
    let (admin, _) = connect(&server.endpoint(), server.keys());
    let iam = Client::new(&admin);
    for release in [1, 2] {
        let ensured = service.ensure(&bundle(release)).await.unwrap();
        assert!(matches!(ensured, Ensured::Applied { .. }), "{ensured}");
        let stored = iam
            .get_role_policy()
            .role_name("orders-worker")
            .policy_name("work")
            .send()
            .await
            .unwrap();
        assert!(same(stored.policy_document(), work(release).as_json()));
        calls.take();
        assert_eq!(
            service.ensure(&bundle(release)).await.unwrap(),
            Ensured::Unchanged
        );
        assert!(service.verify(&bundle(release)).await.unwrap().matches());
        let again = calls.take();
        assert!(again.iter().all(|call| !writes(call)), "{again:?}");
        assert!(
            !again.iter().any(|call| call.contains("Account")),
            "{again:?}"
        );
    }
    assert_eq!(
        service.ensure(&bundle(1)).await.unwrap(),
        Ensured::Behind { generation: 2 }
    );
    let Verified::Behind { generation: 2 } = service.verify(&bundle(1)).await.unwrap() else {
        panic!("an older release is behind");
    };
    let role = iam
        .get_role()
        .role_name("orders-worker")
        .send()
        .await
        .unwrap();
    let role = role.role().unwrap();
    assert_eq!(role.description(), Some("Works on orders"));
}
