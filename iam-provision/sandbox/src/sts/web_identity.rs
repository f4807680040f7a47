//! AssumeRoleWithWebIdentity: the provider and its client ids, the token, the
//! trust policy over the token's claims.

use serde_json::Value;

use super::requested_policies;
use super::role_session::{self, Assumption};
use crate::authorize::Layers;
use crate::context::Keys;
use crate::names::length;
use crate::operations::Scope;
use crate::refusal::Refusal;
use crate::request::Params;
use crate::sealed::{WebToken, read_web_token};
use crate::state::World;
use crate::state::provider::OidcProvider;
use crate::state::tags::{KeyCase, Tags};
use crate::web_identity::{SOURCE_IDENTITY, TAGS};
use crate::xml::Xml;

const ACTION: &str = "sts:AssumeRoleWithWebIdentity";

/// Claims that become condition keys, by the provider's domain (none: every
/// provider), and whether the role's session has them too: "Available keys for
/// AWS OIDC federation" in the IAM User Guide (state of February 2026). CircleCI and
/// Oracle have further ones, which are not known here.
const CLAIMS: &[(Option<&str>, &[&str], bool)] = &[
    (None, &["aud", "sub", "amr"], true),
    (Some("accounts.google.com"), &["email", "oaud"], false),
    (
        Some("token.actions.githubusercontent.com"),
        &[
            "actor",
            "actor_id",
            "enterprise_id",
            "environment",
            "job_workflow_ref",
            "ref",
            "repository",
            "repository_id",
            "workflow",
        ],
        false,
    ),
];

/// Providers that need not be made in the account; a trust policy names them by
/// domain, and the audience is for its conditions to check ("Create a role for
/// OpenID Connect federation"). Login with Amazon and Facebook, whose tokens are
/// no JSON Web Tokens, are not played.
const IN_EVERY_ACCOUNT: &[&str] = &["accounts.google.com", "cognito-identity.amazonaws.com"];

pub(super) fn assume(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let requested = role_session::requested(params)?;
    let text = params.required("WebIdentityToken")?;
    length("WebIdentityToken", text, 4, 20_000)?;
    let token = Token::read(scope, text)?;
    let not_authorized = || Refusal::access_denied(format!("Not authorized to perform {ACTION}"));
    let (account, role) =
        role_session::find(scope.world, requested.arn).ok_or_else(not_authorized)?;
    let provider = token.provider(scope.world, &account)?;
    let tags = token.tags()?;
    let source_identity = token.text(SOURCE_IDENTITY);
    if let Some(identity) = source_identity {
        length("SourceIdentity", identity, 2, 64)?;
        super::assume_role::session_characters("SourceIdentity", identity)?;
    }
    let longest = role.max_session_duration;
    let (trust, role_id) = (role.trust.document(scope.world), role.label.id.clone());
    let (role_name, role_tags) = (role.label.name.clone(), role.tags.clone());
    let layers = Layers::vouched_for(&provider)?
        .over_resources_of(scope.world, &account)
        .trust(&trust.ok_or_else(not_authorized)?);
    let mut keys = Keys::of_nobody(scope.now);
    keys.set("aws:FederatedProvider", provider.as_str());
    keys.add_sts(params);
    keys.add_resource_tags(&role_tags);
    keys.add_resource_account(scope.world, &account);
    keys.add_session_tags(&tags);
    if let Some(identity) = source_identity {
        keys.set("sts:SourceIdentity", identity);
    }
    let mut of_session = vec![("aws:FederatedProvider".to_owned(), vec![provider])];
    for (key, values, in_session) in token.keys() {
        keys.set_many(&key, values.clone());
        if in_session {
            of_session.push((key, values));
        }
    }
    let mut actions = vec![ACTION];
    if tags.len() > 0 {
        actions.push("sts:TagSession");
    }
    if source_identity.is_some() {
        actions.push("sts:SetSourceIdentity");
    }
    for action in actions {
        if !layers.decide(action, requested.arn, &keys)?.is_allowed() {
            return Err(Refusal::access_denied(format!(
                "Not authorized to perform {action}"
            )));
        }
    }
    let seconds = role_session::duration_up_to(requested.seconds, longest)?;
    let (policy, policy_arns) = requested_policies(scope, params, &account)?;
    let issued = Assumption {
        account,
        role_id,
        role_name,
        session_name: requested.session_name.to_owned(),
        seconds,
        policy,
        policy_arns,
        transitive_tags: token.transitive(&tags)?,
        tags,
        source_identity: source_identity.map(str::to_owned),
        keys: of_session,
    }
    .open(scope);
    let mut x = Xml::new();
    issued.write(&mut x);
    x.text_if("SubjectFromWebIdentityToken", token.text("sub"));
    x.text("Provider", &token.issuer);
    x.text_if("Audience", token.audience());
    Ok(Some(x))
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::invalid_identity_token(message)
}

/// The claims of a token that is genuine and in force.
struct Token {
    issuer: String,
    claims: Value,
}

impl Token {
    fn read(scope: &Scope<'_>, text: &str) -> Result<Token, Refusal> {
        let claims = match read_web_token(text, &scope.world.token_key) {
            WebToken::Genuine(claims) => claims,
            WebToken::Foreign => {
                return Err(invalid(
                    "Couldn't retrieve verification key from your identity provider: the sandbox \
                     takes tokens that Sandbox::web_identity_token made",
                ));
            }
            WebToken::Malformed => {
                return Err(invalid(
                    "The ID Token provided is not a valid JWT. (You may see this error if you \
                     sent an Access Token)",
                ));
            }
        };
        let now = scope.now.seconds();
        let expires = claims.get("exp").and_then(Value::as_u64);
        let expires = expires.ok_or_else(|| invalid("Missing a required claim: exp"))?;
        if now >= expires {
            return Err(Refusal::expired_web_token(format!(
                "Token expired: current date/time {now} must be before the expiration date/time \
                 {expires}"
            )));
        }
        let issuer = claims
            .get("iss")
            .and_then(Value::as_str)
            .unwrap_or_default();
        Ok(Token {
            issuer: issuer.to_owned(),
            claims,
        })
    }

    fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim).and_then(Value::as_str)
    }

    /// The issuer as ARNs and condition keys write it.
    fn host_and_path(&self) -> &str {
        let url = self.issuer.as_str();
        url.strip_prefix("https://")
            .unwrap_or(url)
            .trim_end_matches('/')
    }

    /// `azp` where the token has it, else `aud`.
    fn audience(&self) -> Option<&str> {
        self.text("azp").or(self.text("aud"))
    }

    /// Who vouches, as trust policies name it: a provider of the account that
    /// knows the audience, or one that every account has.
    fn provider(&self, world: &World, account: &str) -> Result<String, Refusal> {
        let host = self.host_and_path();
        let arn = OidcProvider::arn(account, host);
        let own = world.accounts.get(account);
        match own.and_then(|own| own.oidc_providers.get(&arn)) {
            Some(provider) => {
                self.refuse_other_audience(provider)?;
                Ok(arn)
            }
            None if IN_EVERY_ACCOUNT.contains(&host) => Ok(host.to_owned()),
            None => Err(invalid(format!(
                "No OpenIDConnect provider found in your account for {}",
                self.issuer
            ))),
        }
    }

    fn refuse_other_audience(&self, provider: &OidcProvider) -> Result<(), Refusal> {
        let known = |audience| provider.client_ids.iter().any(|id| id == audience);
        if self.audience().is_some_and(known) {
            return Ok(());
        }
        Err(invalid("Incorrect token audience"))
    }

    /// Condition keys with their values, and whether the session has them.
    fn keys(&self) -> Vec<(String, Vec<String>, bool)> {
        let host = self.host_and_path();
        let rows = CLAIMS
            .iter()
            .filter(|(domain, _, _)| domain.is_none_or(|domain| domain == host));
        let mut keys = Vec::new();
        for (_, claims, in_session) in rows {
            for claim in *claims {
                let values: Vec<String> = match (*claim, self.claims.get(*claim)) {
                    // What `aud` said where `azp` has taken its place.
                    ("oaud", _) => self.text("aud").map(str::to_owned).into_iter().collect(),
                    ("aud", _) => self.audience().map(str::to_owned).into_iter().collect(),
                    (_, Some(Value::String(text))) => vec![text.clone()],
                    (_, Some(Value::Array(items))) => items
                        .iter()
                        .filter_map(|item| item.as_str().map(str::to_owned))
                        .collect(),
                    _ => continue,
                };
                keys.push((format!("{host}:{claim}"), values, *in_session));
            }
        }
        keys
    }

    /// The session tags: one value per key, by the rules of tags.
    fn tags(&self) -> Result<Tags, Refusal> {
        let claim = self.claims.get(TAGS).and_then(|c| c.get("principal_tags"));
        let Some(Value::Object(claim)) = claim else {
            return Ok(Tags::default());
        };
        let pairs = claim.iter().map(|(key, value)| {
            let value = value.as_array().and_then(|values| values.first());
            (
                key.as_str(),
                value.and_then(Value::as_str).unwrap_or_default(),
            )
        });
        Tags::from_pairs(pairs, KeyCase::Ignored)
    }

    fn transitive(&self, tags: &Tags) -> Result<Vec<String>, Refusal> {
        let claim = self.claims.get(TAGS);
        let keys = claim.and_then(|c| c.get("transitive_tag_keys"));
        let keys = keys.and_then(Value::as_array).map(Vec::as_slice);
        let keys = keys.unwrap_or_default().iter().filter_map(Value::as_str);
        keys.map(|key| role_session::transitive_key(key, tags))
            .collect()
    }
}
