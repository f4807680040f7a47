//! Which requests a statement can concern, seen coarsely: what two statements
//! that never meet do is of no matter to each other's order.

use serde_json::Value;

/// The actions and resources of some statements. Conditions and principals
/// are not looked at, so it may claim too much and never too little.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    parts: Vec<Part>,
}

/// `None` stands for anything.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    actions: Option<Vec<String>>,
    resources: Option<Vec<String>>,
}

impl Reach {
    /// Every request.
    pub(crate) fn anything() -> Self {
        Self {
            parts: vec![Part {
                actions: None,
                resources: None,
            }],
        }
    }

    /// What a statement, as JSON, concerns.
    pub(crate) fn of(statement: &Value) -> Self {
        let actions = texts(statement.get("Action"))
            .map(|list| list.iter().map(|a| a.to_ascii_lowercase()).collect());
        let resources = texts(statement.get("Resource"))
            .map(|list| list.iter().map(|r| without_variables(r)).collect());
        Self {
            parts: vec![Part { actions, resources }],
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    pub(crate) fn join(mut self, other: Self) -> Self {
        self.parts.extend(other.parts);
        self
    }

    /// Whether some request may be concerned by both.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.parts.iter().any(|a| {
            other.parts.iter().any(|b| {
                lists_meet(&a.actions, &b.actions) && lists_meet(&a.resources, &b.resources)
            })
        })
    }
}

/// The element's texts; `None` if it is absent, as where NotAction stands.
fn texts(value: Option<&Value>) -> Option<Vec<String>> {
    match value? {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(list) => list
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect(),
        _ => None,
    }
}

/// A policy variable can be any text.
fn without_variables(text: &str) -> String {
    let mut rest = text;
    let mut result = String::new();
    while let Some((before, variable)) = rest.split_once("${") {
        result.push_str(before);
        result.push('*');
        rest = variable.split_once('}').map_or("", |(_, after)| after);
    }
    result.push_str(rest);
    result
}

fn lists_meet(a: &Option<Vec<String>>, b: &Option<Vec<String>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.iter().any(|a| b.iter().any(|b| patterns_meet(a, b))),
        _ => true,
    }
}

/// Whether some text matches both patterns, in which `*` and `?` are wildcards.
fn patterns_meet(a: &str, b: &str) -> bool {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    // `reached` holds, for the part of `a` looked at so far, the lengths of
    // the parts of `b` that some common text ends with.
    let star = |pattern: &[char], index: usize| pattern.get(index) == Some(&'*');
    let mut reached: Vec<bool> = (0..=b.len())
        .map(|j| b.iter().take(j).all(|c| *c == '*'))
        .collect();
    for (i, x) in a.iter().enumerate() {
        let mut next = vec![false; b.len() + 1];
        for j in 0..=b.len() {
            let here = reached.get(j).copied().unwrap_or(false);
            let left = j > 0 && next.get(j - 1).copied().unwrap_or(false);
            let diagonal = j > 0 && reached.get(j - 1).copied().unwrap_or(false);
            let y = j.checked_sub(1).and_then(|j| b.get(j));
            let meets = if star(&a, i) {
                // The star takes nothing, or what this character of `b` stands for.
                here || left
            } else if y == Some(&'*') {
                here || left || diagonal
            } else {
                diagonal && y.is_some_and(|y| x == y || *x == '?' || *y == '?')
            };
            if let Some(slot) = next.get_mut(j) {
                *slot = meets;
            }
        }
        reached = next;
    }
    reached.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (a, b) in [
            ("*", "s3:getobject"),
            ("s3:*", "*object"),
            ("s3:get*", "s3:*object"),
            ("a?c", "ab*"),
            ("", "*"),
            ("a*b", "a*b"),
            ("?", "*"),
            ("a*", "a"),
        ] {
            assert!(patterns_meet(a, b) && patterns_meet(b, a), "{a} {b}");
        }
        for (a, b) in [
            ("s3:*", "sqs:*"),
            ("s3:get*", "s3:put*"),
            ("", "?"),
            ("a*b", "a*c"),
            ("ab", "abc"),
        ] {
            assert!(!patterns_meet(a, b) && !patterns_meet(b, a), "{a} {b}");
        }
    }

    #[test]
    fn statements() {
        let reach = |json: &str| Reach::of(&serde_json::from_str(json).unwrap());
        let get = reach(r#"{"Action":"S3:GetObject","Resource":["arn:aws:s3:::a/*"]}"#);
        let all = reach(r#"{"Action":["s3:*"],"Resource":"*"}"#);
        let other = reach(r#"{"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#);
        let not =
            reach(r#"{"NotAction":"s3:GetObject","Resource":"arn:aws:s3:::${aws:username}/*"}"#);
        assert!(get.meets(&all) && all.meets(&other) && !get.meets(&other));
        assert!(get.meets(&not) && Reach::anything().meets(&get) && !Reach::default().meets(&get));
    }
}
