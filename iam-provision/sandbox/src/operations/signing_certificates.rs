//! X.509 signing certificates of users. Their text is kept, not read.

use super::access_keys::{requested_status, status_word};
use super::{Operation, Scope, Target, answer, refuse_over_quota};
use crate::names::length;
use crate::pagination::page;
use crate::refusal::Refusal;
use crate::request::Params;
use crate::state::user::SigningCertificate;
use crate::xml::Xml;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write("UploadSigningCertificate", Target::UserOrCaller, upload),
    Operation::read("ListSigningCertificates", Target::UserOrCaller, list),
    Operation::write("UpdateSigningCertificate", Target::UserOrCaller, update),
    Operation::write("DeleteSigningCertificate", Target::UserOrCaller, delete),
];

fn write(x: &mut Xml, user: &str, certificate: &SigningCertificate) {
    x.text("UserName", user);
    x.text("CertificateId", &certificate.id);
    x.text("CertificateBody", &certificate.body);
    x.text("Status", status_word(certificate.active));
    x.text("UploadDate", certificate.uploaded);
}

/// Refuses a text that is no PEM of that kind; what is in it is not read.
pub(super) fn refuse_other_than_pem(text: &str, kind: &str) -> Result<(), Refusal> {
    let text = text.trim();
    let body = text
        .strip_prefix(&format!("-----BEGIN {kind}-----"))
        .and_then(|rest| rest.split_once("-----END"));
    let encoded = |body: &str| {
        let lines: String = body.split_whitespace().collect();
        !lines.is_empty() && data_encoding::BASE64.decode(lines.as_bytes()).is_ok()
    };
    if body.is_some_and(|(body, _)| encoded(body)) {
        return Ok(());
    }
    Err(Refusal::malformed_certificate(format!(
        "Unable to parse certificate. Please ensure the {} is in PEM format.",
        kind.to_lowercase()
    )))
}

fn upload(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = scope.user_or_caller(params)?.to_owned();
    let body = params.required("CertificateBody")?;
    length("CertificateBody", body, 1, 16_384)?;
    refuse_other_than_pem(body, "CERTIFICATE")?;
    let (id, uploaded) = (scope.world.ids.certificate(), scope.now);
    let account = scope.account();
    let same = |known: &SigningCertificate| known.body.trim() == body.trim();
    if account
        .users
        .values()
        .any(|user| user.signing_certificates.iter().any(same))
    {
        return Err(Refusal::duplicate_certificate(
            "The same certificate is associated with an IAM user in the account.",
        ));
    }
    let most = account.quotas.signing_certificates_per_user;
    let user = account.user_mut(&name)?;
    refuse_over_quota(
        user.signing_certificates.len(),
        most,
        "SigningCertificatesPerUser",
    )?;
    let certificate = SigningCertificate {
        id,
        body: body.to_owned(),
        active: true,
        uploaded,
    };
    let result = answer(|x| {
        x.element("Certificate", |x| {
            write(x, &user.label.name, &certificate);
        });
    });
    user.signing_certificates.push(certificate);
    result
}

fn requested_id(params: &Params) -> Result<&str, Refusal> {
    let id = params.required("CertificateId")?;
    length("CertificateId", id, 24, 128)?;
    Ok(id)
}

fn missing(id: &str) -> Refusal {
    Refusal::no_such_entity(format!("The Certificate with id {id} cannot be found."))
}

fn list(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = scope.user_or_caller(params)?.to_owned();
    let user = scope.account().user(&name)?;
    let certificates = user.signing_certificates.iter().collect();
    let page = page(params, certificates, |known: &&SigningCertificate| {
        known.id.clone()
    })?;
    answer(|x| {
        page.write(x);
        x.members("Certificates", &page.items, |x, certificate| {
            write(x, &user.label.name, certificate);
        });
    })
}

fn update(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = scope.user_or_caller(params)?.to_owned();
    let id = requested_id(params)?;
    let active = requested_status(params)?;
    let user = scope.account().user_mut(&name)?;
    let mut certificates = user.signing_certificates.iter_mut();
    let certificate = certificates.find(|known| known.id == id);
    certificate.ok_or_else(|| missing(id))?.active = active;
    Ok(None)
}

fn delete(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = scope.user_or_caller(params)?.to_owned();
    let id = requested_id(params)?;
    let certificates = &mut scope.account().user_mut(&name)?.signing_certificates;
    let before = certificates.len();
    certificates.retain(|known| known.id != id);
    if certificates.len() == before {
        return Err(missing(id));
    }
    Ok(None)
}
