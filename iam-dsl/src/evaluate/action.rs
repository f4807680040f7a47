//! Action patterns: "the prefix and the action name are case insensitive"
//! (IAM User Guide, "IAM JSON policy elements: Action").

use iam_dsl_core::ActionPattern;

use super::pattern::Pattern;
use super::request::Action;

/// The values of one `Action` or `NotAction`: only those of the request's
/// service are looked at, literals by search, patterns by their prefix first.
#[derive(Debug, Clone, Default)]
pub(super) struct ActionSet {
    any: bool,
    /// Sorted by the service with its colon.
    services: Vec<ServiceActions>,
    /// Patterns whose service has wildcards, or that have no colon.
    others: Vec<Pattern>,
}

/// The values for one service, in lower case and whole.
#[derive(Debug, Clone)]
struct ServiceActions {
    /// With the colon.
    service: Box<str>,
    /// Without wildcards, sorted.
    literals: Vec<String>,
    patterns: Vec<Pattern>,
}

fn wild(text: &str) -> bool {
    text.contains(['*', '?'])
}

impl ActionSet {
    pub(super) fn prepare(patterns: &[ActionPattern]) -> Self {
        let mut set = ActionSet::default();
        let mut folded: Vec<String> = patterns
            .iter()
            .map(|pattern| pattern.as_str().to_ascii_lowercase())
            .collect();
        // Each service's values follow each other. Most lists are sorted already,
        // which this sort makes use of.
        folded.sort();
        for text in folded {
            if text == "*" || text == "*:*" {
                set.any = true;
                continue;
            }
            let service = text.split_inclusive(':').next().unwrap_or_default();
            if !service.ends_with(':') || wild(service) {
                set.others.push(Pattern::new(&text));
                continue;
            }
            match set.services.last_mut() {
                Some(last) if *last.service == *service => last.push(text),
                _ => {
                    let mut actions = ServiceActions {
                        service: service.into(),
                        literals: Vec::new(),
                        patterns: Vec::new(),
                    };
                    actions.push(text);
                    set.services.push(actions);
                }
            }
        }
        set
    }

    /// Where to look this set up: an action that it matches meets one of these.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        let any = self.any.then_some("*");
        let of_services = self.services.iter().flat_map(|actions| {
            let literals = actions.literals.iter().map(String::as_str);
            literals.chain(actions.patterns.iter().map(Pattern::text))
        });
        any.into_iter()
            .chain(of_services)
            .chain(self.others.iter().map(Pattern::text))
    }

    pub(super) fn matches(&self, action: &Action) -> bool {
        let text = action.folded();
        self.any
            || self
                .services
                .binary_search_by(|actions| (*actions.service).cmp(action.service_with_colon()))
                .ok()
                .and_then(|place| self.services.get(place))
                .is_some_and(|actions| actions.matches(text))
            || self.others.iter().any(|pattern| pattern.matches(text))
    }
}

impl ServiceActions {
    /// Takes texts in rising order.
    fn push(&mut self, text: String) {
        if wild(&text) {
            self.patterns.push(Pattern::new(&text));
        } else {
            self.literals.push(text);
        }
    }

    fn matches(&self, text: &str) -> bool {
        self.literals
            .binary_search_by(|known| known.as_str().cmp(text))
            .is_ok()
            || self.patterns.iter().any(|pattern| pattern.matches(text))
    }
}
