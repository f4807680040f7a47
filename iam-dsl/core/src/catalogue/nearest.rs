//! What was meant: the nearest names to one that is unknown.
//!
//! Letters are counted before a distance is computed, so that most of a
//! service's names are dismissed for the price of reading them; macros run
//! unoptimised.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::Catalogue;
use super::action::Action;
use super::key::{self, ConditionKey};
use super::service::Service;
use super::text::{self, Section};

/// How many near misses are told at most.
const MOST: usize = 3;

/// Operations of AWS's APIs that are permitted by an action of another name.
/// Sources: S3 User Guide, "Required permissions for Amazon S3 API operations";
/// the permission pages of the other services.
pub(super) const OPERATIONS: [(&str, &str); 32] = [
    ("apigateway:CreateRestApi", "apigateway:POST"),
    ("apigateway:DeleteRestApi", "apigateway:DELETE"),
    ("apigateway:GetRestApi", "apigateway:GET"),
    ("apigateway:GetRestApis", "apigateway:GET"),
    ("dynamodb:TransactGetItems", "dynamodb:GetItem"),
    ("dynamodb:TransactWriteItems", "dynamodb:PutItem"),
    ("lambda:Invoke", "lambda:InvokeFunction"),
    ("s3:CompleteMultipartUpload", "s3:PutObject"),
    ("s3:CopyObject", "s3:PutObject"),
    ("s3:CreateMultipartUpload", "s3:PutObject"),
    ("s3:DeleteBucketEncryption", "s3:PutEncryptionConfiguration"),
    ("s3:DeleteObjects", "s3:DeleteObject"),
    ("s3:GetBucketEncryption", "s3:GetEncryptionConfiguration"),
    (
        "s3:GetBucketLifecycleConfiguration",
        "s3:GetLifecycleConfiguration",
    ),
    ("s3:GetBucketReplication", "s3:GetReplicationConfiguration"),
    ("s3:GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
    ("s3:HeadBucket", "s3:ListBucket"),
    ("s3:HeadObject", "s3:GetObject"),
    ("s3:ListBuckets", "s3:ListAllMyBuckets"),
    ("s3:ListMultipartUploads", "s3:ListBucketMultipartUploads"),
    ("s3:ListObjectVersions", "s3:ListBucketVersions"),
    ("s3:ListObjects", "s3:ListBucket"),
    ("s3:ListObjectsV2", "s3:ListBucket"),
    ("s3:ListParts", "s3:ListMultipartUploadParts"),
    ("s3:PutBucketEncryption", "s3:PutEncryptionConfiguration"),
    (
        "s3:PutBucketLifecycleConfiguration",
        "s3:PutLifecycleConfiguration",
    ),
    ("s3:PutBucketReplication", "s3:PutReplicationConfiguration"),
    ("s3:UploadPart", "s3:PutObject"),
    ("sns:PublishBatch", "sns:Publish"),
    (
        "sqs:ChangeMessageVisibilityBatch",
        "sqs:ChangeMessageVisibility",
    ),
    ("sqs:DeleteMessageBatch", "sqs:DeleteMessage"),
    ("sqs:SendMessageBatch", "sqs:SendMessage"),
];

/// A name that others are compared with.
struct Word {
    lower: String,
    counts: [i32; 128],
    /// The greatest distance at which another name is a slip of this one.
    cap: usize,
}

impl Word {
    fn new(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let mut counts = [0; 128];
        for byte in lower.bytes() {
            if let Some(count) = counts.get_mut(usize::from(byte & 127)) {
                *count += 1;
            }
        }
        let cap = (lower.chars().count() / 3).max(1);
        Word { lower, counts, cap }
    }

    /// The distance to another name, where that is a slip.
    fn distance(&self, other: &str) -> Option<usize> {
        if self.lower.len().abs_diff(other.len()) > self.cap || !self.shares_letters(other) {
            return None;
        }
        let distance = strsim::osa_distance(&self.lower, &other.to_ascii_lowercase());
        (distance <= self.cap).then_some(distance)
    }

    /// Each letter of the other name that this one lacks costs a step.
    fn shares_letters(&self, other: &str) -> bool {
        let mut left = self.counts;
        let mut lacking = 0;
        for byte in other.bytes() {
            if let Some(count) = left.get_mut(usize::from(byte.to_ascii_lowercase() & 127)) {
                *count -= 1;
                if *count < 0 {
                    lacking += 1;
                    if lacking > self.cap {
                        return false;
                    }
                }
            }
        }
        true
    }

    /// The nearest of the candidates, best first, at most [`MOST`].
    fn nearest<T: Copy>(&self, candidates: impl Iterator<Item = (T, &'static str)>) -> Vec<T> {
        let mut near: Vec<(usize, T)> = candidates
            .filter_map(|(candidate, name)| Some((self.distance(name)?, candidate)))
            .collect();
        near.sort_by_key(|(distance, _)| *distance);
        near.truncate(MOST);
        near.into_iter().map(|(_, candidate)| candidate).collect()
    }
}

/// See [`Catalogue::nearest`].
pub(super) fn actions(text: &str) -> Vec<Action> {
    let catalogue = Catalogue::embedded();
    let (prefix, name) = text.split_once(':').unwrap_or(("", text));
    if name.is_empty() {
        return Vec::new();
    }
    let operation = OPERATIONS
        .iter()
        .find(|(operation, _)| operation.eq_ignore_ascii_case(text));
    if let Some((_, action)) = operation {
        return catalogue.action(action).into_iter().collect();
    }
    let word = Word::new(name);
    let service = catalogue.service(prefix).or_else(|| service(prefix));
    let mut found = service.map_or_else(Vec::new, |service| {
        let actions = service.actions().map(|action| (action, action.name()));
        // A name that exists is meant, though others may be near it.
        match service.action(name) {
            Some(action) => vec![action],
            None => word.nearest(actions),
        }
    });
    // The right name under the wrong service; one that many services have says nothing.
    let elsewhere: Vec<Action> = catalogue
        .services()
        .filter_map(|service| service.action(name))
        .filter(|action| !found.contains(action))
        .take(MOST + 1)
        .collect();
    if elsewhere.len() <= MOST {
        found.extend(elsewhere);
        found.truncate(MOST);
    }
    found
}

/// The letters and digits of a name, in lower case.
fn letters(text: &str) -> String {
    let letters = text.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

/// The lines of the index by the letters of the services' names in full:
/// `stepfunctions` is called so by its name, and `states` by its prefix. Of several
/// of one name the first.
fn services_by_name() -> &'static HashMap<String, &'static str> {
    static LINES: OnceLock<HashMap<String, &str>> = OnceLock::new();
    LINES.get_or_init(|| {
        let mut lines = HashMap::new();
        for line in text::index().lines() {
            let name = text::service_name(text::section(line));
            let short = ["AWS ", "Amazon "]
                .into_iter()
                .find_map(|maker| name.strip_prefix(maker));
            lines.entry(letters(short.unwrap_or(name))).or_insert(line);
        }
        lines
    })
}

/// See [`Catalogue::nearest_service`].
pub(super) fn service(prefix: &str) -> Option<Service> {
    if prefix.is_empty() {
        return None;
    }
    // An own name in full beats a prefix that is only near.
    if let Some(line) = services_by_name().get(&letters(prefix)) {
        return Some(Service::read(line));
    }
    // The index alone tells the prefixes, without a look at the sections.
    let prefixes = text::index()
        .lines()
        .map(|line| (line, text::field(line, 0)));
    let near = Word::new(prefix).nearest(prefixes);
    near.first().map(|line| Service::read(line))
}

/// See [`Catalogue::nearest_condition_key`].
pub(super) fn condition_key(key: &str) -> Option<ConditionKey> {
    let catalogue = Catalogue::embedded();
    let (prefix, _) = key.split_once(':')?;
    // A family is compared by what stands before its variable part.
    let fixed = |name: &'static str| {
        name.find("${")
            .map_or(name, |at| name.get(..at).unwrap_or(name))
    };
    let start = key
        .find('/')
        .map_or(key, |at| key.get(..=at).unwrap_or(key));
    let service = catalogue.service(prefix).or_else(|| service(prefix));
    let candidates = || {
        let own = service.into_iter().flat_map(Service::condition_keys);
        let global = key::all(Section::new(text::global()));
        let foreign = key::all(Section::new(text::foreign()));
        own.chain(global).chain(foreign)
    };
    // A family without its variable part is the nearest of all.
    let bare = candidates().find(|candidate| {
        candidate.is_template()
            && fixed(candidate.name())
                .trim_end_matches('/')
                .eq_ignore_ascii_case(key)
    });
    let word = Word::new(start);
    bare.or_else(|| {
        let near = word.nearest(candidates().map(|candidate| (candidate, fixed(candidate.name()))));
        near.first().copied()
    })
}
