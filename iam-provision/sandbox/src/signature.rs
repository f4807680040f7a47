//! Checking Signature Version 4, for those who ask for it
//! ([`Sandbox::check_signatures`](crate::Sandbox::check_signatures)).
//!
//! The rules are those of "Create a signed AWS API request" in the IAM User
//! Guide: a canonical request, a string to sign, and a key derived from the
//! secret, in a header or, for presigned URLs, in the query.

use data_encoding::HEXLOWER;
use percent_encoding::{percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::arrival::Arrival;
use crate::keyed_hash::keyed_hash;
use crate::moment::Moment;
use crate::refusal::Refusal;
use crate::state::document::ENCODED;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// "more than 15 minutes after the date stamp on the request … or the date
/// stamp on the request is more than 15 minutes in the future" (RequestExpired
/// under "Common Errors" in the IAM and STS API references).
const TOLERANCE_SECONDS: u64 = 15 * 60;
/// The longest life of a presigned URL: seven days.
const LONGEST_PRESIGNED: u64 = 604_800;

/// What a request says about its own signature.
#[derive(Debug)]
struct Signature {
    /// `KEY/DATE/REGION/SERVICE/aws4_request`.
    credential: String,
    signed_headers: Vec<String>,
    given: String,
    /// `YYYYMMDDTHHMMSSZ`.
    date: String,
    /// Seconds that a presigned URL lives.
    expires: Option<u64>,
}

/// Refuses a request whose signature is not the one that `secret` gives. With
/// `now` the date of the request is held against it.
pub(crate) fn check(
    arrival: &Arrival<'_>,
    secret: &str,
    now: Option<Moment>,
) -> Result<(), Refusal> {
    let signature = match arrival.header("authorization") {
        Some(header) => Signature::from_header(header, arrival)?,
        None => Signature::from_query(arrival.query)?,
    };
    let made = instant(&signature.date).ok_or_else(|| {
        Refusal::incomplete_signature(format!(
            "Date must be in ISO-8601 'basic format'. Got '{}'. See \
             http://en.wikipedia.org/wiki/ISO_8601",
            signature.date
        ))
    })?;
    let scope = signature.scope()?;
    if let Some(now) = now {
        signature.refuse_expired(made, now)?;
    }
    let text = format!(
        "{ALGORITHM}\n{}\n{scope}\n{}",
        signature.date,
        HEXLOWER.encode(&Sha256::digest(signature.canonical_request(arrival)))
    );
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in scope.split('/') {
        key = keyed_hash(&key, part.as_bytes());
    }
    let expected = HEXLOWER.encode(&keyed_hash(&key, text.as_bytes()));
    if expected == signature.given {
        return Ok(());
    }
    Err(Refusal::signature_does_not_match(
        "The request signature we calculated does not match the signature you provided. Check \
         your AWS Secret Access Key and signing method. Consult the service documentation for \
         details.",
    ))
}

impl Signature {
    fn from_header(header: &str, arrival: &Arrival<'_>) -> Result<Signature, Refusal> {
        let rest = header.strip_prefix(ALGORITHM).ok_or_else(|| {
            Refusal::incomplete_signature(format!(
                "Authorization header must begin with '{ALGORITHM}'. Authorization={}",
                header.split(' ').next().unwrap_or_default()
            ))
        })?;
        let part = |name: &str| {
            rest.split(',')
                .filter_map(|part| part.trim().split_once('='))
                .find(|(key, value)| *key == name && !value.is_empty())
                .map(|(_, value)| value.to_owned())
        };
        let date = arrival.header("x-amz-date").or(arrival.header("date"));
        let parts = (
            part("Credential"),
            part("SignedHeaders"),
            part("Signature"),
            date,
        );
        if let (Some(credential), Some(signed), Some(given), Some(date)) = parts {
            return Ok(Signature {
                credential,
                signed_headers: signed.split(';').map(str::to_lowercase).collect(),
                given,
                date: date.to_owned(),
                expires: None,
            });
        }
        let mut missing: Vec<String> = Vec::new();
        for name in ["Credential", "Signature", "SignedHeaders"] {
            if part(name).is_none() {
                missing.push(format!("Authorization header requires '{name}' parameter."));
            }
        }
        if date.is_none() {
            missing.push(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' \
                 header."
                    .to_owned(),
            );
        }
        Err(Refusal::incomplete_signature(missing.join(" ")))
    }

    fn from_query(query: &str) -> Result<Signature, Refusal> {
        let value = |name: &str| {
            form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        let required = |name: &str| {
            value(name)
                .filter(|value| !value.is_empty())
                .ok_or_else(|| {
                    Refusal::incomplete_signature(format!(
                        "AWS query-string parameters must include '{name}'. Re-examine the \
                         query-string parameters."
                    ))
                })
        };
        if required("X-Amz-Algorithm")? != ALGORITHM {
            return Err(Refusal::incomplete_signature(format!(
                "X-Amz-Algorithm must be '{ALGORITHM}'."
            )));
        }
        let expires = required("X-Amz-Expires")?;
        let expires = expires.parse().ok().filter(|s| *s <= LONGEST_PRESIGNED);
        Ok(Signature {
            credential: required("X-Amz-Credential")?,
            signed_headers: required("X-Amz-SignedHeaders")?
                .split(';')
                .map(str::to_lowercase)
                .collect(),
            given: required("X-Amz-Signature")?,
            date: required("X-Amz-Date")?,
            expires: Some(expires.ok_or_else(|| {
                Refusal::incomplete_signature(format!(
                    "X-Amz-Expires must be a number of seconds up to {LONGEST_PRESIGNED}."
                ))
            })?),
        })
    }

    /// `DATE/REGION/SERVICE/aws4_request`.
    fn scope(&self) -> Result<&str, Refusal> {
        let scope = self.credential.split_once('/').map(|(_, scope)| scope);
        let parts: Vec<&str> = scope.unwrap_or_default().split('/').collect();
        match (scope, parts.as_slice()) {
            (Some(scope), [day, region, service, "aws4_request"])
                if !region.is_empty() && !service.is_empty() =>
            {
                if self.date.starts_with(day) && day.len() == 8 {
                    return Ok(scope);
                }
                Err(Refusal::signature_does_not_match(format!(
                    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of \
                     date from HTTP: '{day}' != '{}', from '{}'.",
                    self.date.get(..8).unwrap_or_default(),
                    self.date
                )))
            }
            _ => Err(Refusal::incomplete_signature(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. \
                 keyid/date/region/service/term, got '{}'",
                self.credential
            ))),
        }
    }

    fn refuse_expired(&self, made: Moment, now: Moment) -> Result<(), Refusal> {
        let life = self.expires.unwrap_or(TOLERANCE_SECONDS);
        if now.since(made) > life {
            return Err(Refusal::request_expired(format!(
                "Signature expired: {made} is now earlier than {} ({now} - {life} seconds)",
                Moment::from_seconds(now.seconds().saturating_sub(life))
            )));
        }
        if made.since(now) > TOLERANCE_SECONDS {
            return Err(Refusal::request_expired(format!(
                "Signature not yet current: {made} is still later than {} ({now} + 15 min.)",
                now.plus(TOLERANCE_SECONDS)
            )));
        }
        Ok(())
    }

    fn canonical_request(&self, arrival: &Arrival<'_>) -> String {
        let mut headers = String::new();
        for name in &self.signed_headers {
            let values: Vec<String> = arrival
                .headers_named(name)
                .map(|value| value.split_whitespace().collect::<Vec<_>>().join(" "))
                .collect();
            headers.push_str(&format!("{name}:{}\n", values.join(",")));
        }
        let path = if arrival.path.is_empty() {
            "/"
        } else {
            arrival.path
        };
        format!(
            "{}\n{}\n{}\n{headers}\n{}\n{}",
            arrival.method,
            // Twice: once by the client in the path, once here.
            path.split('/').map(encoded).collect::<Vec<_>>().join("/"),
            canonical_query(arrival.query),
            self.signed_headers.join(";"),
            HEXLOWER.encode(&Sha256::digest(arrival.body)),
        )
    }
}

/// Names and values encoded alike and sorted, without the signature itself.
fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .filter(|(name, _)| name != b"X-Amz-Signature")
        .map(|(name, value)| (encoded_bytes(&name), encoded_bytes(&value)))
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

fn decoded(text: &str) -> Vec<u8> {
    percent_decode_str(&text.replace('+', " ")).collect()
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

fn encoded_bytes(bytes: &[u8]) -> String {
    percent_encoding::percent_encode(bytes, ENCODED).to_string()
}

/// Reads `20260101T000000Z`.
fn instant(text: &str) -> Option<Moment> {
    let time = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    let zoned = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    let seconds = u64::try_from(zoned.timestamp().as_second()).ok()?;
    Some(Moment::from_seconds(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of "Signature Version 4 signing process" in the AWS
    /// General Reference: the request, its date, its secret and its signature.
    fn example<'a>(authorization: &'a str) -> Arrival<'a> {
        Arrival {
            method: "GET",
            path: "/",
            query: "Action=ListUsers&Version=2010-05-08",
            headers: vec![
                ("Host", "iam.amazonaws.com"),
                (
                    "Content-Type",
                    "application/x-www-form-urlencoded; charset=utf-8",
                ),
                ("X-Amz-Date", "20150830T123600Z"),
                ("Authorization", authorization),
            ],
            body: b"",
        }
    }

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 \
        Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
        SignedHeaders=content-type;host;x-amz-date, \
        Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";

    #[test]
    fn the_documented_example_is_right() {
        assert_eq!(check(&example(AUTHORIZATION), SECRET, None), Ok(()));
    }

    #[test]
    fn what_was_signed_cannot_be_changed() {
        let code = |arrival: Arrival<'_>| check(&arrival, SECRET, None).unwrap_err().code;
        let changed = [
            Arrival {
                query: "Action=ListRoles&Version=2010-05-08",
                ..example(AUTHORIZATION)
            },
            Arrival {
                body: b"MaxItems=1",
                ..example(AUTHORIZATION)
            },
            Arrival {
                method: "POST",
                ..example(AUTHORIZATION)
            },
            Arrival {
                path: "/other",
                ..example(AUTHORIZATION)
            },
        ];
        for arrival in changed {
            assert_eq!(code(arrival), "SignatureDoesNotMatch");
        }
        let wrong = check(&example(AUTHORIZATION), "another", None);
        assert_eq!(wrong.unwrap_err().code, "SignatureDoesNotMatch");
    }

    #[test]
    fn incomplete_headers() {
        for header in [
            "AWS4-HMAC-SHA256",
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request",
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/iam, SignedHeaders=host, Signature=0",
            "AWS3 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request",
        ] {
            let refusal = check(&example(header), SECRET, None).unwrap_err();
            assert_eq!(refusal.code, "IncompleteSignature", "{header}");
        }
        let mut dateless = example(AUTHORIZATION);
        dateless.headers.retain(|(name, _)| *name != "X-Amz-Date");
        let refusal = check(&dateless, SECRET, None).unwrap_err();
        assert_eq!(refusal.code, "IncompleteSignature");
    }

    #[test]
    fn fifteen_minutes_either_way() {
        let made = instant("20150830T123600Z").unwrap().seconds();
        let at = |seconds: u64| {
            check(
                &example(AUTHORIZATION),
                SECRET,
                Some(Moment::from_seconds(seconds)),
            )
            .map_err(|refusal| refusal.code)
        };
        for seconds in [made - 900, made, made + 900] {
            assert_eq!(at(seconds), Ok(()));
        }
        for seconds in [made - 901, made + 901] {
            assert_eq!(at(seconds), Err("RequestExpired"));
        }
    }
}
