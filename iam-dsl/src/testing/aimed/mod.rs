//! Requests aimed at the statements of a policy.

mod keys;
mod texts;
mod values;

use iam_dsl_core::{Document, PrincipalType, Principals, Statement};
use proptest::prelude::*;
use proptest::sample::select;

use self::texts::{Texts, USER};
use super::requests;
use crate::{Context, Principal, Request};

/// A request that meets one of the policy's statements in most cases, or misses
/// it by little, for policies of every kind.
///
/// Wildcards stand for nothing, one character, or a further segment; texts differ
/// in one character or in its case; numbers, dates and networks are met at their
/// boundaries and just beyond; keys are missing. Of `NotAction`, `NotResource` and
/// `NotPrincipal` what they list is met as often as what they leave. Without
/// statements it is as [`request`](super::request).
///
/// ```
/// use iam_dsl::testing::aimed;
/// use iam_dsl::{Authorizer, Policy, Principal, policy};
/// use proptest::prelude::*;
/// use proptest::test_runner::TestRunner;
///
/// static OFFICE: Policy = policy! {
///     allow s3:Get* on "arn:aws:s3:::assets/*" when IpAddress { aws:SourceIp: "203.0.113.0/24" };
/// };
/// let authorizer = Authorizer::new().identity(&OFFICE);
/// // Requests of an account's root are among those generated, and root needs no policy.
/// let ann: Principal = "arn:aws:iam::111122223333:user/Ann".parse()?;
/// TestRunner::default().run(&aimed(OFFICE.document()), |request| {
///     let request = request.principal(ann.clone());
///     if authorizer.decide(&request).is_allowed() {
///         let action = request.action().to_ascii_lowercase(); // IAM ignores its case
///         prop_assert!(action.starts_with("s3:get"));
///     }
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn aimed(document: &Document) -> BoxedStrategy<Request> {
    let document = document.clone();
    match document.statements().len() {
        0 => requests::request().boxed(),
        count => (0..count)
            .prop_flat_map(move |place| at(&document, place))
            .boxed(),
    }
}

/// What a request asks for where the statement says nothing that names one.
const ELSEWHERE: (&[&str], &[&str]) = (
    &["s3:GetObject", "made-up:Nothing"],
    &[
        "arn:aws:s3:::assets/logo.svg",
        "arn:aws:iam::111122223333:role/deploy",
        "arn:aws:sqs:eu-west-1:111122223333:jobs",
    ],
);

fn at(document: &Document, place: usize) -> BoxedStrategy<Request> {
    let Some(statement) = document.statements().get(place) else {
        return requests::request().boxed();
    };
    let written = |patterns: &[&str]| patterns.iter().map(|&p| p.to_owned()).collect::<Vec<_>>();
    let (mut actions, resources) = ELSEWHERE;
    if statement
        .resources()
        .or(statement.not_resources())
        .is_none()
    {
        // A trust policy: all that it could speak of is STS.
        actions = &["sts:AssumeRole", "sts:SetSourceIdentity"];
    }
    let listed: Vec<&str> = statement.actions().iter().map(|a| a.as_str()).collect();
    let excepted = statement.not_actions().unwrap_or_default();
    let excepted: Vec<&str> = excepted.iter().map(|a| a.as_str()).collect();
    let action = texts(written(&listed), written(&excepted), actions);
    let listed = statement.resources().unwrap_or_default();
    let listed: Vec<&str> = listed.iter().map(|r| r.as_str()).collect();
    let excepted = statement.not_resources().unwrap_or_default();
    let excepted: Vec<&str> = excepted.iter().map(|r| r.as_str()).collect();
    let resource = texts(written(&listed), written(&excepted), resources);
    let context = keys::context(document, place);
    (action, resource, principal(statement), context)
        .prop_filter_map(
            "a request is read",
            |(action, resource, principal, values)| {
                // A pattern without service or ARN stands for any of them.
                let action = match action.contains(':') {
                    true => action,
                    false => "s3:GetObject".to_owned(),
                };
                let resource = match resource.starts_with("arn:") {
                    true => resource,
                    // The resource of a trust policy is its role.
                    false if action.to_ascii_lowercase().starts_with("sts:") => {
                        "arn:aws:iam::111122223333:role/deploy".to_owned()
                    }
                    false => "arn:aws:s3:::assets/logo.svg".to_owned(),
                };
                let context = values
                    .into_iter()
                    .fold(Context::new(), |context, (key, values)| {
                        context.with_values(&key, values)
                    });
                let request = Request::new(&action, &resource).ok()?;
                Some(request.principal(principal).context(context))
            },
        )
        .boxed()
}

/// Text that an element lists or just misses, or that one which lists exceptions
/// leaves or names.
fn texts(
    listed: Vec<String>,
    excepted: Vec<String>,
    elsewhere: &'static [&'static str],
) -> BoxedStrategy<String> {
    let others = || select(elsewhere).prop_map(str::to_owned);
    let near = |texts: Texts, covered: u32, missed: u32| match texts.missed.is_empty() {
        true => select(texts.covered).boxed(),
        false => prop_oneof![
            covered => select(texts.covered),
            missed => select(texts.missed),
        ]
        .boxed(),
    };
    match (listed.is_empty(), excepted.is_empty()) {
        (false, _) => near(Texts::of_all(&listed, true), 7, 1),
        // What is left out by name is met anywhere else.
        (true, false) => prop_oneof![
            2 => others(),
            1 => near(Texts::of_all(&excepted, true), 1, 1),
        ]
        .boxed(),
        (true, true) => select(vec!["*".to_owned()]).boxed(),
    }
}

/// One of those whom the statement names, or of the others.
fn principal(statement: &Statement) -> BoxedStrategy<Principal> {
    let user = || texts::user_arn().parse().ok();
    let listed = named(statement.principal());
    let excepted = named(statement.not_principal());
    match (listed.is_empty(), excepted.is_empty()) {
        (false, _) => prop_oneof![7 => select(listed), 1 => requests::principal()].boxed(),
        (true, false) => prop_oneof![1 => requests::principal(), 1 => select(excepted)].boxed(),
        (true, true) => {
            let known: Vec<Principal> = user().into_iter().collect();
            match known.is_empty() {
                true => requests::principal().boxed(),
                false => prop_oneof![7 => select(known), 1 => requests::principal()].boxed(),
            }
        }
    }
}

/// Those whom values name: for an account one of its users, for a role one of its
/// sessions too.
fn named(principals: Option<&Principals>) -> Vec<Principal> {
    let mut known: Vec<Principal> = Vec::new();
    let Some(principals @ Principals::Map(_)) = principals else {
        return known;
    };
    for (kind, text) in principals.iter() {
        if kind == PrincipalType::Federated {
            known.extend(Principal::federated_provider(text).ok());
            continue;
        }
        let parsed: Option<Principal> = text.parse().ok();
        let account = parsed.as_ref().and_then(Principal::account).cloned();
        match (parsed, account) {
            (Some(root), Some(account)) if root.kind() == crate::PrincipalKind::AccountRoot => {
                let user = format!("arn:aws:iam::{account}:user/{USER}");
                known.extend(user.parse().ok());
                known.push(root);
            }
            (Some(role), Some(account)) if role.kind() == crate::PrincipalKind::Role => {
                let name = text.rsplit('/').next().unwrap_or_default();
                let session = format!("arn:aws:sts::{account}:assumed-role/{name}/run");
                let session = Principal::assumed_role(&session);
                known.extend(session.and_then(|session| session.of_role(text)).ok());
                known.push(role);
            }
            (other, _) => known.extend(other),
        }
    }
    known
}

#[cfg(test)]
mod tests {
    use iam_dsl_core::PolicyKind;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{TestError, TestRunner};

    use super::*;
    use crate::Authorizer;
    use crate::testing::document;

    type Add = fn(Authorizer, &Document) -> Authorizer;

    const KINDS: [(PolicyKind, Add); 7] = [
        (PolicyKind::Identity, |a, d| a.identity(d)),
        (PolicyKind::Trust, |a, d| a.trust(d)),
        (PolicyKind::Resource, |a, d| a.resource(d)),
        (PolicyKind::Boundary, |a, d| a.boundary(d)),
        (PolicyKind::Session, |a, d| a.session(d)),
        (PolicyKind::ServiceControl, |a, d| {
            a.service_control_level([d])
        }),
        (PolicyKind::ResourceControl, |a, d| {
            a.resource_control_level([d])
        }),
    ];

    /// How many of a thousand aimed requests meet a statement of their policy.
    fn met(kind: PolicyKind, add: Add) -> usize {
        let mut runner = TestRunner::deterministic();
        (0..1_000)
            .filter(|_| {
                let document = document(kind).new_tree(&mut runner).unwrap().current();
                let request = aimed(&document).new_tree(&mut runner).unwrap().current();
                meets(&add(Authorizer::new(), &document), &request)
            })
            .count()
    }

    fn meets(authorizer: &Authorizer, request: &Request) -> bool {
        let statements = authorizer.decide(request).statements();
        statements.iter().any(|report| report.unmatched.is_none())
    }

    #[test]
    fn a_good_share_meets_a_statement_of_every_kind_and_a_good_share_does_not() {
        for (kind, add) in KINDS {
            let met = met(kind, add);
            assert!((300..950).contains(&met), "{kind:?}: {met} of 1000");
        }
    }

    /// Of each form of a statement that leaves something out: both sides are met.
    #[test]
    fn what_is_left_out_is_aimed_at_from_both_sides() {
        let account = r#""AWS":"111122223333""#;
        for (add, statement) in [
            (
                KINDS[0].1,
                r#"{"Effect":"Allow","NotAction":["iam:*","s3:GetObject"],"Resource":"*"}"#
                    .to_owned(),
            ),
            (
                KINDS[0].1,
                r#"{"Effect":"Deny","Action":"s3:*","NotResource":"arn:aws:s3:::assets/*"}"#
                    .to_owned(),
            ),
            (
                KINDS[2].1,
                format!(
                    r#"{{"Effect":"Deny","NotPrincipal":{{"AWS":["111122223333","arn:aws:iam::111122223333:user/{USER}"]}},"Action":"s3:*","Resource":"*"}}"#
                ),
            ),
            (
                KINDS[1].1,
                format!(
                    r#"{{"Effect":"Allow","Principal":{{{account}}},"NotAction":"sts:TagSession"}}"#
                ),
            ),
        ] {
            let text = format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#);
            let document = Document::from_json(&text).unwrap();
            let authorizer = add(Authorizer::new(), &document);
            assert_often_met(&document, &authorizer);
        }
    }

    /// Requests aimed at the document are met and missed, neither seldom.
    fn assert_often_met(document: &Document, authorizer: &Authorizer) {
        let mut runner = TestRunner::deterministic();
        let met = (0..400)
            .filter(|_| {
                let request = aimed(document).new_tree(&mut runner).unwrap().current();
                meets(authorizer, &request)
            })
            .count();
        assert!((40..360).contains(&met), "{document}: {met} of 400");
    }

    /// Statements whose parts depend on one another are met as well.
    #[test]
    fn variables_and_several_conditions_on_a_key_are_met() {
        for rest in [
            r#""Resource":"arn:aws:s3:::b/${aws:PrincipalTag/team}/*""#,
            r#""Resource":"arn:aws:s3:::${aws:PrincipalAccount}-logs/*""#,
            r#""Resource":"arn:aws:s3:::b/${aws:PrincipalTag/team, 'none'}""#,
            r#""Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/Team":"${aws:PrincipalTag/Team}"}}"#,
            r#""Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]},"Null":{"aws:TagKeys":"false"}}"#,
            r#""Resource":"*","Condition":{"StringEquals":{"x:a":"1"},"StringLike":{"x:b":"2*"},"Bool":{"x:c":"true"},"NumericEquals":{"x:e":"5"}}"#,
            r#""Resource":"*","Condition":{"NotIpAddress":{"x:a":"0.0.0.0/1"},"Null":{"x:b":"true"},"StringNotLike":{"x:c":["a*","b"]}}"#,
            r#""Resource":"*","Condition":{"NumericGreaterThan":{"s3:max-keys":"1"},"NumericLessThan":{"s3:max-keys":"9"}}"#,
        ] {
            let text = format!(
                r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"s3:GetObject",{rest}}}}}"#
            );
            let document = Document::from_json(&text).unwrap();
            let authorizer = Authorizer::new().identity(&document);
            assert_often_met(&document, &authorizer);
        }
    }

    #[test]
    fn what_a_failing_test_prints_is_short() {
        let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
        let document = Document::from_json(text).unwrap();
        assert_eq!(format!("{document:#?}"), format!("Document({text})"));
        let request = Request::new("s3:GetObject", "arn:aws:s3:::b/k")
            .unwrap()
            .principal("arn:aws:iam::111122223333:user/Adele".parse().unwrap())
            .context(
                Context::new()
                    .with("aws:SecureTransport", true)
                    .with("aws:SourceIp", "10.0.0.1"),
            );
        assert_eq!(
            format!("{request:?}"),
            r#"Request { action: "s3:GetObject", resource: "arn:aws:s3:::b/k", principal: "arn:aws:iam::111122223333:user/Adele", context: {"aws:securetransport": [true], "aws:sourceip": ["10.0.0.1"]} }"#
        );
    }

    /// The policy and the request that are left when a property fails.
    fn minimal(kind: PolicyKind, add: Add, holds: fn(&Authorizer, &Request) -> bool) -> String {
        let both = document(kind).prop_flat_map(|document| (aimed(&document), Just(document)));
        let result = TestRunner::deterministic().run(&both, |(request, document)| {
            prop_assert!(holds(&add(Authorizer::new(), &document), &request));
            Ok(())
        });
        match result {
            Err(TestError::Fail(_, (request, document))) => format!("{document} / {request}"),
            other => panic!("the property should fail: {other:?}"),
        }
    }

    #[test]
    fn shrinking_leaves_one_plain_statement_and_one_plain_request() {
        let user = "arn:aws:iam::111122223333:user/Adele";
        let allowed = minimal(PolicyKind::Identity, KINDS[0].1, |a, r| {
            !a.decide(r).is_allowed()
        });
        assert_eq!(
            allowed,
            format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::assets/logo.svg"}}]}} / s3:GetObject on arn:aws:s3:::assets/logo.svg by {user}"#
            )
        );
        let denied = minimal(PolicyKind::Identity, KINDS[0].1, |a, r| {
            a.decide(r).outcome() != crate::Outcome::ExplicitDeny
        });
        assert_eq!(denied, allowed.replace(r#""Allow""#, r#""Deny""#));
        let trusted = minimal(PolicyKind::Trust, KINDS[1].1, |a, r| {
            !a.decide(r).is_allowed()
        });
        assert_eq!(
            trusted,
            format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{user}"}},"Action":"sts:AssumeRole"}}]}} / sts:AssumeRole on arn:aws:iam::111122223333:role/deploy by {user}"#
            )
        );
        let controlled = minimal(PolicyKind::ResourceControl, KINDS[6].1, |a, r| {
            a.decide(r).outcome() != crate::Outcome::ExplicitDeny
        });
        assert_eq!(
            controlled,
            format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::assets/logo.svg"}}]}} / s3:GetObject on arn:aws:s3:::assets/logo.svg by {user}"#
            )
        );
    }
}
