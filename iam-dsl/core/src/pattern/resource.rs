//! Resource patterns of a policy as shapes.
//!
//! IAM User Guide, "IAM JSON policy elements: Resource": wildcards stand within
//! the segments of an ARN, but a `*` that is the last character of a segment
//! "can expand to match beyond the colon boundaries".

use super::{Class, Shape};
use crate::variable::{self, Part};

/// A part of a resource pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourcePart<'t> {
    /// What is written, with wildcards and policy variables.
    Text(&'t str),
    /// A text of one character at least that arises at run time.
    Hole(Class),
    /// A whole ARN that arises at run time.
    Arn,
}

/// How a resource pattern is read where it can be read in several ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// All that it may match.
    Most,
    /// What it matches whatever variables and run-time parts stand for.
    Least,
    /// What it means as a rule of this library, as a guardrail is one: in the
    /// first five fields of an ARN a wildcard stays within its field.
    Rule,
}

/// The shape of a resource pattern; `None` where nothing is sure to match, which
/// only [`Reading::Least`] can mean.
pub fn resource_shape<'t>(
    parts: impl IntoIterator<Item = ResourcePart<'t>>,
    reading: Reading,
) -> Option<Shape> {
    let mut items = Vec::new();
    for part in parts {
        match part {
            ResourcePart::Hole(class) => items.push(Item::Hole(class)),
            ResourcePart::Arn => items.push(Item::Arn),
            ResourcePart::Text(text) => push_text(&mut items, text),
        }
    }
    let open = |item: &Item| matches!(item, Item::Hole(_) | Item::Arn | Item::Variable);
    if reading == Reading::Least && items.iter().any(open) {
        return None;
    }
    let head = head(&items);
    let mut shape = Shape::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let next = items.get(index + 1);
        let ends_text = next.is_none();
        let ends_field = ends_text || next == Some(&Item::Char(':'));
        let bounded = match head {
            Head::Fields(length) => index < length,
            Head::Short => reading != Reading::Rule,
            Head::Open => false,
        };
        let class = match item {
            _ if !bounded => Class::Any,
            Item::Run if reading == Reading::Most && ends_field => Class::Any,
            Item::Run if ends_text => Class::Any,
            _ => Class::Path,
        };
        match *item {
            Item::Char(character) => shape.push_char(character),
            Item::One => shape.push_one(class),
            Item::Run => shape.push_run(class),
            Item::Hole(class) => shape.push_some(class),
            Item::Arn | Item::Variable => shape.push_run(Class::Any),
        }
    }
    Some(shape)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item {
    Char(char),
    One,
    Run,
    Hole(Class),
    Variable,
    Arn,
}

fn push_text(items: &mut Vec<Item>, text: &str) {
    for part in variable::parts(text) {
        match part {
            Ok(Part::Text(text)) => {
                for character in text.chars() {
                    match character {
                        '*' if items.last() == Some(&Item::Run) => {}
                        '*' => items.push(Item::Run),
                        '?' => items.push(Item::One),
                        other => items.push(Item::Char(other)),
                    }
                }
            }
            Ok(Part::Literal(character)) => items.push(Item::Char(character)),
            Ok(Part::Variable { .. }) | Err(_) => items.push(Item::Variable),
        }
    }
}

/// The first five fields of an ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Head {
    /// How many items they are.
    Fields(usize),
    /// The pattern has fewer fields.
    Short,
    /// What stands there at run time may hold colons.
    Open,
}

fn head(items: &[Item]) -> Head {
    let mut colons = 0;
    for (index, item) in items.iter().enumerate() {
        match item {
            Item::Variable | Item::Arn => return Head::Open,
            Item::Char(':') => colons += 1,
            _ => {}
        }
        if colons == 5 {
            return Head::Fields(index);
        }
    }
    Head::Short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str, reading: Reading) -> Option<Shape> {
        resource_shape([ResourcePart::Text(text)], reading)
    }

    fn may_meet(statement: &str, rule: &str) -> bool {
        let (statement, rule) = (
            shape(statement, Reading::Most).unwrap(),
            shape(rule, Reading::Rule).unwrap(),
        );
        statement.intersects(&rule)
    }

    #[test]
    fn statements_may_match_as_far_as_aws_says() {
        for (statement, rule, meet) in [
            ("arn:aws:s3:::dev-*", "arn:aws:s3:::prod-*", false),
            ("arn:aws:s3:::*-dev", "arn:aws:s3:::prod-*", true),
            ("*", "arn:aws:s3:::prod-*", true),
            ("arn:aws:s3*", "arn:aws:s3:::prod-*", true),
            ("arn:aws:sqs:*", "arn:aws:s3:::prod-*", false),
            ("arn:aws:s3:::${aws:username}", "arn:aws:s3:::prod-*", true),
            ("arn:aws:s3:::x${*}", "arn:aws:s3:::xy", false),
            ("arn:${aws:x}:a*b:c:d", "arn:aws:s3:::ab:c:d", true),
            // The last `*` of a field reaches beyond it …
            ("arn:aws:sqs:*:*:dev-*", "arn:aws:sqs:*:*:prod-*", true),
            // … one amid a field does not, nor does that of a rule.
            (
                "arn:aws:sqs:eu-*-1:1*1:dev",
                "arn:aws:sqs:*:*:prod-*",
                false,
            ),
            (
                "arn:aws:sqs:eu-west-1:1:dev-*",
                "arn:aws:sqs:*:*:prod-*",
                false,
            ),
            ("arn:aws:sqs:eu-west-1:1:dev-*", "arn:aws:sqs:*", true),
        ] {
            assert_eq!(may_meet(statement, rule), meet, "{statement} {rule}");
        }
    }

    #[test]
    fn only_what_is_certain_covers() {
        for (outer, inner, covers) in [
            ("*", "arn:aws:s3:::prod-*", true),
            ("arn:aws:s3:::*", "arn:aws:s3:::prod-*", true),
            ("arn:aws:s3:::prod-*", "arn:aws:s3:::*", false),
            (
                "arn:aws:s3:::prod-${aws:username}*",
                "arn:aws:s3:::prod-*",
                false,
            ),
            ("arn:aws:sqs:*:*:prod-*", "arn:aws:sqs:*:*:prod-*", true),
            ("arn:aws:sqs:*:*:*", "arn:aws:sqs*", false),
            ("arn:aws:sqs:*", "arn:aws:sqs:*:*:prod-*", true),
        ] {
            let outer_shape = shape(outer, Reading::Least);
            let inner_shape = shape(inner, Reading::Rule).unwrap();
            let found = outer_shape.is_some_and(|outer| outer.covers(&inner_shape));
            assert_eq!(found, covers, "{outer} {inner}");
        }
    }

    #[test]
    fn holes_hold_what_their_class_does() {
        let rule = shape("arn:aws:s3:::b/prod/*", Reading::Rule).unwrap();
        let meets = |class| {
            let parts = [
                ResourcePart::Text("arn:aws:s3:::b/"),
                ResourcePart::Hole(class),
            ];
            resource_shape(parts, Reading::Most)
                .unwrap()
                .intersects(&rule)
        };
        assert!(!meets(Class::Name));
        assert!(meets(Class::Path));
        assert!(meets(Class::Any));
        let arn = resource_shape([ResourcePart::Arn], Reading::Most).unwrap();
        assert!(arn.intersects(&rule));
    }
}
