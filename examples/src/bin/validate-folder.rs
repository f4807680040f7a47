//! Scenario 11: a folder of policies is checked offline, as IAM Access Analyzer
//! would and beyond, and the findings are written for people and for code
//! scanning. What a team has accepted stands in a baseline.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

use clap::Parser;
use examples::{Failure, bullet, heading, text};
use iam_dsl::Severity;
use iam_dsl::findings::report::{Baseline, Folder};

#[derive(Debug, Parser)]
struct Arguments {
    /// The folder of policies; without it, that of this example.
    folder: Option<PathBuf>,
    /// Findings that are accepted, with reason and expiry.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Writes the findings as SARIF 2.1.0, for code scanning.
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
    /// Writes a baseline that accepts all findings until the day (YYYY-MM-DD).
    #[arg(long, value_name = "DAY")]
    accept_until: Option<String>,
    /// Fails where there are findings of severity WARNING or graver.
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => code,
        Err(failure) => examples::exit(Err(failure)),
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = match &arguments.folder {
        Some(folder) => folder.clone(),
        None => own.join("review"),
    };
    let report = Folder::new(folder).report();
    if let Some(day) = &arguments.accept_until {
        print!(
            "{}",
            Baseline::of(&report, "accepted when checks began", day)?.to_json()
        );
        return Ok(ExitCode::SUCCESS);
    }

    heading("the policies");
    for document in report.documents() {
        let kind = document.kind().map_or("no policy", |kind| kind.name());
        bullet(format_args!("{} ({kind})", document.name()));
    }

    let baseline = match (&arguments.baseline, &arguments.folder) {
        (Some(file), _) => Some(file.clone()),
        (None, None) => Some(own.join("review-baseline.json")),
        (None, Some(_)) => None,
    };
    let report = match baseline {
        None => report,
        Some(file) => {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let baseline = Baseline::from_json(&std::fs::read_to_string(&file)?)?.named(name);
            report.accept(&baseline, SystemTime::now())
        }
    };
    heading("what there is to say about them");
    text(report.to_text());

    heading("what was accepted");
    for (document, finding) in report.accepted() {
        let (code, name) = (finding.code(), document.name());
        if let Some(acceptance) = finding.acceptance() {
            let (reason, expires) = (acceptance.reason(), acceptance.expires());
            bullet(format_args!("{code} in {name} until {expires}: {reason}"));
        }
    }

    heading("the same for code scanning");
    let sarif = report.to_sarif();
    bullet(format_args!(
        "{} lines of SARIF 2.1.0",
        sarif.lines().count()
    ));
    match &arguments.sarif {
        Some(file) => std::fs::write(file, sarif)?,
        None => bullet("--sarif FILE writes them"),
    }

    let fails = arguments.check && report.fails_at(Severity::Warning);
    Ok(ExitCode::from(u8::from(fails)))
}
