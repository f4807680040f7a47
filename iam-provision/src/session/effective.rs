//! What a session can do: the policies that decide it, together.

use aws_types::SdkConfig;
use iam_dsl::analyze::Access;
use iam_dsl::{Authorizer, Document};

use super::request::{Kind, SessionRequest};
use crate::client::Client;
use crate::document::PolicyText;
use crate::error::{Error, ErrorKind};

/// The policies of a role and of a session of it, as they are in IAM.
///
/// Resource policies and those of an organization are no part of it: they are
/// elsewhere, and may give or take more.
#[derive(Clone, Debug)]
pub struct Effective {
    identity: Vec<(String, Document)>,
    boundary: Option<(String, Document)>,
    session: Vec<(String, Document)>,
}

impl Effective {
    /// Reads what decides a role's session. `config` is of somebody who may
    /// read IAM in the role's account; the role is not assumed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] for a request that assumes no role;
    /// [`ErrorKind::Service`] for a policy that cannot be understood, because
    /// leaving it out would be a wrong answer; or the failure of a read.
    pub async fn of(request: &SessionRequest, config: &SdkConfig) -> Result<Self, Error> {
        request.check()?;
        let (Kind::AssumeRole(arn) | Kind::WebIdentity(arn, _)) = &request.kind else {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                format!(
                    "{} is no role's session; what it can do is what its user can",
                    request.what()
                ),
            ));
        };
        let client = Client::new(config);
        let role = arn.rsplit('/').next().unwrap_or_default();
        let policies = client.role_policies(role).await?;
        let mut session = Vec::new();
        if let Some(policy) = &request.parameters.policy {
            session.push(read(
                "the session policy".to_owned(),
                &PolicyText::from_json(policy),
            )?);
        }
        for arn in &request.parameters.policy_arns {
            session.push(read(arn.clone(), &client.managed_policy(arn).await?)?);
        }
        let identity = policies
            .identity
            .into_iter()
            .map(|(name, text)| read(name, &text));
        Ok(Self {
            identity: identity.collect::<Result<_, _>>()?,
            boundary: policies
                .boundary
                .map(|(name, text)| read(name, &text))
                .transpose()?,
            session,
        })
    }

    /// The role's own policies, by name or ARN.
    pub fn identity(&self) -> impl Iterator<Item = (&str, &Document)> {
        self.identity
            .iter()
            .map(|(name, document)| (name.as_str(), document))
    }

    /// The role's permissions boundary.
    pub fn boundary(&self) -> Option<(&str, &Document)> {
        self.boundary
            .as_ref()
            .map(|(name, document)| (name.as_str(), document))
    }

    /// The session policies.
    pub fn session(&self) -> impl Iterator<Item = (&str, &Document)> {
        self.session
            .iter()
            .map(|(name, document)| (name.as_str(), document))
    }

    /// To decide single requests.
    pub fn authorizer(&self) -> Authorizer {
        let mut authorizer = Authorizer::new();
        for (_, document) in &self.identity {
            authorizer = authorizer.identity(document);
        }
        if let Some((_, document)) = &self.boundary {
            authorizer = authorizer.boundary(document);
        }
        for (_, document) in &self.session {
            authorizer = authorizer.session(document);
        }
        authorizer
    }

    /// To prove what it can and cannot do, with [`iam_dsl::analyze`].
    pub fn access(&self) -> Access {
        let mut access = Access::identity(self.identity.iter().map(|(_, document)| document));
        if let Some((_, document)) = &self.boundary {
            access = access.boundary(document);
        }
        for (_, document) in &self.session {
            access = access.session(document);
        }
        access
    }
}

fn read(name: String, text: &PolicyText) -> Result<(String, Document), Error> {
    match text.document() {
        Some(document) => Ok((name, document.clone())),
        None => Err(Error::new(
            ErrorKind::Service,
            format!("policy {name} cannot be understood, so what the session can do is not known"),
        )),
    }
}
