//! How IAM and STS refuse a call: an error code, an HTTP status, a message.
//!
//! Codes and statuses are those of the "Errors" section of each operation in
//! the IAM and STS API references, and of their "Common Errors" pages.

/// One refusal, as it goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) status: u16,
    pub(crate) message: String,
}

/// Makes one constructor per error code, so that a code always has one status.
macro_rules! refusals {
    ($($(#[$doc:meta])* $function:ident => $code:literal, $status:literal;)*) => {
        impl Refusal {
            $($(#[$doc])* pub(crate) fn $function(message: impl Into<String>) -> Refusal {
                Refusal { code: $code, status: $status, message: message.into() }
            })*
        }
    };
}

refusals! {
    access_denied => "AccessDenied", 403;
    concurrent_modification => "ConcurrentModification", 409;
    delete_conflict => "DeleteConflict", 409;
    duplicate_certificate => "DuplicateCertificate", 409;
    duplicate_ssh_public_key => "DuplicateSSHPublicKey", 400;
    entity_already_exists => "EntityAlreadyExists", 409;
    entity_temporarily_unmodifiable => "EntityTemporarilyUnmodifiable", 409;
    expired_token => "ExpiredToken", 403;
    expired_web_token => "ExpiredTokenException", 400;
    idp_communication_error => "IDPCommunicationError", 400;
    idp_rejected_claim => "IDPRejectedClaim", 403;
    incomplete_signature => "IncompleteSignature", 400;
    invalid_action => "InvalidAction", 400;
    invalid_authentication_code => "InvalidAuthenticationCode", 403;
    invalid_authorization_message => "InvalidAuthorizationMessageException", 400;
    invalid_client_token_id => "InvalidClientTokenId", 403;
    invalid_identity_token => "InvalidIdentityToken", 400;
    invalid_input => "InvalidInput", 400;
    invalid_public_key => "InvalidPublicKey", 400;
    invalid_user_type => "InvalidUserType", 400;
    limit_exceeded => "LimitExceeded", 409;
    malformed_certificate => "MalformedCertificate", 400;
    malformed_input => "MalformedInput", 400;
    malformed_policy_document => "MalformedPolicyDocument", 400;
    missing_authentication_token => "MissingAuthenticationToken", 403;
    no_such_entity => "NoSuchEntity", 404;
    not_management_account => "AccountNotManagementOrDelegatedAdministratorException", 400;
    not_supported_service => "NotSupportedService", 404;
    organization_not_found => "OrganizationNotFoundException", 400;
    packed_policy_too_large => "PackedPolicyTooLarge", 400;
    password_policy_violation => "PasswordPolicyViolation", 400;
    policy_not_attachable => "PolicyNotAttachable", 400;
    report_expired => "ReportExpired", 410;
    report_not_present => "ReportNotPresent", 410;
    request_expired => "RequestExpired", 400;
    service_failure => "ServiceFailure", 500;
    signature_does_not_match => "SignatureDoesNotMatch", 403;
    throttling => "Throttling", 400;
    unmodifiable_entity => "UnmodifiableEntity", 400;
    unrecognized_public_key_encoding => "UnrecognizedPublicKeyEncoding", 400;
    validation_error => "ValidationError", 400;
}

impl Refusal {
    /// Whether the fault lies with the caller (`Sender`) or the service
    /// (`Receiver`), as the Query protocol tells them apart.
    pub(crate) fn fault(&self) -> &'static str {
        if self.status < 500 {
            "Sender"
        } else {
            "Receiver"
        }
    }
}
