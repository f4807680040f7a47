//! Reading requests of the AWS Query protocol: a form-encoded body with
//! dotted names for structures and lists (`Tags.member.1.Key`).

use std::collections::BTreeMap;

use crate::refusal::Refusal;

/// The largest body of an ordinary request: a policy document of 131,072
/// characters, percent-encoded, beside everything else.
const LARGEST_BODY: usize = 1 << 20;
/// The largest with a SAML metadata document, which may have 10,000,000
/// characters.
const LARGEST_SAML_BODY: usize = 32 << 20;

/// How many characters of a value a refusal repeats.
const MOST_ECHOED: usize = 1_024;

/// The parameters of one call.
#[derive(Debug, Default)]
pub(crate) struct Params(BTreeMap<String, String>);

impl Params {
    /// Reads the query of a GET request and a form body. Names that no operation knows are kept and never
    /// looked at, as IAM does.
    pub(crate) fn read(query: &str, body: &[u8]) -> Result<Params, Refusal> {
        let most = match form_urlencoded::parse(body).find(|(name, _)| name == "Action") {
            Some((_, action)) if action.ends_with("SAMLProvider") => LARGEST_SAML_BODY,
            _ => LARGEST_BODY,
        };
        if body.len() > most {
            return Err(Refusal::malformed_input(format!(
                "The request body has {} bytes; at most {most} are read.",
                body.len()
            )));
        }
        Ok(Params(
            form_urlencoded::parse(query.as_bytes())
                .chain(form_urlencoded::parse(body))
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
        ))
    }

    /// The value of a parameter, if it was sent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value of a parameter that the operation cannot do without.
    pub(crate) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name)
            .ok_or_else(|| constraint_violation(None, name, "Member must not be null"))
    }

    /// A true-or-false parameter.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some("true" | "True" | "TRUE") => Ok(Some(true)),
            Some("false" | "False" | "FALSE") => Ok(Some(false)),
            Some(other) => Err(Refusal::malformed_input(format!(
                "Value '{other}' at '{}' is not a boolean: it must be true or false",
                member_name(name)
            ))),
        }
    }

    /// A whole number within bounds.
    pub(crate) fn number(&self, name: &str, least: u64, most: u64) -> Result<Option<u64>, Refusal> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        let number: i64 = text.parse().map_err(|_| {
            Refusal::malformed_input(format!(
                "Value '{text}' at '{}' is not an integer",
                member_name(name)
            ))
        })?;
        match u64::try_from(number) {
            Ok(number) if number > most => Err(constraint_violation(
                Some(text),
                name,
                &format!("Member must have value less than or equal to {most}"),
            )),
            Ok(number) if number >= least => Ok(Some(number)),
            _ => Err(constraint_violation(
                Some(text),
                name,
                &format!("Member must have value greater than or equal to {least}"),
            )),
        }
    }

    /// The texts of a list: `NAME.member.1`, `NAME.member.2`, … in order.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        self.entries(name)
            .into_values()
            .filter_map(|fields| fields.get("").copied())
            .collect()
    }

    /// The structures of a list, in order, each a map from field to value.
    pub(crate) fn structures(&self, name: &str) -> Vec<BTreeMap<&str, &str>> {
        self.entries(name).into_values().collect()
    }

    /// The members of a list by their number; a plain text is the field `""`.
    fn entries(&self, name: &str) -> BTreeMap<u32, BTreeMap<&str, &str>> {
        let prefix = format!("{name}.member.");
        let mut entries: BTreeMap<u32, BTreeMap<&str, &str>> = BTreeMap::new();
        for (key, value) in self.0.range(prefix.clone()..) {
            let Some(rest) = key.strip_prefix(&prefix) else {
                break;
            };
            let (index, field) = rest.split_once('.').unwrap_or((rest, ""));
            if let Ok(index) = index.parse() {
                entries.entry(index).or_default().insert(field, value);
            }
        }
        entries
    }
}

/// IAM's wording when a parameter breaks a constraint of the API model.
pub(crate) fn constraint_violation(value: Option<&str>, name: &str, rule: &str) -> Refusal {
    // What is told of a value stays short, however long the value.
    let value = match value {
        None => "null".to_owned(),
        Some(value) => match value.char_indices().nth(MOST_ECHOED) {
            None => format!("'{value}'"),
            Some((end, _)) => format!("'{}…'", value.get(..end).unwrap_or_default()),
        },
    };
    Refusal::validation_error(format!(
        "1 validation error detected: Value {value} at '{}' failed to satisfy constraint: {rule}",
        member_name(name)
    ))
}

/// `UserName` as the messages write it: `userName`.
pub(crate) fn member_name(name: &str) -> String {
    let mut chars = name.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(body: &str) -> Params {
        Params::read("", body.as_bytes()).expect("a form body")
    }

    #[test]
    fn lists_keep_their_numeric_order() {
        let p = params("A.member.10=j&A.member.2=b&A.member.1=a&AB.member.1=x&A.member.x=y");
        assert_eq!(p.list("A"), ["a", "b", "j"]);
    }

    #[test]
    fn structures_collect_their_fields() {
        let p = params("Tags.member.1.Key=team&Tags.member.1.Value=a%2Bb&Tags.member.2.Key=k");
        let tags = p.structures("Tags");
        assert_eq!(tags.len(), 2);
        assert_eq!(tags[0]["Value"], "a+b");
        assert_eq!(tags[1].get("Value"), None);
    }

    #[test]
    fn numbers_are_bounded() {
        let p = params("MaxItems=0&Big=1001&Word=ten");
        assert_eq!(
            p.number("MaxItems", 1, 1000).unwrap_err().message,
            "1 validation error detected: Value '0' at 'maxItems' failed to satisfy constraint: \
             Member must have value greater than or equal to 1"
        );
        assert_eq!(
            p.number("Big", 1, 1000).unwrap_err().code,
            "ValidationError"
        );
        assert_eq!(
            p.number("Word", 1, 1000).unwrap_err().code,
            "MalformedInput"
        );
        assert_eq!(p.number("Absent", 1, 1000), Ok(None));
    }
}
