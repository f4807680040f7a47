//! Names and ARN formats with `${…}`, compared with what policies hold.

use crate::pattern::{Class, Glob, Shape};
use crate::variable::{self, Part};

/// The parts of a template: text, and placeholders by name.
fn pieces(template: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some(after) = rest.strip_prefix("${") {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            rest = after;
            return Some(Piece::Placeholder(name));
        }
        let end = rest.find("${").unwrap_or(rest.len());
        let (text, after) = rest.split_at(end);
        rest = after;
        Some(Piece::Text(text))
    })
}

enum Piece<'t> {
    Text(&'t str),
    Placeholder(&'t str),
}

/// Whether a key is of the family, in any case. A placeholder stands for one
/// character at least.
pub(super) fn key_matches(template: &str, key: &str) -> bool {
    let literal = template.find("${").unwrap_or(template.len());
    let same_start = key.as_bytes().get(..literal).is_some_and(|start| {
        start.eq_ignore_ascii_case(template.as_bytes().get(..literal).unwrap_or_default())
    });
    if !same_start {
        return false;
    }
    let mut glob = Glob::empty();
    for piece in pieces(template) {
        match piece {
            Piece::Text(text) => glob.push_literal(text),
            Piece::Placeholder(_) => glob.push_pattern("?*"),
        }
    }
    glob.matches_ignore_case(key)
}

/// What a placeholder of an ARN format may hold.
fn class(placeholder: &str) -> Class {
    match placeholder {
        // Names of buckets hold no `/`, which tells a bucket from an object; of other
        // resources no such rule is written.
        "Partition" | "Region" | "Account" | "BucketName" => Class::Name,
        _ => Class::Any,
    }
}

/// An ARN format of the Service Authorization Reference, where a `*` stands for
/// anything.
fn format_shape(format: &str) -> Shape {
    let mut shape = Shape::with_capacity(format.len());
    for piece in pieces(format) {
        match piece {
            Piece::Text(text) => shape.push_pattern(text, Class::Any),
            Piece::Placeholder(name) => shape.push_some(class(name)),
        }
    }
    shape
}

/// A resource as a policy writes it. What a variable stands for is not known, so
/// it may be anything.
fn pattern_shape(pattern: &str) -> Shape {
    let mut shape = Shape::with_capacity(pattern.len());
    for part in variable::parts(pattern) {
        match part {
            Ok(Part::Text(text)) => shape.push_pattern(text, Class::Any),
            Ok(Part::Literal(character)) => shape.push_char(character),
            Ok(Part::Variable { .. }) | Err(_) => shape.push_run(Class::Any),
        }
    }
    shape
}

/// Whether some ARN of the format matches the pattern, with the first five fields compared one by one. A pattern of fewer
/// fields is compared as a whole.
pub(super) fn arn_matches_by_field(format: &str, pattern: &str) -> bool {
    match (fields(pattern), fields(format)) {
        (Some(pattern), Some(format)) => {
            // The last field tells most types apart.
            let mut pairs = pattern.into_iter().zip(format).rev();
            pairs.all(|(pattern, format)| arn_matches(format, pattern))
        }
        _ => arn_matches(format, pattern),
    }
}

/// The six fields of an ARN; a colon inside `${…}` ends none.
fn fields(text: &str) -> Option<[&str; 6]> {
    let mut fields = [""; 6];
    let mut rest = text;
    let (last, first) = fields.split_last_mut()?;
    for field in first {
        let mut inside = false;
        let end = rest.bytes().enumerate().position(|(at, byte)| {
            match byte {
                b'$' if rest.as_bytes().get(at + 1) == Some(&b'{') => inside = true,
                b'}' => inside = false,
                _ => {}
            }
            byte == b':' && !inside
        })?;
        let (before, after) = rest.split_at(end);
        *field = before;
        rest = after.get(1..)?;
    }
    *last = rest;
    Some(fields)
}

/// Whether some ARN of the format matches the pattern, where a `*` may stand
/// for anything, colons included.
pub(super) fn arn_matches(format: &str, pattern: &str) -> bool {
    let (mut format, mut pattern) = (format, pattern);
    // Nearly all formats differ from the pattern in what both say literally, so
    // that is compared first.
    let special = |byte: u8| matches!(byte, b'*' | b'?' | b'$');
    loop {
        let mut pairs = pattern.bytes().zip(format.bytes());
        let start = pairs.position(|(p, f)| p != f || special(p));
        let start = start.unwrap_or(pattern.len().min(format.len()));
        let (Some(p), Some(f)) = (pattern.get(start..), format.get(start..)) else {
            // The texts part within a character, so they differ there.
            return false;
        };
        (pattern, format) = (p, f);
        match (pattern.bytes().next(), format.bytes().next()) {
            (None, None) => return true,
            (Some(b'*'), _) if pattern.len() == 1 => return true,
            (Some(p), Some(f)) if !special(p) && !special(f) => return false,
            _ => {}
        }
        let Some(rests) = after_name(format, pattern) else {
            return pattern_shape(pattern).intersects(&format_shape(format));
        };
        (format, pattern) = rests;
    }
}

/// What follows where the format begins with a whole field of [`Class::Name`] and
/// the pattern with a literal one, which is all that this field can be.
fn after_name<'t>(format: &'t str, pattern: &'t str) -> Option<(&'t str, &'t str)> {
    let (name, format) = format.strip_prefix("${")?.split_once('}')?;
    let end = pattern.find([':', '/', '*', '?', '$'])?;
    let pattern = pattern.get(end..)?;
    let whole = end > 0 && pattern.starts_with(':') && format.starts_with(':');
    (whole && class(name) == Class::Name).then_some((format, pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_hold_their_keys() {
        let tag = "aws:RequestTag/${TagKey}";
        assert!(key_matches(tag, "aws:RequestTag/team"));
        assert!(key_matches(tag, "AWS:requesttag/Cost Center"));
        assert!(!key_matches(tag, "aws:RequestTag/"));
        assert!(!key_matches(tag, "aws:RequestTag"));
        let matcher = "events:Metadata/${MetadataKey}/Matcher";
        assert!(key_matches(matcher, "events:Metadata/a/Matcher"));
        assert!(!key_matches(matcher, "events:Metadata/a"));
    }

    #[test]
    fn formats_meet_arns_and_patterns() {
        let bucket = "arn:${Partition}:s3:::${BucketName}";
        let object = "arn:${Partition}:s3:::${BucketName}/${ObjectName}";
        for (pattern, is_bucket, is_object) in [
            ("*", true, true),
            ("arn:aws:s3:::b", true, false),
            ("arn:aws:s3:::b/k/l", false, true),
            ("arn:aws:s3:::b/*", false, true),
            ("arn:aws:s3:::b*", true, true),
            ("arn:aws:s3:::*", true, true),
            ("arn:aws:s3:::b?", true, false),
            ("arn:*:s3:::b?", true, false),
            ("arn:${aws:PrincipalTag/p}:s3:::b", true, false),
            ("arn:aws:s3:::b/${é}", false, true),
            ("arn:aws:s3:::b/é*", false, true),
            ("arn:awé:s3:::b", true, false),
            ("arn:aws:s3:*:*:b/k", false, true),
            ("arn:aws:s3:::b/", false, false),
            ("arn:aws:s3:::", false, false),
            ("arn:aws:s3:::home-${aws:username}", true, true),
            ("arn:aws:s3:::b/${*}", false, true),
            ("arn:aws:s3:us-east-1::b", false, false),
            ("arn:aws:ec2:::b/*", false, false),
            ("arn:aws:s3*", true, true),
            ("", false, false),
        ] {
            assert_eq!(
                arn_matches_by_field(bucket, pattern),
                is_bucket,
                "{pattern}"
            );
            assert_eq!(
                arn_matches_by_field(object, pattern),
                is_object,
                "{pattern}"
            );
            // What matches field by field matches as a whole.
            assert!(!is_bucket || arn_matches(bucket, pattern), "{pattern}");
            assert!(!is_object || arn_matches(object, pattern), "{pattern}");
        }
        // An object's name may end in `:s3:::bc`, and an image's id in `::instance/x`.
        assert!(arn_matches(object, "arn:*:s3:::b?"));
        let image = "arn:${Partition}:ec2:${Region}::image/${ImageId}";
        for (pattern, by_field, at_all) in [
            ("arn:aws:ec2:*:*:image/ami-1", true, true),
            ("arn:aws:ec2:*:*:instance/*", false, true),
            ("arn:aws:ec2:eu-west-1::instance/*", false, false),
            ("arn:aws:ec2::*:image/*", false, false),
        ] {
            assert_eq!(arn_matches_by_field(image, pattern), by_field, "{pattern}");
            assert_eq!(arn_matches(image, pattern), at_all, "{pattern}");
        }
        let job = "arn:${Partition}:amplifybackend:${Region}:${Account}:/backend/*";
        assert!(arn_matches(
            job,
            "arn:aws:amplifybackend:eu-west-1:111122223333:/backend/a/b"
        ));
        assert!(!arn_matches(
            job,
            "arn:aws:amplifybackend:eu-west-1:111122223333:/x"
        ));
    }
}
