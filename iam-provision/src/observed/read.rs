//! Reading what concerns a bundle, in as few calls as possible.
//!
//! A read that fails is an error. Only an answer that says so makes an entity
//! absent.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt};

use super::choose::{Reads, pages_left, targets_are_fewer};
use super::known::{Answer, Known, ask};
use super::needed::{Read, Way, needed};
use super::others::Others;
use super::quotas::{self, Summary};
use super::select::select;
use super::{IndexStart, Observed, Reading};
use crate::client::{Client, link};
use crate::desired::Target;
use crate::error::Error;
use crate::ledger::Ledger;
use crate::names::OWNER_TAG;
use crate::state::{Account, Identity, State};

/// How many reads run at the same time.
const AT_A_TIME: usize = 8;

/// What is read, and for what.
pub(crate) enum Scope<'a> {
    /// Everything a plan needs.
    Plan(Reads),
    /// The same once more, of the whole account.
    Wider(&'a Observed),
    /// Whether what a plan was made from is still so, the way it was read. Leaves
    /// out what the plan's own first call to it finds out: creating an instance
    /// profile that has come to exist is refused by IAM.
    Recheck(&'a Observed),
    /// What the bundle names, for a plan that only adds.
    Named,
}

pub(crate) async fn read(
    client: &Client,
    account: &Account,
    target: &Target,
    scope: Scope<'_>,
) -> Result<Observed, Error> {
    let reader = Reader {
        client,
        account,
        target,
        unasked: BTreeSet::new(),
    };
    let observed = match scope {
        Scope::Plan(reads) => reader.plan(reads).await,
        Scope::Wider(narrow) => {
            let known = reader.whole(None, IndexStart::WithOthers).await?;
            let mut reading = narrow.reading.clone();
            reading.way = Way::Whole;
            reader.observed(known, reading, None).await
        }
        Scope::Recheck(before) => reader.recheck(before).await,
        Scope::Named => {
            let mut known = reader.targets(Way::Named, IndexStart::Never).await?;
            link(&mut known.all);
            Ok(select(
                known,
                target,
                Reading::new(Way::Named, Reads::Targeted),
            ))
        }
    };
    observed.map(|mut observed| {
        observed.reading.at = client.now();
        observed
    })
}

/// Adds documents of AWS's policies to what was observed. One that does not exist is
/// told elsewhere.
pub(crate) async fn read_aws(
    client: &Client,
    observed: &mut Observed,
    arns: BTreeSet<String>,
) -> Result<(), Error> {
    let mut documents = (*observed.state.aws).clone();
    let mut answers = stream::iter(arns)
        .map(|arn| async move { (client.named_policy(&arn).await, arn) })
        .buffered(AT_A_TIME);
    while let Some((answer, arn)) = answers.next().await {
        if let Some((_, policy)) = answer? {
            documents.insert(arn, policy.document);
        }
    }
    drop(answers);
    observed.state.aws = Arc::new(documents);
    Ok(())
}

struct Reader<'a> {
    client: &'a Client,
    account: &'a Account,
    target: &'a Target,
    /// What need not be asked again.
    unasked: BTreeSet<Read>,
}

impl Reader<'_> {
    async fn plan(&self, reads: Reads) -> Result<Observed, Error> {
        let mut summary = None;
        let (known, reading) = match reads {
            Reads::AccountWide => {
                let known = self.whole(None, IndexStart::Never).await?;
                (known, Reading::new(Way::Whole, reads))
            }
            Reads::Targeted => {
                let known = self.targets(Way::Targets, IndexStart::Now).await?;
                match self.finds_what_is_removed(&known) {
                    true => (known, Reading::new(Way::Targets, reads)),
                    false => {
                        let known = self.whole(None, IndexStart::Now).await?;
                        let mut reading = Reading::new(Way::Whole, reads);
                        reading.ledger = true;
                        (known, reading)
                    }
                }
            }
            Reads::ByCount => self.by_count(&mut summary).await?,
        };
        self.observed(known, reading, summary).await
    }

    /// What is known, and whether a plan fits into the account.
    async fn observed(
        &self,
        known: Known,
        mut reading: Reading,
        summary: Option<Summary>,
    ) -> Result<Observed, Error> {
        let state = &known.all;
        // Only a plan that fits, and whose policies exist, is ever applied.
        let over_quota =
            quotas::exceeded(self.client, self.target, state, summary, &mut reading).await?;
        let is_whole = reading.way == Way::Whole;
        let others = is_whole.then(|| Others::of(&known, self.target));
        let mut observed = select(known, self.target, reading);
        observed.over_quota = over_quota;
        observed.others = others;
        for arn in super::aws_policies::to_check(self.target, &observed.state) {
            if self.client.policy_is_missing(&arn).await? {
                observed.missing_policies.insert(arn);
            }
        }
        Ok(observed)
    }

    /// The whole account if it is one page, and else whichever is fewer.
    async fn by_count(&self, summary: &mut Option<Summary>) -> Result<(Known, Reading), Error> {
        let mut reading = Reading::new(Way::Whole, Reads::ByCount);
        let mut first = State::empty(self.account.clone());
        let page = self.client.details_page(&mut first, None).await?;
        let Some(next) = page.next else {
            let known = self.whole(Some((first, None)), IndexStart::Never).await?;
            return Ok((known, reading));
        };
        let counted = self.client.account_summary().await?;
        let left = pages_left(&counted, page.entities);
        *summary = Some(counted);
        reading.summary = true;
        reading.pages_left = Some(left);
        reading.ledger = true;
        let ledger = self.ledger().await?;
        if targets_are_fewer(self.target, &ledger.all, left) {
            let known = self.further(ledger, Way::Targets).await?;
            if self.finds_what_is_removed(&known) && self.misses_no_user(&known) {
                reading.way = Way::Targets;
                return Ok((known, reading));
            }
        }
        let first = Some((first, Some(next)));
        let known = self.whole(first, IndexStart::WithOthers).await?;
        Ok((known, reading))
    }

    async fn recheck(&self, before: &Observed) -> Result<Observed, Error> {
        let profiles = self.target.state.profiles.keys();
        let absent = profiles.filter(|name| !before.state.profiles.contains_key(*name));
        let reader = Reader {
            unasked: absent.map(|name| Read::Profile(name.clone())).collect(),
            ..*self
        };
        let known = match before.reading.way {
            Way::Whole => reader.whole(None, before.index).await?,
            way => reader.targets(way, before.index).await?,
        };
        let others = before.others.as_ref();
        let others = others.map(|others| others.again(&known, self.target));
        let mut observed = select(known, self.target, before.reading.clone());
        observed.others = others;
        // AWS's own policies are none of the account's facts: what they say may
        // change at any time, and the plan was made for what they said.
        observed.state.aws = Arc::clone(&before.state.aws);
        observed.over_quota.clone_from(&before.over_quota);
        Ok(observed)
    }

    /// Every page, from the one that is there, and what the pages lack.
    async fn whole(
        &self,
        begun: Option<(State, Option<String>)>,
        index: IndexStart,
    ) -> Result<Known, Error> {
        let all = match begun {
            Some((mut all, mut next)) => {
                while next.is_some() {
                    next = self.client.details_page(&mut all, next).await?.next;
                }
                link(&mut all);
                all
            }
            None => self.client.authorization_details(self.account).await?,
        };
        let mut known = Known::nothing(self.account, index);
        known.all = all;
        self.further(known, Way::Whole).await
    }

    async fn targets(&self, way: Way, index: IndexStart) -> Result<Known, Error> {
        self.further(Known::nothing(self.account, index), way).await
    }

    /// What the ledger says.
    async fn ledger(&self) -> Result<Known, Error> {
        let mut known = Known::nothing(self.account, IndexStart::WithOthers);
        let reads = needed(self.target, Way::Targets, &known);
        let first = reads.into_iter().filter(|read| read.turn(self.target) == 0);
        self.make(first.collect(), &mut known).await?;
        Ok(known)
    }

    /// Reads until nothing is left that is needed.
    async fn further(&self, mut known: Known, way: Way) -> Result<Known, Error> {
        known.asked.extend(self.unasked.iter().cloned());
        loop {
            let reads = needed(self.target, way, &known);
            let left: Vec<Read> = reads.difference(&known.asked).cloned().collect();
            let turn = |read: &Read| match way {
                // A ledger decides nothing there.
                Way::Named => 0,
                _ => read.turn(self.target),
            };
            let Some(now) = left.iter().map(turn).min() else {
                return Ok(known);
            };
            let reads: Vec<Read> = left.into_iter().filter(|read| turn(read) == now).collect();
            self.make(reads, &mut known).await?;
        }
    }

    async fn make(&self, reads: Vec<Read>, known: &mut Known) -> Result<(), Error> {
        known.asked.extend(reads.iter().cloned());
        let mut answers: stream::Buffered<_> = stream::iter(reads)
            .map(|read| ask(self.client, self.account, read))
            .buffered(AT_A_TIME);
        while let Some(answer) = answers.next().await {
            let answer: Answer = answer?;
            known.store(answer, &self.target.bundle);
        }
        Ok(())
    }

    /// Whether the ledger told what the bundle owns and no longer declares, or there is
    /// nothing of it: a bundle that has no ledger and is not there is new.
    fn finds_what_is_removed(&self, known: &Known) -> bool {
        let (target, state) = (self.target, &known.all);
        let ledger = Ledger::of(state, &target.bundle).unwrap_or_default();
        if ledger.index.is_some() {
            return true;
        }
        let identities = target.index();
        let mut identities = identities.iter().chain(&target.expected_identities);
        let is_there = identities.any(|identity| {
            let holder = state.holder(identity);
            holder.is_some_and(|holder| holder.tags.get(OWNER_TAG) == Some(&target.bundle))
        });
        !is_there && !state.policies.contains_key(&Ledger::name(&target.bundle))
    }

    /// Whether every user of the index is there: one that is not may have been renamed.
    fn misses_no_user(&self, known: &Known) -> bool {
        let ledger = Ledger::of(&known.all, &self.target.bundle).unwrap_or_default();
        let mut index = ledger.index.iter().flatten();
        index.all(|identity| match identity {
            Identity::User(name) => known.all.users.contains_key(name),
            _ => true,
        })
    }
}
