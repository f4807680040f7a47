//! Policies made at run time, with the macro's guarantees as far as types give
//! them: a statement without effect, actions or resources does not compile, nor
//! does a principal in an identity policy. The rest is the validator's, in
//! [`PolicyBuilder::build`].

use std::marker::PhantomData;

use crate::arn::Arn;
use crate::error::InvalidPolicy;
use crate::kind::{
    Boundary, Identity, Kind, Resource, ResourceControl, ServiceControl, Session, Trust,
};
use crate::model::{
    ActionPattern, ConditionEntry, ConditionValue, Conditions, Document, Effect, Element,
    OneOrMany, OperatorBlock, PrincipalEntry, PrincipalType, Principals, ResourcePattern,
    Statement, StatementElement, Version,
};
use crate::operator::{Comparison, Operator, Qualifier};
use crate::policy::Policy;
use crate::slot::{
    AccountId, FederatedPrincipal, IpRange, Partition, Pattern, PrincipalArn, Region, ResourceArn,
    ResourcePath, Segment, ServicePrincipal, StringSlot, escape,
};

/// Collects the statements of a policy of kind `K`.
#[derive(Debug, Clone)]
pub struct PolicyBuilder<K: Kind> {
    id: Option<String>,
    statements: Vec<Statement>,
    /// The places of statements that the catalogue does not judge.
    unchecked: Vec<String>,
    kind: PhantomData<K>,
}

/// Declares `Policy::identity()` and its like.
macro_rules! starts {
    ($($(#[$doc:meta])* $kind:ident $name:ident;)*) => {$(
        impl Policy<$kind> {
            $(#[$doc])*
            pub fn $name() -> PolicyBuilder<$kind> {
                PolicyBuilder {
                    id: None,
                    statements: Vec::new(),
                    unchecked: Vec::new(),
                    kind: PhantomData,
                }
            }
        }
    )*};
}

starts! {
    /// Begins an identity policy.
    ///
    /// ```
    /// use iam_dsl_core::builder::ip_address;
    /// use iam_dsl_core::{Policy, Statement};
    ///
    /// let policy = Policy::identity()
    ///     .statement(
    ///         Statement::allow(["s3:GetObject", "s3:ListBucket"])
    ///             .on(["arn:aws:s3:::assets", "arn:aws:s3:::assets/*"])
    ///             .when(ip_address("aws:SourceIp", "203.0.113.0/24".parse::<iam_dsl_core::slot::IpRange>()?))
    ///             .sid("ReadAssets"),
    ///     )
    ///     .build()?;
    /// assert!(policy.as_json().contains(r#""IpAddress":{"aws:SourceIp":"203.0.113.0/24"}"#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    Identity identity;
    /// Begins a trust policy.
    Trust trust;
    /// Begins a resource policy.
    Resource resource;
    /// Begins a permissions boundary.
    Boundary boundary;
    /// Begins a session policy.
    Session session;
    /// Begins a service control policy.
    ServiceControl service_control;
    /// Begins a resource control policy.
    ResourceControl resource_control;
}

impl<K: Kind> PolicyBuilder<K> {
    /// Adds a statement.
    #[must_use]
    pub fn statement(mut self, statement: impl StatementOf<K>) -> Self {
        let (statement, checked) = statement.into_statement();
        if !checked {
            self.unchecked
                .push(format!("/Statement/{}/", self.statements.len()));
        }
        self.statements.push(statement);
        self
    }

    /// Names the policy (`Id`), which resource policies may have.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Validates what was collected.
    ///
    /// # Errors
    /// All findings at once, where one of them is an error.
    pub fn build(self) -> Result<Policy<K>, InvalidPolicy> {
        let mut elements = vec![Element::Version(Version::V2012_10_17)];
        elements.extend(self.id.map(Element::Id));
        elements.push(Element::Statement(OneOrMany::Many(self.statements)));
        let unchecked = self.unchecked;
        Policy::judge(Document::new(elements), |finding| {
            let excused = finding.is_from_catalogue()
                && unchecked
                    .iter()
                    .any(|place| finding.pointer.starts_with(place));
            finding.is_error() && !excused
        })
    }
}

/// A statement to which no principal was given.
#[derive(Debug, Clone, Copy)]
pub enum NoPrincipal {}
/// A statement that says whom it concerns.
#[derive(Debug, Clone, Copy)]
pub enum WithPrincipal {}
/// A statement to which no resource was given.
#[derive(Debug, Clone, Copy)]
pub enum NoResource {}
/// A statement that says which resources it concerns.
#[derive(Debug, Clone, Copy)]
pub enum OnResources {}

/// A statement being written. `W` says whether it has a principal, `R` whether
/// it has resources.
#[derive(Debug, Clone)]
pub struct StatementBuilder<W = NoPrincipal, R = NoResource> {
    sid: Option<String>,
    effect: Effect,
    principal: Option<StatementElement>,
    action: StatementElement,
    resource: Option<StatementElement>,
    conditions: Vec<Condition>,
    checked: bool,
    state: PhantomData<(W, R)>,
}

impl Statement {
    /// Begins a statement that allows these actions.
    pub fn allow(actions: impl IntoList<ActionPattern>) -> StatementBuilder {
        StatementBuilder::new(Effect::Allow, StatementElement::Action(actions.into_list()))
    }

    /// Begins a statement that allows every action but these (`NotAction`).
    pub fn allow_not(actions: impl IntoList<ActionPattern>) -> StatementBuilder {
        StatementBuilder::new(
            Effect::Allow,
            StatementElement::NotAction(actions.into_list()),
        )
    }

    /// Begins a statement that denies these actions.
    pub fn deny(actions: impl IntoList<ActionPattern>) -> StatementBuilder {
        StatementBuilder::new(Effect::Deny, StatementElement::Action(actions.into_list()))
    }

    /// Begins a statement that denies every action but these (`NotAction`).
    pub fn deny_not(actions: impl IntoList<ActionPattern>) -> StatementBuilder {
        StatementBuilder::new(
            Effect::Deny,
            StatementElement::NotAction(actions.into_list()),
        )
    }
}

impl StatementBuilder {
    fn new(effect: Effect, action: StatementElement) -> Self {
        StatementBuilder {
            sid: None,
            effect,
            principal: None,
            action,
            resource: None,
            conditions: Vec::new(),
            checked: true,
            state: PhantomData,
        }
    }
}

impl<W, R> StatementBuilder<W, R> {
    /// Names the statement.
    #[must_use]
    pub fn sid(mut self, sid: impl Into<String>) -> Self {
        self.sid = Some(sid.into());
        self
    }

    /// Lets the statement name what the catalogue does not know yet: services,
    /// actions, condition keys and forms of ARNs that AWS added since
    /// ([`Catalogue::sources`](crate::catalogue::Catalogue::sources) tells when
    /// it was made). What IAM refuses stays an error.
    #[must_use]
    pub fn unchecked(mut self) -> Self {
        self.checked = false;
        self
    }

    /// Adds a condition; all conditions of a statement must hold.
    #[must_use]
    pub fn when(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }

    fn with<W2, R2>(self) -> StatementBuilder<W2, R2> {
        StatementBuilder {
            sid: self.sid,
            effect: self.effect,
            principal: self.principal,
            action: self.action,
            resource: self.resource,
            conditions: self.conditions,
            checked: self.checked,
            state: PhantomData,
        }
    }

    fn finish(self) -> Statement {
        let mut elements = Vec::with_capacity(6);
        elements.extend(self.sid.map(StatementElement::Sid));
        elements.push(StatementElement::Effect(self.effect));
        elements.extend(self.principal);
        elements.push(self.action);
        elements.extend(self.resource);
        if !self.conditions.is_empty() {
            elements.push(StatementElement::Condition(gather(self.conditions)));
        }
        Statement::new(elements)
    }
}

/// Conditions with one operator share its block, as JSON demands. The same key
/// twice under one operator keeps both, which the validator reports: merging
/// their values would turn "and" into "or".
fn gather(conditions: Vec<Condition>) -> Conditions {
    let mut blocks: Vec<OperatorBlock> = Vec::new();
    for Condition { operator, entry } in conditions {
        match blocks.iter_mut().find(|block| block.operator == operator) {
            Some(block) => block.entries.push(entry),
            None => blocks.push(OperatorBlock {
                operator,
                entries: vec![entry],
            }),
        }
    }
    Conditions { blocks }
}

impl<W> StatementBuilder<W, NoResource> {
    /// Says which resources the statement concerns.
    pub fn on(
        mut self,
        resources: impl IntoList<ResourcePattern>,
    ) -> StatementBuilder<W, OnResources> {
        self.resource = Some(StatementElement::Resource(resources.into_list()));
        self.with()
    }

    /// Says which resources the statement leaves out (`NotResource`).
    pub fn on_not(
        mut self,
        resources: impl IntoList<ResourcePattern>,
    ) -> StatementBuilder<W, OnResources> {
        self.resource = Some(StatementElement::NotResource(resources.into_list()));
        self.with()
    }
}

impl<R> StatementBuilder<NoPrincipal, R> {
    /// Says whom the statement concerns.
    pub fn principal(
        mut self,
        principal: impl Into<Principals>,
    ) -> StatementBuilder<WithPrincipal, R> {
        self.principal = Some(StatementElement::Principal(principal.into()));
        self.with()
    }

    /// Says whom the statement leaves out (`NotPrincipal`).
    pub fn not_principal(
        mut self,
        principal: impl Into<Principals>,
    ) -> StatementBuilder<WithPrincipal, R> {
        self.principal = Some(StatementElement::NotPrincipal(principal.into()));
        self.with()
    }
}

/// A statement that has what a policy of kind `K` demands and nothing that it
/// does not have.
#[diagnostic::on_unimplemented(
    message = "this statement does not fit into a policy of kind `{K}`",
    note = "identity, boundary, session and service control policies take `.on(…)` and no `.principal(…)`",
    note = "trust policies take `.principal(…)` and no `.on(…)`",
    note = "resource and resource control policies take both"
)]
pub trait StatementOf<K: Kind> {
    /// The finished statement, and whether the catalogue judges it.
    fn into_statement(self) -> (Statement, bool);
}

macro_rules! fits {
    ($($kind:ident: $who:ident, $what:ident;)*) => {$(
        impl StatementOf<$kind> for StatementBuilder<$who, $what> {
            fn into_statement(self) -> (Statement, bool) {
                let checked = self.checked;
                (self.finish(), checked)
            }
        }
    )*};
}

fits! {
    Identity: NoPrincipal, OnResources;
    Boundary: NoPrincipal, OnResources;
    Session: NoPrincipal, OnResources;
    ServiceControl: NoPrincipal, OnResources;
    Trust: WithPrincipal, NoResource;
    Resource: WithPrincipal, OnResources;
    ResourceControl: WithPrincipal, OnResources;
}

/// One value or several, where a policy takes either.
pub trait IntoList<T> {
    /// One value stands alone, an array or vector as a JSON array.
    fn into_list(self) -> OneOrMany<T>;
}

impl<T, U: Into<T>> IntoList<T> for Vec<U> {
    fn into_list(self) -> OneOrMany<T> {
        OneOrMany::Many(self.into_iter().map(Into::into).collect())
    }
}

impl<T, U: Into<T>, const N: usize> IntoList<T> for [U; N] {
    fn into_list(self) -> OneOrMany<T> {
        OneOrMany::Many(self.into_iter().map(Into::into).collect())
    }
}

macro_rules! single {
    ($($target:ident: $($from:ty),+;)*) => {$($(
        impl IntoList<$target> for $from {
            fn into_list(self) -> OneOrMany<$target> {
                OneOrMany::One(self.into())
            }
        }
    )+)*};
}

single! {
    ActionPattern: ActionPattern, &'static str;
    ResourcePattern: ResourcePattern, &'static str, Arn;
}

/// A literal of the program is an action as it stands; text that arises at run
/// time goes through [`ActionPattern::new`], so that the difference is seen.
impl From<&'static str> for ActionPattern {
    fn from(text: &'static str) -> Self {
        ActionPattern::new(text)
    }
}

/// A literal of the program is a pattern as it stands, wildcards included; text
/// that arises at run time goes through [`ResourcePattern::new`] or is an [`Arn`].
impl From<&'static str> for ResourcePattern {
    fn from(text: &'static str) -> Self {
        ResourcePattern::new(text)
    }
}

/// The one resource that the ARN names: wildcards and `$` in it are literal.
impl From<Arn> for ResourcePattern {
    fn from(arn: Arn) -> Self {
        let mut text = String::new();
        escape(&mut text, arn.as_str(), true);
        ResourcePattern::new(text)
    }
}

/// As of an [`Arn`]; this one is sure to be valid.
impl From<ResourceArn> for ResourcePattern {
    fn from(arn: ResourceArn) -> Self {
        let mut text = String::new();
        escape(&mut text, arn.as_str(), true);
        ResourcePattern::new(text)
    }
}

macro_rules! principals {
    ($($from:ty => $kind:ident;)*) => {$(
        impl From<$from> for Principals {
            fn from(value: $from) -> Self {
                Principals::Map(vec![PrincipalEntry {
                    kind: PrincipalType::$kind,
                    values: OneOrMany::One(value.as_str().to_owned()),
                }])
            }
        }

        impl From<Vec<$from>> for Principals {
            fn from(values: Vec<$from>) -> Self {
                Principals::Map(vec![PrincipalEntry {
                    kind: PrincipalType::$kind,
                    values: OneOrMany::Many(values.iter().map(|v| v.as_str().to_owned()).collect()),
                }])
            }
        }
    )*};
}

principals! {
    AccountId => Aws;
    PrincipalArn => Aws;
    ServicePrincipal => Service;
    FederatedPrincipal => Federated;
}

/// One condition of a statement.
#[derive(Debug, Clone)]
pub struct Condition {
    operator: Operator,
    entry: ConditionEntry,
}

impl Condition {
    /// A condition with any comparison of the policy language.
    pub fn new(
        comparison: Comparison,
        key: impl Into<String>,
        values: impl IntoOperands,
    ) -> Condition {
        Condition {
            operator: Operator::plain(comparison),
            entry: ConditionEntry {
                key: key.into(),
                values: values.into_operands(comparison.has_wildcards()),
            },
        }
    }

    /// Holds for a request without the key, too (`IfExists`).
    #[must_use]
    pub fn if_exists(mut self) -> Self {
        self.operator = self.operator.if_exists();
        self
    }

    /// Compares every value of the request (`ForAllValues:`); holds where there
    /// is none.
    #[must_use]
    pub fn for_all_values(mut self) -> Self {
        self.operator = self.operator.qualified(Qualifier::ForAllValues);
        self
    }

    /// Holds where some value of the request matches (`ForAnyValue:`).
    #[must_use]
    pub fn for_any_value(mut self) -> Self {
        self.operator = self.operator.qualified(Qualifier::ForAnyValue);
        self
    }
}

/// A value of a condition.
///
/// A literal of the program (`&'static str`) and a [`Pattern`] stand as they
/// are. A `String` and the checked types are bound: `$` in them is literal, and
/// so are `*` and `?` where the operator takes wildcards.
pub trait Operand {
    /// The value as the policy holds it.
    fn into_value(self, wildcards: bool) -> ConditionValue;
}

impl Operand for &'static str {
    fn into_value(self, _: bool) -> ConditionValue {
        ConditionValue::String(self.to_owned())
    }
}

impl Operand for Pattern {
    fn into_value(self, _: bool) -> ConditionValue {
        ConditionValue::String(self.as_str().to_owned())
    }
}

macro_rules! bound {
    ($($kind:ty),+) => {$(
        impl Operand for $kind {
            fn into_value(self, wildcards: bool) -> ConditionValue {
                let mut text = String::new();
                StringSlot::fill(&self, &mut text, wildcards);
                ConditionValue::String(text)
            }
        }
    )+};
}

bound!(
    String,
    Segment,
    ResourcePath,
    AccountId,
    Region,
    Partition,
    PrincipalArn,
    ServicePrincipal,
    Arn
);

macro_rules! written {
    ($($kind:ty),+) => {$(
        impl Operand for $kind {
            fn into_value(self, _: bool) -> ConditionValue {
                ConditionValue::String(self.to_string())
            }
        }
    )+};
}

written!(bool, u8, u16, u32, u64, i8, i16, i32, i64, IpRange);

impl Operand for std::time::SystemTime {
    fn into_value(self, _: bool) -> ConditionValue {
        ConditionValue::String(crate::date::format(self))
    }
}

/// One value of a condition or several.
pub trait IntoOperands {
    /// The values as the policy holds them.
    fn into_operands(self, wildcards: bool) -> OneOrMany<ConditionValue>;
}

impl<T: Operand> IntoOperands for T {
    fn into_operands(self, wildcards: bool) -> OneOrMany<ConditionValue> {
        OneOrMany::One(self.into_value(wildcards))
    }
}

impl<T: Operand> IntoOperands for Vec<T> {
    fn into_operands(self, wildcards: bool) -> OneOrMany<ConditionValue> {
        OneOrMany::Many(
            self.into_iter()
                .map(|value| value.into_value(wildcards))
                .collect(),
        )
    }
}

impl<T: Operand, const N: usize> IntoOperands for [T; N] {
    fn into_operands(self, wildcards: bool) -> OneOrMany<ConditionValue> {
        OneOrMany::Many(
            self.into_iter()
                .map(|value| value.into_value(wildcards))
                .collect(),
        )
    }
}

macro_rules! conditions {
    ($($name:ident $comparison:ident;)*) => {$(
        #[doc = concat!("A condition with the operator `", stringify!($comparison), "`.")]
        pub fn $name(key: impl Into<String>, values: impl IntoOperands) -> Condition {
            Condition::new(Comparison::$comparison, key, values)
        }
    )*};
}

conditions! {
    string_equals StringEquals;
    string_not_equals StringNotEquals;
    string_equals_ignore_case StringEqualsIgnoreCase;
    string_not_equals_ignore_case StringNotEqualsIgnoreCase;
    string_like StringLike;
    string_not_like StringNotLike;
    numeric_equals NumericEquals;
    numeric_not_equals NumericNotEquals;
    numeric_less_than NumericLessThan;
    numeric_less_than_equals NumericLessThanEquals;
    numeric_greater_than NumericGreaterThan;
    numeric_greater_than_equals NumericGreaterThanEquals;
    date_equals DateEquals;
    date_not_equals DateNotEquals;
    date_less_than DateLessThan;
    date_less_than_equals DateLessThanEquals;
    date_greater_than DateGreaterThan;
    date_greater_than_equals DateGreaterThanEquals;
    boolean Bool;
    binary_equals BinaryEquals;
    not_ip_address NotIpAddress;
    ip_address IpAddress;
    arn_equals ArnEquals;
    arn_like ArnLike;
    arn_not_equals ArnNotEquals;
    arn_not_like ArnNotLike;
    null Null;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_built() {
        let account = AccountId::new("111122223333").unwrap();
        let trust = Policy::trust()
            .statement(
                Statement::allow("sts:AssumeRole")
                    .principal(account)
                    .when(boolean("aws:MultiFactorAuthPresent", true)),
            )
            .build()
            .unwrap();
        assert_eq!(
            trust.as_json(),
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}"#
        );
    }

    #[test]
    fn bound_values_are_literal_and_literals_are_meant() {
        let name = String::from("a*${x");
        let policy = Policy::identity()
            .statement(
                Statement::allow(["s3:ListBucket"])
                    .on("*")
                    .when(string_like("s3:prefix", name))
                    .when(string_like("aws:PrincipalTag/team", ["ops-*"])),
            )
            .build()
            .unwrap();
        assert!(
            policy.as_json().contains(r#""s3:prefix":"a${*}${$}{x""#),
            "{policy}"
        );
        assert!(
            policy
                .as_json()
                .contains(r#""aws:PrincipalTag/team":["ops-*"]"#),
            "{policy}"
        );
    }

    #[test]
    fn all_findings_come_at_once() {
        let none: [&'static str; 0] = [];
        let error = Policy::identity()
            .statement(Statement::allow(none).on("bucket").sid("a-b"))
            .build()
            .unwrap_err();
        let codes: Vec<&str> = error
            .diagnostics()
            .iter()
            .map(|d| d.code.as_str())
            .collect();
        for code in ["MISSING_ACTION", "INVALID_ARN_PREFIX", "UNSUPPORTED_SID"] {
            assert!(codes.contains(&code), "{codes:?}");
        }
    }

    #[test]
    fn an_unchecked_statement_may_be_newer_than_the_catalogue() {
        let newer = || Statement::allow("newservice:DoIt").on("arn:aws:newservice:::x");
        let build = |statement| Policy::identity().statement(statement).build();
        let error = build(newer()).unwrap_err().to_string();
        assert!(error.contains("INVALID_SERVICE_IN_ACTION"), "{error}");
        assert!(build(newer().unchecked()).is_ok());
        // Only that statement, and only what the catalogue says.
        let both = Policy::identity()
            .statement(newer().unchecked())
            .statement(newer())
            .build();
        assert!(both.is_err());
        assert!(build(newer().unchecked().sid("a b")).is_err());
    }

    #[test]
    fn one_key_twice_under_one_operator_is_reported() {
        let error = Policy::identity()
            .statement(
                Statement::deny("s3:*")
                    .on("*")
                    .when(string_not_equals("aws:PrincipalTag/a", "x"))
                    .when(string_not_equals("aws:principaltag/a", "y")),
            )
            .build()
            .unwrap_err();
        assert!(
            error
                .to_string()
                .contains("DUPLICATE_KEYS_WITH_DIFFERENT_CASE"),
            "{error}"
        );
    }
}
