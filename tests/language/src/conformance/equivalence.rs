//! `name, equal, a, b`: whether two documents mean the same.

use iam_dsl::{Document, equivalent};
use serde_json::Value;

use super::member;

pub(super) fn check(case: &Value, _line: &str) -> Result<(), String> {
    let expected = member(case, "equal")?
        .as_bool()
        .ok_or("`equal` is no boolean")?;
    let read = |name: &str| {
        let text = member(case, name)?.to_string();
        Document::from_json(&text).map_err(|error| format!("`{name}`: {error}"))
    };
    let (a, b) = (read("a")?, read("b")?);
    if equivalent(&a, &b) != equivalent(&b, &a) {
        return Err("equality depends on the side".to_owned());
    }
    if equivalent(&a, &b) == expected {
        Ok(())
    } else if expected {
        Err("equal, but told apart here".to_owned())
    } else {
        Err("different, but equal here".to_owned())
    }
}
