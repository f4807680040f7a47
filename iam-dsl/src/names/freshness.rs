//! Whether the generated names belong to the catalogue, and are as they were
//! generated. Runs with and without the feature `names`.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};

#[test]
fn the_names_are_the_catalogues() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/names/generated");
    let files: BTreeMap<String, String> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            (entry.file_name().into_string().unwrap(), text)
        })
        .collect();
    let index = &files["mod.rs"];
    let recorded = |what: &str| {
        let line = index.lines().find_map(|line| line.strip_prefix(what));
        line.unwrap_or_else(|| panic!("mod.rs has no line `{what}`"))
    };
    let mut hash = Sha256::new();
    for (name, text) in files.iter().filter(|(name, _)| *name != "mod.rs") {
        hash.update(format!("{name}\n{text}"));
    }
    let hash: String = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let advice = "run `cargo run -p catalogue-generator`";
    assert_eq!(
        hash,
        recorded("// modules "),
        "the names were changed by hand: {advice}"
    );
    assert_eq!(
        crate::catalogue::Catalogue::embedded().hash(),
        recorded("// catalogue "),
        "the names are of another catalogue: {advice}"
    );
}
