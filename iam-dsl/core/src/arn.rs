//! Amazon Resource Names.

use std::fmt;
use std::str::FromStr;

/// The six fields of an ARN's text: `arn:partition:service:region:account:resource`.
/// The fields borrow and are not judged; patterns split the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArnFields<'t> {
    /// `aws`, `aws-cn`, `aws-us-gov` …
    pub partition: &'t str,
    /// The service's namespace.
    pub service: &'t str,
    /// The region; empty for global services.
    pub region: &'t str,
    /// The account; empty for some services.
    pub account: &'t str,
    /// All after the fifth colon, further colons included.
    pub resource: &'t str,
}

impl<'t> ArnFields<'t> {
    /// Splits a text that begins with `arn:` and has at least five colons.
    pub fn split(text: &'t str) -> Option<Self> {
        let mut fields = text.splitn(6, ':');
        if fields.next() != Some("arn") {
            return None;
        }
        Some(ArnFields {
            partition: fields.next()?,
            service: fields.next()?,
            region: fields.next()?,
            account: fields.next()?,
            resource: fields.next()?,
        })
    }
}

/// One concrete ARN: no wildcards, no variables.
///
/// ```
/// use iam_dsl_core::Arn;
///
/// let arn: Arn = "arn:aws:iam::111122223333:role/ops/deploy".parse()?;
/// assert_eq!(arn.account(), "111122223333");
/// assert_eq!(arn.resource(), "role/ops/deploy");
/// # Ok::<(), iam_dsl_core::InvalidArn>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn {
    text: String,
    /// Where the second to sixth field begin.
    starts: [usize; 5],
}

/// The text is no ARN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no ARN: {problem}; write `arn:partition:service:region:account:resource`")]
pub struct InvalidArn {
    text: String,
    problem: &'static str,
}

impl Arn {
    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn field(&self, index: usize) -> &str {
        let start = self.starts.get(index).copied().unwrap_or(self.text.len());
        // A field ends one before the colon that precedes the next.
        let end = self
            .starts
            .get(index + 1)
            .map_or(self.text.len(), |next| next - 1);
        self.text.get(start..end).unwrap_or_default()
    }

    /// `aws`, `aws-cn`, `aws-us-gov` …
    pub fn partition(&self) -> &str {
        self.field(0)
    }

    /// The service's namespace, such as `s3`.
    pub fn service(&self) -> &str {
        self.field(1)
    }

    /// The region; empty for global services.
    pub fn region(&self) -> &str {
        self.field(2)
    }

    /// The account; empty for services that leave it out, such as S3 buckets.
    pub fn account(&self) -> &str {
        self.field(3)
    }

    /// All after the fifth colon.
    pub fn resource(&self) -> &str {
        self.field(4)
    }
}

impl FromStr for Arn {
    type Err = InvalidArn;

    fn from_str(text: &str) -> Result<Self, InvalidArn> {
        let invalid = |problem| InvalidArn {
            text: text.to_owned(),
            problem,
        };
        let fields = ArnFields::split(text).ok_or_else(|| {
            if text.starts_with("arn:") {
                invalid("it has fewer than six fields")
            } else {
                invalid("it does not begin with `arn:`")
            }
        })?;
        if fields.partition.is_empty() {
            return Err(invalid("the partition is empty"));
        }
        if fields.service.is_empty() {
            return Err(invalid("the service is empty"));
        }
        if fields.resource.is_empty() {
            return Err(invalid("the resource is empty"));
        }
        let mut starts = [0; 5];
        let mut position = "arn:".len();
        let lengths = [
            fields.partition,
            fields.service,
            fields.region,
            fields.account,
            "",
        ]
        .map(str::len);
        for (start, length) in starts.iter_mut().zip(lengths) {
            *start = position;
            position += length + 1;
        }
        Ok(Arn {
            text: text.to_owned(),
            starts,
        })
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The fields of an account root's ARN, which stands for the account; `None` for
/// every other text.
pub fn account_root(text: &str) -> Option<ArnFields<'_>> {
    ArnFields::split(text).filter(|fields| {
        fields.service == "iam"
            && fields.region.is_empty()
            && fields.resource == "root"
            && is_account_id(fields.account)
    })
}

/// The partitions of AWS, public and isolated.
pub const PARTITIONS: [&str; 8] = [
    "aws",
    "aws-cn",
    "aws-us-gov",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
    "aws-eusc",
];

/// Whether a text is an account id: twelve digits.
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found() {
        let arn: Arn = "arn:aws:lambda:us-east-1:111122223333:function:f:1"
            .parse()
            .unwrap();
        assert_eq!(
            [
                arn.partition(),
                arn.service(),
                arn.region(),
                arn.account(),
                arn.resource()
            ],
            ["aws", "lambda", "us-east-1", "111122223333", "function:f:1"]
        );
        let bucket: Arn = "arn:aws:s3:::b".parse().unwrap();
        assert_eq!(
            [bucket.region(), bucket.account(), bucket.resource()],
            ["", "", "b"]
        );
    }

    #[test]
    fn malformed_arns_are_refused() {
        for text in [
            "",
            "arn",
            "arn:aws:s3",
            "x:aws:s3:::b",
            "arn::s3:::b",
            "arn:aws::::b",
            "arn:aws:s3:::",
        ] {
            assert!(text.parse::<Arn>().is_err(), "{text}");
        }
    }
}
