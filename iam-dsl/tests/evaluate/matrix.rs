//! The table `cases/conditions.json`: every operator with every modifier, for a
//! key that is missing or present, each group with AWS's page and its words. Each
//! question is asked in every layer, of a statement that allows and of one that
//! denies. What was asked is counted, and no combination may be left out.

use std::collections::BTreeSet;

use iam_dsl::{
    Authorizer, Comparison, Context, Decision, Document, Layer, Operator, Outcome, Qualifier,
    Request,
};
use serde_json::{Value, json};

const TABLE: &str = include_str!("cases/conditions.json");

/// One question of the table.
struct Question {
    operator: String,
    wanted: String,
    page: String,
    /// The values of the key in the request; none where it is missing.
    values: Vec<String>,
    /// Whether the condition is met; `None` where AWS does not say.
    holds: Option<bool>,
}

fn questions() -> Vec<Question> {
    let groups: Value = serde_json::from_str(TABLE).expect("the table is JSON");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let mut questions = Vec::new();
    for group in groups.as_array().expect("a list of groups") {
        for ask in group["asks"].as_array().expect("a list of questions") {
            questions.push(Question {
                operator: text(&group["operator"]),
                wanted: text(&group["wanted"]),
                page: text(&group["page"]),
                values: ask["values"].as_array().unwrap().iter().map(text).collect(),
                holds: ask["holds"].as_bool(),
            });
        }
    }
    questions
}

fn statement(effect: &str, layer: Layer, condition: Value) -> Document {
    let mut statement = json!({"Effect": effect, "Action": "*", "Resource": "*"});
    if !condition.is_null() {
        statement["Condition"] = condition;
    }
    let names_principals = matches!(
        layer,
        Layer::Resource | Layer::Trust | Layer::Endpoint | Layer::ResourceControl
    );
    if names_principals {
        statement["Principal"] = json!("*");
    }
    let document = json!({"Version": "2012-10-17", "Statement": statement});
    Document::from_json(&document.to_string()).unwrap()
}

/// Policies of one layer, beside an identity policy that allows everything where
/// the layer gives nothing by itself.
fn with(layer: Layer, documents: &[&Document]) -> Authorizer {
    let everything = statement("Allow", Layer::Identity, Value::Null);
    let base = match layer {
        Layer::Identity | Layer::Resource | Layer::Trust => Authorizer::new(),
        _ => Authorizer::new().identity(&everything),
    };
    let each = |method: fn(Authorizer, &Document) -> Authorizer| {
        documents
            .iter()
            .fold(base.clone(), |base, document| method(base, document))
    };
    match layer {
        Layer::Identity => each(|a, d| a.identity(d)),
        Layer::Session => each(|a, d| a.session(d)),
        Layer::Resource => each(|a, d| a.resource(d)),
        Layer::Trust => each(|a, d| a.trust(d)),
        Layer::Endpoint => each(|a, d| a.endpoint(d)),
        Layer::ServiceControl => base.service_control_level(documents.iter().copied()),
        Layer::ResourceControl => base.resource_control_level(documents.iter().copied()),
        Layer::Boundary => each(|a, d| a.boundary(d)),
        other => panic!("{other} is new"),
    }
}

fn decide(authorizer: &Authorizer, layer: Layer, question: &Question) -> Decision {
    let (action, resource) = match layer {
        Layer::Trust => ("sts:AssumeRole", "arn:aws:iam::111122223333:role/r"),
        _ => ("s3:GetObject", "arn:aws:s3:::b/k"),
    };
    let values = question.values.iter().map(String::as_str);
    let request = Request::new(action, resource)
        .unwrap()
        .principal("arn:aws:iam::111122223333:user/Adele".parse().unwrap())
        .context(Context::new().with_values("x:key", values));
    authorizer.decide(&request)
}

#[test]
fn every_condition_counts_in_every_layer() {
    let mut failures = Vec::new();
    let mut count = 0;
    for question in questions() {
        let condition = || json!({question.operator.clone(): {"x:key": question.wanted}});
        for layer in Layer::ORDER {
            let allow = statement("Allow", layer, Value::Null);
            let deny = statement("Deny", layer, condition());
            // Each policy of a boundary must allow by itself, so the two
            // statements stand in one document there.
            let both = [&allow, &deny];
            let merged = merged(&both);
            let denying = match layer {
                Layer::Boundary => with(layer, &[&merged]),
                _ => with(layer, &both),
            };
            let mut ask = |authorizer: &Authorizer, wanted: Outcome, by: Option<Layer>| {
                count += 1;
                let decision = decide(authorizer, layer, &question);
                if decision.outcome() != wanted || (by.is_some() && decision.layer() != by) {
                    let Question {
                        operator,
                        wanted: value,
                        values,
                        page,
                        ..
                    } = &question;
                    failures.push(format!(
                        "{layer}: {operator} {value} of {values:?} should be {wanted}: {decision}\n  {page}"
                    ));
                }
            };
            // What AWS leaves open never allows and always denies.
            match question.holds.unwrap_or(true) {
                true => ask(&denying, Outcome::ExplicitDeny, Some(layer)),
                false => ask(&denying, Outcome::Allow, None),
            }
            // A resource control policy that allows changes nothing.
            if layer != Layer::ResourceControl {
                // Without the resource's policy it would take an identity policy.
                let by = Some(layer).filter(|layer| *layer != Layer::Resource);
                let allowing = with(layer, &[&statement("Allow", layer, condition())]);
                match question.holds.unwrap_or(false) {
                    true => ask(&allowing, Outcome::Allow, None),
                    false => ask(&allowing, Outcome::ImplicitDeny, by),
                }
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {count} fail:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// The statements of several documents in one.
fn merged(documents: &[&Document]) -> Document {
    let statements: Vec<Value> = documents
        .iter()
        .map(|document| {
            serde_json::from_str::<Value>(&document.to_json()).unwrap()["Statement"].take()
        })
        .collect();
    let document = json!({"Version": "2012-10-17", "Statement": statements});
    Document::from_json(&document.to_string()).unwrap()
}

/// Every operator with every modifier, in every layer, for a missing key and for
/// a present one: the table has a question for each.
#[test]
fn no_combination_is_left_out() {
    let mut asked: BTreeSet<(String, bool)> = BTreeSet::new();
    for question in questions() {
        assert!(
            question.operator.parse::<Operator>().is_ok(),
            "{}",
            question.operator
        );
        asked.insert((question.operator, question.values.is_empty()));
    }
    let qualifiers = [
        None,
        Some(Qualifier::ForAllValues),
        Some(Qualifier::ForAnyValue),
    ];
    let mut wanted = BTreeSet::new();
    for &comparison in Comparison::ALL {
        for qualifier in qualifiers {
            for if_exists in [false, true] {
                let operator = Operator {
                    qualifier,
                    comparison,
                    if_exists,
                };
                for missing in [false, true] {
                    wanted.insert((operator.to_string(), missing));
                }
            }
        }
    }
    let holes: Vec<_> = wanted.difference(&asked).collect();
    assert!(holes.is_empty(), "{holes:?}");
    // Each was asked in each layer: the other test goes through them all.
    assert_eq!(
        asked.len() * Layer::ORDER.len(),
        Comparison::ALL.len() * 3 * 2 * 2 * 8
    );
}

/// A value that is met and one that is not, for each operator and modifier that
/// AWS defines: a table that only ever holds would prove little.
#[test]
fn every_combination_holds_once_and_fails_once() {
    let mut found: BTreeSet<(String, bool)> = BTreeSet::new();
    let questions = questions();
    for question in &questions {
        found.extend(
            question
                .holds
                .map(|holds| (question.operator.clone(), holds)),
        );
    }
    for question in questions.iter().filter(|question| question.holds.is_some()) {
        for holds in [false, true] {
            let cell = (question.operator.clone(), holds);
            assert!(found.contains(&cell), "{cell:?}");
        }
    }
    let pages = questions.iter().all(|question| {
        question
            .page
            .starts_with("https://docs.aws.amazon.com/IAM/latest/UserGuide/")
    });
    assert!(pages && questions.len() >= 400);
}
