//! Whether some context makes some statements match and others not.

use std::collections::BTreeMap;

use super::budget::{Exhausted, Meter};
use super::domain::{Domain, Literal, Pick};

/// The keys with their conditions.
#[derive(Debug)]
pub(super) struct Domains {
    pub(super) list: Vec<Domain>,
    /// Of each condition: its domain, and its place in it.
    pub(super) places: Vec<(usize, usize)>,
}

/// What a search found.
#[derive(Debug)]
pub(super) enum Found {
    /// Values of keys, by the number of the domain.
    Context(BTreeMap<usize, Pick>),
    /// Only if keys have values that nobody knows whether there are.
    Doubtful(usize),
    Nothing,
}

/// One search: what has been chosen so far.
struct State<'d> {
    domains: &'d Domains,
    chosen: BTreeMap<usize, Vec<Literal>>,
    /// Whether a domain in doubt takes whatever does not contradict itself.
    loose: bool,
    meter: &'d Meter,
}

impl State<'_> {
    fn place(&self, condition: usize) -> (usize, usize) {
        let nowhere = (usize::MAX, 0);
        self.domains
            .places
            .get(condition)
            .copied()
            .unwrap_or(nowhere)
    }

    fn fits(&self, domain: usize) -> Result<bool, Exhausted> {
        let Some(chosen) = self.chosen.get(&domain) else {
            return Ok(true);
        };
        self.meter.take(1 + chosen.len())?;
        let Some(found) = self.domains.list.get(domain) else {
            return Ok(false);
        };
        if self.loose && found.doubt().is_some() {
            let contradicted = |(row, holds): &Literal| chosen.contains(&(*row, !*holds));
            return Ok(!chosen.iter().any(contradicted));
        }
        Ok(found.find(chosen).is_some())
    }

    /// Adds a choice; `false` where it cannot be, and then it is not added.
    fn choose(&mut self, condition: usize, holds: bool) -> Result<bool, Exhausted> {
        let (domain, row) = self.place(condition);
        let chosen = self.chosen.entry(domain).or_default();
        chosen.push((row, holds));
        if self.fits(domain)? {
            return Ok(true);
        }
        self.undo(domain);
        Ok(false)
    }

    fn undo(&mut self, domain: usize) {
        if let Some(chosen) = self.chosen.get_mut(&domain) {
            chosen.pop();
        }
    }

    fn is(&self, condition: usize, holds: bool) -> bool {
        let (domain, row) = self.place(condition);
        self.chosen
            .get(&domain)
            .is_some_and(|chosen| chosen.contains(&(row, holds)))
    }
}

/// Looks for a context in which all of `hold` hold, and of each of `fail` some
/// condition does not.
pub(super) fn find(
    domains: &Domains,
    hold: &[usize],
    fail: &[Vec<usize>],
    meter: &Meter,
) -> Result<Found, Exhausted> {
    if let Some(context) = search(domains, hold, fail, false, meter)? {
        return Ok(Found::Context(context));
    }
    let doubtful = hold
        .iter()
        .chain(fail.iter().flatten())
        .filter_map(|condition| domains.places.get(*condition))
        .find(|(domain, _)| {
            domains
                .list
                .get(*domain)
                .is_some_and(|d| d.doubt().is_some())
        });
    match doubtful {
        Some((domain, _)) if search(domains, hold, fail, true, meter)?.is_some() => {
            Ok(Found::Doubtful(*domain))
        }
        _ => Ok(Found::Nothing),
    }
}

fn search(
    domains: &Domains,
    hold: &[usize],
    fail: &[Vec<usize>],
    loose: bool,
    meter: &Meter,
) -> Result<Option<BTreeMap<usize, Pick>>, Exhausted> {
    let mut state = State {
        domains,
        chosen: BTreeMap::new(),
        loose,
        meter,
    };
    for condition in hold {
        if !state.is(*condition, true) && !state.choose(*condition, true)? {
            return Ok(None);
        }
    }
    // Those with the fewest ways out first, each once.
    let mut clauses: Vec<&Vec<usize>> = fail.iter().collect();
    clauses.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    clauses.dedup();
    // For each clause that is decided: which of its conditions is next, and the
    // domain that it added a choice to.
    let mut trail: Vec<(usize, Option<usize>)> = Vec::new();
    let mut option = 0;
    loop {
        let Some(clause) = clauses.get(trail.len()) else {
            return Ok(Some(context(&state)));
        };
        meter.take(1)?;
        let decided = option == 0 && clause.iter().any(|condition| state.is(*condition, false));
        let mut next = None;
        if decided {
            // Nothing to go back to.
            next = Some((usize::MAX, None));
        } else {
            while let Some(&condition) = clause.get(option) {
                option += 1;
                if !state.is(condition, true) && state.choose(condition, false)? {
                    next = Some((option, Some(state.place(condition).0)));
                    break;
                }
            }
        }
        match next {
            Some(step) => {
                trail.push(step);
                option = 0;
            }
            None => loop {
                let Some((after, added)) = trail.pop() else {
                    return Ok(None);
                };
                if let Some(domain) = added {
                    state.undo(domain);
                }
                if after != usize::MAX {
                    option = after;
                    break;
                }
            },
        }
    }
}

fn context(state: &State<'_>) -> BTreeMap<usize, Pick> {
    state
        .chosen
        .iter()
        .filter(|(_, chosen)| !chosen.is_empty())
        .filter_map(|(domain, chosen)| {
            let found = state.domains.list.get(*domain)?.find(chosen)?;
            Some((*domain, found))
        })
        .collect()
}
