//! Texts that the sandbox hands out and recognises again: JSON Web Tokens and
//! encoded authorization messages.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::keyed_hash::keyed_hash;

/// A JSON Web Token over `claims`, signed with HS256.
pub(crate) fn web_token(claims: &Value, key: &str) -> String {
    let header = json!({"alg": "HS256", "typ": "JWT"});
    let signed = format!("{}.{}", encoded(&header), encoded(claims));
    let mac = BASE64URL_NOPAD.encode(&keyed_hash(key.as_bytes(), signed.as_bytes()));
    format!("{signed}.{mac}")
}

/// What became of reading a token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum WebToken {
    /// It is no JSON Web Token.
    Malformed,
    /// It is one, and somebody else signed it.
    Foreign,
    /// Its claims.
    Genuine(Value),
}

/// Reads a token that [`web_token`] made with that key.
pub(crate) fn read_web_token(token: &str, key: &str) -> WebToken {
    let decoded = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).ok();
    let json = |part: &str| serde_json::from_slice::<Value>(&decoded(part)?).ok();
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, mac] = parts.as_slice() else {
        return WebToken::Malformed;
    };
    let (Some(Value::Object(header_fields)), Some(claims_read @ Value::Object(_)), Some(mac)) =
        (json(header), json(claims), decoded(mac))
    else {
        return WebToken::Malformed;
    };
    let expected = keyed_hash(key.as_bytes(), format!("{header}.{claims}").as_bytes());
    let ours = header_fields.get("alg").and_then(Value::as_str) == Some("HS256");
    if ours && mac == expected {
        WebToken::Genuine(claims_read)
    } else {
        WebToken::Foreign
    }
}

/// A message that only [`unsealed`] with the same key reads again.
pub(crate) fn sealed(message: &Value, key: &str) -> String {
    let text = message.to_string();
    let mut bytes = keyed_hash(key.as_bytes(), text.as_bytes());
    bytes.extend_from_slice(text.as_bytes());
    BASE64URL_NOPAD.encode(&bytes)
}

/// The message behind a text that [`sealed`] made; nothing for any other text.
pub(crate) fn unsealed(text: &str, key: &str) -> Option<Value> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    let (mac, message) = bytes.split_at_checked(32)?;
    if keyed_hash(key.as_bytes(), message) != mac {
        return None;
    }
    serde_json::from_slice(message).ok()
}

fn encoded(value: &Value) -> String {
    BASE64URL_NOPAD.encode(value.to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_sealed_is_read_again() {
        let message = json!({"allowed": false});
        let text = sealed(&message, "key");
        assert_eq!(unsealed(&text, "key"), Some(message.clone()));
        assert_eq!(unsealed(&text, "other"), None);
        assert_eq!(unsealed("", "key"), None);
        let token = web_token(&message, "key");
        assert_eq!(read_web_token(&token, "key"), WebToken::Genuine(message));
        assert_eq!(read_web_token(&token, "other"), WebToken::Foreign);
        assert_eq!(read_web_token("a.b", "key"), WebToken::Malformed);
        assert_eq!(read_web_token("....", "key"), WebToken::Malformed);
    }
}
