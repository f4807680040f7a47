//! Which policies of AWS's a plan has to know the contents of.
//!
//! AWS's documents are not in the account's details, and mostly nothing hangs on
//! them: who is given a policy is given what it says. They are read where an answer
//! hangs on them: the order of the steps, a ceiling, or what somebody gains and
//! loses by getting one for another.

use std::collections::BTreeSet;

use super::ceiling::{self, Ceilings};
use super::judge::Judge;
use super::operation::Operation;
use super::proof::{MomentKind, Sequence};
use super::{Plan, access};
use crate::desired::Target;
use crate::observed::only_allows;
use crate::state::{Identity, State};

/// The ARNs of AWS's policies that are not read and on which something hangs.
pub(crate) fn hangs_on(plan: &Plan, ceilings: &Ceilings) -> BTreeSet<String> {
    let states: Vec<State> = plan.prefixes().into_iter().map(|o| o.state).collect();
    let (Some(before), Some(after)) = (states.first(), states.last()) else {
        return BTreeSet::new();
    };
    // Mostly there are none.
    let all = states.iter().flat_map(|state| {
        let identities = state.identities().into_iter();
        identities.flat_map(|identity| unread(state, &identity))
    });
    if all.collect::<BTreeSet<_>>().is_empty() {
        return BTreeSet::new();
    }
    let target = Target::of(&plan.bundle, &before.account);
    let strangers = access::strangers(before, &target);
    let operations: Vec<Operation> = plan.steps.iter().map(|s| s.operation.clone()).collect();
    let judge = Judge::new();
    let sequence = Sequence::new(before, &operations, &strangers, &judge);
    let over: BTreeSet<Identity> = match &ceilings.access {
        Some(ceiling) => ceiling::over(plan, ceiling)
            .into_iter()
            .map(|(who, _)| who)
            .collect(),
        None => BTreeSet::new(),
    };
    let order = plan.order().moments().iter();
    let unknown: Vec<_> = order.filter(|m| m.kind() == MomentKind::Unknown).collect();
    let mut wanted = BTreeSet::new();
    for (identity, calls) in sequence.touched() {
        let name = identity.to_string();
        let in_doubt = unknown
            .iter()
            .any(|moment| moment.who() == name || moment.what().contains(&format!("{name},")));
        let (was, is) = (unread(before, identity), unread(after, identity));
        let comes_and_goes = !was.is_subset(&is) && !is.is_subset(&was);
        if in_doubt || over.contains(identity) || comes_and_goes {
            wanted.extend(states.iter().flat_map(|state| unread(state, identity)));
        } else if calls.len() > 1 {
            // That those in everyday use only allow is known; of others it decides
            // whether an order is safe.
            let moves = was.symmetric_difference(&is);
            wanted.extend(moves.filter(|arn| !only_allows(arn)).cloned());
        }
    }
    wanted
}

/// AWS's policies that a user or role has in a state, itself, by its groups or as
/// its boundary, and whose documents are not there.
fn unread(state: &State, identity: &Identity) -> BTreeSet<String> {
    let groups = state.memberships.iter();
    let groups = groups
        .filter(|(user, _)| *identity == Identity::User(user.clone()))
        .filter_map(|(_, group)| state.groups.get(group));
    let holders = groups.chain(state.holder(identity));
    let arns = holders.flat_map(|holder| holder.attached.iter().chain(&holder.boundary));
    let everything = state.account.aws_policy_arn("AdministratorAccess");
    let is_unread = |arn: &&String| {
        arn.contains(":iam::aws:policy/") && **arn != everything && !state.aws.contains_key(*arn)
    };
    arns.filter(is_unread).cloned().collect()
}
