//! Everything that a user can sign in or sign with beside its password.

use super::Client;
use super::failure::Failure;
use crate::state::Credential;

/// The calls that [`Client::credentials`] makes.
pub(crate) const CREDENTIAL_LISTS: [&str; 5] = [
    "ListAccessKeys",
    "ListMFADevices",
    "ListSSHPublicKeys",
    "ListSigningCertificates",
    "ListServiceSpecificCredentials",
];

/// The items of every page of a list, each as a credential.
macro_rules! all {
    ($client:expr, $name:literal, $call:expr, $credential:path, $id:expr) => {{
        let mut found = Vec::new();
        let mut pages = $call.into_paginator().items().send();
        while let Some(item) = pages.next().await {
            match item {
                Ok(item) => found.push($credential($id(&item).to_owned())),
                Err(error) => {
                    known(Failure::new($name, &$client.endpoint, &error))?;
                    break;
                }
            }
        }
        found
    }};
}

impl Client {
    /// The credentials of a user that block its deletion.
    ///
    /// An endpoint that does not know one of these calls, as emulators do,
    /// holds none of that kind.
    pub(crate) async fn credentials(&self, user: &str) -> Result<Vec<Credential>, Failure> {
        use aws_sdk_iam::types::{MfaDevice, SigningCertificate, SshPublicKeyMetadata};
        let keys = self.access_keys(user).await?.into_iter();
        let mut found: Vec<Credential> = keys.map(|key| Credential::AccessKey(key.id)).collect();
        found.extend(all!(
            self,
            "ListMFADevices",
            self.iam.list_mfa_devices().user_name(user),
            Credential::Mfa,
            MfaDevice::serial_number
        ));
        found.extend(all!(
            self,
            "ListSSHPublicKeys",
            self.iam.list_ssh_public_keys().user_name(user),
            Credential::SshKey,
            SshPublicKeyMetadata::ssh_public_key_id
        ));
        found.extend(all!(
            self,
            "ListSigningCertificates",
            self.iam.list_signing_certificates().user_name(user),
            Credential::SigningCertificate,
            SigningCertificate::certificate_id
        ));
        let call = self.iam.list_service_specific_credentials();
        match call.user_name(user).send().await {
            Ok(answer) => found.extend(answer.service_specific_credentials().iter().map(|one| {
                Credential::ServiceSpecific(one.service_specific_credential_id().to_owned())
            })),
            Err(error) => known(Failure::new(
                "ListServiceSpecificCredentials",
                &self.endpoint,
                &error,
            ))?,
        }
        found.sort();
        Ok(found)
    }
}

/// Lets pass that an endpoint does not have a call.
fn known(failure: Failure) -> Result<(), Failure> {
    let unknown = failure.mentions("InvalidAction") || failure.mentions("NotImplemented");
    if unknown { Ok(()) } else { Err(failure) }
}
