//! Users who move to another path while policies ask about their ARN.

use super::{Moment, MomentKind, Sequence};
use crate::plan::operation::Operation;
use crate::plan::powers::Powers;
use crate::state::Identity;

/// The condition key whose value has the path in it, in lower case.
const ARN_KEY: &str = "aws:principalarn";

impl Sequence<'_> {
    /// What a condition on an ARN says of a user at another path is not proved, so it
    /// is told where the user, or a role that it may get into, changes as well.
    pub(super) fn moved(&self) -> Vec<Moment> {
        let touched = self.touched();
        let mut moments = Vec::new();
        for (index, operation) in self.operations.iter().enumerate() {
            let Operation::MoveUser { name, .. } = operation else {
                continue;
            };
            let user = Identity::User(name.clone());
            let asks = |text: &str| text.to_ascii_lowercase().contains(ARN_KEY);
            let own = touched.contains_key(&user)
                && self
                    .states
                    .iter()
                    .any(|state| asks(&Powers::of(state, &user, self.strangers).text()));
            let of_role = || {
                touched.keys().any(|role| {
                    let trusts = self.states.iter().filter_map(|s| s.roles.get(role.name()));
                    matches!(role, Identity::Role(_))
                        && trusts.into_iter().any(|role| asks(role.trust.json()))
                })
            };
            if own || of_role() {
                moments.push(Moment {
                    kind: MomentKind::Unknown,
                    after: index + 1,
                    who: user.to_string(),
                    what: "policies ask about its ARN, which changes with its path".to_owned(),
                });
            }
        }
        moments
    }
}
