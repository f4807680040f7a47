//! What the macros' output calls. Not part of the public interface: it changes
//! together with `iam-dsl-macros`.

use iam_dsl_core::slot::{
    AccountSlot, ArnSlot, AwsPrincipalSlot, BoolSlot, DateSlot, FederatedPrincipalSlot, IpSlot,
    NumericSlot, OidcProviderSlot, PartitionSlot, RegionSlot, ResourceSlot, SamlProviderSlot,
    ServicePrincipalSlot, StringSlot,
};
use iam_dsl_core::{Kind, Policy, json};

/// Puts a policy's JSON text together: pieces of JSON, and between them slots,
/// which are escaped first for IAM and then for JSON.
#[derive(Debug)]
pub struct Filler {
    json: String,
    /// A slot's text before JSON escaping.
    slot: String,
}

/// Declares a method per slot trait: it takes the slot and the JSON after it.
macro_rules! fill {
    ($($method:ident: $slot:ident;)*) => {$(
        #[must_use]
        pub fn $method<T: $slot>(mut self, slot: &T, after: &str) -> Self {
            slot.fill(&mut self.slot);
            self.put(after)
        }
    )*};
}

#[allow(missing_docs, reason = "hidden; the slot traits say what fits where")]
impl Filler {
    #[must_use]
    pub fn new(first: &str) -> Self {
        Filler {
            json: first.to_owned(),
            slot: String::new(),
        }
    }

    fn put(mut self, after: &str) -> Self {
        // Writing to a String does not fail.
        let _ = json::escape_into(&mut self.json, &self.slot);
        self.slot.clear();
        self.json.push_str(after);
        self
    }

    fill! {
        resource: ResourceSlot;
        partition: PartitionSlot;
        region: RegionSlot;
        account: AccountSlot;
        arn: ArnSlot;
        numeric: NumericSlot;
        bool: BoolSlot;
        ip: IpSlot;
        date: DateSlot;
        aws_principal: AwsPrincipalSlot;
        service_principal: ServicePrincipalSlot;
        federated_principal: FederatedPrincipalSlot;
        saml_provider: SamlProviderSlot;
        oidc_provider: OidcProviderSlot;
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
}
