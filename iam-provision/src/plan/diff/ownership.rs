//! Who owns what is there: an entity that is not the bundle's is refused
//! unless it is adopted, and a reserved one always.

use super::Differ;
use crate::ledger::{Claim, Entity};
use crate::names::OWNER_TAG;
use crate::plan::NoteKind;
use crate::state::Identity;

impl Differ<'_> {
    pub(super) fn ownership(&mut self) {
        for (declared, existing) in &self.observed.clashes {
            self.problems.push(crate::names::Problem::new(
                declared,
                format!("exists as `{existing}`, and IAM compares names without regard to case; declare that name to adopt it, or choose another"),
            ));
        }
        for identity in self.want.identities() {
            match &identity {
                Identity::Group(name) => self.claimed(&Claim::Group(name.clone())),
                _ => self.tagged(&identity),
            }
        }
        for name in self.want.policies.keys() {
            self.claimed(&Claim::Policy(name.clone()));
        }
        for name in self.want.profiles.keys() {
            self.claimed(&Claim::InstanceProfile(name.clone()));
        }
        for role in self.want.linked.keys() {
            if !self.target.shared_linked.contains(role) {
                self.claimed(&Claim::Linked(role.clone()));
            }
        }
        for provider in self.want.providers.keys() {
            match self.provider_owner(provider) {
                Some(owner) if owner == self.target.bundle => {}
                Some(owner) => self.owned_by(&provider.to_string(), &owner),
                None => self.claimed(&Claim::Provider(provider.clone())),
            }
        }
    }

    /// Refuses to delete what is protected.
    pub(super) fn protection(&mut self) {
        for entity in self.removed.entities() {
            if self.ledger.protected.contains(&entity)
                || self.target.expected_protected.contains(&entity)
            {
                self.problem(
                    entity.to_string(),
                    "is protected, and this would delete it; to delete it, first apply the bundle with it and without .protect()",
                );
            }
        }
    }

    /// Tells what a destroy leaves because the ledger that said whose it is has gone.
    pub(super) fn forgotten(&mut self) {
        let ledger = crate::ledger::Ledger::name(&self.target.bundle);
        if !self.observed.unclaimed.is_empty() {
            let claims: Vec<String> = self
                .observed
                .unclaimed
                .iter()
                .map(ToString::to_string)
                .collect();
            self.note(
                NoteKind::Left,
                format!("{} exist and are declared, but the ledger {ledger} does not claim them, so they are left alone; if they are this bundle's, apply it with .adopt() on each and destroy it then", claims.join(", ")),
            );
        }
        if self.observed.password_policy_unclaimed {
            self.note(
                NoteKind::Left,
                format!("the account has the declared password policy, but the ledger {ledger} does not know the one before it, so it is left alone; change or delete it by hand"),
            );
        }
        if self.observed.alias_unclaimed {
            self.note(
                NoteKind::Left,
                format!("the account has the declared alias, but the ledger {ledger} does not know the one before it, so it is left alone; change or delete it by hand"),
            );
        }
    }

    fn tagged(&mut self, identity: &Identity) {
        let Some(holder) = self.now.holder(identity) else {
            return;
        };
        if holder.path.starts_with("/aws-service-role/")
            || holder.path.starts_with("/aws-reserved/")
        {
            self.problem(
                identity.to_string(),
                "belongs to an AWS service, which manages it itself; choose another name",
            );
            return;
        }
        match holder.tags.get(OWNER_TAG) {
            Some(owner) if *owner == self.target.bundle => {}
            Some(owner) => self.owned_by(&identity.to_string(), &owner.clone()),
            None => {
                if !self
                    .target
                    .adopted
                    .contains(&Entity::Identity(identity.clone()))
                {
                    self.foreign(&identity.to_string());
                }
            }
        }
    }

    fn claimed(&mut self, claim: &Claim) {
        let exists = match claim {
            Claim::Group(name) => self.now.groups.contains_key(name),
            Claim::Policy(name) => self.now.policies.contains_key(name),
            Claim::InstanceProfile(name) => self.now.profiles.contains_key(name),
            Claim::Provider(provider) => self.now.providers.contains_key(provider),
            Claim::Linked(role) => self.now.linked.contains_key(role),
        };
        if let Some(owner) = self.observed.claimed_by_others.get(claim) {
            self.owned_by(&claim.to_string(), &owner.clone());
        } else if exists
            && !self.ledger.claims.contains(claim)
            && !self
                .target
                .adopted
                .contains(&Entity::Claimed(claim.clone()))
        {
            self.foreign(&claim.to_string());
        }
    }

    fn owned_by(&mut self, place: &str, owner: &str) {
        self.problem(place, format!("belongs to the bundle `{owner}`; remove it from there first, or choose another name"));
    }

    fn foreign(&mut self, place: &str) {
        self.problem(
            place,
            "exists and is not owned by this bundle; call .adopt() on it to take it over (what others \
             gave it is then drift), or choose another name",
        );
    }
}
