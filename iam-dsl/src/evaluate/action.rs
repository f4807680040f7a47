//! Action patterns: "the prefix and the action name are case insensitive"
//! (IAM User Guide, "IAM JSON policy elements: Action").

use iam_dsl_core::ActionPattern;

use super::pattern::Pattern;
use super::request::Action;

/// The bit of a service by the hash of its prefix: services that share one are
/// told apart by what is compared after it.
#[inline]
pub(super) fn service_bit(hash: u64) -> u64 {
    1 << (hash >> 58)
}

/// The values of one `Action` or `NotAction`: literals by search, patterns only
/// among those of the request's service. Texts are in lower case.
#[derive(Debug, Clone, Default)]
pub(super) struct ActionSet {
    any: bool,
    /// A bit of each service that it may list actions of.
    services_bits: u64,
    /// Whole actions without wildcards with their hashes, sorted by those.
    literals: Vec<(u64, String)>,
    /// Patterns by the hash of a service without wildcards, sorted by that.
    services: Vec<(u64, Vec<Pattern>)>,
    /// Patterns whose service has wildcards, or that have no colon.
    others: Vec<Pattern>,
}

/// A number that tells most texts apart, so that few are compared: FNV-1a.
pub(super) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn wild(text: &str) -> bool {
    text.contains(['*', '?'])
}

impl ActionSet {
    pub(super) fn prepare(patterns: &[ActionPattern]) -> Self {
        let mut set = ActionSet::default();
        let mut by_service: Vec<(u64, Pattern)> = Vec::new();
        for pattern in patterns {
            let text = pattern.as_str().to_ascii_lowercase();
            let service = text.split_once(':').map(|(service, _)| service);
            set.services_bits |= match service.filter(|service| !wild(service)) {
                Some(service) => service_bit(hash(service)),
                None => u64::MAX,
            };
            if text == "*" || text == "*:*" {
                set.any = true;
            } else if !wild(&text) {
                set.literals.push((hash(&text), text));
            } else {
                let pattern = Pattern::new(&text);
                match text.split_once(':') {
                    Some((service, _)) if !wild(service) => {
                        by_service.push((hash(service), pattern))
                    }
                    _ => set.others.push(pattern),
                }
            }
        }
        set.literals.sort_unstable_by_key(|(hash, _)| *hash);
        by_service.sort_by_key(|(hash, _)| *hash);
        for (hash, pattern) in by_service {
            match set.services.last_mut() {
                Some((last, patterns)) if *last == hash => patterns.push(pattern),
                _ => set.services.push((hash, vec![pattern])),
            }
        }
        set
    }

    /// Where to look this set up: an action that it matches meets one of these.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        let literals = self.literals.iter().map(|(_, text)| text.as_str());
        let by_service = self.services.iter().flat_map(|(_, patterns)| patterns);
        let patterns = by_service.chain(&self.others).map(Pattern::text);
        self.any
            .then_some("*")
            .into_iter()
            .chain(literals)
            .chain(patterns)
    }

    /// The bits of all services of which it may list an action.
    pub(super) fn services(&self) -> u64 {
        self.services_bits
    }

    pub(super) fn is_everything(&self) -> bool {
        self.any
    }

    #[inline]
    pub(super) fn matches(&self, action: &Action) -> bool {
        self.any || self.lists(action)
    }

    fn lists(&self, action: &Action) -> bool {
        let text = action.folded();
        let from = self
            .literals
            .partition_point(|(hash, _)| *hash < action.hash);
        let literals = self.literals.get(from..).unwrap_or_default();
        // Different texts may have the same hash.
        let literal = literals
            .iter()
            .take_while(|(hash, _)| *hash == action.hash)
            .any(|(_, literal)| literal == text);
        let of_service = || {
            let place = self
                .services
                .binary_search_by_key(&action.service_hash, |(hash, _)| *hash);
            place
                .ok()
                .and_then(|place| self.services.get(place))
                .map(|(_, patterns)| patterns.as_slice())
                .unwrap_or_default()
        };
        literal
            || of_service()
                .iter()
                .chain(&self.others)
                .any(|pattern| pattern.matches(text))
    }
}
