//! The one validator: macro, builder, JSON reader, planner and sandbox call it.
//!
//! Reading finds what is wrong with the shape of a document; the rules here
//! find what is wrong for a kind of policy. Every finding is collected.

mod action;
mod attached;
mod condition;
mod deputy;
mod element;
mod keys;
mod known;
mod organization;
mod passing;
mod principal;
mod redundant;
mod resource;
mod size;
mod support;
mod tables;
mod trust;
mod values;
mod variable;
mod wildcard;

pub use self::attached::ResourceKind;

pub(crate) use self::principal::{is_oidc, is_saml};
use crate::diagnostic::{Code, Diagnostic};
use crate::fix::Fix;
use crate::json::Node;
use crate::kind::PolicyKind;
use crate::model::{Document, Effect, OneOrMany, ResourcePattern, Statement};
use crate::pointer::Place;
use crate::read;

/// Everything that is wrong with a document used as `kind`, in the document's
/// order of statements.
///
/// The findings of severity [`Error`](crate::Severity::Error) are those that
/// stop a build: what IAM refuses, and what IAM Access Analyzer calls an error.
pub fn validate(document: &Document, kind: PolicyKind) -> Vec<Diagnostic> {
    Validator::new(kind).validate(document)
}

/// The validator with what more is known of the policy than its kind.
///
/// ```
/// use iam_dsl_core::{Code, Document, PolicyKind, ResourceKind, Validator};
///
/// let document = Document::from_json(
///     r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},
///         "Action":"kms:Decrypt","Resource":"arn:aws:s3:::assets/*"}}"#,
/// )?;
/// let findings = Validator::new(PolicyKind::Resource)
///     .resource(ResourceKind::S3Bucket)
///     .validate(&document);
/// assert!(findings.iter().any(|f| f.code == Code::UnsupportedActionInPolicy));
/// # Ok::<(), iam_dsl_core::InvalidPolicy>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validator {
    kind: PolicyKind,
    resource_kind: Option<ResourceKind>,
    former_scp_language: bool,
}

impl Validator {
    /// The rules of a kind of policy, as [`validate`] applies them.
    pub fn new(kind: PolicyKind) -> Self {
        Validator {
            kind,
            resource_kind: None,
            former_scp_language: false,
        }
    }

    /// Tells the type of the resource that a resource policy is on: actions and
    /// ARNs of other types are then findings, and the length is held to the
    /// type's quota.
    #[must_use]
    pub fn resource(mut self, kind: ResourceKind) -> Self {
        self.resource_kind = Some(kind);
        self
    }

    /// Holds service control policies to the language that they had until
    /// September 2025, which is still that of the regions in China: no condition,
    /// no `NotAction` and no resource in an Allow, no `NotResource`, wildcards at
    /// the end of an action only.
    #[must_use]
    pub fn former_scp_language(mut self) -> Self {
        self.former_scp_language = true;
        self
    }

    /// As [`validate()`].
    pub fn validate(self, document: &Document) -> Vec<Diagnostic> {
        let mut rules = self.rules(document.has_variables());
        rules.document(document);
        rules.findings
    }

    fn rules(self, variables: bool) -> Rules {
        Rules {
            kind: self.kind,
            resource_kind: self.resource_kind,
            former_scp_language: self.former_scp_language,
            variables,
            effect: None,
            suggestions: SUGGESTIONS,
            service: None,
            near_action: 0,
            near_services: std::collections::HashMap::new(),
            findings: Vec::new(),
        }
    }
}

/// Reads and validates a JSON text. The document is `None` only where the text
/// is no JSON object; with errors in it, it holds what could be understood.
pub fn validate_json(text: &str, kind: PolicyKind) -> (Option<Document>, Vec<Diagnostic>) {
    let (document, structure) = read::read_json(text);
    let mut findings = combine(document.as_ref(), structure, kind);
    if document.is_some() {
        size::characters(text, &mut findings);
    }
    (document, findings)
}

/// As [`validate_json`], for a JSON tree.
pub fn validate_node(node: &Node, kind: PolicyKind) -> (Option<Document>, Vec<Diagnostic>) {
    validate_owned_node(node.clone(), kind)
}

pub(crate) fn validate_owned_node(
    node: Node,
    kind: PolicyKind,
) -> (Option<Document>, Vec<Diagnostic>) {
    let (document, structure) = read::read_node(node);
    let findings = combine(document.as_ref(), structure, kind);
    (document, findings)
}

/// The findings of reading and of the rules, without those rules' findings that
/// only repeat that something could not be read.
fn combine(
    document: Option<&Document>,
    structure: Vec<Diagnostic>,
    kind: PolicyKind,
) -> Vec<Diagnostic> {
    let Some(document) = document else {
        return structure;
    };
    let mut findings = validate(document, kind);
    if !structure.is_empty() {
        let unread: std::collections::HashSet<&str> =
            structure.iter().map(|d| d.pointer.as_str()).collect();
        findings.retain(|finding| {
            let place = finding.pointer.as_str();
            let beneath = |pointer: &&str| {
                let rest = pointer.strip_prefix(place);
                rest.is_some_and(|rest| rest.starts_with('/'))
            };
            let repeats = unread.contains(place)
                || (reports_emptiness(finding) && unread.iter().any(beneath))
                || elements_missed_by(finding.code)
                    .iter()
                    .any(|key| unread.contains(format!("{place}/{key}").as_str()));
            !repeats
        });
    }
    let mut all = structure;
    all.append(&mut findings);
    all
}

/// Whether a finding says that something is empty: it is not where it holds what
/// could not be read.
fn reports_emptiness(finding: &Diagnostic) -> bool {
    match finding.code {
        Code::EmptyObjectPrincipal | Code::EmptyObjectCondition => true,
        // At a statement it says that there is no principal at all.
        Code::MissingPrincipal => finding.pointer.ends_with("Principal"),
        _ => false,
    }
}

/// The elements whose absence a code reports: an element that is there but
/// could not be read is not missing.
fn elements_missed_by(code: Code) -> &'static [&'static str] {
    match code {
        Code::MissingVersion | Code::VersionTooOld => &["Version"],
        Code::MissingStatement => &["Statement"],
        Code::MissingEffect => &["Effect"],
        Code::MissingAction => &["Action", "NotAction"],
        Code::MissingResource => &["Resource", "NotResource"],
        Code::MissingPrincipal => &["Principal", "NotPrincipal"],
        _ => &[],
    }
}

/// What the rules share while a document is walked.
struct Rules {
    kind: PolicyKind,
    resource_kind: Option<ResourceKind>,
    former_scp_language: bool,
    /// The effect of the statement that is walked.
    effect: Option<Effect>,
    /// Whether `${…}` is a variable in this document.
    variables: bool,
    /// How many more unknown names are compared with all that the catalogue has:
    /// a search costs a thousand look-ups, and nobody reads the hundredth.
    suggestions: usize,
    /// The service that was last looked up.
    service: Option<(String, Option<crate::catalogue::Service>)>,
    /// Where the last action of that service was looked for.
    near_action: usize,
    /// The help for services that are unknown.
    near_services: std::collections::HashMap<String, String>,
    findings: Vec<Diagnostic>,
}

/// How many unknown names of one document get a "did you mean".
const SUGGESTIONS: usize = 50;

/// The longest message; a longer one, of a text that somebody made long, is cut.
const MESSAGE: usize = 2_000;

impl Rules {
    /// Whether one more unknown name is looked for among the known ones.
    fn may_suggest(&mut self) -> bool {
        let may = self.suggestions > 0;
        self.suggestions = self.suggestions.saturating_sub(1);
        may
    }

    /// Reports a finding and returns it for help and refusal to be added.
    fn report(&mut self, code: Code, place: Place<'_>, message: impl Into<String>) -> Report<'_> {
        self.report_at(code, place.pointer(), message)
    }

    /// As `report`, for a place that is a pointer already.
    fn report_at(&mut self, code: Code, pointer: String, message: impl Into<String>) -> Report<'_> {
        Report {
            diagnostic: Some(Diagnostic::new(code, pointer, cut(message.into()))),
            findings: &mut self.findings,
        }
    }
}

/// The place of an item of an element that may be written without brackets.
fn item<'p>(statement: &Statement, key: &str, list: &'p Place<'p>, index: usize) -> Place<'p> {
    use crate::model::StatementElement::{Action, NotAction, NotResource, Resource};
    let single = statement.elements().iter().any(|element| {
        element.key() == key
            && matches!(
                element,
                Action(OneOrMany::One(_))
                    | NotAction(OneOrMany::One(_))
                    | Resource(OneOrMany::One(_))
                    | NotResource(OneOrMany::One(_))
            )
    });
    if single { *list } else { list.index(index) }
}

/// The message, or the beginning of one that is very long.
fn cut(mut message: String) -> String {
    if message.len() > MESSAGE {
        let end = (0..=MESSAGE)
            .rev()
            .find(|&end| message.is_char_boundary(end));
        message.truncate(end.unwrap_or(0));
        message.push('…');
    }
    message
}

/// A finding being worded; it is recorded when this is dropped.
struct Report<'r> {
    diagnostic: Option<Diagnostic>,
    findings: &'r mut Vec<Diagnostic>,
}

impl Report<'_> {
    fn help(mut self, help: impl Into<String>) -> Self {
        self.diagnostic = self.diagnostic.take().map(|d| d.help(cut(help.into())));
        self
    }

    fn related(mut self, place: Place<'_>) -> Self {
        let pointer = place.pointer();
        self.diagnostic = self.diagnostic.take().map(|d| d.related(pointer));
        self
    }

    fn fix(mut self, fix: Fix) -> Self {
        self.diagnostic = self.diagnostic.take().map(|d| d.fixed_by(fix));
        self
    }

    fn refused(mut self, message: impl Into<String>) -> Self {
        self.diagnostic = self.diagnostic.take().map(|d| d.refused(message));
        self
    }
}

impl Drop for Report<'_> {
    fn drop(&mut self) {
        self.findings.extend(self.diagnostic.take());
    }
}

/// What is wrong with one principal, where something is: for the types that
/// hold a principal.
pub(crate) fn principal_problem(
    principal: crate::model::PrincipalType,
    value: &str,
    kind: PolicyKind,
) -> Result<(), String> {
    problem(kind, |rules| rules.principal(principal, value, Place::ROOT))
}

/// What is wrong with one resource, where something is: for the type that holds
/// an ARN of a policy.
pub(crate) fn resource_problem(text: &str) -> Result<(), String> {
    let resource = OneOrMany::One(ResourcePattern::new(text));
    problem(PolicyKind::Identity, |rules| {
        rules.resources(&resource, Place::ROOT);
    })
}

fn problem(kind: PolicyKind, judge: impl FnOnce(&mut Rules)) -> Result<(), String> {
    let mut rules = Validator::new(kind).rules(true);
    judge(&mut rules);
    match rules.findings.into_iter().find(Diagnostic::is_error) {
        None => Ok(()),
        Some(finding) => Err(finding.help.unwrap_or(finding.message)),
    }
}
