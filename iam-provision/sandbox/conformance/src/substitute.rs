//! What stands for `{…}` in the texts of steps.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use crate::list::List;

/// What steps can name.
pub(crate) struct Names<'l> {
    pub(crate) list: &'l List,
    pub(crate) account: String,
    pub(crate) kept: BTreeMap<String, String>,
    /// The turn of a step that is repeated.
    pub(crate) turn: u32,
    pub(crate) now: SystemTime,
}

impl Names<'_> {
    /// The text with every `{name}` replaced. Braces of JSON and of policy
    /// variables (`${…}`) are no names and stay.
    pub(crate) fn fill(&self, text: &str) -> Result<String, String> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let name = after
                .split_once('}')
                .filter(|(name, _)| is_name(name) && !before.ends_with('$'));
            match name {
                Some((name, tail)) => {
                    filled.push_str(&self.value(name)?);
                    rest = tail;
                }
                None => {
                    filled.push('{');
                    rest = after;
                }
            }
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn value(&self, name: &str) -> Result<String, String> {
        if let Some((character, count)) = name.split_once('*') {
            let count: usize = count
                .parse()
                .map_err(|_| format!("{{{name}}} has no count"))?;
            return Ok(character.repeat(count));
        }
        if let Some(code) = name.strip_prefix("code:") {
            return self.code(code);
        }
        match name {
            "account" => return Ok(self.account.clone()),
            "n" => return Ok(self.turn.to_string()),
            _ => {}
        }
        if let Some(text) = self.kept.get(name) {
            return Ok(text.clone());
        }
        match self.list.document(name) {
            // Documents may name what was kept.
            Some(text) => self.fill(text),
            None => Err(format!("nothing is called {{{name}}}")),
        }
    }

    /// `SEED:-1`: the code of a virtual MFA device one step of 30 s ago.
    fn code(&self, text: &str) -> Result<String, String> {
        let (name, steps) = text.split_once(':').unwrap_or((text, "0"));
        let steps: i64 = steps
            .parse()
            .map_err(|_| format!("{{code:{text}}} has no step"))?;
        let seed = self
            .kept
            .get(name)
            .ok_or_else(|| format!("nothing is called {{{name}}}"))?;
        // The API answers with the Base64 of the Base32 of the seed.
        let seed = data_encoding::BASE64
            .decode(seed.trim().as_bytes())
            .map_or_else(
                |_| seed.clone(),
                |bytes| String::from_utf8_lossy(&bytes).into_owned(),
            );
        let shift = Duration::from_secs(30 * steps.unsigned_abs());
        let at = if steps < 0 {
            self.now - shift
        } else {
            self.now + shift
        };
        Ok(iam_sandbox::totp(&seed, at))
    }
}

/// Letters, digits and what `{a*65}` and `{code:seed:-1}` need.
fn is_name(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphanumeric() || !c.is_ascii())
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || "_*:-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_replaced_and_json_stays() {
        let list = List::read([], "", "twice = '{x}{x}'", "").unwrap();
        let names = Names {
            list: &list,
            account: "111122223333".to_owned(),
            kept: BTreeMap::from([("x".to_owned(), "y".to_owned())]),
            turn: 3,
            now: SystemTime::UNIX_EPOCH + Duration::from_secs(59),
        };
        let filled = names.fill(r#"{"a":"{x}{n}"} ${aws:username} {a*3} {twice} {}"#);
        assert_eq!(filled.unwrap(), r#"{"a":"y3"} ${aws:username} aaa yy {}"#);
        assert!(names.fill("{z}").is_err());
    }
}
