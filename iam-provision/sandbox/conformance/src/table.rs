//! The table of who has which.

use std::fmt;

use crate::list::List;
use crate::run::Outcome;

/// What one server made of the whole list.
#[derive(Debug, Clone)]
pub struct Column {
    /// The server's name.
    pub server: String,
    /// One outcome per point, in the list's order.
    pub outcomes: Vec<Outcome>,
}

impl Column {
    /// How many points hold.
    #[must_use]
    pub fn held(&self) -> usize {
        self.outcomes
            .iter()
            .filter(|outcome| outcome.holds())
            .count()
    }
}

/// The list beside what servers made of it. It shows as text: a line per
/// point, the sums per family, the sums of all.
#[derive(Debug)]
pub struct Table<'l> {
    list: &'l List,
    columns: Vec<Column>,
}

impl<'l> Table<'l> {
    /// A table of these columns.
    #[must_use]
    pub fn new(list: &'l List, columns: Vec<Column>) -> Table<'l> {
        Table { list, columns }
    }

    /// What came instead, for each point that a server does not have: lines of
    /// server, point and reason, with tabs between them.
    #[must_use]
    pub fn differences(&self) -> String {
        let mut lines = String::new();
        for column in &self.columns {
            for (id, outcome) in self.ids().zip(&column.outcomes) {
                let reason = match outcome {
                    Outcome::Holds => continue,
                    Outcome::Differs(what) => what.clone(),
                    Outcome::CannotTell(why) => format!("cannot be told: {why}"),
                };
                lines.push_str(&format!(
                    "{}\t{id}\t{}\n",
                    column.server,
                    reason.replace(['\n', '\t'], " ")
                ));
            }
        }
        lines
    }

    fn ids(&self) -> impl Iterator<Item = String> + '_ {
        self.list.families().iter().flat_map(|family| {
            family
                .points
                .iter()
                .map(move |point| format!("{}.{}", family.name, point.id))
        })
    }
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<58}", "point")?;
        for column in &self.columns {
            write!(f, " {:>10}", column.server)?;
        }
        writeln!(f)?;
        for (row, id) in self.ids().enumerate() {
            write!(f, "{id:<58}")?;
            for column in &self.columns {
                let mark = match column.outcomes.get(row) {
                    Some(Outcome::Holds) => "yes",
                    Some(Outcome::Differs(_)) => "no",
                    Some(Outcome::CannotTell(_)) | None => "-",
                };
                write!(f, " {mark:>10}")?;
            }
            writeln!(f)?;
        }
        writeln!(f)?;
        let mut start = 0;
        for family in self.list.families() {
            let end = start + family.points.len();
            write!(
                f,
                "{:<58}",
                format!("{} ({})", family.name, family.points.len())
            )?;
            for column in &self.columns {
                let rows = column.outcomes.get(start..end).unwrap_or_default();
                let held = rows.iter().filter(|outcome| outcome.holds()).count();
                write!(f, " {held:>10}")?;
            }
            writeln!(f)?;
            start = end;
        }
        write!(f, "{:<58}", format!("all ({})", self.list.len()))?;
        for column in &self.columns {
            write!(f, " {:>10}", column.held())?;
        }
        writeln!(f)
    }
}
