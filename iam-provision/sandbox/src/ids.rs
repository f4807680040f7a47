//! Unique ids, keys and tokens: from a seed, so that a run can be repeated
//! to the letter. None of them needs to be hard to guess.

use crate::credentials::Secret;
use std::ops::RangeInclusive;
use std::time::Duration;

/// A small generator (SplitMix64) behind all ids.
#[derive(Clone, Debug)]
pub(crate) struct Ids(u64);

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const LOWER: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

impl Ids {
    /// A generator whose whole sequence follows from the seed.
    pub(crate) fn from_seed(seed: u64) -> Ids {
        Ids(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        let size = alphabet.len().max(1) as u64;
        (0..length)
            .filter_map(|_| {
                let index = usize::try_from(self.next() % size).ok()?;
                alphabet.get(index).map(|byte| char::from(*byte))
            })
            .collect()
    }

    /// The unique id of an entity: its kind's prefix (`AIDA`, `AROA`, …, see
    /// "Understanding unique ID prefixes" in the IAM User Guide) and 17
    /// characters.
    pub(crate) fn entity(&mut self, prefix: &str) -> String {
        format!("{prefix}{}", self.text(BASE32, 17))
    }

    /// An access key id: `AKIA` or `ASIA` and 16 characters.
    pub(crate) fn access_key(&mut self, prefix: &str) -> String {
        format!("{prefix}{}", self.text(BASE32, 16))
    }

    /// A secret access key: 40 characters.
    pub(crate) fn secret(&mut self) -> String {
        self.text(BASE64, 40)
    }

    /// A session token.
    pub(crate) fn session_token(&mut self) -> String {
        format!("IQoJb3JpZ2luX2Vj{}", self.text(BASE64, 180))
    }

    /// The id of a signing certificate: 32 characters.
    pub(crate) fn certificate(&mut self) -> String {
        self.text(BASE32, 32)
    }

    /// A password that a service makes: 44 characters.
    pub(crate) fn password(&mut self) -> Secret {
        Secret(self.text(BASE64, 44))
    }

    /// 64 characters of Base32: the seed of a virtual MFA device.
    pub(crate) fn mfa_seed(&mut self) -> String {
        self.text(BASE32, 64)
    }

    /// The ids of an organization and of its root.
    pub(crate) fn organization(&mut self) -> (String, String) {
        (
            format!("o-{}", self.text(LOWER, 10)),
            format!("r-{}", self.text(LOWER, 4)),
        )
    }

    /// The id of a unit: the root's, and eight characters.
    pub(crate) fn organizational_unit(&mut self, root: &str) -> String {
        let root = root.strip_prefix("r-").unwrap_or(root);
        format!("ou-{root}-{}", self.text(LOWER, 8))
    }

    /// A time within bounds.
    pub(crate) fn within(&mut self, range: &RangeInclusive<Duration>) -> Duration {
        let spread = range.end().saturating_sub(*range.start());
        let spread = u64::try_from(spread.as_millis()).unwrap_or(u64::MAX);
        let drawn = self.next() % spread.saturating_add(1).max(1);
        *range.start() + Duration::from_millis(drawn)
    }

    /// A request id in the form of a UUID.
    pub(crate) fn request(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xFFFF,
            high & 0xFFF,
            0x8000 | (low >> 50),
            low & 0xFFFF_FFFF_FFFF
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_form_of_aws() {
        let mut ids = Ids::from_seed(7);
        assert_eq!(ids.entity("AIDA").len(), 21);
        assert_eq!(ids.access_key("AKIA").len(), 20);
        assert_eq!(ids.secret().len(), 40);
        assert_eq!(ids.request().len(), 36);
    }

    #[test]
    fn the_seed_decides() {
        assert_eq!(
            Ids::from_seed(1).entity("AROA"),
            Ids::from_seed(1).entity("AROA")
        );
        assert_ne!(
            Ids::from_seed(1).entity("AROA"),
            Ids::from_seed(2).entity("AROA")
        );
    }
}
