//! The curated tables: lines of fields between tabs, remarks behind `#`.

/// The lines of a table, as fields.
pub(super) fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
}

/// A field of a row; empty where the row is shorter.
pub(super) fn field(row: &[&'static str], index: usize) -> &'static str {
    row.get(index).copied().unwrap_or_default()
}
