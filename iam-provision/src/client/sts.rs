//! Temporary credentials: the calls of STS.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sdk_sts::config::{IdentityCache, Region, SharedCredentialsProvider};
use aws_sdk_sts::types::{AssumedRoleUser, Credentials as Answered, PolicyDescriptorType, Tag};

use super::Client;
use super::failure::Failure;
use crate::session::Parameters;

/// What STS handed out.
pub(crate) struct Issued {
    pub(crate) credentials: Credentials,
    pub(crate) expires: SystemTime,
    /// The ARN of the session, where the answer has one.
    pub(crate) arn: Option<String>,
    /// The unique id of the session, such as `AROA…:name`.
    pub(crate) id: Option<String>,
}

/// A serial number and the code that its device shows.
pub(crate) struct Proof<'a> {
    pub(crate) serial: &'a str,
    pub(crate) code: &'a str,
}

impl Client {
    /// The same client with other credentials. `attempts` replaces how often
    /// the SDK tries a call: 1 where a repetition would do harm.
    pub(crate) fn acting_as(
        &self,
        credentials: Option<Credentials>,
        attempts: Option<u32>,
    ) -> Self {
        let mut iam = self.iam.config().to_builder();
        let mut sts = self.sts.config().to_builder();
        if let Some(credentials) = credentials {
            // Without a cache: these credentials come from one already, and
            // the SDK's would keep an entry for each of them for ever.
            let provider = SharedCredentialsProvider::new(credentials);
            iam = iam
                .credentials_provider(provider.clone())
                .identity_cache(IdentityCache::no_cache());
            sts = sts
                .credentials_provider(provider)
                .identity_cache(IdentityCache::no_cache());
        }
        if let Some(attempts) = attempts {
            let retry =
                aws_sdk_sts::config::retry::RetryConfig::standard().with_max_attempts(attempts);
            iam = iam.retry_config(retry.clone());
            sts = sts.retry_config(retry);
        }
        Self {
            iam: aws_sdk_iam::Client::from_conf(iam.build()),
            sts: aws_sdk_sts::Client::from_conf(sts.build()),
            ..self.clone()
        }
    }

    /// The same client in another region.
    pub(crate) fn in_region(&self, region: &str) -> Self {
        let sts = self
            .sts
            .config()
            .to_builder()
            .region(Region::new(region.to_owned()));
        Self {
            sts: aws_sdk_sts::Client::from_conf(sts.build()),
            ..self.clone()
        }
    }

    pub(crate) async fn assume_role(
        &self,
        arn: &str,
        name: &str,
        parameters: &Parameters,
        proof: Option<Proof<'_>>,
    ) -> Result<Issued, Failure> {
        const CALL: &str = "AssumeRole";
        let (serial, code) = split(proof);
        let answer = self
            .sts
            .assume_role()
            .role_arn(arn)
            .role_session_name(name)
            .set_external_id(parameters.external_id.clone())
            .set_policy(parameters.policy.clone())
            .set_policy_arns(policy_arns(parameters))
            .set_tags(tags(CALL, parameters)?)
            .set_transitive_tag_keys(
                (!parameters.transitive.is_empty())
                    .then(|| parameters.transitive.iter().cloned().collect()),
            )
            .set_source_identity(parameters.source_identity.clone())
            .set_duration_seconds(parameters.seconds())
            .set_serial_number(serial)
            .set_token_code(code)
            .send()
            .await
            .map_err(|error| Failure::new(CALL, &self.endpoint, &error))?;
        issued_to_role(CALL, answer.credentials(), answer.assumed_role_user())
    }

    pub(crate) async fn assume_role_with_web_identity(
        &self,
        arn: &str,
        name: &str,
        token: &str,
        parameters: &Parameters,
    ) -> Result<Issued, Failure> {
        const CALL: &str = "AssumeRoleWithWebIdentity";
        let answer = self
            .sts
            .assume_role_with_web_identity()
            .role_arn(arn)
            .role_session_name(name)
            .web_identity_token(token)
            .set_policy(parameters.policy.clone())
            .set_policy_arns(policy_arns(parameters))
            .set_duration_seconds(parameters.seconds())
            .send()
            .await
            .map_err(|error| Failure::new(CALL, &self.endpoint, &error))?;
        issued_to_role(CALL, answer.credentials(), answer.assumed_role_user())
    }

    pub(crate) async fn session_token(
        &self,
        parameters: &Parameters,
        proof: Option<Proof<'_>>,
    ) -> Result<Issued, Failure> {
        const CALL: &str = "GetSessionToken";
        let (serial, code) = split(proof);
        let answer = self
            .sts
            .get_session_token()
            .set_duration_seconds(parameters.seconds())
            .set_serial_number(serial)
            .set_token_code(code)
            .send()
            .await
            .map_err(|error| Failure::new(CALL, &self.endpoint, &error))?;
        issued(CALL, answer.credentials(), None, None)
    }

    pub(crate) async fn federation_token(
        &self,
        name: &str,
        parameters: &Parameters,
    ) -> Result<Issued, Failure> {
        const CALL: &str = "GetFederationToken";
        let answer = self
            .sts
            .get_federation_token()
            .name(name)
            .set_policy(parameters.policy.clone())
            .set_policy_arns(policy_arns(parameters))
            .set_tags(tags(CALL, parameters)?)
            .set_duration_seconds(parameters.seconds())
            .send()
            .await
            .map_err(|error| Failure::new(CALL, &self.endpoint, &error))?;
        let user = answer.federated_user();
        issued(
            CALL,
            answer.credentials(),
            user.map(|user| user.arn().to_owned()),
            user.map(|user| user.federated_user_id().to_owned()),
        )
    }
}

fn split(proof: Option<Proof<'_>>) -> (Option<String>, Option<String>) {
    proof.map_or((None, None), |proof| {
        (Some(proof.serial.to_owned()), Some(proof.code.to_owned()))
    })
}

fn policy_arns(parameters: &Parameters) -> Option<Vec<PolicyDescriptorType>> {
    (!parameters.policy_arns.is_empty()).then(|| {
        parameters
            .policy_arns
            .iter()
            .map(|arn| PolicyDescriptorType::builder().arn(arn).build())
            .collect()
    })
}

fn tags(call: &'static str, parameters: &Parameters) -> Result<Option<Vec<Tag>>, Failure> {
    let tags: Result<Vec<Tag>, _> = parameters
        .tags
        .iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect();
    let tags = tags.map_err(|_| Failure::incomplete(call, "tag"))?;
    Ok((!tags.is_empty()).then_some(tags))
}

fn issued_to_role(
    call: &'static str,
    answered: Option<&Answered>,
    user: Option<&AssumedRoleUser>,
) -> Result<Issued, Failure> {
    issued(
        call,
        answered,
        user.map(|user| user.arn().to_owned()),
        user.map(|user| user.assumed_role_id().to_owned()),
    )
}

fn issued(
    call: &'static str,
    answered: Option<&Answered>,
    arn: Option<String>,
    id: Option<String>,
) -> Result<Issued, Failure> {
    let answered = answered.ok_or_else(|| Failure::incomplete(call, "Credentials"))?;
    let expires = SystemTime::try_from(*answered.expiration())
        .map_err(|_| Failure::incomplete(call, "Expiration that can be read"))?;
    Ok(Issued {
        credentials: Credentials::new(
            answered.access_key_id(),
            answered.secret_access_key(),
            Some(answered.session_token().to_owned()),
            Some(expires),
            "iam-provision",
        ),
        expires,
        arn,
        id,
    })
}
