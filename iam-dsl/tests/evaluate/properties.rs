//! What holds for all policies and requests, on a small alphabet so that
//! statements meet requests often.

use iam_dsl::{Authorizer, Context, Document, Outcome, Principal, Request};
use proptest::prelude::*;
use serde_json::{Value, json};

const USER: &str = "arn:aws:iam::111122223333:user/Adele";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/deploy/run";

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop::sample::select(texts).prop_map(|text| json!(text))
}

fn list(texts: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop::collection::vec(one_of(texts), 1..4).prop_map(Value::Array)
}

fn condition() -> impl Strategy<Value = Value> {
    let operators: &'static [&'static str] = &[
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLikeIfExists",
        "ForAnyValue:StringEquals",
        "ForAllValues:StringLike",
        "Null",
    ];
    let values: &'static [&'static str] = &[
        "a",
        "b",
        "a*",
        "true",
        "false",
        "${aws:username}",
        "${x:two, 'a'}",
    ];
    let keys: &'static [&'static str] = &["x:one", "X:Two"];
    (
        prop::sample::select(operators),
        prop::sample::select(keys),
        list(values),
    )
        .prop_map(|(operator, key, values)| json!({operator: {key: values}}))
}

const ACTIONS: &[&str] = &[
    "s3:GetObject",
    "s3:PutObject",
    "S3:get*",
    "s3:*",
    "*",
    "iam:*",
    "s3:?utObject",
];
const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/k",
    "arn:aws:s3:::${aws:username}/*",
    "arn:aws:s3:::*",
];
const PRINCIPALS: &[&str] = &[
    "*",
    "111122223333",
    USER,
    SESSION,
    "arn:aws:iam::111122223333:role/deploy",
];

/// A statement of this effect; with a principal where its place wants one.
fn statement(effect: &'static str, with_principal: bool) -> impl Strategy<Value = Value> {
    let action = (
        prop::sample::select(&["Action", "Action", "NotAction"][..]),
        list(ACTIONS),
    );
    let resource = (
        prop::sample::select(&["Resource", "Resource", "NotResource"][..]),
        list(RESOURCES),
    );
    (
        action,
        resource,
        prop::option::weighted(0.4, condition()),
        one_of(PRINCIPALS),
    )
        .prop_map(
            move |((action_key, actions), (resource_key, resources), condition, principal)| {
                let mut statement =
                    json!({"Effect": effect, action_key: actions, resource_key: resources});
                if let Some(condition) = condition {
                    statement["Condition"] = condition;
                }
                if with_principal {
                    statement["Principal"] = json!({"AWS": principal});
                }
                statement
            },
        )
}

fn statements(with_principal: bool) -> impl Strategy<Value = Vec<Value>> {
    let one = prop_oneof![3 => statement("Allow", with_principal), 1 => statement("Deny", with_principal)];
    prop::collection::vec(one, 0..5)
}

fn document(statements: &[Value]) -> Document {
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    Document::from_json(&text).unwrap_or_else(|error| panic!("{error}"))
}

/// What the four layers of an authorizer hold.
#[derive(Debug, Clone)]
struct Layers {
    identity: Vec<Value>,
    resource: Vec<Value>,
    boundary: Option<Vec<Value>>,
    session: Option<Vec<Value>>,
}

impl Layers {
    fn authorizer(&self) -> Authorizer {
        let mut authorizer = Authorizer::new()
            .identity(&document(&self.identity))
            .resource(&document(&self.resource));
        if let Some(boundary) = &self.boundary {
            authorizer = authorizer.boundary(&document(boundary));
        }
        if let Some(session) = &self.session {
            authorizer = authorizer.session(&document(session));
        }
        authorizer
    }

    fn each(&mut self) -> Vec<(&mut Vec<Value>, bool)> {
        let mut all = vec![(&mut self.identity, false), (&mut self.resource, true)];
        all.extend(self.boundary.as_mut().map(|statements| (statements, false)));
        all.extend(self.session.as_mut().map(|statements| (statements, false)));
        all
    }
}

fn layers() -> impl Strategy<Value = Layers> {
    (
        statements(false),
        statements(true),
        prop::option::weighted(0.3, statements(false)),
        prop::option::weighted(0.3, statements(false)),
    )
        .prop_map(|(identity, resource, boundary, session)| Layers {
            identity,
            resource,
            boundary,
            session,
        })
}

fn request() -> impl Strategy<Value = Request> {
    let principals: &'static [&'static str] = &[
        USER,
        SESSION,
        "arn:aws:iam::111122223333:role/deploy",
        "anonymous",
        "111122223333",
    ];
    let resources: &'static [&'static str] = &["arn:aws:s3:::b/k", "arn:aws:s3:::Adele/k", "*"];
    let values: &'static [&'static str] = &["a", "b", "ab", "Adele"];
    (
        prop::sample::select(&["s3:GetObject", "s3:PutObject", "iam:GetUser"][..]),
        prop::sample::select(resources),
        prop::sample::select(principals),
        prop::collection::vec(prop::sample::select(values), 0..3),
        prop::option::of(prop::sample::select(values)),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(action, resource, who, one, two, across)| {
            let mut context = Context::new().with_values("x:one", one);
            if let Some(two) = two {
                context = context.with("x:two", two);
            }
            let principal = match who {
                "anonymous" => Principal::anonymous(),
                text => text.parse().unwrap(),
            };
            let request = Request::new(action, resource)
                .unwrap()
                .principal(principal)
                .context(context);
            match across {
                true => request.resource_account("444455556666".parse().unwrap()),
                false => request,
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn a_deny_dominates(layers in layers(), request in request()) {
        let before = layers.authorizer().decide(&request);
        let mut deny = json!({"Effect": "Deny", "Action": "*", "Resource": "*"});
        let mut more = layers.clone();
        more.identity.push(deny.clone());
        let after = more.authorizer().decide(&request).outcome();
        // These have no identity policies.
        let principal = request.to_string().rsplit_once(" by ").map(|(_, who)| who.to_owned());
        match principal.as_deref() {
            Some("an anonymous caller" | "arn:aws:iam::111122223333:root") => prop_assert_eq!(after, before.outcome()),
            _ => prop_assert_eq!(after, Outcome::ExplicitDeny),
        }
        deny["Principal"] = json!("*");
        let mut more = layers.clone();
        more.resource.insert(0, deny);
        prop_assert_eq!(more.authorizer().decide(&request).outcome(), Outcome::ExplicitDeny);
    }

    #[test]
    fn a_deny_statement_never_gives_access(layers in layers(), deny in statement("Deny", false), request in request()) {
        let mut more = layers.clone();
        more.identity.push(deny);
        prop_assert!(layers.authorizer().decide(&request).is_allowed() || !more.authorizer().decide(&request).is_allowed());
    }

    #[test]
    fn the_order_of_statements_does_not_matter(layers in layers(), request in request()) {
        let mut reversed = layers.clone();
        for (statements, _) in reversed.each() {
            statements.reverse();
        }
        prop_assert_eq!(layers.authorizer().decide(&request).outcome(), reversed.authorizer().decide(&request).outcome());
    }

    #[test]
    fn an_allow_in_a_layer_never_takes_access(
        layers in layers(),
        allow in statement("Allow", true),
        place in 0..4_usize,
        request in request(),
    ) {
        let mut more = layers.clone();
        if let Some((statements, with_principal)) = more.each().into_iter().nth(place) {
            let mut allow = allow;
            if !with_principal {
                allow.as_object_mut().unwrap().remove("Principal");
            }
            statements.push(allow);
        }
        let (before, after) = (layers.authorizer().decide(&request), more.authorizer().decide(&request));
        prop_assert!(!before.is_allowed() || after.is_allowed(), "{before}\n{after}");
        prop_assert_eq!(before.outcome() == Outcome::ExplicitDeny, after.outcome() == Outcome::ExplicitDeny);
    }

    #[test]
    fn splitting_lists_into_statements_changes_nothing(layers in layers(), request in request()) {
        let mut split = layers.clone();
        for (statements, _) in split.each() {
            for key in ["Action", "Resource"] {
                *statements = statements
                    .iter()
                    .flat_map(|statement| match statement.get(key).and_then(Value::as_array) {
                        None => vec![statement.clone()],
                        Some(values) => values
                            .iter()
                            .map(|value| {
                                let mut one = statement.clone();
                                one[key] = value.clone();
                                one
                            })
                            .collect(),
                    })
                    .collect();
            }
        }
        prop_assert_eq!(layers.authorizer().decide(&request).outcome(), split.authorizer().decide(&request).outcome());
    }

    #[test]
    fn splitting_a_document_into_policies_changes_nothing(layers in layers(), request in request()) {
        let mut split = Authorizer::new();
        for statement in &layers.identity {
            split = split.identity(&document(std::slice::from_ref(statement)));
        }
        for statement in &layers.resource {
            split = split.resource(&document(std::slice::from_ref(statement)));
        }
        let whole = Layers { boundary: None, session: None, ..layers };
        prop_assert_eq!(whole.authorizer().decide(&request).outcome(), split.decide(&request).outcome());
    }

    #[test]
    fn many_statements_are_decided_as_few(
        layers in layers(),
        padding in prop::collection::vec((0..40_usize, prop::bool::ANY), 20..40),
        request in request(),
    ) {
        // Statements of other services, so many that an index finds the rest.
        let mut padded = layers.clone();
        for (statements, with_principal) in padded.each() {
            for (place, allows) in &padding {
                let effect = if *allows { "Allow" } else { "Deny" };
                let mut other = json!({"Effect": effect, "Action": ["sns:*", "s3x:Get*", "sqs:SendMessage"], "Resource": "*"});
                if with_principal {
                    other["Principal"] = json!("*");
                }
                let place = place % (statements.len() + 1);
                statements.insert(place, other);
            }
        }
        let (few, many) = (layers.authorizer().decide(&request), padded.authorizer().decide(&request));
        prop_assert_eq!(few.outcome(), many.outcome());
        prop_assert_eq!(few.layer(), many.layer());
    }

    #[test]
    fn the_statement_that_decides_matches(layers in layers(), request in request()) {
        let decision = layers.authorizer().decide(&request);
        if let Some(decided) = decision.statement() {
            let report = decision.statements().into_iter().find(|report| report.statement == *decided).unwrap();
            prop_assert_eq!(report.unmatched, None);
            let denies = decision.outcome() == Outcome::ExplicitDeny;
            prop_assert_eq!(report.effect == Some(iam_dsl::Effect::Deny), denies);
        }
        prop_assert!(!decision.to_string().is_empty());
    }

    #[test]
    fn any_text_in_a_request_is_an_error_at_worst(action in ".{0,12}", resource in ".{0,20}", who in ".{0,20}") {
        let _ = who.parse::<Principal>();
        if let Ok(request) = Request::new(&action, &resource) {
            let _ = Authorizer::new().decide(&request).to_string();
        }
    }

    #[test]
    fn any_pattern_is_decided(resource in "[a*?:${}',/]{0,24}", value in "[a*?:${}',/]{0,24}") {
        let statement = json!({"Effect": "Allow", "Action": "*", "Resource": resource, "Condition": {
            "ArnLike": {"x:one": value}, "StringLike": {"x:two": value}, "NumericLessThan": {"x:two": value}, "DateLessThan": {"x:two": value}
        }});
        let authorizer = Authorizer::new().identity(&document(&[statement]));
        let context = Context::new().with("x:one", "arn:a:a:a:a:a").with("x:two", value);
        let _ = authorizer.decide(&Request::new("s3:GetObject", "arn:aws:s3:::b/k").unwrap().context(context));
    }
}
