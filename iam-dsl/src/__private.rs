//! What the macros' output calls. Not part of the public interface: it changes
//! together with `iam-dsl-macros`.

use iam_dsl_core::slot::{
    AccountSlot, ArnSlot, AwsPrincipalSlot, BoolSlot, DateSlot, FederatedPrincipalSlot, IpSlot,
    NameSlot, NumericSlot, OidcProviderSlot, PartitionSlot, PathSlot, RegionSlot, ResourceSlot,
    SamlProviderSlot, ServicePrincipalSlot, StringSlot,
};
use iam_dsl_core::{Kind, Policy, ResourcePattern, json};

/// Puts a policy's JSON text together: pieces of JSON, and between them slots,
/// which are escaped first for IAM and then for JSON. A single ARN is put
/// together in the same way, without JSON.
#[derive(Debug)]
pub struct Filler {
    json: String,
    /// A slot's text before JSON escaping.
    slot: String,
    is_json: bool,
}

#[allow(missing_docs, reason = "hidden; the slot traits say what fits where")]
impl Filler {
    #[must_use]
    pub fn new(first: &str) -> Self {
        Filler {
            json: first.to_owned(),
            slot: String::new(),
            is_json: true,
        }
    }

    #[must_use]
    pub fn plain(first: &str) -> Self {
        Filler {
            is_json: false,
            ..Filler::new(first)
        }
    }

    fn put(mut self, after: &str) -> Self {
        if self.is_json {
            // Writing to a String does not fail.
            let _ = json::escape_into(&mut self.json, &self.slot);
        } else {
            self.json.push_str(&self.slot);
        }
        self.slot.clear();
        self.json.push_str(after);
        self
    }

    // One method per slot trait, written out: the compiler shows them in its
    // errors. Each takes the slot and the JSON after it.

    #[must_use]
    pub fn resource<T: ResourceSlot>(mut self, slot: &T, after: &str) -> Self {
        slot.fill(&mut self.slot);
        self.put(after)
    }

    #[must_use]
    pub fn resource_path<T: PathSlot>(mut self, slot: &T, after: &str) -> Self {
        slot.fill(&mut self.slot);
        self.put(after)
    }

    #[must_use]
    pub fn resource_name<T: NameSlot>(mut self, slot: &T, after: &str) -> Self {
        slot.fill(&mut self.slot);
        self.put(after)
    }

    #[must_use]
    pub fn partition<T: PartitionSlot>(mut self, slot: &T, after: &str) -> Self {
        slot.fill(&mut self.slot);
        self.put(after)
    }

    #[must_use]
    pub fn region<T: RegionSlot>(mut self, slot: &T, after: &str) -> Self {
        slot.fill(&mut self.slot);
        self.put(after)
    }

    #[must_use]
    pub fn account<T: AccountSlot>(mut self, slot: &T, after: &str) -> Self {
        slot.fill(&mut self.slot);
        self.put(after)
    }

    #[must_use]
    pub fn arn<T: ArnSlot>(mut self, slot: &T, after: &str) -> Self {
        slot.fill(&mut self.slot);
        self.put(after)
    }

    #[must_use]
    pub fn numeric<T: NumericSlot>(mut self, slot: &T, after: &str) -> Self {
        slot.fill(&mut self.slot);
        self.put(after)
    }

    #[must_use]
    pub fn bool<T: BoolSlot>(mut self, slot: &T, after: &str) -> Self {
        slot.fill(&mut self.slot);
        self.put(after)
    }

    #[must_use]
    pub fn ip<T: IpSlot>(mut self, slot: &T, after: &str) -> Self {
        slot.fill(&mut self.slot);
        self.put(after)
    }

    #[must_use]
    pub fn date<T: DateSlot>(mut self, slot: &T, after: &str) -> Self {
        slot.fill(&mut self.slot);
        self.put(after)
    }

    #[must_use]
    pub fn aws_principal<T: AwsPrincipalSlot>(mut self, slot: &T, after: &str) -> Self {
        slot.fill(&mut self.slot);
        self.put(after)
    }

    #[must_use]
    pub fn service_principal<T: ServicePrincipalSlot>(mut self, slot: &T, after: &str) -> Self {
        slot.fill(&mut self.slot);
        self.put(after)
    }

    #[must_use]
    pub fn federated_principal<T: FederatedPrincipalSlot>(mut self, slot: &T, after: &str) -> Self {
        slot.fill(&mut self.slot);
        self.put(after)
    }

    #[must_use]
    pub fn saml_provider<T: SamlProviderSlot>(mut self, slot: &T, after: &str) -> Self {
        slot.fill(&mut self.slot);
        self.put(after)
    }

    #[must_use]
    pub fn oidc_provider<T: OidcProviderSlot>(mut self, slot: &T, after: &str) -> Self {
        slot.fill(&mut self.slot);
        self.put(after)
    }

    #[must_use]
    pub fn text<T: StringSlot>(mut self, slot: &T, after: &str) -> Self {
        slot.fill(&mut self.slot, false);
        self.put(after)
    }

    #[must_use]
    pub fn pattern_text<T: StringSlot>(mut self, slot: &T, after: &str) -> Self {
        slot.fill(&mut self.slot, true);
        self.put(after)
    }

    /// A slot of a policy that does not compile, in a place that says nothing
    /// of its type.
    #[must_use]
    pub fn unknown<T>(self, _: &T, after: &str) -> Self {
        self.put(after)
    }

    /// The end for a policy that does not compile.
    pub fn check(self) {}

    #[must_use]
    pub fn policy<K: Kind>(self) -> Policy<K> {
        Policy::__filled(self.json)
    }

    #[must_use]
    pub fn resource_pattern(self) -> ResourcePattern {
        ResourcePattern::new(self.json)
    }
}
