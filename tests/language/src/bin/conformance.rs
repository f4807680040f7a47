//! `conformance KIND FILE [--policies FILE] [--catalogue FILE] [--json]`: runs a
//! file of cases, prints one line per disagreement and a last line `N agree, M
//! disagree`; exits 1 on any disagreement and 2 where the call is wrong.
//!
//! The kind `findings` takes the policies that its cases name from `--policies`.
//! With `--catalogue`, what exists is asked of another catalogue than the
//! library's own, such as one of the day on which the record was made.

use std::process::ExitCode;

use iam_dsl::Catalogue;
use language_tests::conformance::{Kind, findings, run};

const USAGE: &str = "usage: conformance KIND FILE [--policies FILE] [--catalogue FILE] [--json]";

struct Options {
    kind: Kind,
    file: String,
    policies: Option<String>,
    json: bool,
}

fn read(file: &str) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|error| format!("cannot read {file}: {error}"))
}

fn options() -> Result<Options, String> {
    let mut plain = Vec::new();
    let (mut policies, mut json) = (None, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| USAGE.to_owned());
        match argument.as_str() {
            "--json" => json = true,
            "--policies" => policies = Some(read(&value()?)?),
            "--catalogue" => {
                let text = read(&value()?)?;
                Catalogue::replace(text).map_err(|error| error.to_string())?;
            }
            _ => plain.push(argument),
        }
    }
    let [kind, file] = plain.as_slice() else {
        return Err(USAGE.to_owned());
    };
    Ok(Options {
        kind: kind.parse()?,
        file: file.clone(),
        policies,
        json,
    })
}

/// Runs the cases; tells whether all of them hold.
fn execute() -> Result<bool, String> {
    let options = options()?;
    let text = read(&options.file)?;
    if options.kind != Kind::Findings {
        let report = run(options.kind, &text);
        if options.json {
            println!("{}", report.to_json());
        } else {
            println!("{report}");
        }
        return Ok(report.disagreements.is_empty());
    }
    let policies = options.policies.ok_or(
        "the kind `findings` needs --policies FILE, with the policies that its cases name",
    )?;
    let comparison = findings::compare(&text, &findings::policies(&policies)?);
    if options.json {
        println!("{}", comparison.to_json());
    } else {
        println!("{comparison}");
    }
    Ok(comparison.report.disagreements.is_empty())
}

fn main() -> ExitCode {
    match execute() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}
