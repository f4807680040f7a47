//! Makes `iam-dsl/core/data/catalogue.txt` from the packages that
//! `iam-dsl/core/data/sources.tsv` pins by version and hash:
//!
//! ```console
//! $ cargo run -p catalogue-generator                  # downloads with pip and npm
//! $ cargo run -p catalogue-generator -- --inputs DIR  # takes the files from DIR
//! $ cargo run -p catalogue-generator -- --check       # writes nothing, fails on a difference
//! ```
//!
//! The output depends on nothing but the inputs. To take newer packages, change
//! the pins and run it again.

mod blob;
mod facts;
mod inputs;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Messages for the person who runs the generator.
type Result<T> = std::result::Result<T, Box<dyn Error>>;

struct Options {
    inputs: Option<PathBuf>,
    check: bool,
}

fn options() -> Result<Options> {
    let mut options = Options {
        inputs: None,
        check: false,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--inputs" => {
                let directory = arguments.next().ok_or("--inputs needs a directory")?;
                options.inputs = Some(directory.into());
            }
            "--check" => options.check = true,
            other => {
                return Err(format!("`{other}` is unknown; use --inputs DIR or --check").into());
            }
        }
    }
    Ok(options)
}

/// Writes a generated file, or compares it.
fn put(path: &Path, text: &str, check: bool) -> Result<()> {
    if std::fs::read_to_string(path).is_ok_and(|old| old == text) {
        println!("{} is up to date", path.display());
        return Ok(());
    }
    if check {
        return Err(format!(
            "{} differs from what its inputs give; run `cargo run -p catalogue-generator`",
            path.display()
        )
        .into());
    }
    std::fs::write(path, text)?;
    println!("{}: {} bytes", path.display(), text.len());
    Ok(())
}

fn run() -> Result<()> {
    let options = options()?;
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let pins = inputs::pins(&std::fs::read_to_string(core.join("data/sources.tsv"))?)?;
    let directory = match options.inputs {
        Some(directory) => directory,
        None => {
            let directory = core.join("../../target/catalogue-inputs");
            inputs::download(&pins, &directory)?;
            directory
        }
    };
    let packages = inputs::open(&pins, &directory)?;
    let facts = facts::merge(&packages)?;
    for note in &facts.notes {
        println!("note: {note}");
    }
    let text = blob::write(&facts, &pins)?;
    put(&core.join("data/catalogue.txt"), &text, options.check)
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
