//! Patterns that are compared with patterns.

/// The characters that may stand in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// All but `:` and `/`, as in the name of a bucket or an account.
    Name,
    /// All but `:`.
    Path,
    /// All.
    Any,
}

impl Class {
    fn holds(self, character: char) -> bool {
        match self {
            Class::Any => true,
            Class::Path => character != ':',
            Class::Name => !matches!(character, ':' | '/'),
        }
    }
}

/// A set of texts: literal characters, and places where any character of a class
/// may stand, or a run of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Char(char),
    One(Class),
    /// None or more.
    Run(Class),
}

impl Token {
    /// Whether some character fits both.
    fn meets(self, other: Token) -> bool {
        match (self, other) {
            (Token::Char(left), Token::Char(right)) => left == right,
            (Token::Char(character), Token::One(class) | Token::Run(class))
            | (Token::One(class) | Token::Run(class), Token::Char(character)) => {
                class.holds(character)
            }
            // All classes hold every letter.
            _ => true,
        }
    }

    /// Whether every character that fits the other fits this one.
    fn holds(self, other: Token) -> bool {
        match (self, other) {
            (Token::Char(left), Token::Char(right)) => left == right,
            (Token::One(class) | Token::Run(class), Token::Char(character)) => {
                class.holds(character)
            }
            // The classes are ordered, each within the next.
            (Token::One(class) | Token::Run(class), Token::One(inner) | Token::Run(inner)) => {
                inner <= class
            }
            (Token::Char(_), _) => false,
        }
    }

    fn is_run(self) -> bool {
        matches!(self, Token::Run(_))
    }
}

impl Shape {
    /// The set of the empty text alone, with room for this many characters.
    pub fn with_capacity(characters: usize) -> Self {
        Shape {
            tokens: Vec::with_capacity(characters),
        }
    }

    /// The texts that an action pattern matches, without regard to case; to be
    /// compared with shapes of actions only.
    pub fn action(pattern: &str) -> Self {
        let mut shape = Shape::with_capacity(pattern.len());
        shape.push_pattern(&pattern.to_ascii_lowercase(), Class::Any);
        shape
    }

    /// Adds one character that stands for itself.
    pub fn push_char(&mut self, character: char) {
        self.tokens.push(Token::Char(character));
    }

    /// Adds one character of the class.
    pub fn push_one(&mut self, class: Class) {
        self.tokens.push(Token::One(class));
    }

    /// Adds a run, perhaps empty, of characters of the class.
    pub fn push_run(&mut self, class: Class) {
        self.tokens.push(Token::Run(class));
    }

    /// Adds a run of one character of the class at least.
    pub fn push_some(&mut self, class: Class) {
        self.tokens.extend([Token::One(class), Token::Run(class)]);
    }

    /// Adds text in which `*` and `?` stand for characters of the class.
    pub fn push_pattern(&mut self, text: &str, class: Class) {
        for character in text.chars() {
            match character {
                '*' => self.push_run(class),
                '?' => self.push_one(class),
                other => self.push_char(other),
            }
        }
    }

    /// Whether some text is in both sets. Walks the pairs of places that a
    /// common start can lead to; each pair leads only to itself or to later
    /// ones, so one pass is enough, in the product of the lengths.
    pub fn intersects(&self, other: &Shape) -> bool {
        let (left, right) = (&self.tokens, &other.tokens);
        let mut row = vec![false; right.len() + 1];
        let mut next = row.clone();
        if let Some(first) = row.first_mut() {
            *first = true;
        }
        for &token in left {
            next.fill(false);
            let mut here = false;
            for (index, &reached) in row.iter().enumerate() {
                here |= reached;
                let other = right.get(index).copied();
                if here {
                    let meets = other.is_some_and(|other| token.meets(other));
                    let other_is_run = other.is_some_and(Token::is_run);
                    // The left token is left: by taking nothing, or by taking a
                    // character that a run on the right takes as well.
                    if (token.is_run() || (meets && other_is_run))
                        && let Some(below) = next.get_mut(index)
                    {
                        *below = true;
                    }
                    if meets && let Some(below) = next.get_mut(index + 1) {
                        *below = true;
                    }
                    // The right token is left while the left one stays.
                    here = other_is_run || (meets && token.is_run());
                }
            }
            if !next.contains(&true) {
                return false;
            }
            std::mem::swap(&mut row, &mut next);
        }
        // The left side is used up: only runs may be left on the right.
        let mut here = false;
        for (index, &reached) in row.iter().enumerate() {
            here |= reached;
            match right.get(index) {
                None => return here,
                Some(other) => here &= other.is_run(),
            }
        }
        here
    }

    /// Whether every text of the other set is seen to be in this one. `true` is
    /// certain; `false` may also mean that it is not seen, where only several
    /// ways through the pattern together take everything.
    ///
    /// This pattern is matched against the other as if it were a text whose runs
    /// only a run takes, in the product of the lengths.
    pub fn covers(&self, other: &Shape) -> bool {
        let inner = &other.tokens;
        // Which beginnings of `inner` the tokens so far take.
        let mut row = vec![false; inner.len() + 1];
        if let Some(first) = row.first_mut() {
            *first = true;
        }
        for &token in &self.tokens {
            let mut next = vec![false; inner.len() + 1];
            let mut taken = false;
            for (index, &reached) in row.iter().enumerate() {
                if token.is_run() {
                    taken |= reached;
                    if let Some(below) = next.get_mut(index) {
                        *below = taken;
                    }
                    taken &= inner.get(index).is_some_and(|&other| token.holds(other));
                } else if reached
                    && inner
                        .get(index)
                        .is_some_and(|&other| !other.is_run() && token.holds(other))
                    && let Some(below) = next.get_mut(index + 1)
                {
                    *below = true;
                }
            }
            row = next;
        }
        row.last() == Some(&true)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// All texts of up to `longest` letters that the tokens make.
    fn texts(tokens: &[Token], longest: usize) -> BTreeSet<String> {
        let mut all = BTreeSet::from([String::new()]);
        for token in tokens {
            let letters: Vec<char> = "ab:/"
                .chars()
                .filter(|&c| token.meets(Token::Char(c)))
                .collect();
            let longer = |texts: &BTreeSet<String>| {
                texts
                    .iter()
                    .filter(|text| text.len() < longest)
                    .flat_map(|text| letters.iter().map(move |c| format!("{text}{c}")))
                    .collect::<BTreeSet<String>>()
            };
            if token.is_run() {
                for _ in 0..longest {
                    let more = longer(&all);
                    all.extend(more);
                }
            } else {
                all = longer(&all);
            }
        }
        all
    }

    fn class() -> impl Strategy<Value = Class> {
        prop_oneof![Just(Class::Any), Just(Class::Path), Just(Class::Name)]
    }

    fn token() -> impl Strategy<Value = Token> {
        prop_oneof![
            prop::sample::select(vec!['a', 'b', ':', '/']).prop_map(Token::Char),
            class().prop_map(Token::One),
            class().prop_map(Token::Run),
        ]
    }

    fn shape() -> impl Strategy<Value = Shape> {
        proptest::collection::vec(token(), 0..4).prop_map(|tokens| Shape { tokens })
    }

    proptest! {
        /// Two sides of three tokens that meet at all meet in a text of at most
        /// six letters, one for each step of either side.
        #[test]
        fn meeting_is_having_a_common_text(left in shape(), right in shape()) {
            let common = texts(&left.tokens, 6)
                .intersection(&texts(&right.tokens, 6))
                .next()
                .is_some();
            prop_assert_eq!(left.intersects(&right), common);
            prop_assert_eq!(right.intersects(&left), common);
        }

        /// What covers holds every text; and where all texts of five letters are
        /// held by a pattern with one way through it, that is seen.
        #[test]
        fn covering_is_holding_every_text(outer in shape(), inner in shape()) {
            let held = texts(&inner.tokens, 5).is_subset(&texts(&outer.tokens, 5));
            if outer.covers(&inner) {
                prop_assert!(held);
            }
            let plain = !outer.tokens.iter().any(|token| token.is_run())
                && !inner.tokens.iter().any(|token| token.is_run());
            if plain {
                prop_assert_eq!(outer.covers(&inner), held);
            }
        }
    }

    #[test]
    fn usual_patterns_are_seen_to_cover() {
        let covers = |outer, inner| Shape::action(outer).covers(&Shape::action(inner));
        for (outer, inner) in [
            ("*", "iam:*"),
            ("iam:*", "IAM:*"),
            ("iam:*", "iam:Create*"),
            ("iam:*User*", "iam:GetUser"),
            ("iam:Get?ser", "iam:Get?ser"),
        ] {
            assert!(covers(outer, inner), "{outer} {inner}");
        }
        for (outer, inner) in [
            ("iam:*", "*"),
            ("iam:Create*", "iam:*"),
            ("iam:?*", "iam:*"),
            ("iam:Get?", "iam:Get*"),
        ] {
            assert!(!covers(outer, inner), "{outer} {inner}");
        }
    }
}
