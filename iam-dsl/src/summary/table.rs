//! A summary as tables.

use std::fmt;

use iam_dsl_core::{Catalogue, Effect};

use super::{Extent, LEVELS, ServiceSummary, Summary, SummaryCondition, SummaryResource};

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = 0;
        if !self.unknown.is_empty() {
            parts += 1;
            writeln!(f, "Uncategorized services")?;
            for (effect, service) in &self.unknown {
                let verb = match effect {
                    Effect::Allow => "allow",
                    Effect::Deny => "deny",
                };
                writeln!(f, "  {service} ({verb}): not in the catalogue")?;
            }
        }
        for (title, rows) in [("Explicit deny", &self.deny), ("Allow", &self.allow)] {
            if rows.is_empty() {
                continue;
            }
            if parts > 0 {
                writeln!(f)?;
            }
            parts += 1;
            let all = Catalogue::embedded().services().len();
            writeln!(f, "{title} ({} of {all} services)", rows.len())?;
            write_rows(f, rows)?;
        }
        if parts == 0 {
            writeln!(f, "No permissions are defined")?;
        }
        Ok(())
    }
}

fn write_rows(f: &mut fmt::Formatter<'_>, rows: &[ServiceSummary]) -> fmt::Result {
    let heads = ["Service", "Access level", "Resource", "Request condition"];
    let heads = heads.map(str::to_owned);
    let cells: Vec<[String; 4]> = std::iter::once(heads)
        .chain(rows.iter().map(cells))
        .collect();
    let width = |column: usize| {
        let cells = cells.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2)];
    for [service, level, resource, condition] in &cells {
        let [first, second, third] = widths;
        writeln!(
            f,
            "  {service:first$}  {level:second$}  {resource:third$}  {condition}"
        )?;
    }
    Ok(())
}

fn cells(row: &ServiceSummary) -> [String; 4] {
    [
        format!("{} ({})", row.service.name(), row.service.prefix()),
        levels(row),
        row.resource.to_string(),
        row.condition.to_string(),
    ]
}

/// The column "Access level".
fn levels(row: &ServiceSummary) -> String {
    let mut text = String::new();
    if row.is_full_access() {
        text.push_str("Full access");
    } else {
        for (extent, title) in [(Extent::Full, "Full"), (Extent::Limited, "Limited")] {
            let of = LEVELS.iter().filter(|level| row.extent(**level) == extent);
            let names: Vec<&str> = of.map(|level| level.as_str()).collect();
            if !names.is_empty() {
                let gap = if text.is_empty() { "" } else { "  " };
                text.push_str(&format!("{gap}{title}: {}", names.join(", ")));
            }
        }
        if text.is_empty() {
            text.push_str("None");
        }
    }
    if row.inapplicable {
        text.push_str(" (!)");
    }
    text
}

impl fmt::Display for SummaryResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SummaryResource::All => f.write_str("All resources"),
            SummaryResource::One(text) => f.write_str(text),
            SummaryResource::AllBut(texts) => write!(f, "All but {}", texts.join(", ")),
            SummaryResource::Multiple => f.write_str("Multiple"),
            SummaryResource::None => f.write_str("No resources are defined"),
        }
    }
}

impl fmt::Display for SummaryCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SummaryCondition::None => f.write_str("None"),
            SummaryCondition::One(text) => f.write_str(text),
            SummaryCondition::Multiple => f.write_str("Multiple"),
        }
    }
}
