//! The tables under `cases/`, written from AWS's documentation. Each group has
//! the page it comes from, its policies, and questions with their answers.

use serde_json::Value;

use crate::scenario;

fn merged(group: &Value, ask: &Value) -> Value {
    let mut whole = group.clone();
    let (Value::Object(whole_map), Value::Object(ask_map)) = (&mut whole, ask) else {
        panic!("{ask} is no object");
    };
    for (key, value) in ask_map {
        whole_map.insert(key.clone(), value.clone());
    }
    whole
}

fn run(table: &str) -> usize {
    let groups: Value = serde_json::from_str(table).expect("a table is JSON");
    let mut failures = Vec::new();
    let mut count = 0;
    for group in groups.as_array().expect("a list of groups") {
        let name = group["name"].as_str().expect("a group has a name");
        let page = group["page"].as_str().expect("a group has its page");
        assert!(
            page.starts_with("https://docs.aws.amazon.com/")
                || page.starts_with("https://aws.amazon.com/"),
            "{name}: {page}"
        );
        for ask in group["asks"].as_array().expect("a group has questions") {
            count += 1;
            let whole = merged(group, ask);
            let expected = whole["expected"]
                .as_str()
                .expect("a question has its answer");
            let decision = scenario::authorizer(&whole).decide(&scenario::request(&whole));
            let outcome = format!("{:?}", decision.outcome());
            let layer = format!("{:?}", decision.layer());
            let layer_fits = whole
                .get("layer")
                .and_then(Value::as_str)
                .is_none_or(|wanted| layer == format!("Some({wanted})"));
            if outcome != expected || !layer_fits {
                failures.push(format!(
                    "{name}: {ask}\n  expected {expected}, found {decision}\n  {page}"
                ));
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {count} fail:\n{}",
        failures.len(),
        failures.join("\n")
    );
    count
}

macro_rules! tables {
    ($($name:ident)*) => {
        $(#[test] fn $name() {
            assert!(run(include_str!(concat!("cases/", stringify!($name), ".json"))) > 0);
        })*

        #[test]
        fn names_are_unique_within_a_table() {
            $({
                let groups: Value = serde_json::from_str(include_str!(concat!("cases/", stringify!($name), ".json"))).expect("JSON");
                let mut names: Vec<_> = groups.as_array().expect("a list").iter().map(|group| group["name"].to_string()).collect();
                let all = names.len();
                names.sort();
                names.dedup();
                assert_eq!(names.len(), all, "{}", stringify!($name));
            })*
        }
    };
}

tables! { elements operators variables layers principals trust services }
