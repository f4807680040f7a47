//! A request that shows new access.

use std::fmt;

use iam_dsl_core::Document;

use crate::{Layer, Request, StatementRef};

use super::access::Access;
use super::names;

/// How many patterns of actions are told in a text.
const TOLD: usize = 8;

/// A request that the new policy lets through and the reference does not. It was
/// replayed: [`Access::allows`] says so of both.
#[derive(Debug, Clone)]
pub struct Witness {
    request: Request,
    statement: Option<StatementRef>,
    scope: Scope,
    /// The keys of the request's context as people write them, in its order.
    keys: Vec<String>,
}

/// The actions and resources of the patterns that the request stands for.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    pub(super) action: String,
    pub(super) resource: String,
    /// The patterns of all actions that the statements treat alike.
    pub(super) all: Vec<String>,
    /// How many more there are.
    pub(super) more: usize,
}

impl Witness {
    /// `sides` are all that were asked about; `new` is the one that shows why the
    /// request is let through.
    pub(super) fn new(request: Request, new: &Access, sides: &[&Access], scope: Scope) -> Self {
        let stated = request.stated_context().iter();
        let keys = stated.map(|(key, _)| names::key(sides, key)).collect();
        let statement = new.allowing(&request).map(|(part, statement)| {
            let same = |other: &&super::access::Part| other.layer == part.layer;
            let policy = new
                .parts
                .iter()
                .filter(same)
                .position(|other| std::ptr::eq(other, part));
            reference(
                part.layer,
                policy.unwrap_or_default(),
                statement,
                &part.document,
            )
        });
        Witness {
            request,
            statement,
            scope,
            keys,
        }
    }

    /// The request, which can be asked again.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The statement of the new policies that allows the request; none for a
    /// resource control policy, which does not deny it.
    pub fn statement(&self) -> Option<&StatementRef> {
        self.statement.as_ref()
    }

    /// The pattern of actions that the request's action stands for, as in
    /// `s3:Delete*`.
    pub fn actions(&self) -> &str {
        &self.scope.action
    }

    /// All patterns of actions that the statements treat alike, so that the same
    /// request could be made for any of them; at most 64.
    pub fn all_actions(&self) -> &[String] {
        &self.scope.all
    }

    /// What it shows in few words: `s3:DeleteObject on arn:aws:s3:::logs/*`.
    pub fn summary(&self) -> String {
        let told = self
            .scope
            .all
            .iter()
            .take(TOLD)
            .cloned()
            .collect::<Vec<_>>();
        let left = self.scope.all.len() - told.len() + self.scope.more;
        let more = match left {
            0 => String::new(),
            left => format!(" and {left} more"),
        };
        let mut text = format!("{}{more} on {}", told.join(", "), self.scope.resource);
        if self.request.stated_context().iter().next().is_some() {
            text.push_str(" under conditions");
        }
        text
    }

    /// The pattern of resources that the request's resource stands for.
    pub fn resources(&self) -> &str {
        &self.scope.resource
    }
}

fn reference(layer: Layer, policy: usize, statement: usize, document: &Document) -> StatementRef {
    StatementRef {
        layer,
        level: 0,
        policy,
        statement,
        sid: document
            .statements()
            .get(statement)
            .and_then(|statement| statement.sid())
            .map(Into::into),
    }
}

impl fmt::Display for Witness {
    /// The request with its context, and the statement that allows it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.request)?;
        let mut lead = " when ";
        let stated = self.request.stated_context().iter();
        for (key, (_, values)) in self.keys.iter().zip(stated) {
            let texts: Vec<&str> = values.iter().map(crate::ContextValue::text).collect();
            match texts.as_slice() {
                [one] => write!(f, "{lead}{key} is `{one}`")?,
                several => write!(f, "{lead}{key} is `{}`", several.join("`, `"))?,
            }
            lead = ", ";
        }
        match &self.statement {
            Some(statement) => write!(f, " ({statement})"),
            None => Ok(()),
        }
    }
}
