//! Who asked for what last: the data behind service last accessed reports.

use std::collections::BTreeMap;

use crate::moment::Moment;

/// The latest attempt at something.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) at: Moment,
    pub(crate) region: String,
}

/// What one entity attempted with one service.
#[derive(Clone, Debug)]
pub(crate) struct ServiceUse {
    pub(crate) latest: Attempt,
    /// By the name of the action.
    pub(crate) actions: BTreeMap<String, Attempt>,
}

/// The attempts of the users and roles of an account. By unique id, so that an
/// entity that is made anew starts without a past.
#[derive(Clone, Debug, Default)]
pub(crate) struct Activity(BTreeMap<String, BTreeMap<String, ServiceUse>>);

impl Activity {
    /// Remembers an attempt at `service:Action`.
    pub(crate) fn note(&mut self, id: &str, action: &str, at: Moment, region: &str) {
        let Some((service, name)) = action.split_once(':') else {
            return;
        };
        let attempt = Attempt {
            at,
            region: region.to_owned(),
        };
        let services = self.0.entry(id.to_owned()).or_default();
        let used = services
            .entry(service.to_lowercase())
            .or_insert_with(|| ServiceUse {
                latest: attempt.clone(),
                actions: BTreeMap::new(),
            });
        used.latest = attempt.clone();
        used.actions.insert(name.to_owned(), attempt);
    }

    /// What an entity attempted with a service.
    pub(crate) fn of(&self, id: &str, service: &str) -> Option<&ServiceUse> {
        self.0.get(id)?.get(service)
    }
}
