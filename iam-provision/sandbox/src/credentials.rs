//! Whose credentials a call carries.

use std::collections::BTreeMap;

use crate::arrival::Arrival;
use crate::moment::Moment;
use crate::refusal::Refusal;
use crate::state::{PolicyText, World};

/// Whom a long-term access key belongs to.
#[derive(Clone, Debug)]
pub(crate) enum KeyOwner {
    /// The root user of an account.
    Root(String),
    /// A user, by account and unique id.
    User { account: String, user_id: String },
}

/// Temporary credentials.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) account: String,
    pub(crate) token: String,
    pub(crate) secret: Secret,
    pub(crate) issued: Moment,
    pub(crate) expires: Moment,
    /// When the holder proved an MFA device for this session.
    pub(crate) mfa: Option<Moment>,
    pub(crate) subject: Subject,
    /// The session policy and the managed policies passed with it.
    pub(crate) policy: Option<PolicyText>,
    pub(crate) policy_arns: Vec<String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) transitive_tags: Vec<String>,
    pub(crate) source_identity: Option<String>,
    /// Condition keys that follow from how the session came about.
    pub(crate) keys: Vec<(String, Vec<String>)>,
}

impl Session {
    /// A session without MFA, session policies or tags. Its token is set when
    /// it is opened.
    pub(crate) fn new(account: &str, subject: Subject, now: Moment, seconds: u64) -> Session {
        Session {
            account: account.to_owned(),
            token: String::new(),
            secret: Secret::default(),
            issued: now,
            expires: now.plus(seconds),
            mfa: None,
            subject,
            policy: None,
            policy_arns: Vec::new(),
            tags: BTreeMap::new(),
            transitive_tags: Vec::new(),
            source_identity: None,
            keys: Vec::new(),
        }
    }
}

/// Temporary credentials as they are handed out.
#[derive(Debug)]
pub(crate) struct Issued {
    pub(crate) access_key: String,
    pub(crate) secret: String,
    pub(crate) token: String,
    pub(crate) expires: Moment,
}

/// A secret access key; it never shows in `Debug`.
#[derive(Clone, Default)]
pub(crate) struct Secret(pub(crate) String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl World {
    /// The secret that belongs to an access key, of a user, of the root user
    /// or of a session.
    pub(crate) fn secret_of(&self, access_key: &str) -> Option<&str> {
        if let Some(session) = self.sessions.get(access_key) {
            return Some(&session.secret.0);
        }
        match self.access_keys.get(access_key)? {
            KeyOwner::Root(account) => Some(&self.accounts.get(account)?.root_secret),
            KeyOwner::User { account, .. } => {
                let users = self.accounts.get(account)?.users.values();
                let mut keys = users.flat_map(|user| &user.access_keys);
                let key = keys.find(|key| key.id == access_key)?;
                Some(&key.secret.0)
            }
        }
    }

    /// Makes credentials for a session and remembers it.
    pub(crate) fn open_session(&mut self, mut session: Session) -> Issued {
        let access_key = self.ids.access_key("ASIA");
        session.token = self.ids.session_token();
        session.secret = Secret(self.ids.secret());
        let issued = Issued {
            access_key: access_key.clone(),
            secret: session.secret.0.clone(),
            token: session.token.clone(),
            expires: session.expires,
        };
        self.sessions.insert(access_key, session);
        issued
    }
}

/// Who acts with temporary credentials.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    /// A role, by AssumeRole.
    Role {
        role_id: String,
        session_name: String,
    },
    /// A user, by GetSessionToken.
    User { user_id: String },
    /// A user signed in to the console.
    Console { user_id: String },
    /// The root user, by GetSessionToken.
    Root,
    /// A federated user, by GetFederationToken, with the user that vouches.
    Federated { user_id: String, name: String },
}

/// The caller of one call.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) account: String,
    pub(crate) arn: String,
    /// `aws:userid` and the `UserId` of GetCallerIdentity.
    pub(crate) user_id: String,
    pub(crate) identity: CallerIdentity,
    pub(crate) session: Option<Session>,
}

/// What kind of principal calls.
#[derive(Clone, Debug)]
pub(crate) enum CallerIdentity {
    Root,
    User {
        name: String,
    },
    Role {
        name: String,
    },
    Federated {
        user_name: String,
    },
    /// Whoever calls without credentials of AWS.
    Anonymous,
}

impl Caller {
    /// The caller of an operation that takes a token in place of credentials.
    pub(crate) fn anonymous() -> Caller {
        Caller {
            account: String::new(),
            arn: "anonymous".to_owned(),
            user_id: "anonymous".to_owned(),
            identity: CallerIdentity::Anonymous,
            session: None,
        }
    }

    /// The name of the IAM user that calls, if it is one.
    pub(crate) fn user_name(&self) -> Option<&str> {
        match &self.identity {
            CallerIdentity::User { name } => Some(name),
            _ => None,
        }
    }
}

/// What a request says about who signed it.
#[derive(Clone, Debug)]
pub(crate) struct Presented {
    pub(crate) access_key: String,
    pub(crate) token: Option<String>,
    /// The service and region that the request was signed for.
    pub(crate) service: String,
    pub(crate) region: String,
}

impl Presented {
    /// Reads a Signature Version 4, from its header
    /// (`AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, …`)
    /// or from the query of a presigned URL.
    pub(crate) fn of(arrival: &Arrival<'_>) -> Result<Presented, Refusal> {
        let query = |name: &str| {
            form_urlencoded::parse(arrival.query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        if let Some(header) = arrival.header("authorization") {
            let scope = header
                .split_once("Credential=")
                .map(|(_, rest)| rest.split([',', ' ']).next().unwrap_or_default())
                .unwrap_or_default();
            let token = arrival.header("x-amz-security-token");
            return Presented::in_scope(scope, token.map(str::to_owned));
        }
        match query("X-Amz-Credential") {
            Some(scope) => Presented::in_scope(&scope, query("X-Amz-Security-Token")),
            None => Err(Refusal::missing_authentication_token(
                "Request is missing Authentication Token",
            )),
        }
    }

    fn in_scope(scope: &str, token: Option<String>) -> Result<Presented, Refusal> {
        let mut parts = scope.split('/');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(access_key), Some(_), Some(region), Some(service)) if !access_key.is_empty() => {
                Ok(Presented {
                    access_key: access_key.to_owned(),
                    token,
                    service: service.to_owned(),
                    region: region.to_owned(),
                })
            }
            _ => Err(Refusal::incomplete_signature(
                "Authorization header requires 'Credential' parameter of the form \
                 ACCESS_KEY/DATE/REGION/SERVICE/aws4_request.",
            )),
        }
    }

    /// Finds the caller by key and token, whatever the signature.
    pub(crate) fn authenticate(&self, world: &World, now: Moment) -> Result<Caller, Refusal> {
        match (&self.token, world.sessions.get(&self.access_key)) {
            (Some(token), Some(session)) => {
                if session.token != *token {
                    return Err(invalid_token());
                }
                if now >= session.expires {
                    return Err(Refusal::expired_token(
                        "The security token included in the request is expired",
                    ));
                }
                temporary(world, session).ok_or_else(invalid_token)
            }
            (None, None) => {
                let owner = world
                    .access_keys
                    .get(&self.access_key)
                    .ok_or_else(invalid_token)?;
                long_term(world, owner, &self.access_key).ok_or_else(invalid_token)
            }
            _ => Err(invalid_token()),
        }
    }
}

fn invalid_token() -> Refusal {
    Refusal::invalid_client_token_id("The security token included in the request is invalid.")
}

fn long_term(world: &World, owner: &KeyOwner, access_key: &str) -> Option<Caller> {
    match owner {
        KeyOwner::Root(account) => Some(root(account, None)),
        KeyOwner::User { account, user_id } => {
            let caller = user(world, account, user_id, None)?;
            let user = world
                .accounts
                .get(account)?
                .user(caller.user_name()?)
                .ok()?;
            let key = user.access_keys.iter().find(|key| key.id == access_key)?;
            key.active.then_some(caller)
        }
    }
}

/// The caller behind a session; nothing if its user or role is gone.
fn temporary(world: &World, session: &Session) -> Option<Caller> {
    let account = &session.account;
    match &session.subject {
        Subject::Root => Some(root(account, Some(session))),
        Subject::User { user_id } | Subject::Console { user_id } => {
            user(world, account, user_id, Some(session))
        }
        Subject::Role {
            role_id,
            session_name,
        } => {
            let role = world
                .accounts
                .get(account)?
                .roles
                .values()
                .find(|r| r.label.id == *role_id)?;
            let name = role.label.name.clone();
            Some(Caller {
                account: account.clone(),
                arn: format!("arn:aws:sts::{account}:assumed-role/{name}/{session_name}"),
                user_id: format!("{role_id}:{session_name}"),
                identity: CallerIdentity::Role { name },
                session: Some(session.clone()),
            })
        }
        Subject::Federated { user_id, name } => {
            let vouching = user(world, account, user_id, None)?;
            Some(Caller {
                account: account.clone(),
                arn: format!("arn:aws:sts::{account}:federated-user/{name}"),
                user_id: format!("{account}:{name}"),
                identity: CallerIdentity::Federated {
                    user_name: vouching.user_name()?.to_owned(),
                },
                session: Some(session.clone()),
            })
        }
    }
}

fn root(account: &str, session: Option<&Session>) -> Caller {
    Caller {
        account: account.to_owned(),
        arn: format!("arn:aws:iam::{account}:root"),
        user_id: account.to_owned(),
        identity: CallerIdentity::Root,
        session: session.cloned(),
    }
}

fn user(world: &World, account: &str, user_id: &str, session: Option<&Session>) -> Option<Caller> {
    let user = world
        .accounts
        .get(account)?
        .users
        .values()
        .find(|u| u.label.id == user_id)?;
    Some(Caller {
        account: account.to_owned(),
        arn: user.label.arn(account, "user"),
        user_id: user_id.to_owned(),
        identity: CallerIdentity::User {
            name: user.label.name.clone(),
        },
        session: session.cloned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(authorization: Option<&str>) -> Arrival<'_> {
        let headers = authorization.map(|header| ("Authorization", header));
        Arrival {
            headers: headers.into_iter().collect(),
            ..Arrival::default()
        }
    }

    #[test]
    fn the_credential_scope_is_read() {
        let header = "AWS4-HMAC-SHA256 Credential=AKIAX/20260101/us-east-1/iam/aws4_request, \
                      SignedHeaders=host, Signature=0";
        let presented = Presented::of(&arrival(Some(header))).unwrap();
        assert_eq!(presented.access_key, "AKIAX");
        assert_eq!(presented.service, "iam");
        assert_eq!(presented.region, "us-east-1");
    }

    #[test]
    fn a_missing_or_broken_header_is_refused() {
        let code = |header| Presented::of(&arrival(header)).unwrap_err().code;
        assert_eq!(code(None), "MissingAuthenticationToken");
        assert_eq!(code(Some("Basic dXNlcg==")), "IncompleteSignature");
    }
}
