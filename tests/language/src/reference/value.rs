//! Values of the request, and how the operators read text.

use std::net::IpAddr;

/// One value of a context key.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text, which every operator reads in its own way.
    Text(String),
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(i64),
    /// An address.
    Address(IpAddr),
    /// An instant, in seconds since 1970.
    Time(i64),
    /// Bytes.
    Bytes(Vec<u8>),
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

impl Value {
    /// The text that string operators and variables use.
    pub fn text(&self) -> String {
        match self {
            Value::Text(text) => text.clone(),
            Value::Bool(value) => value.to_string(),
            Value::Number(value) => value.to_string(),
            Value::Address(value) => value.to_string(),
            Value::Time(seconds) => iso_text(*seconds),
            Value::Bytes(bytes) => base64_text(bytes),
        }
    }

    /// The boolean; `true` and `false` fold case (convention).
    pub(super) fn bool(&self) -> Option<bool> {
        match self {
            Value::Bool(value) => Some(*value),
            Value::Text(text) => bool_of(text),
            _ => None,
        }
    }

    /// The number.
    pub(super) fn number(&self) -> Option<Decimal> {
        match self {
            Value::Number(value) => Decimal::read(&value.to_string()),
            Value::Text(text) => Decimal::read(text),
            _ => None,
        }
    }

    /// The instant: ISO 8601 or seconds since 1970.
    pub(super) fn instant(&self) -> Option<i128> {
        match self {
            Value::Time(seconds) | Value::Number(seconds) => Some(i128::from(*seconds) * NANOS),
            Value::Text(text) => instant_of(text),
            _ => None,
        }
    }

    /// The address.
    pub(super) fn address(&self) -> Option<IpAddr> {
        match self {
            Value::Address(address) => Some(*address),
            Value::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The bytes.
    pub(super) fn bytes(&self) -> Option<Vec<u8>> {
        match self {
            Value::Bytes(bytes) => Some(bytes.clone()),
            Value::Text(text) => bytes_of(text),
            _ => None,
        }
    }
}

/// `true` or `false`.
pub(super) fn bool_of(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// An exact decimal number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    /// Digits before the point without leading zeros.
    whole: String,
    /// Digits after the point without trailing zeros.
    fraction: String,
}

impl Decimal {
    /// `-12.50`, `1e3`.
    pub(super) fn read(text: &str) -> Option<Decimal> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, mantissa) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa),
        };
        let (mut whole, mut fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) => (whole.to_owned(), fraction.to_owned()),
            None => (mantissa.to_owned(), String::new()),
        };
        let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
        if whole.is_empty() || !digits(&whole) || !digits(&fraction) {
            return None;
        }
        if mantissa.ends_with('.') || exponent.abs() > 400 {
            return None;
        }
        for _ in 0..exponent {
            let moved = if fraction.is_empty() {
                '0'
            } else {
                fraction.remove(0)
            };
            whole.push(moved);
        }
        for _ in exponent..0 {
            fraction.insert(0, whole.pop().unwrap_or('0'));
        }
        let whole = whole.trim_start_matches('0').to_owned();
        let fraction = fraction.trim_end_matches('0').to_owned();
        let zero = whole.is_empty() && fraction.is_empty();
        Some(Decimal {
            negative: negative && !zero,
            whole,
            fraction,
        })
    }

    /// Which of the two is less.
    pub(super) fn compare(&self, other: &Decimal) -> std::cmp::Ordering {
        let size = |a: &Decimal, b: &Decimal| {
            (a.whole.len(), &a.whole, &a.fraction).cmp(&(b.whole.len(), &b.whole, &b.fraction))
        };
        match (self.negative, other.negative) {
            (false, false) => size(self, other),
            (true, true) => size(other, self),
            (true, false) => std::cmp::Ordering::Less,
            (false, true) => std::cmp::Ordering::Greater,
        }
    }
}

const NANOS: i128 = 1_000_000_000;

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 by counting.
fn day_number(year: i64, month: i64, day: i64) -> i64 {
    let of_year = |year| if is_leap(year) { 366 } else { 365 };
    let years: i64 = if year >= 1970 {
        (1970..year).map(of_year).sum()
    } else {
        -(year..1970).map(of_year).sum::<i64>()
    };
    years + (1..month).map(|m| days_of_month(year, m)).sum::<i64>() + day - 1
}

fn iso_text(seconds: i64) -> String {
    let (mut days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (mut year, mut month) = (1970, 1);
    while days >= days_of_month(year, month) {
        days -= days_of_month(year, month);
        (year, month) = if month == 12 {
            (year + 1, 1)
        } else {
            (year, month + 1)
        };
    }
    let day = days + 1;
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// A number of exactly so many digits, within bounds.
fn digits(text: &str, length: usize, from: i64, to: i64) -> Option<i64> {
    if text.len() != length || !text.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|n| (from..=to).contains(n))
}

/// Nanoseconds since 1970 of one of the formats of W3C's NOTE-datetime, or of
/// "epoch (UNIX) time".
pub(super) fn instant_of(text: &str) -> Option<i128> {
    // Four digits are a year; a moment before 1970 has no epoch time (convention).
    let all_digits = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    if all_digits && text.len() != 4 {
        return Some(text.parse::<i128>().ok()? * NANOS);
    }
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let (year, month, day) = match parts.as_slice() {
        [year] => (digits(year, 4, 0, 9999)?, 1, 1),
        [year, month] => (digits(year, 4, 0, 9999)?, digits(month, 2, 1, 12)?, 1),
        [year, month, day] => {
            let (year, month) = (digits(year, 4, 0, 9999)?, digits(month, 2, 1, 12)?);
            (year, month, digits(day, 2, 1, days_of_month(year, month))?)
        }
        _ => return None,
    };
    let midnight = i128::from(day_number(year, month, day)) * 86_400 * NANOS;
    match time {
        None => Some(midnight),
        // A time of day needs a whole date.
        Some(_) if parts.len() != 3 => None,
        Some(time) => Some(midnight + time_of(time)?),
    }
}

/// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.s…` with `Z` or `+hh:mm`, in nanoseconds.
fn time_of(text: &str) -> Option<i128> {
    let zone_at = text.find(['Z', '+', '-'])?;
    let (clock, zone) = text.split_at(zone_at);
    let offset = match zone.split_at(1) {
        ("Z", "") => 0,
        (sign, offset) => {
            let (hours, minutes) = offset.split_once(':')?;
            let minutes = digits(hours, 2, 0, 23)? * 60 + digits(minutes, 2, 0, 59)?;
            if sign == "-" { -minutes } else { minutes }
        }
    };
    let parts: Vec<&str> = clock.split(':').collect();
    let (hour, minute, second) = match parts.as_slice() {
        [hour, minute] => (hour, minute, "00"),
        [hour, minute, second] => (hour, minute, *second),
        _ => return None,
    };
    let (second, fraction) = match second.split_once('.') {
        Some((second, fraction)) if !fraction.is_empty() && fraction.len() <= 9 => {
            let nanos = digits(fraction, fraction.len(), 0, i64::MAX)?;
            let scale = 10i64.pow(9 - u32::try_from(fraction.len()).ok()?);
            (second, nanos * scale)
        }
        Some(_) => return None,
        None => (second, 0),
    };
    let minutes = digits(hour, 2, 0, 23)? * 60 + digits(minute, 2, 0, 59)? - offset;
    let seconds = minutes * 60 + digits(second, 2, 0, 59)?;
    Some(i128::from(seconds) * NANOS + i128::from(fraction))
}

/// Whether the address lies in the network; "without the associated routing
/// prefix, IAM uses the default prefix value of /32".
pub(super) fn network_contains(network: &str, address: IpAddr) -> bool {
    let (base, prefix) = match network.split_once('/') {
        Some((base, prefix)) => (base, Some(prefix)),
        None => (network, None),
    };
    let Ok(base) = base.parse::<IpAddr>() else {
        return false;
    };
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => format!("{:032b}", u32::from(address)),
        IpAddr::V6(address) => format!("{:0128b}", u128::from(address)),
    };
    let (base, address) = (bits(base), bits(address));
    let length = match prefix {
        None => base.len(),
        Some(prefix) => match prefix.parse::<usize>() {
            Ok(length) if length <= base.len() => length,
            _ => return false,
        },
    };
    base.len() == address.len() && base.chars().take(length).eq(address.chars().take(length))
}

/// The bytes of a text in base 64.
pub(super) fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let unpadded = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - unpadded.len() > 2 {
        return None;
    }
    let mut bits = String::new();
    for c in unpadded.bytes() {
        let value = BASE64.iter().position(|b| *b == c)?;
        bits.push_str(&format!("{value:06b}"));
    }
    let whole = bits.len() / 8 * 8;
    let (bits, left) = bits.split_at(whole);
    if left.contains('1') {
        return None;
    }
    let bits: Vec<char> = bits.chars().collect();
    bits.chunks(8)
        .map(|byte| u8::from_str_radix(&byte.iter().collect::<String>(), 2).ok())
        .collect()
}

fn base64_text(bytes: &[u8]) -> String {
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let bits: Vec<char> = bits.chars().collect();
    let mut text: String = bits
        .chunks(6)
        .filter_map(|six| {
            let padded = format!("{:0<6}", six.iter().collect::<String>());
            let index = usize::from_str_radix(&padded, 2).ok()?;
            BASE64.get(index).map(|b| char::from(*b))
        })
        .collect();
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}
