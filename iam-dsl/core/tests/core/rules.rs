//! The cases of `tests/cases`: for every code of the validator at least two
//! documents that must give it and two near misses that must not, each with the
//! page of AWS that says so.
//!
//! A line of those files is an object: `code`; `page`, in the IAM User Guide where
//! it is no full address; `kind` of policy; `document`, or `text` where JSON's
//! values would not keep what matters (with `repeat`, every `@` of the text stands
//! for so many letters); and `at`, the pointer of the finding, or `near`. `resource`
//! and `former` are what [`Validator`] is told besides.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use iam_dsl_core::{Code, Diagnostic, Document, PolicyKind, ResourceKind, Severity, Validator};
use iam_dsl_core::{validate_json, validate_node};
use serde_json::Value;

struct Case {
    code: String,
    page: String,
    kind: PolicyKind,
    resource: Option<ResourceKind>,
    former: bool,
    text: String,
    /// `None` for a near miss.
    at: Option<String>,
}

impl Case {
    fn read(line: &str) -> Self {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let mut document = text("text").unwrap_or_else(|| value["document"].to_string());
        if let Some(repeat) = value.get("repeat").and_then(Value::as_u64) {
            document = document.replace('@', &"x".repeat(usize::try_from(repeat).unwrap()));
        }
        let at = text("at");
        assert!(
            at.is_some() != value.get("near").is_some(),
            "either `at` or `near`: {line}"
        );
        Case {
            code: text("code").unwrap(),
            page: text("page").unwrap(),
            kind: kind(&text("kind").unwrap()),
            resource: text("resource").map(|name| ResourceKind::of_name(&name).unwrap()),
            former: value.get("former").is_some(),
            text: document,
            at,
        }
    }

    fn findings(&self) -> Vec<Diagnostic> {
        self.findings_in(&self.text)
    }

    fn findings_in(&self, text: &str) -> Vec<Diagnostic> {
        let (document, findings) = validate_json(text, self.kind);
        let (Some(document), true) = (document, self.resource.is_some() || self.former) else {
            return findings;
        };
        let mut validator = Validator::new(self.kind);
        if let Some(resource) = self.resource {
            validator = validator.resource(resource);
        }
        if self.former {
            validator = validator.former_scp_language();
        }
        validator.validate(&document)
    }

    fn finding(&self) -> Option<Diagnostic> {
        let here = |f: &Diagnostic| {
            f.code.as_str() == self.code && self.at.as_ref().is_none_or(|at| *at == f.pointer)
        };
        self.findings().into_iter().find(here)
    }
}

fn kind(name: &str) -> PolicyKind {
    match name {
        "Identity" => PolicyKind::Identity,
        "Trust" => PolicyKind::Trust,
        "Resource" => PolicyKind::Resource,
        "Boundary" => PolicyKind::Boundary,
        "Session" => PolicyKind::Session,
        "ServiceControl" => PolicyKind::ServiceControl,
        "ResourceControl" => PolicyKind::ResourceControl,
        other => panic!("{other} is no kind of policy"),
    }
}

fn cases() -> Vec<Case> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");
    let mut files: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .iter()
        .flat_map(|file| {
            let text = fs::read_to_string(file).unwrap();
            text.lines().map(Case::read).collect::<Vec<_>>()
        })
        .collect()
}

fn listed(findings: &[Diagnostic]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}

#[test]
fn cases_give_their_code_and_near_misses_do_not() {
    let mut wrong = Vec::new();
    for case in cases() {
        let found = case.finding().is_some();
        let findings = listed(&case.findings());
        let (code, text) = (&case.code, &case.text);
        // Near misses are valid in every other respect, so that what makes the
        // difference is the rule itself.
        let valid = case.at.is_some() || !findings.iter().any(|f| f.starts_with("ERROR"));
        if found != case.at.is_some() || !valid {
            wrong.push(format!("{code} at {:?}: {text}\n{findings:#?}", case.at));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_code_has_two_cases_and_two_near_misses_with_their_pages() {
    const REFERENCE: &str =
        "access-analyzer-reference-policy-checks.html#access-analyzer-reference-policy-checks-";
    let mut counts: BTreeMap<&str, (usize, usize)> = Code::ALL
        .iter()
        // The library's own codes have their cases beside their checks.
        .filter(|code| !code.is_own())
        .map(|code| (code.as_str(), (0, 0)))
        .collect();
    let cases = cases();
    let mut texts = BTreeSet::new();
    for case in &cases {
        let count = counts.get_mut(case.code.as_str());
        let count = count.unwrap_or_else(|| panic!("there is no code {}", case.code));
        match case.at {
            Some(_) => count.0 += 1,
            None => count.1 += 1,
        }
        // The former language of service control policies is on pages of its own.
        let own = case.code.starts_with("IAM_") || case.page.starts_with("https://");
        assert!(
            own || case.page.starts_with(REFERENCE) && case.page.ends_with(&anchor(&case.code)),
            "{}: {}",
            case.code,
            case.page
        );
        assert!(case.page.contains(".html"), "{}", case.page);
        assert!(
            texts.insert((
                &case.code,
                case.at.is_some(),
                &case.text,
                case.former,
                case.kind
            )),
            "twice: {} {}",
            case.code,
            case.text
        );
    }
    let few: Vec<_> = counts
        .iter()
        .filter(|(_, (a, b))| *a < 2 || *b < 2)
        .collect();
    assert!(few.is_empty(), "too few cases: {few:?}");
}

/// The end of a check's anchor on Access Analyzer's page.
fn anchor(code: &str) -> String {
    let code = Code::ALL
        .iter()
        .find(|known| known.as_str() == code)
        .unwrap();
    let severity = match code.severity() {
        Severity::Error => "error",
        Severity::SecurityWarning => "security-warning",
        Severity::Warning => "general-warning",
        _ => "suggestion",
    };
    format!(
        "{severity}-{}",
        code.as_str().to_lowercase().replace('_', "-")
    )
}

#[test]
fn what_iam_refuses_is_an_error() {
    for case in cases() {
        for finding in case.findings() {
            assert!(finding.refusal.is_none() || finding.is_error(), "{finding}");
        }
    }
}

/// A fix removes its finding and adds no error; one that keeps the meaning keeps
/// the document readable as well.
#[test]
fn fixes_remove_their_finding_and_add_no_error() {
    let mut fixed = BTreeSet::new();
    for case in cases() {
        let before = case.findings();
        for finding in &before {
            let Some(fix) = finding.fix() else { continue };
            let told = format!("{finding}\n{} by {:?}", case.text, fix.edits());
            let text = fix.apply_to_json(&case.text);
            let text = text.unwrap_or_else(|| panic!("does not fit: {told}"));
            let after = case.findings_in(&text);
            let count = |findings: &[Diagnostic]| {
                findings.iter().filter(|f| f.code == finding.code).count()
            };
            assert!(
                count(&after) < count(&before),
                "still there: {told}\n{text}"
            );
            for error in after.iter().filter(|f| f.is_error()) {
                assert!(
                    before.iter().any(|f| f.code == error.code),
                    "new: {error}: {told}\n{text}"
                );
            }
            if let Ok(document) = Document::from_json(&case.text) {
                let by_document = finding.fixed(&document).unwrap();
                assert_eq!(by_document, Document::from_json(&text).unwrap(), "{told}");
            }
            fixed.insert(finding.code.as_str());
        }
    }
    assert!(fixed.len() >= 15, "only {fixed:?}");
}

/// The places of a finding are in the document.
#[test]
fn every_place_is_there() {
    for case in cases() {
        let Ok(node) = iam_dsl_core::json::parse(&case.text) else {
            continue;
        };
        let value: Value = serde_json::from_str(&case.text).unwrap();
        for finding in validate_node(&node, case.kind).1 {
            for place in finding.related.iter().chain([&finding.pointer]) {
                assert!(
                    value.pointer(place).is_some(),
                    "{place}: {finding}\n{}",
                    case.text
                );
            }
        }
    }
}
