//! Text as the compiler writes it.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet, normalize_untrusted_str};
use iam_dsl_core::Severity;

use super::{Examined, Finding, Report};

/// The widest a line of source is shown.
const WIDTH: usize = 120;

/// How many other places of a finding are marked.
const RELATED: usize = 4;

pub(super) fn write(report: &Report, coloured: bool) -> String {
    let renderer = if coloured {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.term_width(WIDTH);
    let mut text = String::new();
    for (document, finding) in report.findings() {
        text.push_str(&one(&renderer, document, finding));
        text.push_str("\n\n");
    }
    text.push_str(&count(report));
    text.push('\n');
    text
}

fn one(renderer: &Renderer, document: &Examined, finding: &Finding) -> String {
    let diagnostic = finding.diagnostic();
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::SecurityWarning => Level::WARNING.with_name("security warning"),
        Severity::Suggestion => Level::NOTE.with_name("suggestion"),
        _ => Level::WARNING,
    };
    // The message quotes the document, which may hold anything.
    let title = level
        .primary_title(normalize_untrusted_str(&diagnostic.message))
        .id(diagnostic.code.as_str());
    let mut group = if document.text.is_empty() {
        title.element(annotate_snippets::Origin::path(document.name.as_str()))
    } else {
        let primary = AnnotationKind::Primary.span(finding.shown.span.clone());
        // A long list of places helps nobody; JSON and SARIF have it.
        let shown: Vec<_> = finding.related.iter().take(RELATED).collect();
        let last = shown.len().saturating_sub(1);
        let related = shown.into_iter().enumerate().map(|(index, shown)| {
            let mark = AnnotationKind::Context.span(shown.span.clone());
            match finding.relation() {
                Some(relation) if index == last => mark.label(relation),
                _ => mark,
            }
        });
        title.element(
            Snippet::source(document.text.as_str())
                .path(document.name.as_str())
                .annotation(primary)
                .annotations(related),
        )
    };
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(normalize_untrusted_str(help)));
    }
    renderer.render(&[group])
}

/// How many there are, in one line.
fn count(report: &Report) -> String {
    let total = report.findings().count();
    // A baseline that something is said about is no document of the report.
    let policies = report.documents().iter().filter(|document| {
        let mut findings = document.findings().iter();
        document.kind().is_some() || !findings.any(|f| super::baseline::is_of_baseline(f.code()))
    });
    let documents = plural(policies.count(), "document");
    let accepted = match report.accepted().count() {
        0 => String::new(),
        count => format!("; {count} accepted"),
    };
    if total == 0 {
        return format!("no findings in {documents}{accepted}");
    }
    let kinds = [
        (Severity::Error, "error"),
        (Severity::SecurityWarning, "security warning"),
        (Severity::Warning, "warning"),
        (Severity::Suggestion, "suggestion"),
    ];
    let counts: Vec<String> = kinds
        .into_iter()
        .map(|(severity, name)| (report.count(severity), name))
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| plural(count, name))
        .collect();
    let findings = plural(total, "finding");
    format!("{findings} in {documents}: {}{accepted}", counts.join(", "))
}

fn plural(count: usize, name: &str) -> String {
    if count == 1 {
        format!("1 {name}")
    } else {
        format!("{count} {name}s")
    }
}
