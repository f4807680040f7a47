//! Requests over the vocabulary of the documents.

use proptest::prelude::*;
use proptest::sample::select;

use crate::{Context, Principal, Request};

const ACTIONS: &[&str] = &[
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "sqs:SendMessage",
    "sts:AssumeRole",
    "made-up:Nothing",
];
const RESOURCES: &[&str] = &[
    "arn:aws:s3:::assets/logo.svg",
    "arn:aws:s3:::assets/Adele/notes",
    "arn:aws:s3:::other/logo.svg",
    "arn:aws:sqs:eu-west-1:111122223333:jobs",
    "arn:aws:iam::111122223333:role/deploy",
];

/// Somebody: a user, a session of a role, an account's root, a service, nobody.
pub(super) fn principal() -> impl Strategy<Value = Principal> {
    let known = [
        "arn:aws:iam::111122223333:user/Adele",
        "arn:aws:sts::111122223333:assumed-role/deploy/run",
        "arn:aws:iam::444455556666:user/Bob",
        "arn:aws:iam::111122223333:root",
        "ec2.amazonaws.com",
    ];
    let mut principals: Vec<Principal> =
        known.iter().filter_map(|text| text.parse().ok()).collect();
    principals.push(Principal::anonymous());
    select(principals)
}

/// A request of somebody, for something that documents speak of or do not.
///
/// ```
/// use iam_dsl::testing::{document, request};
/// use iam_dsl::{Authorizer, PolicyKind};
/// use proptest::prelude::*;
/// use proptest::test_runner::TestRunner;
///
/// TestRunner::default().run(&(document(PolicyKind::Identity), request()), |(policy, request)| {
///     let authorizer = Authorizer::new().identity(&policy);
///     prop_assert_eq!(authorizer.decide(&request).outcome(), authorizer.outcome(&request));
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn request() -> impl Strategy<Value = Request> {
    (
        select(ACTIONS),
        select(RESOURCES),
        principal(),
        prop::option::of(any::<bool>()),
        prop::option::of(select(&["eu-west-1", "us-east-1"][..])),
        prop::option::of(select(&["203.0.113.7", "198.51.100.7", "2001:db8::1"][..])),
    )
        .prop_filter_map(
            "a request is read",
            |(action, resource, principal, tls, region, address)| {
                let mut context = Context::new();
                if let Some(tls) = tls {
                    context = context.with("aws:SecureTransport", tls);
                }
                if let Some(region) = region {
                    context = context.with("aws:RequestedRegion", region);
                }
                if let Some(address) = address {
                    context = context.with("aws:SourceIp", address);
                }
                let request = Request::new(action, resource).ok()?;
                Some(request.principal(principal).context(context))
            },
        )
}
