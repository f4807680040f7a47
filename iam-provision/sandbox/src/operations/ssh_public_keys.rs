//! SSH public keys of users, for CodeCommit.

use data_encoding::{BASE64, HEXLOWER};
use md5::{Digest, Md5};

use super::access_keys::{requested_status, status_word};
use super::{Operation, Scope, Target, answer, principal_name, refuse_over_quota};
use crate::names::length;
use crate::pagination::page;
use crate::refusal::Refusal;
use crate::request::Params;
use crate::state::PrincipalKind::User as USER;
use crate::state::user::{SshPublicKey, User};
use crate::xml::Xml;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write("UploadSSHPublicKey", Target::Principal(USER), upload),
    Operation::read("GetSSHPublicKey", Target::Principal(USER), get),
    Operation::read("ListSSHPublicKeys", Target::UserOrCaller, list),
    Operation::write("UpdateSSHPublicKey", Target::Principal(USER), update),
    Operation::write("DeleteSSHPublicKey", Target::Principal(USER), delete),
];

fn write_metadata(x: &mut Xml, user: &str, key: &SshPublicKey) {
    x.text("UserName", user);
    x.text("SSHPublicKeyId", &key.id);
    x.text("Status", status_word(key.active));
    x.text("UploadDate", key.uploaded);
}

fn write(x: &mut Xml, user: &str, key: &SshPublicKey) {
    x.element("SSHPublicKey", |x| {
        write_metadata(x, user, key);
        x.text("Fingerprint", &key.fingerprint);
        x.text("SSHPublicKeyBody", &key.body);
    });
}

/// The key as bytes: `ssh-rsa BASE64 comment`, or PEM.
fn key_bytes(body: &str) -> Result<Vec<u8>, Refusal> {
    let unknown = || {
        Refusal::unrecognized_public_key_encoding(
            "The public key encoding format is not recognized: it must be ssh-rsa or PEM.",
        )
    };
    let invalid =
        || Refusal::invalid_public_key("The public key is malformed or otherwise invalid.");
    let body = body.trim();
    let pem = body
        .strip_prefix("-----BEGIN PUBLIC KEY-----")
        .and_then(|rest| rest.strip_suffix("-----END PUBLIC KEY-----"));
    let (text, prefix): (String, &[u8]) = match pem {
        // A SubjectPublicKeyInfo is a sequence.
        Some(text) => (text.split_whitespace().collect(), b"\x30"),
        None => {
            let mut parts = body.split_whitespace();
            match (parts.next(), parts.next()) {
                (Some("ssh-rsa"), Some(text)) => (text.to_owned(), b"\0\0\0\x07ssh-rsa"),
                (Some("ssh-rsa"), None) => return Err(invalid()),
                _ => return Err(unknown()),
            }
        }
    };
    let bytes = BASE64.decode(text.as_bytes()).map_err(|_| invalid())?;
    // "The minimum bit-length of the public key is 2048 bits."
    if !bytes.starts_with(prefix) || bytes.len() < 256 {
        return Err(invalid());
    }
    Ok(bytes)
}

fn fingerprint(key: &[u8]) -> String {
    let digest = HEXLOWER.encode(&Md5::digest(key));
    let pairs: Vec<&str> = (0..16)
        .filter_map(|index| digest.get(2 * index..2 * index + 2))
        .collect();
    pairs.join(":")
}

fn upload(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = principal_name(params, USER)?;
    let body = params.required("SSHPublicKeyBody")?;
    length("SSHPublicKeyBody", body, 1, 16_384)?;
    let fingerprint = fingerprint(&key_bytes(body)?);
    let id = scope.world.ids.entity("APKA");
    let uploaded = scope.now;
    let account = scope.account();
    let most = account.quotas.ssh_public_keys_per_user;
    let user = account.user_mut(name)?;
    let mut known = user.ssh_public_keys.iter();
    if known.any(|key| key.fingerprint == fingerprint) {
        return Err(Refusal::duplicate_ssh_public_key(
            "The SSH public key is already associated with the specified IAM user.",
        ));
    }
    refuse_over_quota(user.ssh_public_keys.len(), most, "SSHPublicKeysPerUser")?;
    let key = SshPublicKey {
        id,
        body: body.to_owned(),
        fingerprint,
        active: true,
        uploaded,
    };
    let result = answer(|x| write(x, &user.label.name, &key));
    user.ssh_public_keys.push(key);
    result
}

fn requested_id(params: &Params) -> Result<&str, Refusal> {
    let id = params.required("SSHPublicKeyId")?;
    length("SSHPublicKeyId", id, 20, 128)?;
    Ok(id)
}

fn missing(id: &str) -> Refusal {
    Refusal::no_such_entity(format!("The Public Key with id {id} cannot be found."))
}

fn find<'u>(user: &'u mut User, id: &str) -> Result<&'u mut SshPublicKey, Refusal> {
    let mut keys = user.ssh_public_keys.iter_mut();
    keys.find(|key| key.id == id).ok_or_else(|| missing(id))
}

fn get(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let id = requested_id(params)?;
    let user = scope.account().user(principal_name(params, USER)?)?;
    let mut keys = user.ssh_public_keys.iter();
    let key = keys.find(|key| key.id == id).ok_or_else(|| missing(id))?;
    let pem = key.body.trim_start().starts_with("-----BEGIN");
    match params.required("Encoding")? {
        "SSH" if !pem => {}
        "PEM" if pem => {}
        "SSH" | "PEM" => {
            return Err(Refusal::unrecognized_public_key_encoding(
                "The sandbox gives a key back in the encoding in which it was uploaded.",
            ));
        }
        other => {
            return Err(super::policies::unknown_value(
                "Encoding",
                other,
                "[SSH, PEM]",
            ));
        }
    }
    answer(|x| write(x, &user.label.name, key))
}

fn list(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let name = scope.user_or_caller(params)?.to_owned();
    let user = scope.account().user(&name)?;
    let keys = user.ssh_public_keys.iter().collect();
    let page = page(params, keys, |key: &&SshPublicKey| key.id.clone())?;
    answer(|x| {
        page.write(x);
        x.members("SSHPublicKeys", &page.items, |x, key| {
            write_metadata(x, &user.label.name, key);
        });
    })
}

fn update(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let id = requested_id(params)?;
    let active = requested_status(params)?;
    let user = scope.account().user_mut(principal_name(params, USER)?)?;
    find(user, id)?.active = active;
    Ok(None)
}

fn delete(scope: &mut Scope<'_>, params: &Params) -> Result<Option<Xml>, Refusal> {
    let id = requested_id(params)?;
    let user = scope.account().user_mut(principal_name(params, USER)?)?;
    find(user, id)?;
    user.ssh_public_keys.retain(|key| key.id != id);
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ssh_rsa_and_pem_are_keys() {
        let mut blob = b"\0\0\0\x07ssh-rsa".to_vec();
        blob.resize(279, 7);
        let good = format!("ssh-rsa {} me@here", BASE64.encode(&blob));
        assert_eq!(key_bytes(&good), Ok(blob));
        let code = |body: &str| key_bytes(body).unwrap_err().code;
        assert_eq!(code("ssh-ed25519 AAAA"), "UnrecognizedPublicKeyEncoding");
        assert_eq!(code("ssh-rsa"), "InvalidPublicKey");
        assert_eq!(code("ssh-rsa AAAA"), "InvalidPublicKey");
        assert_eq!(code("ssh-rsa !"), "InvalidPublicKey");
    }

    #[test]
    fn the_fingerprint_is_md5_in_pairs() {
        // The digest of the empty message in RFC 1321.
        assert_eq!(
            fingerprint(b""),
            "d4:1d:8c:d9:8f:00:b2:04:e9:80:09:98:ec:f8:42:7e"
        );
    }
}
