//! Values of the context at the boundaries of a condition.

use std::time::{Duration, UNIX_EPOCH};

use iam_dsl_core::{Comparison, OperatorFamily, date};
use ipnet::IpNet;

use super::texts::Texts;
use crate::ContextValue;

/// Values at the boundaries of what a condition asks for: at least one.
pub(super) fn near(comparison: Comparison, wanted: &[String]) -> Vec<ContextValue> {
    let mut near: Vec<ContextValue> = Vec::new();
    for text in wanted {
        boundaries(comparison, text, &mut near);
    }
    if near.is_empty() {
        near.push("x".into());
    }
    near
}

fn boundaries(comparison: Comparison, text: &str, near: &mut Vec<ContextValue>) {
    match comparison.family() {
        OperatorFamily::String | OperatorFamily::Arn => {
            let wild = comparison.has_wildcards() || comparison.family() == OperatorFamily::Arn;
            let texts = Texts::of(text, wild);
            near.extend(texts.covered.into_iter().map(ContextValue::from));
            near.extend(texts.missed.into_iter().map(ContextValue::from));
        }
        OperatorFamily::Numeric => {
            near.push(text.into());
            near.extend(neighbours(text).into_iter().flatten().map(Into::into));
        }
        OperatorFamily::Date => {
            near.push(text.into());
            let seconds = date::parse(text).map(|nanoseconds| nanoseconds / 1_000_000_000);
            let seconds = seconds.and_then(|seconds| u64::try_from(seconds).ok());
            for moved in [
                seconds.and_then(|s| s.checked_sub(1)),
                seconds.map(|s| s.saturating_add(1)),
            ] {
                let instant = moved.and_then(|s| UNIX_EPOCH.checked_add(Duration::from_secs(s)));
                near.extend(instant.map(ContextValue::from));
            }
        }
        OperatorFamily::Bool => {
            let wanted = text.eq_ignore_ascii_case("true");
            near.extend([wanted, !wanted].map(Into::into));
        }
        OperatorFamily::Null => near.push("x".into()),
        OperatorFamily::IpAddress => network(text, near),
        OperatorFamily::Binary => {
            // The empty value is always another, save for itself.
            near.extend([ContextValue::from(text), ContextValue::binary(Vec::new())]);
        }
    }
}

/// The numbers just below and just above a decimal, in its last place.
fn neighbours(text: &str) -> Option<[String; 2]> {
    let places = text
        .split_once('.')
        .map_or(0, |(_, fraction)| fraction.len());
    let scaled: i128 = text.replacen('.', "", 1).parse().ok()?;
    let show = |scaled: i128| {
        let sign = if scaled < 0 { "-" } else { "" };
        let digits = format!("{:0>width$}", scaled.unsigned_abs(), width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        match fraction {
            "" => format!("{sign}{whole}"),
            fraction => format!("{sign}{whole}.{fraction}"),
        }
    };
    Some([show(scaled.checked_sub(1)?), show(scaled.checked_add(1)?)])
}

/// The first and last address of a network, and those just outside.
fn network(text: &str, near: &mut Vec<ContextValue>) {
    let parsed = text.parse::<IpNet>().ok();
    let alone = || text.parse::<std::net::IpAddr>().ok().map(IpNet::from);
    match parsed.or_else(alone) {
        None => near.push(text.into()),
        Some(IpNet::V4(net)) => {
            let (first, last) = (net.network().to_bits(), net.broadcast().to_bits());
            for bits in ends(first, last, first.checked_sub(1), last.checked_add(1)) {
                near.push(std::net::Ipv4Addr::from_bits(bits).into());
            }
        }
        Some(IpNet::V6(net)) => {
            let (first, last) = (net.network().to_bits(), net.broadcast().to_bits());
            for bits in ends(first, last, first.checked_sub(1), last.checked_add(1)) {
                near.push(std::net::Ipv6Addr::from_bits(bits).into());
            }
        }
    }
}

/// Both ends, once where they are one, and what lies beyond them.
fn ends<T: PartialEq>(first: T, last: T, before: Option<T>, after: Option<T>) -> Vec<T> {
    let last = Some(last).filter(|last| *last != first);
    [Some(first), last, before, after]
        .into_iter()
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(comparison: Comparison, text: &str) -> Vec<String> {
        let mut near = Vec::new();
        boundaries(comparison, text, &mut near);
        near.iter().map(|value| value.text().to_owned()).collect()
    }

    #[test]
    fn boundaries_are_met_on_both_sides() {
        for (comparison, text, expected) in [
            (
                Comparison::IpAddress,
                "203.0.113.0/24",
                &[
                    "203.0.113.0",
                    "203.0.113.255",
                    "203.0.112.255",
                    "203.0.114.0",
                ][..],
            ),
            (
                Comparison::IpAddress,
                "203.0.113.7",
                &["203.0.113.7", "203.0.113.6", "203.0.113.8"],
            ),
            (
                Comparison::NotIpAddress,
                "2001:db8::/32",
                &[
                    "2001:db8::",
                    "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
                    "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
                    "2001:db9::",
                ],
            ),
            (
                Comparison::IpAddress,
                "0.0.0.0/0",
                &["0.0.0.0", "255.255.255.255"],
            ),
            (
                Comparison::NumericLessThan,
                "3600",
                &["3600", "3599", "3601"],
            ),
            (
                Comparison::NumericLessThan,
                "0.50",
                &["0.50", "0.49", "0.51"],
            ),
            (Comparison::NumericEquals, "-0.1", &["-0.1", "-0.2", "0.0"]),
            (
                Comparison::DateGreaterThan,
                "2026-01-01T00:00:00Z",
                &[
                    "2026-01-01T00:00:00Z",
                    "2025-12-31T23:59:59Z",
                    "2026-01-01T00:00:01Z",
                ],
            ),
            (Comparison::Bool, "false", &["false", "true"]),
            (
                Comparison::StringLike,
                "a?",
                &["ax", "a*", "a", "axx", "axy", "x", "Ax"],
            ),
            (Comparison::StringEquals, "a?", &["a?", "a?y", "?", "A?"]),
        ] {
            assert_eq!(texts(comparison, text), expected, "{comparison:?} {text}");
        }
    }
}
