//! What cannot be leased is refused before any call.

use iam_provision::lease::{Asked, Grant};
use iam_provision::session::Session;
use iam_provision::{ErrorKind, PolicyRef};

use super::{MINUTE, Stage, inline};
use crate::support::allow;

#[tokio::test]
async fn everything_wrong_at_once_and_no_call() {
    let stage = Stage::new().await;
    let leases = stage.leases().await;
    let role = Session::assume("arn:aws:iam::111122223333:role/data");
    let cases: Vec<(Grant, &str)> = vec![
        (Grant::user("nothing"), "gives nothing"),
        (
            inline().ttl(MINUTE * 300),
            "the first must not be over the second",
        ),
        (inline().ttl(MINUTE / 2), "a minute is the least"),
        (
            inline().attach("ReadOnly"),
            "is not the ARN of a managed policy",
        ),
        (inline().attach(PolicyRef::own("mine")), "one of a bundle"),
        (
            inline().inline("iam-provision-lease-expiry", allow("s3:*")),
            "the one that ends the lease",
        ),
        (inline().tag("aws:x", "y"), "reserved by AWS"),
        (
            (0..11).fold(inline(), |grant, n| grant.group(&format!("g{n}"))),
            "11 groups",
        ),
        (
            (0..11).fold(inline(), |grant, _| {
                grant.attach(PolicyRef::aws("AmazonS3FullAccess"))
            }),
            "11 managed policies",
        ),
        (
            (0..30).fold(inline(), |grant, n| {
                grant.inline(&format!("p{n}"), allow("s3:*"))
            }),
            "of inline policies",
        ),
        (
            Grant::session("s", role.clone()).group("g"),
            "a session is in no group",
        ),
        (
            Grant::session("s", role.clone()).ttl(MINUTE * 5),
            "15 min to 12 h",
        ),
        (
            Grant::session("s", role).inline("i", allow("s3:*")),
            "no inline policy",
        ),
    ];
    for (grant, says) in cases {
        let error = leases
            .issue(&grant, &Asked::by("ann"), &stage.sink)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(error.to_string().contains(says), "{says} in {error}");
    }
    for asked in [Asked::by(""), Asked::by("ann").because("50% off")] {
        let error = leases
            .issue(&inline(), &asked, &stage.sink)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
    }
    assert!(leases.clone().under("/").is_err());
    assert!(stage.sandbox.calls().is_empty());
    assert_eq!(stage.sink.len(), 0);
}

#[tokio::test]
async fn a_policy_that_is_not_there_leaves_nothing() {
    let stage = Stage::new().await;
    let leases = stage.leases().await;
    let grant = inline().attach("arn:aws:iam::111122223333:policy/missing");
    let error = leases
        .issue(&grant, &Asked::by("ann"), &stage.sink)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("has been removed"), "{error}");
    assert!(stage.traces().await.is_empty());
    assert_eq!(stage.sink.len(), 0);
}

/// Users that are no leases are neither listed nor touched.
#[tokio::test]
async fn others_are_left_alone() {
    let stage = Stage::new().await;
    let leases = stage.leases().await;
    let lease = leases
        .issue(&inline(), &Asked::by("ann"), &stage.sink)
        .await
        .unwrap();
    // Under the path without the marks, with copied marks, and elsewhere.
    stage
        .iam
        .create_user()
        .user_name("plain")
        .path("/iam-provision/leases/")
        .send()
        .await
        .unwrap();
    let user = stage
        .iam
        .get_user()
        .user_name(lease.id())
        .send()
        .await
        .unwrap();
    let tags = user.user().unwrap().tags().to_vec();
    for (name, path) in [
        ("copy", "/iam-provision/leases/"),
        (lease.id(), "/elsewhere/"),
    ] {
        if name == "copy" {
            stage
                .iam
                .create_user()
                .user_name(name)
                .path(path)
                .set_tags(Some(tags.clone()))
                .send()
                .await
                .unwrap();
        }
    }
    stage.sandbox.advance(MINUTE * 60 * 24);
    assert_eq!(leases.reap().await.unwrap().removed(), [lease.id()]);
    let mut left = stage.traces().await;
    left.sort();
    assert_eq!(left, ["user copy", "user plain"]);
    let error = leases.revoke_by_id("plain").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
