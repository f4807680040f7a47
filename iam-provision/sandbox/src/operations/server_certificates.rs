//! Server certificates. Their text is kept, not read: neither the end of their
//! validity nor whether key and certificate belong together is known.

use super::labelled::{NewLabel, listed, refuse_taken};
use super::signing_certificates::refuse_other_than_pem;
use super::{Also, Operation, Scope, Target, answer, refuse_over_quota, write_arn_and_id};
use crate::names::{Folded, length, name};
use crate::refusal::Refusal;
use crate::request::Params;
use crate::state::Account;
use crate::state::server_certificate::ServerCertificate;
use crate::state::tags::{KeyCase, Tags};
use crate::xml::Xml;

pub(super) const FIELD: &str = "ServerCertificateName";
const WORD: &str = "server-certificate";

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write("UploadServerCertificate", Target::New(WORD, FIELD), upload)
        .also(&[Also::TagOnCreate("iam:TagServerCertificate")]),
    Operation::read("GetServerCertificate", Target::ServerCertificate, get),
    Operation::read("ListServerCertificates", Target::Listing(WORD), list),
    Operation::write("UpdateServerCertificate", Target::ServerCertificate, update),
    Operation::write("DeleteServerCertificate", Target::ServerCertificate, delete),
];

fn requested_name(params: &Params) -> Result<&str, Refusal> {
    name(FIELD, params.required(FIELD)?, 128)
}

fn missing(name: &str) -> Refusal {
    Refusal::no_such_entity(format!(
        "The Server Certificate with name {name} cannot be found."
    ))
}

/// The certificate that the request names, to change it.
pub(super) fn find<'a>(
    account: &'a mut Account,
    params: &Params,
) -> Result<&'a mut ServerCertificate, Refusal> {
    let name = requested_name(params)?;
    account
        .server_certificates
        .get_mut(&Folded::new(name))
        .ok_or_else(|| missing(name))
}

fn write_metadata(x: &mut Xml, account: &str, certificate: &ServerCertificate) {
    write_arn_and_id(x, account, "ServerCertificate", WORD, &certificate.label);
    x.text("UploadDate", certificate.label.created);
}

fn upload(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let tags = Tags::from_request(params, KeyCase::Told)?;
    let body = params.required("CertificateBody")?;
    length("CertificateBody", body, 1, 16_384)?;
    let chain = params.get("CertificateChain");
    for text in chain.into_iter().chain([body]) {
        refuse_other_than_pem(text, "CERTIFICATE")?;
    }
    // The refusal of a key never repeats it.
    let key = params.required("PrivateKey")?;
    if key.len() > 16_384 || !key.trim().starts_with("-----BEGIN ") {
        return Err(Refusal::malformed_certificate(
            "Unable to parse key; the body must be a PEM-encoded private key of at most 16,384 \
             characters.",
        ));
    }
    let label = scope.new_label(params, FIELD, 128, "ASCA")?;
    let account = scope.account();
    refuse_taken(&account.server_certificates, &label.name)?;
    refuse_over_quota(
        account.server_certificates.len(),
        account.quotas.server_certificates,
        "ServerCertificatesPerAccount",
    )?;
    let certificate = ServerCertificate {
        label,
        body: body.to_owned(),
        chain: chain.map(str::to_owned),
        tags,
    };
    let result = answer(|x| {
        x.element("ServerCertificateMetadata", |x| {
            write_metadata(x, &account.id, &certificate);
        });
        certificate.tags.write_if_any(x);
    });
    let key = Folded::new(&certificate.label.name);
    account.server_certificates.insert(key, certificate);
    result
}

fn get(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = requested_name(params)?;
    let account = scope.account();
    let found = account.server_certificates.get(&Folded::new(name));
    let certificate = found.ok_or_else(|| missing(name))?;
    answer(|x| {
        x.element("ServerCertificate", |x| {
            x.element("ServerCertificateMetadata", |x| {
                write_metadata(x, &account.id, certificate);
            });
            x.text("CertificateBody", &certificate.body);
            x.text_if("CertificateChain", certificate.chain.as_ref());
            certificate.tags.write_if_any(x);
        });
    })
}

fn list(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let account = scope.account();
    let page = listed(params, &account.server_certificates)?;
    answer(|x| {
        page.write(x);
        x.members("ServerCertificateMetadataList", &page.items, |x, one| {
            write_metadata(x, &account.id, one);
        });
    })
}

fn update(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let old = requested_name(params)?;
    let new = NewLabel::requested(params, "NewServerCertificateName", 128)?;
    let account = scope.account();
    find(account, params)?;
    new.give(&mut account.server_certificates, old)?;
    Ok(None)
}

fn delete(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = requested_name(params)?;
    let account = scope.account();
    let removed = account.server_certificates.remove(&Folded::new(name));
    removed.map(|_| None).ok_or_else(|| missing(name))
}
