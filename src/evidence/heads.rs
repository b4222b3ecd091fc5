//! The first bytes of each blob of a run, for whoever wants to see them.

use std::ops::Range;

use crate::digest::parse_sha256;

/// So many bytes of each blob are kept in memory.
pub(crate) const HEAD: usize = 256;

/// The first bytes, at most [`HEAD`], of blobs. All stand in one place of memory: a run has hundreds, few are looked at.
#[derive(Debug, Default)]
pub struct Heads {
    bytes: Vec<u8>,
    /// In order of their digests.
    places: Vec<([u8; 32], Place)>,
}

/// Where a beginning stands, and how many bytes all of them are.
#[derive(Debug)]
struct Place {
    head: Range<usize>,
    length: u64,
}

impl Heads {
    /// Keeps the beginning of the blob with this SHA-256, once. Quickest in order of the digests, as files of a run are by name.
    pub(super) fn keep(&mut self, sha256: [u8; 32], blob: &[u8]) {
        let Err(place) = self.find(&sha256) else {
            return;
        };
        let start = self.bytes.len();
        self.bytes
            .extend_from_slice(blob.get(..HEAD).unwrap_or(blob));
        let head = start..self.bytes.len();
        let length = blob.len() as u64;
        self.places.insert(place, (sha256, Place { head, length }));
    }

    /// Where it stands, or would have to.
    fn find(&self, sha256: &[u8; 32]) -> Result<usize, usize> {
        match self.places.last() {
            Some((last, _)) if last < sha256 => Err(self.places.len()),
            _ => self.places.binary_search_by(|(it, _)| it.cmp(sha256)),
        }
    }

    fn place(&self, sha256: &[u8; 32]) -> Option<&Place> {
        let found = self.places.get(self.find(sha256).ok()?)?;
        Some(&found.1)
    }

    /// How many bytes the blob with this SHA-256 has; none: the run has no such blob.
    pub(super) fn length(&self, sha256: &[u8; 32]) -> Option<u64> {
        self.place(sha256).map(|place| place.length)
    }

    /// The first bytes of the blob with this SHA-256, hex.
    pub fn of(&self, sha256: &str) -> Option<&[u8]> {
        let place = self.place(&parse_sha256(sha256)?)?;
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
        // In whatever order, and however often.
        for blob in blobs.iter().chain(&blobs[..2]) {
            heads.keep(parse_sha256(&sha256_hex(blob)).unwrap(), blob);
        }
        assert_eq!(heads.places.len(), blobs.len());
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
