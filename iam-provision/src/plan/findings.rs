//! What a bundle will do that its author may not think of.

use iam_dsl::{Authorizer, Context, Outcome, Principal, Request};

use super::{Note, NoteKind};
use crate::desired::Target;
use crate::observed::Observed;
use crate::state::{Identity, State};

/// What a first sign-in with a password that has to be changed calls.
const FIRST_SIGN_IN: [&str; 2] = ["iam:ChangePassword", "iam:GetAccountPasswordPolicy"];

pub(super) fn findings(target: &Target, observed: &Observed) -> Vec<Note> {
    let mut notes = Vec::new();
    for (name, user) in &target.state.users {
        // Told while the password is new; afterwards the user has already signed in, or cannot.
        if user.login != Some(true)
            || observed
                .state
                .users
                .get(name)
                .is_some_and(|u| u.login == Some(false))
        {
            continue;
        }
        let refused: Vec<&str> = FIRST_SIGN_IN
            .into_iter()
            .filter(|action| {
                denied_without_mfa(
                    &target.state,
                    &observed.state,
                    name,
                    &user.holder.path,
                    action,
                )
            })
            .collect();
        if !refused.is_empty() {
            notes.push(Note::new(
                NoteKind::Warning,
                format!(
                    "user {name} is locked out of the first sign-in: the new password has to be changed, and without \
                     MFA the user is denied {}; exempt {} from the deny (as enforce_mfa() does), or declare the \
                     login profile .without_reset()",
                    refused.join(" and "),
                    if refused.len() == 1 { "it" } else { "both" },
                ),
            ));
        }
    }
    notes
}

/// Whether a deny of the bundle's policies hits the action in a session without MFA.
fn denied_without_mfa(
    target: &State,
    observed: &State,
    user: &str,
    path: &str,
    action: &str,
) -> bool {
    let arn = target.account.arn(&format!("user{path}{user}"));
    let resource = if action == "iam:ChangePassword" {
        arn.as_str()
    } else {
        "*"
    };
    let mut authorizer = Authorizer::new();
    let groups = target
        .memberships
        .iter()
        .filter(|(member, _)| member == user)
        .map(|(_, group)| Identity::Group(group.clone()));
    for identity in groups.chain([Identity::User(user.to_owned())]) {
        let Some(holder) = target
            .holder(&identity)
            .or_else(|| observed.holder(&identity))
        else {
            continue;
        };
        let attached = holder.attached.iter().filter_map(|arn| {
            let (_, policy) = target
                .policy_by_arn(arn)
                .or_else(|| observed.policy_by_arn(arn))?;
            policy.document.document()
        });
        for document in holder
            .inline
            .values()
            .filter_map(|text| text.document())
            .chain(attached)
        {
            authorizer = authorizer.identity(document);
        }
    }
    let Ok(principal) = arn.parse::<Principal>() else {
        return false;
    };
    let Ok(request) = Request::new(action, resource) else {
        return false;
    };
    let request = request
        .principal(principal)
        .context(Context::new().with("aws:MultiFactorAuthPresent", false));
    authorizer.decide(&request).outcome() == Outcome::ExplicitDeny
}
