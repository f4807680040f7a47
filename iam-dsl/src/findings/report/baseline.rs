//! What a team has looked at and accepts, for a while.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use iam_dsl_core::json::{self, Node};
use iam_dsl_core::pointer::Place;
use iam_dsl_core::suggest::nearest;
use iam_dsl_core::{Code, Diagnostic, date};
use serde::Serialize;

use super::{Acceptance, Examined, Report};

/// A list of accepted findings, each with the reason and the last day (UTC) on
/// which it holds.
///
/// An entry accepts one finding with its code and fingerprint in its document;
/// where no document of that name is in the report any more, in one of another
/// name, so that a file may be renamed. An entry that has expired accepts
/// nothing and is reported ([`Code::BaselineExpired`]); one without its finding
/// is reported too ([`Code::BaselineUnused`]), so that the list never grows
/// stale.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
///
/// use iam_dsl::PolicyKind;
/// use iam_dsl::findings::report::{Baseline, Report};
///
/// let text = r#"{
///   "Version": "2012-10-17",
///   "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }]
/// }"#;
/// let report = Report::of_json("admin.json", text, PolicyKind::Identity);
/// // The first time: accept what is there, and keep the text.
/// let count = report.findings().count();
/// let baseline = Baseline::of(&report, "the administrators' own policy", "2026-12-31")?;
/// let kept = baseline.to_json();
///
/// let now = UNIX_EPOCH + Duration::from_secs(1_780_000_000); // in May 2026
/// let report = report.accept(&Baseline::from_json(&kept)?, now);
/// assert_eq!(report.findings().count(), 0);
/// assert_eq!(report.accepted().count(), count);
/// # Ok::<(), iam_dsl::findings::report::BaselineError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    name: String,
    text: String,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    /// The code's text: the code may be of another version of the library.
    code: Code,
    document: String,
    fingerprint: String,
    acceptance: Acceptance,
}

/// Why a baseline cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaselineError {
    kind: BaselineErrorKind,
    /// Line and column from 1, where the baseline is a text.
    place: Option<(usize, usize)>,
    problem: String,
}

/// What is wrong with a baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BaselineErrorKind {
    /// The text is no JSON.
    Syntax,
    /// It is JSON of another form.
    Form,
    /// It is of a version that this library does not know.
    Version,
    /// A code that there is not.
    Code,
    /// A date that there is not.
    Date,
    /// An entry without a reason.
    Reason,
}

const FORMAT: &str = "iam-dsl-baseline";
const VERSION: &str = "1";

impl Baseline {
    /// A baseline of no entries.
    pub fn empty() -> Baseline {
        Baseline {
            name: NAME.to_owned(),
            text: String::new(),
            entries: Vec::new(),
        }
    }

    /// Reads a baseline, as [`Baseline::to_json`] writes it:
    ///
    /// ```json
    /// {
    ///   "format": "iam-dsl-baseline",
    ///   "version": 1,
    ///   "accepted": [
    ///     {
    ///       "code": "FULL_ACCESS",
    ///       "document": "admin.json",
    ///       "fingerprint": "2b0c6a3f9d8e4715a6b2c0d4e8f13579",
    ///       "reason": "the administrators' own policy",
    ///       "expires": "2026-12-31"
    ///     }
    ///   ]
    /// }
    /// ```
    ///
    /// # Errors
    /// With line and column, where the text is no JSON of this form.
    pub fn from_json(text: &str) -> Result<Baseline, BaselineError> {
        let node = json::parse(text).map_err(|error| BaselineError {
            kind: BaselineErrorKind::Syntax,
            place: Some((error.line, error.column)),
            problem: error.message,
        })?;
        let reader = Reader { text };
        Ok(Baseline {
            name: NAME.to_owned(),
            text: text.to_owned(),
            entries: reader.top(&node)?,
        })
    }

    /// A baseline that accepts everything that a report finds, with one reason
    /// and one day (`YYYY-MM-DD`) for all: how one begins. The reasons are there
    /// to be made better.
    ///
    /// # Errors
    /// Where the reason is empty, or the day is no date.
    pub fn of(report: &Report, reason: &str, expires: &str) -> Result<Baseline, BaselineError> {
        let acceptance = acceptance(reason, expires).map_err(|(kind, problem)| BaselineError {
            kind,
            place: None,
            problem,
        })?;
        let entries = report
            .findings()
            .filter(|(_, finding)| !is_of_baseline(finding.code()))
            .map(|(document, finding)| Entry {
                code: finding.code(),
                document: document.name().to_owned(),
                fingerprint: finding.fingerprint().to_owned(),
                acceptance: acceptance.clone(),
            })
            .collect();
        let mut baseline = Baseline {
            entries,
            ..Baseline::empty()
        };
        baseline.text = baseline.to_json();
        Ok(baseline)
    }

    /// What the baseline is called where its own findings are reported; else
    /// `baseline.json`.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Baseline {
        self.name = name.into();
        self
    }

    /// The entries of both.
    #[must_use]
    pub fn and(mut self, other: Baseline) -> Baseline {
        self.entries.extend(other.entries);
        self.text = self.to_json();
        self
    }

    /// How many findings it accepts.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it accepts none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The baseline as indented JSON.
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Top<'b> {
            format: &'static str,
            version: u32,
            accepted: Vec<One<'b>>,
        }
        #[derive(Serialize)]
        struct One<'b> {
            code: &'static str,
            document: &'b str,
            fingerprint: &'b str,
            reason: &'b str,
            expires: &'b str,
        }
        let accepted = self.entries.iter().map(|entry| One {
            code: entry.code.as_str(),
            document: &entry.document,
            fingerprint: &entry.fingerprint,
            reason: &entry.acceptance.reason,
            expires: &entry.acceptance.expires,
        });
        super::json::indented(&Top {
            format: FORMAT,
            version: 1,
            accepted: accepted.collect(),
        })
    }

    /// The report with the findings that are accepted on the day of `now` (UTC)
    /// marked so, and with what there is to say about the baseline itself. A
    /// report of single documents says nothing of entries for other documents,
    /// nor any report of entries for checks that were not made.
    #[must_use]
    pub fn apply(&self, mut report: Report, now: SystemTime) -> Report {
        let today = day_of(now);
        let names: BTreeSet<&str> = report.documents.iter().map(|d| d.name.as_str()).collect();
        let present: Vec<bool> = self
            .entries
            .iter()
            .map(|entry| names.contains(entry.document.as_str()))
            .collect();
        // Where the findings with a code and fingerprint are, in order.
        let mut places: BTreeMap<(Code, String), Vec<(usize, usize)>> = BTreeMap::new();
        for (document, examined) in report.documents.iter().enumerate() {
            for (index, finding) in examined.findings.iter().enumerate() {
                let key = (finding.code(), finding.fingerprint.clone());
                places.entry(key).or_default().push((document, index));
            }
        }
        let mut own = Vec::new();
        // Those whose document is there choose first.
        let order = |wanted: bool| {
            let all = self.entries.iter().zip(&present).enumerate();
            all.filter(move |(_, (_, present))| **present == wanted)
        };
        for (index, (entry, &present)) in order(true).chain(order(false)) {
            if !report.checks.has(entry.code) {
                continue;
            }
            let free = places
                .get_mut(&(entry.code, entry.fingerprint.clone()))
                .and_then(|list| {
                    let fits = |(document, _): &(usize, usize)| {
                        let examined = report.documents.get(*document);
                        !present || examined.is_some_and(|e| e.name == entry.document)
                    };
                    let at = list.iter().position(fits)?;
                    Some(list.remove(at))
                });
            let place = format!("/accepted/{index}");
            let expired = entry.acceptance.expires.as_str() < today.as_str();
            match free {
                Some(_) if expired => own.push(expired_entry(entry, place)),
                Some((document, finding)) => {
                    let examined = report.documents.get_mut(document);
                    let finding = examined.and_then(|e| e.findings.get_mut(finding));
                    if let Some(finding) = finding {
                        finding.accepted = Some(entry.acceptance.clone());
                    }
                }
                None if present || report.complete => own.push(unused_entry(entry, place)),
                None => {}
            }
        }
        own.retain(|finding| report.checks.has(finding.code));
        if !own.is_empty() {
            own.sort_by_key(|finding| entry_number(&finding.pointer));
            report.documents.push(Examined::new(
                self.name.clone(),
                None,
                self.text.clone(),
                own,
            ));
        }
        report
    }
}

/// What a baseline is called that has no name.
const NAME: &str = "baseline.json";

pub(super) fn is_of_baseline(code: Code) -> bool {
    matches!(code, Code::BaselineExpired | Code::BaselineUnused)
}

fn entry_number(pointer: &str) -> usize {
    let number = pointer.rsplit('/').next();
    number.and_then(|n| n.parse().ok()).unwrap_or_default()
}

fn expired_entry(entry: &Entry, place: String) -> Diagnostic {
    let Acceptance { reason, expires } = &entry.acceptance;
    Diagnostic::new(
        Code::BaselineExpired,
        place,
        format!(
            "{} in {} was accepted until {expires}: {reason}",
            entry.code, entry.document
        ),
    )
    .help("put the document right, or decide again and set a later day")
}

fn unused_entry(entry: &Entry, place: String) -> Diagnostic {
    Diagnostic::new(
        Code::BaselineUnused,
        place,
        format!(
            "{} is accepted in {}, where it is not found: it was put right, or its statement has changed",
            entry.code, entry.document
        ),
    )
    .help("remove the entry")
}

/// The day of an instant, in UTC, as `YYYY-MM-DD`.
fn day_of(now: SystemTime) -> String {
    let seconds = match now.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |s| -s),
    };
    let instant = jiff::Timestamp::from_second(seconds).unwrap_or(if seconds < 0 {
        jiff::Timestamp::MIN
    } else {
        jiff::Timestamp::MAX
    });
    instant.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}

fn acceptance(reason: &str, expires: &str) -> Result<Acceptance, (BaselineErrorKind, String)> {
    if reason.trim().is_empty() {
        let problem = "an acceptance says why: write a reason".to_owned();
        return Err((BaselineErrorKind::Reason, problem));
    }
    if expires.len() != 10 || date::parse(expires).is_none() {
        let problem = format!("`{expires}` is no day; write one as YYYY-MM-DD, such as 2026-12-31");
        return Err((BaselineErrorKind::Date, problem));
    }
    Ok(Acceptance {
        reason: reason.to_owned(),
        expires: expires.to_owned(),
    })
}

/// Reads the JSON of a baseline.
struct Reader<'t> {
    text: &'t str,
}

const TOP: [&str; 3] = ["format", "version", "accepted"];
const ENTRY: [&str; 5] = ["code", "document", "fingerprint", "reason", "expires"];

impl Reader<'_> {
    fn error(
        &self,
        kind: BaselineErrorKind,
        place: Place<'_>,
        problem: impl Into<String>,
    ) -> BaselineError {
        BaselineError {
            kind,
            place: json::locate(self.text, &place.pointer()),
            problem: problem.into(),
        }
    }

    fn top(&self, node: &Node) -> Result<Vec<Entry>, BaselineError> {
        let root = Place::ROOT;
        let members = self.members(node, root, &TOP)?;
        if !matches!(members.get("format"), Some(Node::String(text)) if text == FORMAT) {
            let problem = format!("a baseline has `\"format\": \"{FORMAT}\"`");
            return Err(self.error(BaselineErrorKind::Form, root.key("format"), problem));
        }
        match members.get("version") {
            Some(Node::Number(version)) if version == VERSION => {}
            other => {
                let found = other.map_or("none".to_owned(), |node| format!("`{node}`"));
                let problem = format!(
                    "this library reads version {VERSION} of the format, and this is {found}"
                );
                return Err(self.error(BaselineErrorKind::Version, root.key("version"), problem));
            }
        }
        let place = root.key("accepted");
        match members.get("accepted") {
            Some(Node::Array(entries)) => entries
                .iter()
                .enumerate()
                .map(|(index, entry)| self.entry(entry, place.index(index)))
                .collect(),
            _ => Err(self.error(
                BaselineErrorKind::Form,
                place,
                "`accepted` is a list of entries",
            )),
        }
    }

    fn entry(&self, node: &Node, place: Place<'_>) -> Result<Entry, BaselineError> {
        let members = self.members(node, place, &ENTRY)?;
        let text = |key: &str| match members.get(key) {
            Some(Node::String(text)) => Ok(text.as_str()),
            Some(other) => {
                let problem = format!("`{key}` is a string, and this is {}", other.type_name());
                Err(self.error(BaselineErrorKind::Form, place.key(key), problem))
            }
            None => {
                let problem = format!("the entry has no `{key}`");
                Err(self.error(BaselineErrorKind::Form, place, problem))
            }
        };
        let name = text("code")?;
        let codes = Code::ALL.iter().copied();
        let Some(code) = codes.clone().find(|code| code.as_str() == name) else {
            let near = nearest(name, codes.map(Code::as_str));
            let help = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            let problem = format!("there is no code `{name}`{help}");
            return Err(self.error(BaselineErrorKind::Code, place.key("code"), problem));
        };
        let acceptance =
            acceptance(text("reason")?, text("expires")?).map_err(|(kind, problem)| {
                let key = if kind == BaselineErrorKind::Reason {
                    "reason"
                } else {
                    "expires"
                };
                self.error(kind, place.key(key), problem)
            })?;
        Ok(Entry {
            code,
            document: text("document")?.to_owned(),
            fingerprint: text("fingerprint")?.to_owned(),
            acceptance,
        })
    }

    /// The members of an object that has none but these, each once.
    fn members<'n>(
        &self,
        node: &'n Node,
        place: Place<'_>,
        known: &[&str],
    ) -> Result<BTreeMap<&'n str, &'n Node>, BaselineError> {
        let Node::Object(members) = node else {
            let problem = format!("this is an object in a baseline, not {}", node.type_name());
            return Err(self.error(BaselineErrorKind::Form, place, problem));
        };
        let mut found = BTreeMap::new();
        for (key, value) in members {
            if !known.contains(&key.as_str()) {
                let problem = match nearest(key, known.iter().copied()) {
                    Some(near) => format!("`{key}` means nothing here; did you mean `{near}`?"),
                    None => format!("`{key}` means nothing here; known are {}", known.join(", ")),
                };
                return Err(self.error(BaselineErrorKind::Form, place.key(key), problem));
            }
            if found.insert(key.as_str(), value).is_some() {
                let problem = format!("`{key}` is there twice");
                return Err(self.error(BaselineErrorKind::Form, place.key(key), problem));
            }
        }
        Ok(found)
    }
}

impl BaselineError {
    /// What is wrong.
    pub fn kind(&self) -> BaselineErrorKind {
        self.kind
    }
}

impl fmt::Display for BaselineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the baseline cannot be used: ")?;
        if let Some((line, column)) = self.place {
            write!(f, "line {line}, column {column}: ")?;
        }
        f.write_str(&self.problem)
    }
}

impl std::error::Error for BaselineError {}
