//! Run-time figures of the reader and the catalogue.

use std::hint::black_box;

use iam_dsl::Document;
use iam_dsl::catalogue::Catalogue;
use peer_benches::{figure, managed_policies, median};

/// Reading every AWS-managed policy, against `serde_json::Value` on the same
/// texts.
pub(crate) fn ratio() {
    let Some(documents) = managed_policies() else {
        println!(
            "read_ratio: left out, the managed policies are not there (IAM_DSL_MANAGED_POLICIES)"
        );
        return;
    };
    let ours = median(9, || {
        for text in &documents {
            black_box(Document::from_json(black_box(text)).is_ok());
        }
    });
    let peer = median(9, || {
        for text in &documents {
            black_box(serde_json::from_str::<serde_json::Value>(black_box(text)).is_ok());
        }
    });
    println!(
        "{} documents: {ours:?} here, {peer:?} serde_json::Value, median of 9",
        documents.len()
    );
    figure("read_ratio", ours.as_secs_f64() / peer.as_secs_f64(), "x");
}

/// Resident memory that look-ups add: one action of every service, and one
/// expansion over all of them.
pub(crate) fn catalogue_memory() {
    let catalogue = Catalogue::embedded();
    let Some(before) = resident() else {
        println!("catalogue_memory: left out, this system has no /proc/self/statm");
        return;
    };
    let mut found = 0;
    for service in catalogue.services() {
        if let Some(action) = service.actions().next() {
            let name = format!("{}:{}", service.prefix(), action.name());
            found += usize::from(catalogue.action(&name).is_some());
        }
    }
    found += catalogue.expand("*:Get*").count();
    let after = resident().unwrap_or(before);
    println!("{found} actions found");
    figure(
        "catalogue_memory",
        (after.saturating_sub(before)) as f64 / 1_048_576.0,
        "MiB",
    );
}

fn resident() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * 4096)
}
