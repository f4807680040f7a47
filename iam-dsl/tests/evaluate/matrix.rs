//! Every operator with every modifier, in an Allow and in a Deny, for a key that
//! is missing, matches, does not match, or has several values: what the table
//! says is read off the guide, word for word, and not off the evaluator.

use iam_dsl::{
    Authorizer, Comparison, Context, Document, Layer, Operator, OperatorFamily, Outcome, Qualifier,
    Request,
};
use serde_json::json;

/// A value of the policy, one of the request that meets it, and one that does not.
fn values(comparison: Comparison) -> (&'static str, &'static str, &'static str) {
    match comparison {
        Comparison::StringEquals | Comparison::StringNotEquals => ("a", "a", "A"),
        Comparison::StringEqualsIgnoreCase | Comparison::StringNotEqualsIgnoreCase => {
            ("a", "A", "b")
        }
        Comparison::StringLike | Comparison::StringNotLike => ("a*", "ab", "ba"),
        Comparison::NumericEquals | Comparison::NumericNotEquals => ("5", "5.0", "6"),
        Comparison::NumericLessThan => ("5", "4", "5"),
        Comparison::NumericLessThanEquals => ("5", "5", "6"),
        Comparison::NumericGreaterThan => ("5", "6", "5"),
        Comparison::NumericGreaterThanEquals => ("5", "5", "4"),
        Comparison::DateEquals | Comparison::DateNotEquals => {
            ("2020-01-01T00:00:00Z", "1577836800", "2020-01-02T00:00:00Z")
        }
        Comparison::DateLessThan => ("2020-01-02", "2020-01-01", "2020-01-02"),
        Comparison::DateLessThanEquals => ("2020-01-02", "2020-01-02", "2020-01-03"),
        Comparison::DateGreaterThan => ("2020-01-02", "2020-01-03", "2020-01-02"),
        Comparison::DateGreaterThanEquals => ("2020-01-02", "2020-01-02", "2020-01-01"),
        Comparison::Bool => ("true", "true", "false"),
        Comparison::BinaryEquals => ("QUJD", "QUJD", "QUJE"),
        Comparison::IpAddress | Comparison::NotIpAddress => {
            ("203.0.113.0/24", "203.0.113.7", "198.51.100.7")
        }
        Comparison::ArnEquals
        | Comparison::ArnLike
        | Comparison::ArnNotEquals
        | Comparison::ArnNotLike => ("arn:aws:s3:::b*", "arn:aws:s3:::bucket", "arn:aws:s3:::a"),
        Comparison::Null => ("true", "true", "false"),
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Given {
    Missing,
    Meets,
    Differs,
    Both,
}

/// What the guide says; `None` where it does not say.
fn expected(operator: Operator, given: Given) -> Option<bool> {
    let negated = operator.comparison.as_str().contains("Not");
    match (operator.qualifier, given) {
        // "It also returns true if there are no context keys in the request."
        (Some(Qualifier::ForAllValues), Given::Missing) => Some(true),
        // "If the key does not exist, the condition returns false."
        (Some(Qualifier::ForAnyValue), Given::Missing) => Some(false),
        // "If the key is not present, evaluate the condition element as true."
        (None, Given::Missing) if operator.if_exists => Some(true),
        // "If the policy condition requires that the key is not matched, and the
        // right key is not present, the condition is true."
        (None, Given::Missing) => Some(negated),
        (_, Given::Meets) => Some(!negated),
        (_, Given::Differs) => Some(negated),
        // Of "meets" and "differs" one holds and one does not.
        (Some(Qualifier::ForAllValues), Given::Both) => Some(false),
        (Some(Qualifier::ForAnyValue), Given::Both) => Some(true),
        // "Multivalued context keys require a condition set operator."
        (None, Given::Both) => None,
    }
}

#[test]
fn every_operator_with_every_modifier() {
    let mut count = 0;
    for &comparison in Comparison::ALL {
        if comparison.family() == OperatorFamily::Null {
            continue;
        }
        let (wanted, meets, differs) = values(comparison);
        for qualifier in [
            None,
            Some(Qualifier::ForAllValues),
            Some(Qualifier::ForAnyValue),
        ] {
            for if_exists in [false, true] {
                let operator = Operator {
                    qualifier,
                    comparison,
                    if_exists,
                };
                for given in [Given::Missing, Given::Meets, Given::Differs, Given::Both] {
                    let context = context(given, meets, differs);
                    let holds = expected(operator, given);
                    for effect in ["Allow", "Deny"] {
                        let document = json!({"Version": "2012-10-17", "Statement": {
                            "Effect": effect, "Action": "*", "Resource": "*", "Condition": {operator.to_string(): {"x:key": wanted}}
                        }});
                        let document = Document::from_json(&document.to_string()).unwrap();
                        let request = Request::new("s3:GetObject", "arn:aws:s3:::b/k")
                            .unwrap()
                            .context(context.clone());
                        let outcome = Authorizer::new()
                            .identity(&document)
                            .decide(&request)
                            .outcome();
                        let matches = match holds {
                            Some(holds) => holds,
                            // Never allows, always denies.
                            None => effect == "Deny",
                        };
                        let wanted = match (matches, effect) {
                            (false, _) => Outcome::ImplicitDeny,
                            (true, "Allow") => Outcome::Allow,
                            (true, _) => Outcome::ExplicitDeny,
                        };
                        assert_eq!(outcome, wanted, "{effect} {operator} {given:?}");
                        count += 1;
                    }
                }
            }
        }
    }
    assert_eq!(count, (Comparison::ALL.len() - 1) * 3 * 2 * 4 * 2);
}

/// Every operator with every modifier counts in every layer as it does in an
/// identity policy: a denial there, for a key that is missing or present.
#[test]
fn every_operator_with_every_modifier_in_every_layer() {
    let statement = |effect: &str, principal: bool, condition: serde_json::Value| {
        let mut statement =
            json!({"Effect": effect, "Action": "*", "Resource": "*", "Condition": condition});
        if principal {
            statement["Principal"] = json!("*");
        }
        Document::from_json(&json!({"Version": "2012-10-17", "Statement": statement}).to_string())
            .unwrap()
    };
    let allow = |principal| statement("Allow", principal, json!({}));
    let base = Authorizer::new().identity(&allow(false));
    type Layered = fn(Authorizer, &Document, &Document) -> Authorizer;
    let layers: [(Layer, bool, Layered); 8] = [
        (Layer::Identity, false, |base, _, deny| base.identity(deny)),
        (Layer::Boundary, false, |base, allow, deny| {
            base.boundary(allow).boundary(deny)
        }),
        (Layer::Session, false, |base, allow, deny| {
            base.session(allow).session(deny)
        }),
        (Layer::Resource, true, |base, _, deny| base.resource(deny)),
        (Layer::Trust, true, |base, allow, deny| {
            base.trust(allow).trust(deny)
        }),
        (Layer::Endpoint, true, |base, allow, deny| {
            base.endpoint(allow).endpoint(deny)
        }),
        (Layer::ServiceControl, false, |base, allow, deny| {
            base.service_control_level([allow, deny])
        }),
        (Layer::ResourceControl, true, |base, _, deny| {
            base.resource_control_level([deny])
        }),
    ];
    let mut covered = std::collections::BTreeSet::new();
    for operator in operators() {
        let (wanted, meets, differs) = values(operator.comparison);
        for (layer, principal, add) in layers {
            let deny = statement(
                "Deny",
                principal,
                json!({operator.to_string(): {"x:key": wanted}}),
            );
            let authorizer = add(base.clone(), &allow(principal), &deny);
            let (action, resource) = match layer {
                Layer::Trust => ("sts:AssumeRole", "arn:aws:iam::111122223333:role/r"),
                _ => ("s3:GetObject", "arn:aws:s3:::b/k"),
            };
            for given in [Given::Missing, Given::Meets, Given::Differs, Given::Both] {
                let request = Request::new(action, resource)
                    .unwrap()
                    .principal("arn:aws:iam::111122223333:user/Adele".parse().unwrap())
                    .context(context(given, meets, differs));
                let decision = authorizer.decide(&request);
                let denied = decision.outcome() == Outcome::ExplicitDeny;
                // What the guide leaves open denies.
                assert_eq!(
                    denied,
                    expected(operator, given).unwrap_or(true),
                    "{layer} {operator} {given:?}: {decision}"
                );
                if denied {
                    assert_eq!(decision.layer(), Some(layer));
                }
                covered.insert((operator.to_string(), layer, format!("{given:?}")));
            }
        }
    }
    assert_eq!(
        covered.len(),
        (Comparison::ALL.len() - 1) * 3 * 2 * Layer::ORDER.len() * 4
    );
}

/// Every operator but `Null` with every modifier.
fn operators() -> impl Iterator<Item = Operator> {
    let comparisons = Comparison::ALL
        .iter()
        .copied()
        .filter(|comparison| comparison.family() != OperatorFamily::Null);
    comparisons.flat_map(|comparison| {
        let qualifiers = [
            None,
            Some(Qualifier::ForAllValues),
            Some(Qualifier::ForAnyValue),
        ];
        qualifiers.into_iter().flat_map(move |qualifier| {
            [false, true].map(|if_exists| Operator {
                qualifier,
                comparison,
                if_exists,
            })
        })
    })
}

fn context(given: Given, meets: &str, differs: &str) -> Context {
    match given {
        Given::Missing => Context::new(),
        Given::Meets => Context::new().with("x:key", meets),
        Given::Differs => Context::new().with("x:key", differs),
        Given::Both => Context::new().with_values("x:key", [meets, differs]),
    }
}

/// Each layer in which statements stand takes conditions.
#[test]
fn conditions_count_in_every_layer() {
    let user = "arn:aws:iam::111122223333:user/Adele";
    let document = |effect: &str, principal: bool| {
        let mut statement = json!({"Effect": effect, "Action": "*", "Resource": "*"});
        if principal {
            statement["Principal"] = json!("*");
        }
        if effect == "Deny" {
            statement["Condition"] = json!({"Bool": {"x:key": "true"}});
        }
        Document::from_json(&json!({"Version": "2012-10-17", "Statement": [statement]}).to_string())
            .unwrap()
    };
    let base = || Authorizer::new().identity(&document("Allow", false));
    let deny = |principal| document("Deny", principal);
    let layers: [(&str, Authorizer); 8] = [
        ("identity", base().identity(&deny(false))),
        (
            "boundary",
            base()
                .boundary(&document("Allow", false))
                .boundary(&deny(false)),
        ),
        (
            "session",
            base()
                .session(&document("Allow", false))
                .session(&deny(false)),
        ),
        ("resource", base().resource(&deny(true))),
        (
            "endpoint",
            base()
                .endpoint(&document("Allow", true))
                .endpoint(&deny(true)),
        ),
        (
            "service control",
            base().service_control_level([&document("Allow", false), &deny(false)]),
        ),
        (
            "resource control",
            base().resource_control_level([&deny(true)]),
        ),
        (
            "trust",
            base().trust(&document("Allow", true)).trust(&deny(true)),
        ),
    ];
    for (name, authorizer) in layers {
        let (action, resource) = match name {
            "trust" => ("sts:AssumeRole", "arn:aws:iam::111122223333:role/r"),
            _ => ("s3:GetObject", "arn:aws:s3:::b/k"),
        };
        // A boundary that only denies does not allow either.
        let without = if name == "boundary" {
            Outcome::ImplicitDeny
        } else {
            Outcome::Allow
        };
        for (value, wanted) in [(true, Outcome::ExplicitDeny), (false, without)] {
            let request = Request::new(action, resource)
                .unwrap()
                .principal(user.parse().unwrap())
                .context(Context::new().with("x:key", value));
            assert_eq!(
                authorizer.decide(&request).outcome(),
                wanted,
                "{name} {value}"
            );
        }
    }
}
