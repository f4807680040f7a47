//! Slots: what may stand in them and what stands for them while the policy is
//! validated.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};

use crate::spot::Spot;

/// A run-time value in a policy.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) kind: SlotKind,
    pub(crate) source: Source,
    /// What is underlined: the whole string where the slot is in one.
    pub(crate) spot: Spot,
    /// A text of the slot's type that the validator takes here.
    pub(crate) sample: String,
}

/// How the slot was written.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// `{name}` in a string.
    Name(Ident),
    /// `{expression}` in place of a value.
    Expression(Group),
}

/// Which type may fill the slot; each has its trait in `iam_dsl_core::slot`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SlotKind {
    Resource,
    /// A part of a resource that a guardrail wants free of `:`.
    ResourcePath,
    /// A part of a resource that a guardrail wants free of `:` and `/`.
    ResourceName,
    Partition,
    Region,
    Account,
    Arn,
    Text {
        wildcards: bool,
    },
    Numeric,
    Bool,
    Ip,
    Date,
    AwsPrincipal,
    ServicePrincipal,
    FederatedPrincipal(Federation),
    /// The place is mistaken, so that nothing can be said of the type.
    Unknown,
}

/// Which identity providers can use a statement: that depends on its actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Federation {
    Saml,
    Oidc,
    Any,
}

impl Slot {
    /// The expression's text, for messages.
    pub(crate) fn name(&self) -> String {
        match &self.source {
            Source::Name(name) => name.to_string(),
            Source::Expression(group) => group.stream().to_string(),
        }
    }

    /// The Rust expression.
    pub(crate) fn expression(&self) -> TokenStream {
        match &self.source {
            Source::Name(name) => TokenTree::Ident(name.clone()).into(),
            Source::Expression(group) => group.stream(),
        }
    }
}

impl SlotKind {
    /// The method of `Filler` that takes this kind.
    pub(crate) fn method(self) -> &'static str {
        match self {
            SlotKind::Resource => "resource",
            SlotKind::ResourcePath => "resource_path",
            SlotKind::ResourceName => "resource_name",
            SlotKind::Partition => "partition",
            SlotKind::Region => "region",
            SlotKind::Account => "account",
            SlotKind::Arn => "arn",
            SlotKind::Text { wildcards: true } => "pattern_text",
            SlotKind::Text { wildcards: false } => "text",
            SlotKind::Numeric => "numeric",
            SlotKind::Bool => "bool",
            SlotKind::Ip => "ip",
            SlotKind::Date => "date",
            SlotKind::AwsPrincipal => "aws_principal",
            SlotKind::ServicePrincipal => "service_principal",
            SlotKind::FederatedPrincipal(Federation::Saml) => "saml_provider",
            SlotKind::FederatedPrincipal(Federation::Oidc) => "oidc_provider",
            SlotKind::FederatedPrincipal(Federation::Any) => "federated_principal",
            SlotKind::Unknown => "unknown",
        }
    }

    /// Whether the sample can be told from what a user writes.
    pub(crate) fn has_telling_sample(self) -> bool {
        !matches!(
            self,
            SlotKind::Partition
                | SlotKind::Numeric
                | SlotKind::Bool
                | SlotKind::Ip
                | SlotKind::Date
        )
    }

    /// The `number`th sample of this kind: different from every other, so that
    /// it can be recognised in a finding's message.
    pub(crate) fn sample(self, number: usize) -> String {
        let name = format!("slot{}", letters(number));
        match self {
            SlotKind::Resource
            | SlotKind::ResourcePath
            | SlotKind::ResourceName
            | SlotKind::Text { .. }
            | SlotKind::Unknown => name,
            SlotKind::Partition => "aws".to_owned(),
            SlotKind::Region => format!("us-{name}-1"),
            SlotKind::Account | SlotKind::AwsPrincipal => {
                format!("{:012}", 900_000_000_000 + number)
            }
            SlotKind::Arn => format!("arn:aws:s3:::{name}"),
            SlotKind::Numeric => "1".to_owned(),
            SlotKind::Bool => "true".to_owned(),
            SlotKind::Ip => "203.0.113.1".to_owned(),
            SlotKind::Date => "2030-01-01T00:00:00Z".to_owned(),
            SlotKind::ServicePrincipal => format!("{name}.amazonaws.com"),
            SlotKind::FederatedPrincipal(Federation::Saml) => {
                format!("arn:aws:iam::111122223333:saml-provider/{name}")
            }
            SlotKind::FederatedPrincipal(_) => format!("{name}.example.com"),
        }
    }
}

/// `a`, `b` … `z`, `ba` …: a number in letters, for names that take no digits.
fn letters(number: usize) -> String {
    let mut rest = number;
    let mut letters = Vec::new();
    loop {
        let letter = u8::try_from(rest % 26).unwrap_or_default() + b'a';
        letters.push(char::from(letter));
        rest /= 26;
        if rest == 0 {
            return letters.into_iter().rev().collect();
        }
    }
}
