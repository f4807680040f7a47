//! Texts at the boundaries of a pattern.

use iam_dsl_core::variable::{self, Part};

/// The name that stands for `${aws:username}`.
pub(super) const USER: &str = "Adele";

/// The usual principal.
pub(super) fn user_arn() -> String {
    format!("arn:aws:iam::111122223333:user/{USER}")
}

/// What stands for a variable, and whether the request has to tell it: the keys
/// that follow from the usual principal need not be told.
pub(super) fn stand_in(key: &str) -> (&'static str, bool) {
    match key.to_ascii_lowercase().as_str() {
        "aws:username" => (USER, false),
        "aws:principalaccount" | "aws:resourceaccount" => ("111122223333", false),
        "aws:principaltype" => ("User", false),
        "aws:principalarn" => ("arn:aws:iam::111122223333:user/Adele", false),
        _ => (USER, true),
    }
}

/// The keys of a text's variables.
pub(super) fn variables(text: &str) -> impl Iterator<Item = &str> {
    variable::parts(text).filter_map(|part| match part {
        Ok(Part::Variable { key, .. }) => Some(key),
        _ => None,
    })
}

/// A pattern's characters, escapes and variables read.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Token {
    Char(char),
    One,
    Any,
}

/// Texts that a pattern covers and texts that it misses by little, the plainest
/// first. Where wildcards have other rules, as in the first fields of an ARN, a
/// text may fall on the other side: what is wanted is that both sides are met.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Texts {
    pub(super) covered: Vec<String>,
    pub(super) missed: Vec<String>,
}

impl Texts {
    /// Of one pattern, in which `*` and `?` are wildcards where `wild` is set.
    pub(super) fn of(pattern: &str, wild: bool) -> Self {
        let tokens = tokens(pattern, wild);
        let plain = filled(&tokens, "x", "x");
        let mut texts = Texts {
            covered: vec![plain.clone()],
            missed: Vec::new(),
        };
        if tokens.contains(&Token::Any) {
            // Nothing, one segment more, one field more.
            texts.cover(filled(&tokens, "", "x"));
            texts.cover(filled(&tokens, "x/y", "x"));
            texts.cover(filled(&tokens, "x:y", "x"));
        }
        if tokens.contains(&Token::One) {
            texts.cover(filled(&tokens, "x", "*"));
            texts.miss(filled(&tokens, "x", ""));
            texts.miss(filled(&tokens, "x", "xx"));
        }
        if tokens.last() != Some(&Token::Any) {
            texts.miss(format!("{plain}y"));
        }
        // The last character that the pattern writes: gone, and in the other case.
        let last = tokens
            .iter()
            .rposition(|token| matches!(token, Token::Char(c) if c.is_alphanumeric()));
        if let Some(last) = last {
            let changed = |by: fn(char) -> Option<char>| {
                let mut changed = Vec::new();
                for (place, token) in tokens.iter().enumerate() {
                    match token {
                        Token::Char(c) if place == last => {
                            changed.extend(by(*c).map(Token::Char));
                        }
                        other => changed.push(*other),
                    }
                }
                filled(&changed, "x", "x")
            };
            texts.miss(changed(|_| None));
            texts.miss(changed(|c| {
                Some(match c.is_ascii_lowercase() {
                    true => c.to_ascii_uppercase(),
                    false => c.to_ascii_lowercase(),
                })
            }));
        }
        texts
    }

    /// Of several patterns, one of which is enough to be covered.
    pub(super) fn of_all(patterns: &[String], wild: bool) -> Self {
        let mut all = Texts::default();
        for pattern in patterns {
            let one = Texts::of(pattern, wild);
            all.covered.extend(one.covered);
            all.missed.extend(one.missed);
        }
        all
    }

    fn cover(&mut self, text: String) {
        if !self.covered.contains(&text) {
            self.covered.push(text);
        }
    }

    fn miss(&mut self, text: String) {
        if !self.covered.contains(&text) && !self.missed.contains(&text) {
            self.missed.push(text);
        }
    }
}

fn tokens(pattern: &str, wild: bool) -> Vec<Token> {
    let mut tokens = Vec::new();
    for part in variable::parts(pattern) {
        match part {
            Ok(Part::Text(text)) => tokens.extend(text.chars().map(|c| match c {
                '*' if wild => Token::Any,
                '?' if wild => Token::One,
                other => Token::Char(other),
            })),
            Ok(Part::Literal(character)) => tokens.push(Token::Char(character)),
            Ok(Part::Variable { key, .. }) => {
                tokens.extend(stand_in(key).0.chars().map(Token::Char));
            }
            // What cannot be read matches nothing.
            Err(_) => {}
        }
    }
    tokens
}

fn filled(tokens: &[Token], any: &str, one: &str) -> String {
    let mut out = String::new();
    for token in tokens {
        match token {
            Token::Char(character) => out.push(*character),
            Token::Any => out.push_str(any),
            Token::One => out.push_str(one),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use iam_dsl_core::pattern::Glob;

    use super::*;

    #[test]
    fn both_sides_of_a_glob_are_met() {
        let texts = Texts::of("s3:Get*", true);
        assert_eq!(
            texts.covered,
            ["s3:Getx", "s3:Get", "s3:Getx/y", "s3:Getx:y"]
        );
        assert_eq!(texts.missed, ["s3:Gex", "s3:GeTx"]);
        let texts = Texts::of("a?c", true);
        assert_eq!(texts.covered, ["axc", "a*c"]);
        assert_eq!(texts.missed, ["ac", "axxc", "axcy", "ax", "axC"]);
        let texts = Texts::of("home/${aws:username}/${*}", true);
        assert_eq!(texts.covered, ["home/Adele/*"]);
        assert_eq!(Texts::of("a*", false).covered, ["a*"]);
    }

    proptest::proptest! {
        #[test]
        fn the_sides_are_those_of_the_glob(pattern in "[abC*?/:]{1,8}") {
            let (texts, glob) = (Texts::of(&pattern, true), Glob::new(&pattern));
            for text in &texts.covered {
                proptest::prop_assert!(glob.matches(text), "{pattern} {text}");
            }
            // One that a longer star covers after all is not missed.
            let missed = texts.missed.iter().filter(|text| !glob.matches(text)).count();
            proptest::prop_assert!(missed > 0 || pattern.contains('*') || texts.missed.is_empty(), "{pattern} {:?}", texts);
        }
    }
}
