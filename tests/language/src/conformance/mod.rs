//! Runs files of cases against the library.
//!
//! A file holds one JSON object a line; what the object says depends on the
//! kind. Every case agrees or disagrees, and a disagreement says why.

mod authorization;
mod compare;
mod equivalence;
pub mod findings;
mod grammar;
mod mutants;
mod roundtrip;
mod tables;
mod tally;

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

pub use tally::Tally;

/// What a file's cases state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A document survives reading and writing.
    Roundtrip,
    /// IAM takes or refuses a document as a managed policy.
    Grammar,
    /// Two documents mean the same, or not.
    Equivalence,
    /// How a request is decided.
    Authorization,
    /// What IAM Access Analyzer says of a policy; see [`findings`].
    Findings,
    /// Whether one policy allows what another does not.
    Compare,
    /// Policies against mutants of theirs.
    Mutants,
}

impl Kind {
    const ALL: [(&'static str, Kind); 7] = [
        ("roundtrip", Kind::Roundtrip),
        ("grammar", Kind::Grammar),
        ("equivalence", Kind::Equivalence),
        ("authorization", Kind::Authorization),
        ("findings", Kind::Findings),
        ("compare", Kind::Compare),
        ("mutants", Kind::Mutants),
    ];
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Kind::ALL.iter().find(|(name, _)| *name == text);
        found.map(|(_, kind)| *kind).ok_or_else(|| {
            let names: Vec<&str> = Kind::ALL.iter().map(|(name, _)| *name).collect();
            format!(
                "`{text}` is no kind of case; the kinds are {}",
                names.join(", ")
            )
        })
    }
}

/// One case that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// The line in the file, from 1.
    pub line: usize,
    /// The case's own name, where it has one.
    pub name: String,
    /// What was expected and what came instead.
    pub reason: String,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if !self.name.is_empty() {
            write!(f, " ({})", self.name)?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// How a case went that is no disagreement.
enum Held {
    Agree,
    /// It counts neither way, for this reason.
    Noted(String),
    /// There was no answer; the tally has the reason.
    Unknown,
}

/// The result of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// How many cases hold.
    pub agree: usize,
    /// Those that do not.
    pub disagreements: Vec<Disagreement>,
    /// Those that count neither way, each with the reason.
    pub notes: Vec<Disagreement>,
    /// Of comparisons, how many had no answer.
    pub tally: Option<Tally>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        for disagreement in &self.disagreements {
            writeln!(f, "{disagreement}")?;
        }
        if let Some(tally) = &self.tally {
            write!(f, "{tally}")?;
        }
        write!(
            f,
            "{} agree, {} disagree",
            self.agree,
            self.disagreements.len()
        )?;
        match &self.tally {
            Some(tally) => write!(f, ", {} unknown", tally.unknowns()),
            None => Ok(()),
        }
    }
}

impl Report {
    /// The report as JSON, for programs.
    pub fn to_json(&self) -> Value {
        let told = |cases: &[Disagreement]| -> Vec<Value> {
            cases
                .iter()
                .map(|d| serde_json::json!({"line": d.line, "name": d.name, "reason": d.reason}))
                .collect()
        };
        serde_json::json!({
            "agree": self.agree,
            "disagree": self.disagreements.len(),
            "disagreements": told(&self.disagreements),
            "notes": told(&self.notes),
            "unknown": self.tally.as_ref().map(Tally::unknowns),
        })
    }
}

/// Runs every line of `text` as a case of `kind`. Blank lines are passed over. Of
/// [`Kind::Authorization`] the text may also be one of the tables that stand with the
/// evaluator: then each question is a case, and its number counts for the line.
pub fn run(kind: Kind, text: &str) -> Report {
    if kind == Kind::Mutants {
        return mutants::run(text);
    }
    if kind == Kind::Authorization
        && let Some(questions) = tables::questions(text)
    {
        return report_of(&questions);
    }
    let agree = |()| Held::Agree;
    let mut tally = Tally::default();
    let mut check = |case: &Value, line: &str| match kind {
        Kind::Roundtrip => roundtrip::check(case, line).map(agree),
        Kind::Grammar => grammar::check(case, line).map(agree),
        Kind::Equivalence => equivalence::check(case, line).map(agree),
        Kind::Authorization => authorization::check(case, line),
        // These need the policies too.
        Kind::Findings => Err("the kind `findings` is run by `findings::compare`".to_owned()),
        Kind::Compare => compare::check(case, &mut tally),
        // Handled above: a line has many cases.
        Kind::Mutants => Ok(Held::Agree),
    };
    let mut report = Report::default();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let parsed = serde_json::from_str::<Value>(line);
        let name = parsed
            .as_ref()
            .ok()
            .and_then(|case| case.get("name")?.as_str())
            .unwrap_or_default()
            .to_owned();
        let outcome = parsed
            .map_err(|error| format!("the line is no JSON: {error}"))
            .and_then(|case| check(&case, line));
        let told = |reason| Disagreement {
            line: index + 1,
            name,
            reason,
        };
        match outcome {
            Ok(Held::Agree) => report.agree += 1,
            Ok(Held::Noted(reason)) => report.notes.push(told(reason)),
            Ok(Held::Unknown) => {}
            Err(reason) => report.disagreements.push(told(reason)),
        }
    }
    if kind == Kind::Compare {
        report.tally = Some(tally);
    }
    report
}

/// The report of a table's questions.
fn report_of(questions: &[Value]) -> Report {
    let mut report = Report::default();
    for (index, question) in questions.iter().enumerate() {
        let name = question.get("name").and_then(Value::as_str);
        let told = |reason| Disagreement {
            line: index + 1,
            name: name.unwrap_or_default().to_owned(),
            reason,
        };
        match tables::check(question) {
            Ok(Held::Agree) => report.agree += 1,
            Ok(Held::Noted(reason)) => report.notes.push(told(reason)),
            Ok(Held::Unknown) => {}
            Err(reason) => report.disagreements.push(told(reason)),
        }
    }
    report
}

/// A member of a case, or what is wrong with the case.
fn member<'c>(case: &'c Value, name: &str) -> Result<&'c Value, String> {
    case.get(name)
        .ok_or_else(|| format!("the case has no `{name}`"))
}
