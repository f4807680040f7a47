//! Resource patterns.
//!
//! IAM User Guide, "IAM JSON policy elements: Resource": wildcards stand
//! "within the individual segments of an ARN (the parts separated by colons)";
//! "if the `*` wildcard is the last character of a resource ARN segment, it can
//! expand to match beyond the colon boundaries"; and it "can expand to replace
//! everything within a segment, including characters like a forward slash".

use std::borrow::Cow;

use iam_dsl_core::pattern::Glob;
use smallvec::SmallVec;

use super::pattern::Pattern;
use super::request::RequestData;
use super::text::{Filled, Filling, Text};

/// One value of `Resource` or `NotResource`.
#[derive(Debug, Clone)]
pub(super) enum ResourcePattern {
    /// `*`
    Any,
    /// Without wildcards and variables.
    Exact(String),
    /// The usual pattern: all its wildcards may cross colons.
    Open(Pattern),
    /// The same with escapes, which stand for themselves.
    Escaped(Glob),
    /// A wildcard amid one of the first five fields stays within it.
    Bounded { head: Bounded, tail: Text },
    /// The part after the fifth colon is filled by the request.
    Variable { head: String, tail: Text },
}

impl ResourcePattern {
    /// Prepares a pattern; `None` where a variable cannot be read.
    pub(super) fn prepare(text: &str, variables: bool) -> Option<Self> {
        if text == "*" {
            return Some(ResourcePattern::Any);
        }
        // "You can't use a variable to replace parts of the ARN before the
        // fifth colon": there, `${…}` stays what is written.
        let (head, tail) = split_head(text);
        let tail = Text::prepare(tail, variables)?;
        if Bounded::is_needed(head) {
            let head = Bounded::new(head);
            return Some(ResourcePattern::Bounded { head, tail });
        }
        if tail.has_variables() {
            let head = head.to_owned();
            return Some(ResourcePattern::Variable { head, tail });
        }
        if !text.contains(['*', '?', '$']) {
            return Some(ResourcePattern::Exact(text.to_owned()));
        }
        if text.contains('$') {
            return Some(ResourcePattern::Escaped(joined(head, &tail, None)?.glob()));
        }
        Some(ResourcePattern::Open(Pattern::new(text)))
    }

    /// A pattern of at least what this one matches, for looking it up; all
    /// wildcards cross colons in it. `None` where there is no useful one.
    pub(super) fn key(&self) -> Option<Cow<'_, str>> {
        match self {
            ResourcePattern::Exact(text) => Some(Cow::Borrowed(text)),
            ResourcePattern::Open(pattern) => Some(Cow::Borrowed(pattern.text())),
            ResourcePattern::Variable { head, .. } => Some(Cow::Owned(format!("{head}*"))),
            ResourcePattern::Any
            | ResourcePattern::Escaped(_)
            | ResourcePattern::Bounded { .. } => None,
        }
    }

    /// Whether the resource of the request matches. A variable without a value
    /// matches nothing.
    #[inline]
    pub(super) fn matches(&self, request: &RequestData) -> bool {
        let resource = request.resource.as_str();
        match self {
            ResourcePattern::Any => true,
            ResourcePattern::Exact(text) => text == resource,
            ResourcePattern::Open(pattern) => pattern.matches(resource),
            ResourcePattern::Escaped(glob) => glob.matches(resource),
            ResourcePattern::Variable { head, tail } => {
                joined(head, tail, Some(request)).is_some_and(|text| text.matches(resource))
            }
            ResourcePattern::Bounded { head, tail } => tail
                .fill(Some(request))
                .is_some_and(|tail| head.matches(resource, &tail)),
        }
    }
}

/// The text up to and with the fifth colon, and the rest.
fn split_head(text: &str) -> (&str, &str) {
    let fifth = text.match_indices(':').nth(4).map(|(index, _)| index + 1);
    text.split_at_checked(fifth.unwrap_or(text.len()))
        .unwrap_or((text, ""))
}

fn joined<'t>(
    head: &'t str,
    tail: &'t Text,
    request: Option<&'t RequestData>,
) -> Option<Filling<'t>> {
    let mut text = Filling::default();
    text.push(Filled::Written(head));
    text.extend(tail.fill(request)?);
    Some(text)
}

/// Whether each token may come next; the first five fields of an ARN are rarely
/// longer.
type Places = SmallVec<[bool; 96]>;

/// The first five fields of a pattern in which some wildcard stays within its
/// field: `arn:aws:ec2:us-*-1:`.
#[derive(Debug, Clone)]
pub(super) struct Bounded {
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, Copy)]
enum Token {
    Char(char),
    /// One character but a colon.
    One,
    /// Any run without a colon.
    Run,
    /// Any run.
    Cross,
}

impl Bounded {
    /// Whether a wildcard stands elsewhere than at the end of its field.
    fn is_needed(head: &str) -> bool {
        head.split(':')
            .any(|field| field.contains('?') || field.trim_end_matches('*').contains('*'))
    }

    fn new(head: &str) -> Self {
        let mut tokens = Vec::new();
        let mut characters = head.chars().peekable();
        while let Some(character) = characters.next() {
            tokens.push(match character {
                '*' if matches!(characters.peek(), None | Some(':')) => Token::Cross,
                '*' => Token::Run,
                '?' => Token::One,
                other => Token::Char(other),
            });
        }
        Bounded { tokens }
    }

    /// Whether some beginning of the text matches, and the rest matches `tail`.
    fn matches(&self, text: &str, tail: &Filling<'_>) -> bool {
        // Which tokens may come next; a run that was begun stays open.
        let mut next: Places = SmallVec::from_elem(false, self.tokens.len() + 1);
        if let Some(first) = next.first_mut() {
            *first = true;
        }
        self.skip_runs(&mut next);
        let mut rest = text;
        loop {
            if next.last() == Some(&true) && tail.matches(rest) {
                return true;
            }
            let mut characters = rest.chars();
            let Some(character) = characters.next() else {
                return false;
            };
            rest = characters.as_str();
            let mut after: Places = SmallVec::from_elem(false, next.len());
            for (index, token) in self.tokens.iter().enumerate() {
                if next.get(index) != Some(&true) {
                    continue;
                }
                let target = match token {
                    Token::Char(wanted) => (*wanted == character).then_some(index + 1),
                    Token::One => (character != ':').then_some(index + 1),
                    Token::Run => (character != ':').then_some(index),
                    Token::Cross => Some(index),
                };
                if let Some(place) = target.and_then(|target| after.get_mut(target)) {
                    *place = true;
                }
            }
            next = after;
            self.skip_runs(&mut next);
        }
    }

    /// A run may be empty.
    fn skip_runs(&self, next: &mut [bool]) {
        for (index, token) in self.tokens.iter().enumerate() {
            if matches!(token, Token::Run | Token::Cross)
                && next.get(index) == Some(&true)
                && let Some(place) = next.get_mut(index + 1)
            {
                *place = true;
            }
        }
    }
}
