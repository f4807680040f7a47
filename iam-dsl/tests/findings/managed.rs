//! On AWS's own managed policies the default set is quiet.

use std::collections::BTreeMap;
use std::path::Path;

use iam_dsl::findings::Checks;
use iam_dsl::{Code, Document, PolicyKind, Severity};

/// AWS's managed policies, where the data lies beside the project.
pub(super) fn policies() -> Option<Vec<(String, Document)>> {
    let file = "../../shared/data/aws-managed-policies.jsonl";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let Ok(text) = std::fs::read_to_string(&file) else {
        println!("left out: there is no {}", file.display());
        return None;
    };
    let policies = text.lines().map(|line| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let document = value["document"].to_string();
        let name = value["name"].as_str().unwrap().to_owned();
        (name, Document::from_json(&document).unwrap())
    });
    Some(policies.collect())
}

/// The measure: at WARNING and above the default set flags at most a
/// tenth (Parliament 1.6.4 flags 1,263 of the 1,523).
#[test]
fn the_default_set_flags_a_tenth_at_most() {
    let Some(policies) = policies() else { return };
    let mut by_code: BTreeMap<Code, Vec<&str>> = BTreeMap::new();
    let mut flagged = 0;
    for (name, document) in &policies {
        let found = Checks::all().find(document, PolicyKind::Identity);
        let mut codes: Vec<Code> = found.iter().map(|finding| finding.code).collect();
        codes.sort();
        codes.dedup();
        for code in codes {
            by_code.entry(code).or_default().push(name);
        }
        let found = iam_dsl::findings(document, PolicyKind::Identity);
        flagged += usize::from(found.at_least(Severity::Warning).next().is_some());
    }
    for (code, names) in &by_code {
        let shown = names.iter().take(5).copied().collect::<Vec<_>>().join(", ");
        println!(
            "{:>5} {:<17}{code}: {shown}",
            names.len(),
            code.severity().as_str()
        );
    }
    println!(
        "{flagged} of {} flagged at WARNING or above",
        policies.len()
    );
    assert!(flagged * 10 <= policies.len(), "{flagged} are flagged");
}
