//! What it costs to prepare a policy.

use std::hint::black_box;

use iam_dsl::{Authorizer, Document};
use peer_benches::{figure, median};

/// Preparing policies that are read, against parsing their JSON into
/// `serde_json::Value`.
pub(crate) fn ratio(policies: &[String]) {
    let documents: Vec<Document> = policies
        .iter()
        .filter_map(|text| Document::from_json(text).ok())
        .collect();
    let prepare = median(99, || {
        for document in &documents {
            black_box(Authorizer::new().identity(black_box(document)));
        }
    });
    let parse = median(99, || {
        for text in policies {
            black_box(serde_json::from_str::<serde_json::Value>(black_box(text)).is_ok());
        }
    });
    let read = median(99, || {
        for text in policies {
            black_box(Document::from_json(black_box(text)).is_ok());
        }
    });
    println!(
        "ReadOnlyAccess: {prepare:?} to prepare, {parse:?} to parse (serde_json::Value), {read:?} to read (Document), median of 99"
    );
    figure(
        "prepare_vs_parse",
        prepare.as_secs_f64() / parse.as_secs_f64(),
        "x",
    );
}
