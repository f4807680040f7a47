//! What a bundle will do that its author may not think of.

use std::collections::BTreeMap;

use iam_dsl::{Authorizer, Context, Outcome, Principal, Request};

use super::{Note, NoteKind};
use crate::desired::Target;
use crate::document::{ALLOW_ALL, PolicyText};
use crate::observed::Observed;
use crate::state::{Holder, Identity, State};

const MFA_KEY: &str = "aws:multifactorauthpresent";

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
    mfa_without_effect(target, observed, &mut notes);
    notes
}

/// Tells where a deny that asks about MFA lets a request without MFA through that the user's
/// policies allow. The key is false in a console session without MFA and absent with an access
/// key; a deny has to hit both (`BoolIfExists`).
fn mfa_without_effect(target: &Target, observed: &Observed, notes: &mut Vec<Note>) {
    let state = &target.state;
    // One line for all users of whom the same is to be told.
    let mut told: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (name, user) in &state.users {
        let documents = documents(state, &observed.state, name);
        let asks = documents.iter().any(|text| {
            text.denies().iter().any(|deny| {
                deny.value
                    .get("Condition")
                    .is_some_and(|c| c.to_string().to_lowercase().contains(MFA_KEY))
            })
        });
        // The document of this policy of AWS is not read, and is what everybody knows.
        let is_administrator = holders(state, &observed.state, name).iter().any(|holder| {
            holder
                .attached
                .contains(&state.account.aws_policy_arn("AdministratorAccess"))
        });
        if !asks {
            continue;
        }
        let arn = state
            .account
            .arn(&format!("user{}{name}", user.holder.path));
        let mut authorizer = Authorizer::new();
        for document in documents.iter().filter_map(|text| text.document()) {
            authorizer = authorizer.identity(document);
        }
        let everything = PolicyText::from_json(ALLOW_ALL);
        if is_administrator && let Some(document) = everything.document() {
            authorizer = authorizer.identity(document);
        }
        let allowed = |context: Context| {
            let resource = state.account.arn("user/somebody");
            match (
                Request::new("iam:CreateUser", &resource),
                arn.parse::<Principal>(),
            ) {
                (Ok(request), Ok(principal)) => authorizer
                    .decide(&request.principal(principal).context(context))
                    .is_allowed(),
                _ => false,
            }
        };
        let mut ways = Vec::new();
        if allowed(Context::new().with("aws:MultiFactorAuthPresent", false)) {
            ways.push("signed in to the console without MFA");
        }
        if allowed(Context::new()) {
            ways.push("with an access key");
        }
        if !ways.is_empty() {
            told.entry(ways.join(" or ")).or_default().push(name);
        }
    }
    for (ways, users) in told {
        notes.push(Note::new(
            NoteKind::Warning,
            format!(
                "user {} needs no MFA for iam:CreateUser when {ways}, though a deny asks about it; deny with BoolIfExists \
                 aws:MultiFactorAuthPresent false, and exempt no more than enforce_mfa() does",
                users.join(", "),
            ),
        ));
    }
}

/// A user and its groups, as they are to be.
fn holders<'s>(target: &'s State, observed: &'s State, user: &str) -> Vec<&'s Holder> {
    let groups = target
        .memberships
        .iter()
        .filter(|(member, _)| member == user)
        .map(|(_, group)| Identity::Group(group.clone()));
    groups
        .chain([Identity::User(user.to_owned())])
        .filter_map(|identity| {
            target
                .holder(&identity)
                .or_else(|| observed.holder(&identity))
        })
        .collect()
}

/// The documents that apply to a user and can be read.
fn documents<'s>(target: &'s State, observed: &'s State, user: &str) -> Vec<&'s PolicyText> {
    let mut documents = Vec::new();
    for holder in holders(target, observed, user) {
        documents.extend(holder.inline.values());
        documents.extend(holder.attached.iter().filter_map(|arn| {
            let (_, policy) = target
                .policy_by_arn(arn)
                .or_else(|| observed.policy_by_arn(arn))?;
            Some(&policy.document)
        }));
    }
    documents
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
    for document in documents(target, observed, user)
        .iter()
        .filter_map(|text| text.document())
    {
        authorizer = authorizer.identity(document);
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
