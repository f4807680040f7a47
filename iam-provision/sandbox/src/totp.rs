//! The codes of a virtual MFA device: RFC 6238 with SHA-1, six digits, 30 s.

use std::time::{SystemTime, UNIX_EPOCH};

use data_encoding::{BASE32, BASE32_NOPAD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

const STEP_SECONDS: u64 = 30;

/// The six-digit code that a virtual MFA device shows at a moment.
///
/// `base32_seed` is the `Base32StringSeed` that CreateVirtualMFADevice
/// answered with, with or without padding. Text that is not Base32 counts as
/// an empty seed: it gives a code, which no device accepts.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// // A test vector of RFC 6238, cut to six digits.
/// let seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
/// assert_eq!(iam_sandbox::totp(seed, UNIX_EPOCH + Duration::from_secs(59)), "287082");
/// ```
#[must_use]
pub fn totp(base32_seed: &str, at: SystemTime) -> String {
    let seconds = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    code(base32_seed, seconds / STEP_SECONDS)
}

/// The code of the step that holds a moment, and of the steps around it.
pub(crate) fn codes_around(base32_seed: &str, seconds: u64, steps: u64) -> Vec<(u64, String)> {
    let current = seconds / STEP_SECONDS;
    (current.saturating_sub(steps)..=current.saturating_add(steps))
        .map(|step| (step, code(base32_seed, step)))
        .collect()
}

fn code(base32_seed: &str, step: u64) -> String {
    let seed = base32_seed.trim().to_ascii_uppercase();
    let key = BASE32
        .decode(seed.as_bytes())
        .or_else(|_| BASE32_NOPAD.decode(seed.as_bytes()))
        .unwrap_or_default();
    // HMAC takes keys of any length; there is no error to meet.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(&key) else {
        return String::new();
    };
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest.last().copied().unwrap_or_default() & 0xF);
    let number = digest
        .iter()
        .skip(offset)
        .take(4)
        .fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    format!("{:06}", (number & 0x7FFF_FFFF) % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, SHA-1, the last six of the eight digits.
    #[test]
    fn vectors_of_rfc_6238() {
        let seed = BASE32.encode(b"12345678901234567890");
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            assert_eq!(code(&seed, seconds / STEP_SECONDS), expected);
        }
    }
}
