//! Requests aimed at the statements of a policy.

use std::time::{Duration, UNIX_EPOCH};

use iam_dsl_core::{
    Document, Operator, OperatorFamily, PrincipalType, Principals, Qualifier, Statement, date,
};
use ipnet::IpNet;
use proptest::prelude::*;
use proptest::sample::select;

use super::requests;
use crate::{Context, ContextValue, Principal, Request};

/// The name that stands for `${aws:username}`.
const USER: &str = "Adele";

/// A request that meets one of the policy's statements in most cases, or misses
/// it by little: wildcards stand for nothing, one character or more, numbers,
/// dates and networks are met at their boundaries and just beyond, keys are
/// missing. Without statements it is as [`request`](super::request).
///
/// ```
/// use iam_dsl::testing::aimed;
/// use iam_dsl::{Authorizer, Policy, policy};
/// use proptest::prelude::*;
/// use proptest::test_runner::TestRunner;
///
/// static OFFICE: Policy = policy! {
///     allow s3:Get* on "arn:aws:s3:::assets/*" when IpAddress { aws:SourceIp: "203.0.113.0/24" };
/// };
/// let authorizer = Authorizer::new().identity(&OFFICE);
/// TestRunner::default().run(&aimed(OFFICE.document()), |request| {
///     if authorizer.decide(&request).is_allowed() {
///         prop_assert!(request.action().starts_with("s3:Get"));
///     }
///     Ok(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn aimed(document: &Document) -> BoxedStrategy<Request> {
    let statements: Vec<Statement> = document.statements().to_vec();
    if statements.is_empty() {
        return requests::request().boxed();
    }
    select(statements)
        .prop_flat_map(|statement| at(&statement))
        .boxed()
}

fn at(statement: &Statement) -> impl Strategy<Value = Request> + use<> {
    let actions: Vec<String> = statement
        .actions()
        .iter()
        .map(|action| action.as_str().to_owned())
        .collect();
    // What is left out by name is met anywhere else.
    let action = match actions.is_empty() {
        true => concrete(vec!["made-up:Nothing".to_owned()]),
        false => concrete(actions),
    };
    let resources: Vec<String> = statement
        .resources()
        .unwrap_or_default()
        .iter()
        .map(|resource| resource.as_str().to_owned())
        .collect();
    let resource = match resources.is_empty() {
        true => concrete(vec!["arn:aws:s3:::assets/logo.svg".to_owned()]),
        false => concrete(resources),
    };
    let conditions: Vec<_> = statement
        .conditions()
        .map(|conditions| {
            conditions
                .iter()
                .map(|(operator, entry)| {
                    let texts = entry.values.iter().map(|value| value.text().into_owned());
                    values(operator, texts.collect()).prop_map({
                        let key = entry.key.clone();
                        move |values| (key.clone(), values)
                    })
                })
                .collect()
        })
        .unwrap_or_default();
    (action, resource, principal(statement), conditions).prop_filter_map(
        "a request is read",
        |(action, resource, principal, values)| {
            // A pattern without service or ARN stands for any of them.
            let action = match action.contains(':') {
                true => action,
                false => "s3:GetObject".to_owned(),
            };
            let resource = match resource.starts_with("arn:") {
                true => resource,
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
}

/// Text of one of the patterns; now and then with something more at its end.
fn concrete(patterns: Vec<String>) -> BoxedStrategy<String> {
    let fill = select(&["x", "", "x1"][..]);
    let more = prop_oneof![7 => Just(""), 1 => Just("y")];
    (select(patterns), fill, more)
        .prop_map(|(pattern, fill, more)| {
            let pattern = variables(&pattern);
            let mut text = pattern.replace('?', "x").replace('*', fill);
            // An action or a bucket's key is not empty.
            if text.ends_with([':', '/']) {
                text.push('x');
            }
            text + more
        })
        .boxed()
}

/// The text with each variable replaced by a value.
fn variables(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (variable, behind) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(before);
        out.push_str(match variable {
            "*" | "?" | "$" => variable,
            _ => USER,
        });
        rest = behind;
    }
    out + rest
}

/// One of those whom the statement names, or a user.
fn principal(statement: &Statement) -> BoxedStrategy<Principal> {
    let user = format!("arn:aws:iam::111122223333:user/{USER}");
    let mut known: Vec<Principal> = Vec::new();
    if let Some(Principals::Map(_)) = statement.principal() {
        for (kind, text) in statement.principal().into_iter().flat_map(Principals::iter) {
            let parsed = match kind {
                PrincipalType::Federated => Principal::federated_provider(text),
                _ if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                    format!("arn:aws:iam::{text}:user/{USER}").parse()
                }
                _ => text.parse(),
            };
            known.extend(parsed.ok());
        }
    }
    if known.is_empty() {
        known.extend(user.parse().ok());
    }
    prop_oneof![7 => select(known), 1 => requests::principal()].boxed()
}

/// Values of a key at the boundaries of what the condition asks for; none where
/// the key is missing.
fn values(operator: Operator, wanted: Vec<String>) -> BoxedStrategy<Vec<ContextValue>> {
    let mut near: Vec<ContextValue> = Vec::new();
    for text in &wanted {
        boundaries(operator.comparison.family(), text, &mut near);
    }
    if near.is_empty() {
        near.push("x".into());
    }
    let most = match operator.qualifier {
        None => 1,
        Some(Qualifier::ForAllValues | Qualifier::ForAnyValue) => 2,
    };
    let missing = match operator.comparison.family() {
        OperatorFamily::Null => 4,
        _ => 1,
    };
    prop_oneof![
        7 => prop::collection::vec(select(near), 1..=most),
        missing => Just(Vec::new()),
    ]
    .boxed()
}

fn boundaries(family: OperatorFamily, text: &str, near: &mut Vec<ContextValue>) {
    match family {
        OperatorFamily::String | OperatorFamily::Arn => {
            let text = variables(text).replace('?', "x");
            near.push(text.replace('*', "x").into());
            near.push(text.replace('*', "").into());
            near.push(format!("{text}y").into());
        }
        OperatorFamily::Numeric => match text.parse::<i64>() {
            Ok(number) => near.extend([
                number.into(),
                number.saturating_sub(1).into(),
                number.saturating_add(1).into(),
            ]),
            Err(_) => near.push(text.into()),
        },
        OperatorFamily::Date => {
            near.push(text.into());
            let seconds = date::parse(text).map(|nanoseconds| nanoseconds / 1_000_000_000);
            let seconds = seconds.and_then(|seconds| u64::try_from(seconds).ok());
            for moved in [
                seconds.and_then(|s| s.checked_sub(1)),
                seconds.map(|s| s.saturating_add(1)),
            ] {
                let instant = moved.and_then(|s| UNIX_EPOCH.checked_add(Duration::from_secs(s)));
                near.extend(instant.map(ContextValue::from));
            }
        }
        OperatorFamily::Bool => near.extend([text == "true", text != "true"].map(Into::into)),
        OperatorFamily::Null => near.push("x".into()),
        OperatorFamily::IpAddress => network(text, near),
        OperatorFamily::Binary => near.push(text.into()),
    }
}

/// The first and last address of a network, and those just outside.
fn network(text: &str, near: &mut Vec<ContextValue>) {
    let Ok(net) = text.parse::<IpNet>() else {
        near.push(text.into());
        return;
    };
    match net {
        IpNet::V4(net) => {
            let (first, last) = (net.network().to_bits(), net.broadcast().to_bits());
            for bits in [first, last, first.saturating_sub(1), last.saturating_add(1)] {
                near.push(std::net::Ipv4Addr::from_bits(bits).into());
            }
        }
        IpNet::V6(net) => {
            let (first, last) = (net.network().to_bits(), net.broadcast().to_bits());
            for bits in [first, last, first.saturating_sub(1), last.saturating_add(1)] {
                near.push(std::net::Ipv6Addr::from_bits(bits).into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use iam_dsl_core::PolicyKind;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    use super::*;
    use crate::Authorizer;
    use crate::testing::document;

    /// How many of a thousand aimed requests meet a statement of their policy,
    /// and how many meet none.
    fn met(kind: PolicyKind, add: fn(Authorizer, &Document) -> Authorizer) -> usize {
        let mut runner = TestRunner::deterministic();
        (0..1_000)
            .filter(|_| {
                let document = document(kind).new_tree(&mut runner).unwrap().current();
                let request = aimed(&document).new_tree(&mut runner).unwrap().current();
                let decision = add(Authorizer::new(), &document).decide(&request);
                decision
                    .statements()
                    .iter()
                    .any(|report| report.unmatched.is_none())
            })
            .count()
    }

    #[test]
    fn a_good_share_meets_a_statement_and_a_good_share_does_not() {
        for (kind, add) in [
            (
                PolicyKind::Identity,
                Authorizer::identity as fn(Authorizer, &Document) -> Authorizer,
            ),
            (PolicyKind::Resource, Authorizer::resource),
        ] {
            let met = met(kind, add);
            assert!((300..950).contains(&met), "{kind:?}: {met} of 1000");
        }
    }

    #[test]
    fn networks_are_met_at_their_ends() {
        let mut near = Vec::new();
        network("203.0.113.0/24", &mut near);
        let texts: Vec<&str> = near.iter().map(ContextValue::text).collect();
        assert_eq!(
            texts,
            [
                "203.0.113.0",
                "203.0.113.255",
                "203.0.112.255",
                "203.0.114.0"
            ]
        );
    }
}
