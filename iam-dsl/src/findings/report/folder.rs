//! A folder of policies: the one place here that reads files.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use iam_dsl_core::{Code, Diagnostic, Document, PolicyKind, Statement};

use super::{Checks, Examined, Report};

/// The policies of a folder: every file beneath it whose name ends in `.json`.
///
/// Folders that are symbolic links, and those whose name begins with a dot, are
/// not entered; files that are links are read. A file that cannot be read, is
/// no text, or is bigger than any policy is a finding
/// ([`Code::UnreadableFile`]), and so is a folder. Documents are in the order
/// of their names, whatever the file system's order is.
///
/// ```no_run
/// use iam_dsl::findings::report::Folder;
/// use iam_dsl::{PolicyKind, Severity};
///
/// let report = Folder::new("policies")
///     .kinds(|name| name.ends_with("trust.json").then_some(PolicyKind::Trust))
///     .report();
/// print!("{}", report.to_text());
/// std::process::exit(i32::from(report.fails_at(Severity::Warning)));
/// ```
#[derive(Clone)]
pub struct Folder {
    path: PathBuf,
    checks: Checks,
    kinds: Kinds,
    max_size: u64,
}

/// Tells the kind of a document by its name.
type Kinds = Arc<dyn Fn(&str) -> Option<PolicyKind> + Send + Sync>;

/// No policy of AWS is as big: the biggest quota is S3's 20 KB for a bucket's.
const MAX_SIZE: u64 = 1 << 20;

/// Deeper folders are not entered.
const MAX_DEPTH: usize = 64;

impl Folder {
    /// The policies beneath a path; also those of a single file.
    pub fn new(path: impl Into<PathBuf>) -> Folder {
        Folder {
            path: path.into(),
            checks: Checks::default(),
            kinds: Arc::new(|_| None),
            max_size: MAX_SIZE,
        }
    }

    /// Makes these checks rather than the default ones.
    #[must_use]
    pub fn checks(mut self, checks: Checks) -> Folder {
        self.checks = checks;
        self
    }

    /// Tells by its name in the report what kind of policy a file is. Where the
    /// answer is `None`, [`Folder::guess`] decides.
    #[must_use]
    pub fn kinds(
        mut self,
        kinds: impl Fn(&str) -> Option<PolicyKind> + Send + Sync + 'static,
    ) -> Folder {
        self.kinds = Arc::new(kinds);
        self
    }

    /// Reads files up to this many bytes; 1 MiB unless this says otherwise.
    #[must_use]
    pub fn max_size(mut self, bytes: u64) -> Folder {
        self.max_size = bytes;
        self
    }

    /// The kind of a document by its elements: a trust policy names principals
    /// and no resources, a resource policy both, an identity policy no
    /// principals. Boundaries and control policies look like one of these.
    pub fn guess(document: &Document) -> PolicyKind {
        let statements = document.statements();
        let names = |statement: &Statement| {
            statement.principal().is_some() || statement.not_principal().is_some()
        };
        let reaches = |statement: &Statement| {
            statement.resources().is_some() || statement.not_resources().is_some()
        };
        if !statements.iter().any(names) {
            PolicyKind::Identity
        } else if statements.iter().any(reaches) {
            PolicyKind::Resource
        } else {
            PolicyKind::Trust
        }
    }

    /// Reads and checks everything. Never fails: what cannot be read is a finding.
    pub fn report(&self) -> Report {
        let mut files = Vec::new();
        let mut problems = Vec::new();
        if self.path.is_file() {
            let name = self.path.file_name().unwrap_or_default();
            files.push((name.to_string_lossy().into_owned(), self.path.clone()));
        } else {
            // The names within the folder do not tell which folder is meant.
            if let Err(error) = fs::read_dir(&self.path) {
                problems.push((
                    ".".to_owned(),
                    format!("`{}`: {error}", self.path.display()),
                ));
            } else {
                self.walk(&self.path, "", 0, &mut files, &mut problems);
            }
        }
        let mut documents: Vec<Examined> = problems
            .into_iter()
            .map(|(name, problem)| self.unreadable(name, &problem))
            .chain(
                files
                    .into_iter()
                    .map(|(name, path)| self.examine(name, &path)),
            )
            .collect();
        documents.sort_by(|a, b| a.name().cmp(b.name()));
        Report::new(self.checks.clone(), documents, true)
    }

    fn walk(
        &self,
        folder: &Path,
        prefix: &str,
        depth: usize,
        files: &mut Vec<(String, PathBuf)>,
        problems: &mut Vec<(String, String)>,
    ) {
        let here = if prefix.is_empty() {
            "."
        } else {
            prefix.trim_end_matches('/')
        };
        if depth > MAX_DEPTH {
            problems.push((
                here.to_owned(),
                format!("it is more than {MAX_DEPTH} folders deep"),
            ));
            return;
        }
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                problems.push((here.to_owned(), error.to_string()));
                return;
            }
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    problems.push((here.to_owned(), error.to_string()));
                    continue;
                }
            };
            let file = entry.file_name().to_string_lossy().into_owned();
            let name = format!("{prefix}{file}");
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => {
                    if !file.starts_with('.') {
                        let prefix = format!("{name}/");
                        self.walk(&entry.path(), &prefix, depth + 1, files, problems);
                    }
                }
                Ok(kind) if is_json(&file) => {
                    // A link to a folder is none of the files that are meant.
                    if !(kind.is_symlink() && entry.path().is_dir()) {
                        files.push((name, entry.path()));
                    }
                }
                Ok(_) => {}
                Err(error) => problems.push((name, error.to_string())),
            }
        }
    }

    fn examine(&self, name: String, path: &Path) -> Examined {
        match self.read(path) {
            Ok(text) => {
                let kind = (self.kinds)(&name).unwrap_or_else(|| guess(&text));
                Examined::of_json(&self.checks, name, &text, kind)
            }
            Err(problem) => self.unreadable(name, &problem),
        }
    }

    fn read(&self, path: &Path) -> Result<String, String> {
        // Opening a pipe would wait for somebody to write into it.
        let metadata = fs::metadata(path).map_err(|error| error.to_string())?;
        if !metadata.is_file() {
            return Err("it is no regular file".to_owned());
        }
        let too_big = || {
            format!(
                "it has more than {} bytes, and no policy has",
                self.max_size
            )
        };
        if metadata.len() > self.max_size {
            return Err(too_big());
        }
        let mut bytes = Vec::new();
        // The file may have grown since.
        let file = File::open(path).map_err(|error| error.to_string())?;
        file.take(self.max_size.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| error.to_string())?;
        if bytes.len() as u64 > self.max_size {
            return Err(too_big());
        }
        String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            format!("it is no UTF-8 text from byte {at} on")
        })
    }

    fn unreadable(&self, name: String, problem: &str) -> Examined {
        let finding = Diagnostic::new(
            Code::UnreadableFile,
            "",
            format!("this cannot be checked: {problem}"),
        )
        .help("make it readable, or keep it elsewhere");
        Examined::unreadable(&self.checks, name, finding)
    }
}

fn is_json(file: &str) -> bool {
    let end = file.len().saturating_sub(".json".len());
    file.get(end..)
        .is_some_and(|end| end.eq_ignore_ascii_case(".json"))
}

/// The kind of what can be understood of a text.
fn guess(text: &str) -> PolicyKind {
    let (document, _) = iam_dsl_core::validate_json(text, PolicyKind::Identity);
    document.map_or(PolicyKind::Identity, |document| Folder::guess(&document))
}

impl std::fmt::Debug for Folder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Folder")
            .field("path", &self.path)
            .field("max_size", &self.max_size)
            .finish_non_exhaustive()
    }
}
