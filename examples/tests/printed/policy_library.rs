//! A library of policies, tested with properties: what must hold of every request
//! is said once, and `iam_dsl::testing` looks for a request for which it does not.
//!
//! The library is what a team keeps in one crate: policies as constants, one that
//! is made for a bucket, and a boundary. A property that fails is shrunk to the
//! plainest request that shows it.

use iam_dsl::testing::{aimed, document};
use iam_dsl::{
    Authorizer, BoundaryPolicy, Outcome, Policy, PolicyKind, Request, Segment, boundary_policy,
    policy,
};
use proptest::prelude::*;
use proptest::test_runner::{TestError, TestRunner};

/// Given to every user.
static GUARD: Policy = policy! {
    "KeepBackups": deny s3:{DeleteObject, DeleteBucket} on ["arn:aws:s3:::backups", "arn:aws:s3:::backups/*"];
    "OnlyOverTls": deny s3:* on * when Bool { aws:SecureTransport: false };
};

/// What a developer may have at most.
static AT_MOST: BoundaryPolicy = boundary_policy! {
    "Work": allow [s3:*, sqs:*] on *;
    "NoIdentity": deny iam:* on *;
};

/// Reading and writing below a user's own prefix of a bucket.
fn home(bucket: &Segment) -> Policy {
    policy! {
        "Home": allow s3:{GetObject, PutObject} on "arn:aws:s3:::{bucket}/home/${aws:username}/*"
            when Bool { aws:SecureTransport: true };
    }
}

/// The same request by one user: whoever else asks is another property.
fn by_adele(request: Request) -> Request {
    request.principal("arn:aws:iam::111122223333:user/Adele".parse().unwrap())
}

fn below_her_home(request: &Request) -> bool {
    request
        .resource()
        .starts_with("arn:aws:s3:::team/home/Adele/")
}

#[test]
fn the_guard_only_takes() {
    let requests = (document(PolicyKind::Identity), aimed(GUARD.document()));
    TestRunner::default()
        .run(&requests, |(other, request)| {
            let plain = Authorizer::new().identity(&other);
            let guarded = plain.clone().identity(&GUARD);
            prop_assert!(
                plain.decide(&request).is_allowed() || !guarded.decide(&request).is_allowed()
            );
            Ok(())
        })
        .unwrap();
}

#[test]
fn nobody_deletes_a_backup_whatever_else_is_allowed() {
    let everything: Policy = policy! { allow * on *; };
    let guarded = Authorizer::new().identity(&everything).identity(&GUARD);
    TestRunner::default()
        .run(&aimed(GUARD.document()), |request| {
            let request = by_adele(request);
            let backup = request.resource().starts_with("arn:aws:s3:::backups/");
            if backup && request.action() == "s3:DeleteObject" {
                let decision = guarded.decide(&request);
                prop_assert_eq!(decision.outcome(), Outcome::ExplicitDeny, "{}", decision);
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_home_is_its_users_alone() {
    let policy = home(&"team".parse().unwrap());
    let authorizer = Authorizer::new().identity(&policy).boundary(&AT_MOST);
    TestRunner::new(ProptestConfig::with_cases(1_000))
        .run(&aimed(policy.document()), |request| {
            let request = by_adele(request);
            let decision = authorizer.decide(&request);
            prop_assert!(
                !decision.is_allowed() || below_her_home(&request),
                "{decision}"
            );
            Ok(())
        })
        .unwrap();
    // A property that no request tries proves nothing.
    let mut runner = TestRunner::deterministic();
    let requests = (0..200).map(|_| aimed(policy.document()).new_tree(&mut runner).unwrap());
    let allowed =
        requests.filter(|tree| authorizer.outcome(&by_adele(tree.current())) == Outcome::Allow);
    assert!(allowed.count() > 20);
}

/// A slip: the slash before the star is missing, so that Adele also reads what
/// belongs to Adele2. The property finds it, and shrinks it to one request.
#[test]
fn a_slip_is_found_and_shrunk() {
    let slip: Policy = policy! {
        allow s3:GetObject on "arn:aws:s3:::team/home/${aws:username}*";
    };
    let authorizer = Authorizer::new().identity(&slip);
    let result = TestRunner::deterministic().run(&aimed(slip.document()), |request| {
        let request = by_adele(request);
        prop_assert!(!authorizer.decide(&request).is_allowed() || below_her_home(&request));
        Ok(())
    });
    let Err(TestError::Fail(_, request)) = result else {
        panic!("the slip is not found");
    };
    assert_eq!(
        by_adele(request).to_string(),
        "s3:GetObject on arn:aws:s3:::team/home/Adelex by arn:aws:iam::111122223333:user/Adele"
    );
}
