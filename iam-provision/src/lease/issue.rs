//! Issuing a lease.

use std::time::{Duration, SystemTime};

use super::grant::{Asked, Grant};
use super::leases::Leases;
use super::mark::{self, EXPIRY_POLICY, Mark};
use super::name;
use super::record::{Lease, LeaseKind};
use super::teardown::{Known, teardown};
use crate::apply::retry::Retrier;
use crate::clock;
use crate::error::{Error, ErrorKind};
use crate::keys;
use crate::plan::operation::Operation;
use crate::secret::{Secret, SecretSink};
use crate::state::Identity;

/// Longest names of users and sessions, and of federated users.
const NAME: usize = 64;
const FEDERATED_NAME: usize = 32;

/// Issues a lease and delivers its credentials.
pub(super) async fn issue(
    leases: &Leases,
    grant: &Grant,
    asked: &Asked,
    sink: &dyn SecretSink,
) -> Result<Lease, Error> {
    grant.check()?;
    let time = asked.check(grant)?;
    let longest = match grant.kind {
        LeaseKind::Federation => FEDERATED_NAME,
        _ => NAME,
    };
    let name = name::render(&grant.template, &grant.name, &asked.by, longest)?;
    match grant.kind {
        LeaseKind::User => {
            User {
                leases,
                grant,
                asked,
                name: &name,
            }
            .issue(time, sink)
            .await
        }
        _ => session(leases, grant, asked, &name, time, sink).await,
    }
}

async fn session(
    leases: &Leases,
    grant: &Grant,
    asked: &Asked,
    name: &str,
    time: Duration,
    sink: &dyn SecretSink,
) -> Result<Lease, Error> {
    let Some(request) = grant.request.clone() else {
        return Err(Error::new(
            ErrorKind::InvalidRequest,
            "this grant says not what session it gives",
        ));
    };
    let mut request = request.named(name).duration(time);
    for policy in &grant.attached {
        request = request.policy_arn(&Grant::arn(policy, &leases.account));
    }
    for (key, value) in &grant.tags {
        request = request.tag(key, value);
    }
    let issued = leases.client.aws_now();
    let credentials = leases.sessions.open_alone(request)?.credentials().await?;
    let lease = Lease {
        id: name.to_owned(),
        kind: grant.kind,
        grant: grant.name.clone(),
        by: asked.by.clone(),
        why: asked.why.clone(),
        issued,
        expires: credentials
            .expires()
            .unwrap_or_else(|| clock::after(issued, time)),
        longest: credentials
            .expires()
            .unwrap_or_else(|| clock::after(issued, time)),
        delivered: true,
        arn: credentials.arn().map(str::to_owned),
        user_id: credentials.user_id().map(str::to_owned),
        access_key_id: Some(credentials.access_key_id().to_owned()),
        known: Known::default(),
    };
    let account = lease
        .arn
        .as_deref()
        .and_then(keys::account_of)
        .unwrap_or_else(|| leases.account.id.clone());
    let secret = Secret::of_key(account, name, credentials.sdk());
    if let Err(reason) = keys::deliver(sink, secret).await {
        return Err(undelivered(name, &reason, leases.revoke(&lease).await));
    }
    Ok(lease)
}

/// A user's lease on its way.
struct User<'a> {
    leases: &'a Leases,
    grant: &'a Grant,
    asked: &'a Asked,
    name: &'a str,
}

impl User<'_> {
    async fn issue(&self, time: Duration, sink: &dyn SecretSink) -> Result<Lease, Error> {
        let client = &self.leases.client;
        let issued = whole_second(client.aws_now());
        let mark = Mark::pending(self.grant, self.asked, issued, time);
        let expires = clock::after(issued, time);
        match self.make(&mark, expires, sink).await {
            Ok(key) => {
                let mark = Mark {
                    expires,
                    delivered: true,
                    key: Some(key),
                    ..mark
                };
                Ok(Lease::of_user(self.name, &mark, self.known()))
            }
            Err(Broken::NotMade(error)) => Err(error),
            Err(Broken::Halfway(error)) => Err(self.clean_up(error, mark.expires).await),
            Err(Broken::Undelivered(reason)) => {
                let removed = teardown(client, self.name, &self.known()).await;
                Err(undelivered(self.name, &reason, removed))
            }
        }
    }

    /// The calls in an order in which a cut anywhere gives no access beyond
    /// the lease's end, and leaves nothing unmarked.
    async fn make(
        &self,
        mark: &Mark,
        expires: SystemTime,
        sink: &dyn SecretSink,
    ) -> Result<String, Broken> {
        let account = &self.leases.account;
        let client = &self.leases.client;
        let retrier = Retrier::new(client.clone(), &mark::owner(self.name));
        let on = Identity::User(self.name.to_owned());
        let mut tags = self.grant.tags.clone();
        tags.extend(mark.tags(self.name));
        let create = Operation::CreateUser {
            name: self.name.to_owned(),
            path: self.leases.path.clone(),
            boundary: self
                .grant
                .boundary
                .as_ref()
                .map(|policy| Grant::arn(policy, account)),
            tags,
        };
        if let Err(error) = retrier.execute(&create, None).await {
            // A try whose answer was lost may have made it.
            return Err(match client.user(self.name).await {
                Ok(None) => Broken::NotMade(error),
                _ => Broken::Halfway(error),
            });
        }
        let mut steps = vec![Operation::PutInline {
            on: on.clone(),
            name: EXPIRY_POLICY.to_owned(),
            document: mark::expiry_policy(expires),
        }];
        for (name, policy) in &self.grant.inline {
            steps.push(Operation::PutInline {
                on: on.clone(),
                name: name.clone(),
                document: crate::document::PolicyText::from_json(policy.as_json()),
            });
        }
        for policy in &self.grant.attached {
            steps.push(Operation::Attach {
                on: on.clone(),
                arn: Grant::arn(policy, account),
            });
        }
        for group in &self.grant.groups {
            steps.push(Operation::AddMember {
                user: self.name.to_owned(),
                group: group.clone(),
            });
        }
        for step in &steps {
            retrier.execute(step, None).await.map_err(Broken::Halfway)?;
        }
        let key = keys::make(client, self.name, &[], true)
            .await
            .map_err(Broken::Halfway)?;
        if !self.grant.usable_within.is_zero() {
            self.prove(&key.credentials)
                .await
                .map_err(Broken::Halfway)?;
        }
        let id = key.credentials.access_key_id().to_owned();
        let secret =
            Secret::of_key(account.id.clone(), self.name, &key.credentials).ending(expires);
        drop(key);
        keys::deliver(sink, secret)
            .await
            .map_err(Broken::Undelivered)?;
        let deliver = Operation::Tag {
            on,
            tags: mark::delivered(expires, &id),
        };
        retrier
            .execute(&deliver, None)
            .await
            .map_err(Broken::Halfway)?;
        Ok(id)
    }

    async fn prove(&self, key: &aws_credential_types::Credentials) -> Result<(), Error> {
        let arn = self
            .leases
            .account
            .arn(&format!("user{}{}", self.leases.path, self.name));
        crate::rotate::prove(&self.leases.client, key, &arn, self.grant.usable_within).await
    }

    fn known(&self) -> Known {
        Known {
            attached: self
                .grant
                .attached
                .iter()
                .map(|policy| Grant::arn(policy, &self.leases.account))
                .collect(),
            inline: self.grant.inline.keys().cloned().collect(),
            groups: self.grant.groups.iter().cloned().collect(),
            devices: Vec::new(),
        }
    }

    /// Removes what was made; tells it where it could not.
    async fn clean_up(&self, error: Error, reaped: SystemTime) -> Error {
        let kind = error.kind();
        let text = match teardown(&self.leases.client, self.name, &self.known()).await {
            Ok(()) => format!("{error}; what was made of the lease has been removed"),
            Err(also) => format!(
                "{error}; what was made of lease {} could not be removed now ({also}): a reap after {} removes it",
                self.name,
                clock::text(reaped)
            ),
        };
        Error::new(kind, text).caused_by(error)
    }
}

/// How an issue ended early.
enum Broken {
    NotMade(Error),
    Halfway(Error),
    Undelivered(String),
}

fn undelivered(name: &str, reason: &str, removed: Result<(), Error>) -> Error {
    let what = match removed {
        Ok(()) => "they were made void".to_owned(),
        Err(error) => format!(
            "they could not be made void now ({error}); nobody has received them, and a reap removes them"
        ),
    };
    Error::new(
        ErrorKind::SecretNotDelivered,
        format!("lease {name}: the receiver did not take the credentials: {reason}; {what}"),
    )
}

/// Policies and tags carry whole seconds.
fn whole_second(at: SystemTime) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(clock::seconds(at))
}
