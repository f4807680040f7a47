//! Judges plans by the evaluator alone: at every prefix, and in every order that
//! steps may run in at the same time, with requests aimed at the policies.

// Helpers of tests fail a test as the tests themselves do.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use iam_dsl::testing::aimed;
use iam_dsl::{Authorizer, Document, Principal, Request};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::document::PolicyText;
use crate::plan::Plan;
use crate::state::{Identity, State};

/// How many requests are aimed at each document.
const REQUESTS: usize = 24;

/// What is wrong with a plan, if anything is.
#[derive(Debug)]
pub(in crate::plan) struct Fault {
    pub(in crate::plan) who: Identity,
    pub(in crate::plan) after: usize,
    pub(in crate::plan) is_extra: bool,
    /// Told by Debug.
    #[expect(dead_code, reason = "read through Debug, when a test fails")]
    pub(in crate::plan) request: String,
}

/// The moments at which somebody has more than before and after, or less than both.
pub(in crate::plan) fn faults(plan: &Plan) -> Vec<Fault> {
    let states: Vec<State> = plan.prefixes().into_iter().map(|o| o.state).collect();
    faults_of(&states)
}

/// The same of any states on the way from the first to the last.
pub(in crate::plan) fn faults_of(states: &[State]) -> Vec<Fault> {
    let requests = requests(states);
    let mut all = Vec::new();
    let mut identities: Vec<Identity> = states.iter().flat_map(State::identities).collect();
    identities.sort();
    identities.dedup();
    identities.retain(|identity| !matches!(identity, Identity::Group(_)));
    for who in identities {
        let authorizers: Vec<Option<Authorizer>> =
            states.iter().map(|state| authorizer(state, &who)).collect();
        let principal = principal(states, &who);
        for request in &requests {
            let request = request.clone().principal(principal.clone());
            let allows: Vec<bool> = authorizers
                .iter()
                .map(|one| {
                    one.as_ref()
                        .is_some_and(|one| one.decide(&request).is_allowed())
                })
                .collect();
            let (before, after) = (allows[0], allows[allows.len() - 1]);
            for (at, now) in allows.iter().enumerate() {
                if (*now && !before && !after) || (!*now && before && after) {
                    all.push(Fault {
                        who: who.clone(),
                        after: at,
                        is_extra: *now,
                        request: format!("{request:?}"),
                    });
                }
            }
        }
    }
    all
}

/// Whether an identity may do something in a state.
pub(in crate::plan) fn allows(state: &State, who: &Identity, action: &str, resource: &str) -> bool {
    let states = std::slice::from_ref(state);
    let request = Request::new(action, resource).unwrap();
    let request = request.principal(principal(states, who));
    authorizer(state, who).is_some_and(|one| one.decide(&request).is_allowed())
}

fn requests(states: &[State]) -> Vec<Request> {
    let mut texts: BTreeMap<&str, &PolicyText> = BTreeMap::new();
    for state in states {
        let holders = state.identities();
        let holders = holders.iter().filter_map(|identity| state.holder(identity));
        let inline = holders.flat_map(|holder| holder.inline.values());
        let managed = state.policies.values().map(|policy| &policy.document);
        texts.extend(inline.chain(managed).map(|text| (text.json(), text)));
    }
    let mut runner = TestRunner::deterministic();
    let documents: Vec<&Document> = texts.values().filter_map(|text| text.document()).collect();
    let mut all: Vec<Request> = Vec::new();
    for document in documents {
        let strategy = aimed(document);
        for _ in 0..REQUESTS {
            all.push(strategy.new_tree(&mut runner).unwrap().current());
        }
    }
    all
}

fn principal(states: &[State], who: &Identity) -> Principal {
    let state = states.iter().find(|state| state.holder(who).is_some());
    let (state, path) = match state {
        Some(state) => (state, state.holder(who).unwrap().path.clone()),
        None => (&states[0], "/".to_owned()),
    };
    let account = &state.account;
    match who {
        Identity::User(name) => account.arn(&format!("user{path}{name}")),
        other => account
            .arn(&format!("assumed-role/{}/session", other.name()))
            .replace(":iam:", ":sts:"),
    }
    .parse()
    .unwrap()
}

fn authorizer(state: &State, who: &Identity) -> Option<Authorizer> {
    let holder = state.holder(who)?;
    let groups = state
        .memberships
        .iter()
        .filter(|(user, _)| *who == Identity::User(user.clone()))
        .filter_map(|(_, group)| state.groups.get(group));
    let managed = |arn: &String| {
        let policy = state.policy_by_arn(arn);
        policy.unwrap().1.document.document().unwrap().clone()
    };
    let mut authorizer = Authorizer::new();
    for holder in groups.chain([holder]) {
        for text in holder.inline.values() {
            authorizer = authorizer.identity(text.document().unwrap());
        }
        for arn in &holder.attached {
            authorizer = authorizer.identity(&managed(arn));
        }
    }
    Some(match &holder.boundary {
        Some(arn) => authorizer.boundary(&managed(arn)),
        None => authorizer,
    })
}
