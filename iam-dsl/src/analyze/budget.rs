//! How much work an answer may take.

use std::cell::Cell;

/// How much work a comparison may take before it answers
/// [`Unknown`](super::Comparison::Unknown).
///
/// A step is about one comparison of a text with a pattern, or one branch of the
/// search; a million of them take a few hundred milliseconds in a release build.
/// A set is how many texts or patterns one part of a request may fall into.
///
/// ```
/// use iam_dsl::analyze::{Analysis, Budget};
///
/// let quick = Analysis::new().budget(Budget::new().steps(100_000));
/// # let _ = quick;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    steps: u64,
    cells: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Budget {
            steps: 2_000_000,
            cells: 20_000,
        }
    }
}

impl Budget {
    /// The default: two million steps, sets of at most 20,000.
    pub fn new() -> Self {
        Budget::default()
    }

    /// With this many steps.
    #[must_use]
    pub fn steps(self, steps: u64) -> Self {
        Budget { steps, ..self }
    }

    /// With sets of at most this many.
    #[must_use]
    pub fn cells(self, cells: usize) -> Self {
        Budget { cells, ..self }
    }

    pub(super) fn meter(self) -> Meter {
        Meter {
            left: Cell::new(self.steps),
            cells: self.cells,
        }
    }
}

/// The budget is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exhausted;

/// Counts the steps of one answer.
#[derive(Debug)]
pub(super) struct Meter {
    left: Cell<u64>,
    cells: usize,
}

impl Meter {
    /// Takes some steps.
    pub(super) fn take(&self, steps: usize) -> Result<(), Exhausted> {
        let steps = u64::try_from(steps).map_err(|_| Exhausted)?;
        let left = self.left.get().checked_sub(steps).ok_or(Exhausted)?;
        self.left.set(left);
        Ok(())
    }

    /// Whether a set may have this many members.
    pub(super) fn holds(&self, cells: usize) -> Result<(), Exhausted> {
        if cells > self.cells {
            return Err(Exhausted);
        }
        Ok(())
    }
}
