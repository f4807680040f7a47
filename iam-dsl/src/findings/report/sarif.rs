//! SARIF 2.1.0, as code scanning takes it
//! (<https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>).

use std::collections::BTreeSet;

use iam_dsl_core::{Code, Severity};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::Serialize;

use super::{Examined, Finding, Report, Shown, json};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log<'r> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'r>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'r> {
    tool: Tool,
    column_kind: &'static str,
    results: Vec<Outcome<'r>>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    information_uri: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    name: String,
    short_description: Message<'static>,
    help_uri: &'static str,
    default_configuration: Configuration,
    properties: Properties,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Properties {
    tags: Vec<&'static str>,
    #[serde(rename = "problem.severity")]
    problem: &'static str,
    #[serde(rename = "security-severity", skip_serializing_if = "Option::is_none")]
    security: Option<&'static str>,
}

#[derive(Serialize)]
struct Message<'r> {
    text: std::borrow::Cow<'r, str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'r> {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Message<'r>,
    locations: [Location<'r>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location<'r>>,
    partial_fingerprints: Fingerprints<'r>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressions: Option<[Suppression; 1]>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'r> {
    physical_location: Physical,
    #[serde(skip_serializing_if = "Option::is_none")]
    logical_locations: Option<[Logical<'r>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message<'static>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical<'r> {
    fully_qualified_name: &'r str,
    kind: &'static str,
}

#[derive(Serialize)]
struct Fingerprints<'r> {
    #[serde(rename = "iamDslFinding/v1")]
    finding: &'r str,
}

#[derive(Serialize)]
struct Suppression {
    kind: &'static str,
    status: &'static str,
    justification: String,
}

pub(super) fn write(report: &Report) -> String {
    let codes: BTreeSet<Code> = report
        .documents()
        .iter()
        .flat_map(|document| document.findings().iter().map(Finding::code))
        .collect();
    let codes: Vec<Code> = codes.into_iter().collect();
    let results = report.documents().iter().flat_map(|document| {
        let findings = document.findings().iter();
        findings.map(|finding| outcome(&codes, document, finding))
    });
    let results = results.collect();
    json::indented(&Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "iam-dsl",
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    information_uri: env!("CARGO_PKG_REPOSITORY"),
                    rules: codes.iter().map(|code| rule(*code)).collect(),
                },
            },
            column_kind: "unicodeCodePoints",
            results,
        }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Suggestion => "note",
        _ => "warning",
    }
}

fn rule(code: Code) -> Rule {
    let severity = code.severity();
    let security = severity == Severity::SecurityWarning;
    Rule {
        id: code.as_str(),
        name: format!("{code:?}"),
        short_description: Message {
            text: code.description().into(),
        },
        help_uri: if code.is_own() {
            env!("CARGO_PKG_REPOSITORY")
        } else {
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"
        },
        default_configuration: Configuration {
            level: level(severity),
        },
        properties: Properties {
            tags: if security {
                vec!["iam", "security"]
            } else {
                vec!["iam"]
            },
            problem: match severity {
                Severity::Error => "error",
                Severity::Suggestion => "recommendation",
                _ => "warning",
            },
            // "High" begins at 7.0.
            security: security.then_some("7.5"),
        },
    }
}

fn outcome<'r>(codes: &[Code], document: &'r Examined, finding: &'r Finding) -> Outcome<'r> {
    let diagnostic = finding.diagnostic();
    let text = match &diagnostic.help {
        Some(help) => format!("{}; {help}", diagnostic.message).into(),
        None => diagnostic.message.as_str().into(),
    };
    let related = finding.related.iter().zip(&diagnostic.related);
    let related = related.map(|(shown, pointer)| Location {
        physical_location: physical(document, shown),
        logical_locations: logical(pointer),
        message: finding.relation().map(|relation| Message {
            text: relation.into(),
        }),
    });
    Outcome {
        rule_id: diagnostic.code.as_str(),
        rule_index: codes.binary_search(&diagnostic.code).unwrap_or_default(),
        level: level(diagnostic.severity),
        message: Message { text },
        locations: [Location {
            physical_location: physical(document, &finding.shown),
            logical_locations: logical(&diagnostic.pointer),
            message: None,
        }],
        related_locations: related.collect(),
        partial_fingerprints: Fingerprints {
            finding: finding.fingerprint(),
        },
        suppressions: finding.acceptance().map(|acceptance| {
            [Suppression {
                kind: "external",
                status: "accepted",
                justification: format!("{} (until {})", acceptance.reason(), acceptance.expires()),
            }]
        }),
    }
}

fn logical(pointer: &str) -> Option<[Logical<'_>; 1]> {
    (!pointer.is_empty()).then_some([Logical {
        fully_qualified_name: pointer,
        kind: "value",
    }])
}

fn physical(document: &Examined, shown: &Shown) -> Physical {
    Physical {
        artifact_location: Artifact {
            uri: uri(document.name()),
        },
        region: Region {
            start_line: shown.from.0,
            start_column: shown.from.1,
            end_line: shown.to.0,
            end_column: shown.to.1,
        },
    }
}

/// What a path may hold as it is (RFC 3986), but for `:`, which would make the
/// beginning a scheme.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b':')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

fn uri(name: &str) -> String {
    utf8_percent_encode(name, PATH).to_string()
}
