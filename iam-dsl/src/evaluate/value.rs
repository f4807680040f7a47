//! Reading the typed values that conditions compare.

use std::cmp::Ordering;

/// A decimal number of any length, compared exactly: IAM compares "an integer
/// or decimal value", and a rounded comparison could grant what was excluded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    /// -1, 0 or 1.
    sign: i8,
    /// The value is `0.DIGITS` times ten to this power.
    power: i64,
    /// Without zeros at either end.
    digits: String,
}

impl Decimal {
    /// Reads `12`, `-0.5`, `+3.`, `.5` or `1e3`; `None` for anything else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            // Two digits more than the widest float: beyond that nobody means it.
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i16>().ok()?),
            None => (rest, 0),
        };
        let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let numeric = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if !numeric(integer) || !numeric(fraction) || (integer.is_empty() && fraction.is_empty()) {
            return None;
        }
        let integer = integer.trim_start_matches('0');
        let all = format!("{integer}{fraction}");
        let leading = all.len() - all.trim_start_matches('0').len();
        let digits = all.trim_matches('0').to_owned();
        if digits.is_empty() {
            return Some(Decimal {
                sign: 0,
                power: 0,
                digits,
            });
        }
        let places = i64::try_from(integer.len()).ok()? - i64::try_from(leading).ok()?;
        Some(Decimal {
            sign: if negative { -1 } else { 1 },
            power: places + i64::from(exponent),
            digits,
        })
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        self.sign.cmp(&other.sign).then_with(|| {
            // Digits without trailing zeros order like their text.
            let magnitude = self
                .power
                .cmp(&other.power)
                .then_with(|| self.digits.cmp(&other.digits));
            if self.sign < 0 {
                magnitude.reverse()
            } else {
                magnitude
            }
        })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// `true` or `false` in any case, as IAM takes it.
pub(super) fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The bytes of a base-64 text with padding; `None` where it is none.
pub(super) fn base64_decode(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let body = text
        .strip_suffix("==")
        .or_else(|| text.strip_suffix('='))
        .unwrap_or(text);
    let mut out = Vec::with_capacity(body.len() * 3 / 4);
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    for byte in body.bytes() {
        let six = ALPHABET.iter().position(|&letter| letter == byte)?;
        buffer = (buffer << 6) | u32::try_from(six).ok()?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from((buffer >> bits) & 0xff).ok()?);
            buffer &= (1 << bits) - 1;
        }
    }
    // Bits beyond the last byte are zero in a canonical text.
    (buffer == 0).then_some(out)
}

/// The base-64 text of these bytes.
pub(super) fn base64_encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .chain(std::iter::repeat(&0))
            .take(3)
            .fold(0_u32, |group, &byte| (group << 8) | u32::from(byte));
        for place in 0..4_u32 {
            let six = usize::try_from((group >> (18 - 6 * place)) & 0x3f).unwrap_or_default();
            let letter = ALPHABET.get(six).copied().unwrap_or(b'=');
            let used = usize::try_from(place).unwrap_or_default() <= chunk.len();
            out.push(if used { char::from(letter) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        Decimal::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn numbers_order_exactly() {
        let rising = [
            "-1e3",
            "-12",
            "-0.5",
            "-.05",
            "0",
            "0.001",
            "0.01",
            "0.5",
            "1",
            "1.5",
            "9",
            "10",
            "99",
            "100.01",
            "9007199254740992",
            "9007199254740993",
            "1e20",
        ];
        for (left, a) in rising.iter().enumerate() {
            for (right, b) in rising.iter().enumerate() {
                assert_eq!(number(a).cmp(&number(b)), left.cmp(&right), "{a} {b}");
            }
        }
        for (a, b) in [
            ("1", "1.0"),
            ("0", "-0"),
            ("10", "1e1"),
            ("0.10", ".1"),
            ("007", "7"),
            ("+3", "3."),
        ] {
            assert_eq!(number(a), number(b), "{a} {b}");
        }
        for text in [
            "", "-", ".", "1x", "0x1", "1 ", "nan", "inf", "--1", "1.2.3", "1e", "٣",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn base64_goes_there_and_back() {
        for text in ["", "B", "Bi", "Bin", "BinaryValueInBase64"] {
            let coded = base64_encode(text.as_bytes());
            assert_eq!(
                base64_decode(&coded).as_deref(),
                Some(text.as_bytes()),
                "{coded}"
            );
        }
        // The value in the guide's example.
        assert_eq!(
            base64_decode("QmluYXJ5VmFsdWVJbkJhc2U2NA==").as_deref(),
            Some(b"BinaryValueInBase64".as_slice())
        );
        for text in ["QmluYQ", "Qm=u", "Qm*u", "QQ=!", "QR=="] {
            assert_eq!(base64_decode(text), None, "{text}");
        }
    }
}
