//! Values of keys that are no texts: numbers and dates by the points where they
//! are compared and points between, addresses by the ends of networks.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, UNIX_EPOCH};

use iam_dsl_core::date;
use ipnet::IpNet;

use super::comparison::UnknownKind;
use super::values::Texts;

/// The numbers compared with, and one below, between and above them.
pub(super) fn numbers<'v>(values: impl Iterator<Item = &'v String>, key: &str, found: &mut Texts) {
    // In millionths; nobody writes finer numbers.
    const SCALE: i128 = 1_000_000;
    let mut points: BTreeSet<i128> = BTreeSet::new();
    for value in values {
        match scaled(value, SCALE) {
            Some(point) => {
                points.insert(point);
            }
            None if crate::evaluate::probe::is_number(value) => {
                found.add(value);
                found.doubt(UnknownKind::Values, key);
            }
            // It never matches.
            None => {}
        }
    }
    let around = |point: i128| {
        let whole = point % SCALE == 0;
        let lone = |from: i128, to: i128| points.range(from..=to).next().is_none();
        let above = match whole && lone(point + 1, point + SCALE) {
            true => (point + SCALE) * 10,
            false => point * 10 + 5,
        };
        let below = match whole && lone(point - SCALE, point - 1) {
            true => (point - SCALE) * 10,
            false => point * 10 - 5,
        };
        [point * 10, below, above]
    };
    let texts: Vec<String> = points
        .iter()
        .flat_map(|point| around(*point))
        .map(|tenth| decimal(tenth, SCALE * 10))
        .collect();
    if texts.is_empty() {
        found.add("1");
    }
    texts.into_iter().for_each(|text| found.add(text));
}

/// A decimal text as a count of parts; `None` where it is finer or too long.
fn scaled(text: &str, scale: i128) -> Option<i128> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (rest, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i16>().ok()?),
        None => (rest, 0),
    };
    let (integer, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    let digits = |part: &str| part.len() <= 24 && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(integer) || !digits(fraction) || (integer.is_empty() && fraction.is_empty()) {
        return None;
    }
    // The exponent moves the point.
    let all = format!("{integer}{fraction}");
    let point = i64::try_from(integer.len()).ok()? + i64::from(exponent);
    if !(-24..=24).contains(&point) {
        return None;
    }
    let before = "0".repeat(usize::try_from(-point).unwrap_or(0));
    let all = format!("{before}{all}");
    let point = usize::try_from(point).unwrap_or(0);
    let all = format!("{all:0<point$}");
    let (integer, fraction) = all.split_at_checked(point)?;
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > 6 {
        return None;
    }
    let integer: i128 = if integer.is_empty() {
        0
    } else {
        integer.parse().ok()?
    };
    let parts: i128 = format!("{fraction:0<6}").parse().ok()?;
    let value = integer * scale + parts;
    Some(if negative { -value } else { value })
}

fn decimal(value: i128, scale: i128) -> String {
    let (sign, value) = if value < 0 {
        ("-", -value)
    } else {
        ("", value)
    };
    let fraction = format!("{:07}", value % scale);
    let fraction = fraction.trim_end_matches('0');
    let integer = value / scale;
    match fraction {
        "" => format!("{sign}{integer}"),
        fraction => format!("{sign}{integer}.{fraction}"),
    }
}

/// The instants compared with, and one before, between and after them.
pub(super) fn dates<'v>(values: impl Iterator<Item = &'v String>, key: &str, found: &mut Texts) {
    const SECOND: i128 = 1_000_000_000;
    let mut points: BTreeSet<i128> = BTreeSet::new();
    for value in values {
        if let Some(instant) = date::parse(value) {
            points.insert(instant);
            found.add(value);
        }
    }
    let mut all: BTreeSet<i128> = BTreeSet::new();
    for point in &points {
        if point % SECOND != 0 {
            found.doubt(UnknownKind::Values, key);
        }
        all.extend([point - SECOND, point + SECOND]);
        // Between two neighbouring seconds.
        if points.contains(&(point + SECOND)) {
            all.insert(point + SECOND / 2);
        }
    }
    for instant in all {
        match written(instant) {
            Some(text) => found.add(text),
            None => found.doubt(UnknownKind::Values, key),
        }
    }
    if points.is_empty() {
        found.add("2026-01-01T00:00:00Z");
    }
}

/// An instant as text; `None` where the calendar of conditions does not have it.
fn written(instant: i128) -> Option<String> {
    const SECOND: i128 = 1_000_000_000;
    let seconds = instant.div_euclid(SECOND);
    let at = match u64::try_from(seconds) {
        Ok(after) => UNIX_EPOCH.checked_add(Duration::from_secs(after))?,
        Err(_) => UNIX_EPOCH.checked_sub(Duration::from_secs(u64::try_from(-seconds).ok()?))?,
    };
    let mut text = date::format(at);
    if instant.rem_euclid(SECOND) != 0 {
        text = text.replace('Z', ".5Z");
    }
    (date::parse(&text) == Some(instant)).then_some(text)
}

/// The first and last addresses of the networks, and those just outside.
pub(super) fn addresses<'v>(values: impl Iterator<Item = &'v String>, found: &mut Texts) {
    // One of documentation's addresses, and one of each kind that is in no net.
    let mut all: BTreeSet<IpAddr> = BTreeSet::new();
    for value in values {
        let net = value
            .parse::<IpNet>()
            .ok()
            .or_else(|| value.parse::<IpAddr>().ok().map(IpNet::from));
        match net {
            Some(IpNet::V4(net)) => {
                let (first, last) = (net.network().to_bits(), net.broadcast().to_bits());
                all.extend([first, last].map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits))));
                let outside = [first.checked_sub(1), last.checked_add(1)];
                all.extend(
                    outside
                        .into_iter()
                        .flatten()
                        .map(|b| IpAddr::V4(Ipv4Addr::from_bits(b))),
                );
            }
            Some(IpNet::V6(net)) => {
                let (first, last) = (net.network().to_bits(), net.broadcast().to_bits());
                all.extend([first, last].map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits))));
                let outside = [first.checked_sub(1), last.checked_add(1)];
                all.extend(
                    outside
                        .into_iter()
                        .flatten()
                        .map(|b| IpAddr::V6(Ipv6Addr::from_bits(b))),
                );
            }
            None => {}
        }
    }
    if !all.iter().any(IpAddr::is_ipv4) {
        all.insert(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7)));
    }
    if !all.iter().any(IpAddr::is_ipv6) {
        all.insert(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)));
    }
    all.into_iter()
        .for_each(|address| found.add(address.to_string()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_exactly_or_not_at_all() {
        for (text, millionths) in [
            ("10", Some(10_000_000)),
            ("10.0", Some(10_000_000)),
            ("1e1", Some(10_000_000)),
            ("-.5", Some(-500_000)),
            ("+25e-1", Some(2_500_000)),
            ("5e-4", Some(500)),
            ("0.0000001", None),
            ("1e30", None),
            ("x", None),
            ("1e", None),
        ] {
            assert_eq!(scaled(text, 1_000_000), millionths, "{text}");
        }
    }
}
