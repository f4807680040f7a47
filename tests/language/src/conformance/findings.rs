//! What IAM Access Analyzer said of policies, held against our findings.
//!
//! A line of the record has a policy's name and the service's findings on it; the
//! policies come from a file of their own. Every finding of the service counts as
//! a case: it agrees where ours has the same code and severity at the same places.
//! What we report beyond is told by code; of the codes that rest on the catalogue
//! (unknown action, service, key) each is named with its reason, or disagrees.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use iam_dsl::{Diagnostic, Document, PolicyKind, validate};
use serde_json::Value;

use super::{Disagreement, Report, member};

/// Why we say more than the service of a few documents: name, code, reason,
/// separated by tabs.
const REASONS: &str = include_str!("findings-reasons.tsv");

/// The codes that ask whether something exists, as the catalogue answers.
const EXISTENCE: [&str; 5] = [
    "INVALID_ACTION",
    "INVALID_SERVICE_IN_ACTION",
    "INVALID_SERVICE",
    "INVALID_SERVICE_CONDITION_KEY",
    "INVALID_GLOBAL_CONDITION_KEY",
];

/// The size above which the service's findings are incomplete.
const SIZE: &str = "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA";

/// How one code went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Tally {
    /// Findings of the service that are ours too.
    agree: usize,
    /// Findings of the service that are not.
    missing: usize,
    /// The documents on which we report the code beyond the service.
    beyond: BTreeSet<String>,
}

/// How a record went.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    /// Cases, disagreements and notes.
    pub report: Report,
    documents: usize,
    codes: BTreeMap<String, Tally>,
    /// The documents with any existence code beyond the service.
    existence: BTreeSet<String>,
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (code, tally) in &self.codes {
            writeln!(
                f,
                "{code}: {} agree, {} missing, beyond the service on {} documents",
                tally.agree,
                tally.missing,
                tally.beyond.len()
            )?;
            if !tally.beyond.is_empty() {
                let names: Vec<&str> = tally.beyond.iter().map(String::as_str).collect();
                writeln!(f, "  {}", names.join(", "))?;
            }
        }
        writeln!(
            f,
            "existence codes beyond the service: {} of {} documents ({:.1} %)",
            self.existence.len(),
            self.documents,
            percent(self.existence.len(), self.documents)
        )?;
        write!(f, "{}", self.report)
    }
}

fn percent(part: usize, whole: usize) -> f64 {
    // Both are counts of documents, far below what a float holds exactly.
    #[allow(clippy::cast_precision_loss)]
    let percent = 100.0 * part as f64 / whole.max(1) as f64;
    percent
}

/// The policies of a file of `name`, `document` lines.
///
/// # Errors
/// Where a line is no such object, with its number.
pub fn policies(text: &str) -> Result<BTreeMap<String, Value>, String> {
    let mut policies = BTreeMap::new();
    for (index, line) in text
        .lines()
        .enumerate()
        .filter(|(_, l)| !l.trim().is_empty())
    {
        let told = |problem: String| format!("line {} of the policies: {problem}", index + 1);
        let case: Value = serde_json::from_str(line).map_err(|e| told(e.to_string()))?;
        let name = member(&case, "name").map_err(told)?;
        let name = name.as_str().unwrap_or_default().to_owned();
        policies.insert(name, member(&case, "document").map_err(told)?.clone());
    }
    Ok(policies)
}

/// Compares a record with what we find. Blank lines are passed over.
pub fn compare(record: &str, policies: &BTreeMap<String, Value>) -> Comparison {
    let mut comparison = Comparison::default();
    for (index, line) in record.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        if let Err((name, reason)) = comparison.line(line, policies) {
            comparison.report.disagreements.push(Disagreement {
                line: index + 1,
                name,
                reason,
            });
        }
    }
    comparison.limits();
    comparison
}

/// One finding as both sides tell it: code, severity, places.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Told {
    code: String,
    severity: String,
    places: BTreeSet<String>,
}

impl Told {
    fn by_us(finding: &Diagnostic) -> Self {
        let place = |pointer: &String| pointer.replace("~1", "/").replace("~0", "~");
        let mut places: BTreeSet<String> = finding.related.iter().map(place).collect();
        places.insert(place(&finding.pointer));
        Told {
            code: finding.code.as_str().to_owned(),
            severity: finding.severity.as_str().to_owned(),
            places,
        }
    }

    fn by_the_service(finding: &Value) -> Result<Self, String> {
        let text = |name: &str| -> Result<String, String> {
            let text = member(finding, name)?.as_str();
            Ok(text.ok_or("a finding's member is no text")?.to_owned())
        };
        let paths = member(finding, "paths")?.as_array();
        let places = paths
            .ok_or("`paths` is no list")?
            .iter()
            .filter_map(Value::as_str)
            // The service writes `/` for the document.
            .map(|path| if path == "/" { "" } else { path }.to_owned())
            .collect();
        Ok(Told {
            code: text("code")?,
            severity: text("type")?,
            places,
        })
    }
}

impl Comparison {
    fn line(
        &mut self,
        line: &str,
        policies: &BTreeMap<String, Value>,
    ) -> Result<(), (String, String)> {
        let unnamed = |reason: String| (String::new(), reason);
        let case: Value =
            serde_json::from_str(line).map_err(|e| unnamed(format!("the line is no JSON: {e}")))?;
        let name = member(&case, "name").map_err(unnamed)?;
        let name = name.as_str().unwrap_or_default().to_owned();
        let failed = |reason: String| (name.clone(), reason);
        let document = policies
            .get(&name)
            .ok_or_else(|| failed("the policies have none of this name".to_owned()))?;
        let document: Document = document
            .to_string()
            .parse()
            .map_err(|e| failed(format!("it cannot be read: {e}")))?;
        let theirs = member(&case, "findings").map_err(failed)?;
        let theirs: Vec<Told> = theirs
            .as_array()
            .into_iter()
            .flatten()
            .map(Told::by_the_service)
            .collect::<Result<_, _>>()
            .map_err(failed)?;
        self.documents += 1;
        self.document(&name, &document, theirs);
        Ok(())
    }

    fn document(&mut self, name: &str, document: &Document, theirs: Vec<Told>) {
        let mut ours: Vec<Told> = validate(document, PolicyKind::Identity)
            .iter()
            .map(Told::by_us)
            .collect();
        // The record lacks even the finding on the size for some of these.
        let oversize = ours.iter().chain(&theirs).any(|told| told.code == SIZE);
        for told in theirs {
            // Two findings of the service may be one of ours, never the reverse.
            let found = ours.iter().position(|own| {
                own.code == told.code
                    && own.severity == told.severity
                    && told.places.is_subset(&own.places)
            });
            let tally = self.codes.entry(told.code.clone()).or_default();
            if let Some(found) = found {
                tally.agree += 1;
                self.report.agree += 1;
                ours.remove(found);
                continue;
            }
            let told_of = Disagreement {
                line: self.documents,
                name: name.to_owned(),
                reason: format!("{} at {:?} is not reported", told.code, told.places),
            };
            if oversize && told.code != SIZE {
                self.report.notes.push(told_of);
            } else {
                tally.missing += 1;
                self.report.disagreements.push(told_of);
            }
        }
        for own in ours {
            if own.code.starts_with("IAM_") {
                continue;
            }
            let place = own.places.first().cloned().unwrap_or_default();
            let tally = self.codes.entry(own.code.clone()).or_default();
            tally.beyond.insert(name.to_owned());
            if EXISTENCE.contains(&own.code.as_str()) && !oversize {
                self.existence.insert(name.to_owned());
                self.explain(name, &own.code, &place);
            }
        }
    }

    /// Names a finding beyond the service with its reason.
    fn explain(&mut self, name: &str, code: &str, place: &str) {
        let reason = REASONS.lines().find_map(|line| {
            let mut fields = line.split('\t');
            let here = fields.next() == Some(name) && fields.next() == Some(code);
            here.then(|| fields.next()).flatten()
        });
        let told = |reason: String| Disagreement {
            line: self.documents,
            name: name.to_owned(),
            reason,
        };
        match reason {
            Some(reason) => self.report.notes.push(told(format!(
                "{code} at {place} beyond the service: {reason}"
            ))),
            None => self.report.disagreements.push(told(format!(
                "{code} at {place} beyond the service, without a reason"
            ))),
        }
    }

    /// What holds of the record as a whole.
    fn limits(&mut self) {
        if self.existence.len() * 50 > self.documents {
            self.report.disagreements.push(Disagreement {
                line: 0,
                name: String::new(),
                reason: format!(
                    "existence codes beyond the service on {} of {} documents, and 2 % is the limit",
                    self.existence.len(),
                    self.documents
                ),
            });
        }
    }

    /// The comparison as JSON, for programs.
    pub fn to_json(&self) -> Value {
        let codes: serde_json::Map<String, Value> = self
            .codes
            .iter()
            .map(|(code, tally)| {
                let told = serde_json::json!({
                    "agree": tally.agree,
                    "missing": tally.missing,
                    "beyond": tally.beyond,
                });
                (code.clone(), told)
            })
            .collect();
        let mut json = self.report.to_json();
        if let Some(members) = json.as_object_mut() {
            members.insert("codes".to_owned(), Value::Object(codes));
            members.insert("existence_beyond".to_owned(), self.existence.len().into());
        }
        json
    }
}
