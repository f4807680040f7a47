//! IAM's globs: `*` is any run of characters, `?` is one character. A [`Glob`] is
//! compared with a text, a [`Shape`] with another pattern.

mod resource;
mod shape;

pub use self::resource::{Reading, ResourcePart, resource_shape};
pub use self::shape::{Class, Shape};

/// A pattern ready to be matched. Text from variables is added as literal, so a
/// `*` inside a variable's value is never a wildcard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Glob {
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Char(char),
    One,
    Any,
}

impl Glob {
    /// The glob that matches the empty text only.
    pub fn empty() -> Self {
        Glob::default()
    }

    /// A glob of this text, in which `*` and `?` are wildcards.
    pub fn new(text: &str) -> Self {
        let mut glob = Glob::empty();
        glob.push_pattern(text);
        glob
    }

    /// Adds text in which `*` and `?` are wildcards.
    pub fn push_pattern(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                // Two stars in a row mean the same as one.
                '*' if self.tokens.last() == Some(&Token::Any) => {}
                '*' => self.tokens.push(Token::Any),
                '?' => self.tokens.push(Token::One),
                other => self.tokens.push(Token::Char(other)),
            }
        }
    }

    /// Adds text that stands for itself.
    pub fn push_literal(&mut self, text: &str) {
        self.tokens.extend(text.chars().map(Token::Char));
    }

    /// Whether the whole text matches, with regard to case.
    pub fn matches(&self, text: &str) -> bool {
        self.matches_by(text, |a, b| a == b)
    }

    /// Whether the whole text matches, without regard to ASCII case.
    pub fn matches_ignore_case(&self, text: &str) -> bool {
        self.matches_by(text, |a, b| a.eq_ignore_ascii_case(&b))
    }

    /// Greedy matching with one point of return: the last star. Takes at most
    /// the product of the two lengths, and no memory.
    fn matches_by(&self, text: &str, same: impl Fn(char, char) -> bool) -> bool {
        let mut token = 0;
        let mut rest = text.chars();
        // The token after the last star, and the text that the star was tried up to.
        let mut retry: Option<(usize, std::str::Chars<'_>)> = None;
        loop {
            let here = self.tokens.get(token);
            if here == Some(&Token::Any) {
                token += 1;
                retry = Some((token, rest.clone()));
                continue;
            }
            let mut after = rest.clone();
            match (here, after.next()) {
                (None, None) => return true,
                (Some(Token::One), Some(_)) => {
                    token += 1;
                    rest = after;
                    continue;
                }
                (Some(Token::Char(wanted)), Some(found)) if same(*wanted, found) => {
                    token += 1;
                    rest = after;
                    continue;
                }
                // The text is used up and the pattern is not: a longer star
                // would leave even less.
                (Some(_), None) => return false,
                _ => {}
            }
            let Some((after_star, mut tried)) = retry.take() else {
                return false;
            };
            if tried.next().is_none() {
                return false;
            }
            token = after_star;
            rest = tried.clone();
            retry = Some((after_star, tried));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, word for word.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((&'*', rest)) => (0..=text.len()).any(|n| naive(rest, &text[n..])),
            Some((&'?', rest)) => !text.is_empty() && naive(rest, &text[1..]),
            Some((&c, rest)) => text.first() == Some(&c) && naive(rest, &text[1..]),
        }
    }

    proptest::proptest! {
        #[test]
        fn matching_is_the_definition(pattern in "[ab*?]{0,9}", text in "[ab]{0,9}") {
            let chars: (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
            proptest::prop_assert_eq!(Glob::new(&pattern).matches(&text), naive(&chars.0, &chars.1));
        }
    }

    #[test]
    fn literals_are_no_wildcards() {
        let mut glob = Glob::new("home/");
        glob.push_literal("*");
        assert!(glob.matches("home/*"));
        assert!(!glob.matches("home/x"));
        assert!(Glob::new("s3:get*").matches_ignore_case("S3:GetObject"));
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        assert!(!Glob::new(&format!("{}b", "*a".repeat(200))).matches(&"a".repeat(5_000)));
    }
}
