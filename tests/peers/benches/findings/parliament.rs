//! Parliament in a Python process of its own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const VERSION: &str = "1.6.4";

/// Reads documents from standard input, one a line as a JSON string, and prints the
/// seconds of processor time that judging all of them took.
const SCRIPT: &str = "
import json, sys, time
from parliament import analyze_policy_string
documents = [json.loads(line) for line in sys.stdin]
analyze_policy_string(documents[0])
start = time.process_time()
for document in documents:
    analyze_policy_string(document)
print(time.process_time() - start)
";

fn run(command: &mut Command) -> Result<(), String> {
    let told = format!("{command:?}");
    match command.stdout(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{told}: {status}")),
        Err(error) => Err(format!("{told}: {error}")),
    }
}

/// The interpreter of an environment that has parliament.
fn environment() -> Result<PathBuf, String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/parliament");
    let python = directory.join("bin/python");
    let there = |python: &Path| {
        Command::new(python)
            .args(["-c", "import parliament"])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    if !there(&python) {
        run(Command::new("python3").args(["-m", "venv"]).arg(&directory))?;
        // It imports pkg_resources, which newer setuptools have not.
        let wanted = format!("parliament=={VERSION}");
        run(Command::new(&python).args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "setuptools<81",
            &wanted,
        ]))?;
    }
    Ok(python)
}

/// The seconds that parliament takes for the documents.
pub(crate) fn seconds(documents: &[&str]) -> Result<f64, String> {
    let python = environment()?;
    let mut child = Command::new(python)
        .args(["-W", "ignore", "-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let input: String = documents
        .iter()
        .map(|text| format!("{}\n", serde_json::Value::from(*text)))
        .collect();
    let mut stdin = child.stdin.take().ok_or("no standard input")?;
    // The script reads all of it before it prints anything.
    stdin
        .write_all(input.as_bytes())
        .map_err(|error| error.to_string())?;
    drop(stdin);
    let output = child
        .wait_with_output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim()
        .parse()
        .map_err(|_| format!("it printed {text:?}"))
}
