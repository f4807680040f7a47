//! Names of leases.

use iam_provision::ErrorKind;
use iam_provision::lease::{Asked, Grant};

use super::{Stage, inline};

#[tokio::test]
async fn templates() {
    let stage = Stage::new().await;
    let leases = stage.leases().await;
    let lease = leases
        .issue(&inline(), &Asked::by("Ann Müller"), &stage.sink)
        .await
        .unwrap();
    assert!(
        lease.id().starts_with("lease-inline-Ann-M-ller-"),
        "{}",
        lease.id()
    );
    let named = inline().name_template("vault.{by}+{id}");
    let lease = leases
        .issue(&named, &Asked::by("bob"), &stage.sink)
        .await
        .unwrap();
    assert!(lease.id().starts_with("vault.bob+"), "{}", lease.id());
    // What is too long gives way, and names never meet.
    let long = Asked::by(&"x".repeat(200));
    let first = leases.issue(&inline(), &long, &stage.sink).await.unwrap();
    let second = leases.issue(&inline(), &long, &stage.sink).await.unwrap();
    assert!(first.id().len() <= 64 && first.id() != second.id());
    for template in ["fixed", "{id}-{nobody}", "a/b-{id}"] {
        let error = leases
            .issue(
                &Grant::name_template(inline(), template),
                &Asked::by("ann"),
                &stage.sink,
            )
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{template}");
        assert!(error.to_string().contains("name template"), "{error}");
    }
}

/// A federated user's name has 2 to 32 characters; that of its grant need not.
#[test]
fn a_federated_users_grant_may_be_short_or_long() {
    for name in ["f", &"g".repeat(64)] {
        iam_provision::lease::Grant::federation(name)
            .policy(&iam_dsl::session_policy! { allow s3:GetObject on "arn:aws:s3:::b/*"; })
            .check()
            .unwrap();
    }
}
