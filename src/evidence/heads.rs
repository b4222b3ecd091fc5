//! The first bytes of each blob of a run, for whoever wants to see them.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::digest::parse_sha256;

/// So many bytes of each blob are kept in memory.
pub(crate) const HEAD: usize = 256;

/// The first bytes, at most [`HEAD`], of blobs. All stand in one place of memory: a run has hundreds, few are looked at.
#[derive(Debug, Default)]
pub struct Heads {
    bytes: Vec<u8>,
    places: BTreeMap<[u8; 32], Place>,
}

/// Where a beginning stands, and how many bytes all of them are.
#[derive(Debug)]
struct Place {
    head: Range<usize>,
    length: u64,
}

impl Heads {
    /// Keeps the beginning of the blob with this SHA-256.
    pub(super) fn keep(&mut self, sha256: [u8; 32], blob: &[u8]) {
        let start = self.bytes.len();
        self.bytes
            .extend_from_slice(blob.get(..HEAD).unwrap_or(blob));
        let head = start..self.bytes.len();
        let length = blob.len() as u64;
        self.places.insert(sha256, Place { head, length });
    }

    /// How many bytes the blob with this SHA-256 has; none: the run has no such blob.
    pub(super) fn length(&self, sha256: &[u8; 32]) -> Option<u64> {
        self.places.get(sha256).map(|place| place.length)
    }

    /// The first bytes of the blob with this SHA-256, hex.
    pub fn of(&self, sha256: &str) -> Option<&[u8]> {
        let place = self.places.get(&parse_sha256(sha256)?)?;
        self.bytes.get(place.head.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::sha256_hex;

    #[test]
    fn of_each_blob_only_the_beginning_is_kept() {
        let blobs = [vec![], b"short".to_vec(), vec![1; HEAD], vec![2; HEAD + 1]];
        let mut heads = Heads::default();
        for blob in &blobs {
            heads.keep(parse_sha256(&sha256_hex(blob)).unwrap(), blob);
        }
        for blob in &blobs {
            let head = heads.of(&sha256_hex(blob));
            assert_eq!(head, Some(&blob[..blob.len().min(HEAD)]));
            let sha256 = parse_sha256(&sha256_hex(blob)).unwrap();
            assert_eq!(heads.length(&sha256), Some(blob.len() as u64));
        }
        assert_eq!(heads.of(&sha256_hex("another")), None);
        assert_eq!(heads.of("no digest"), None);
    }
}
