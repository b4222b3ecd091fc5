//! The blocklist of badkeys, which a tester hands in: `blocklist.dat`, sorted records of 16 bytes, each the first 15 bytes of
//! a key's [identity](PublicKey::identity) and the number of the collection that it is from
//! (<https://github.com/badkeys/badkeys>, docs/BLOCKLISTFORMAT.md). It has tens of megabytes and is read in one pass, of which
//! nothing is kept.

use std::collections::BTreeMap;
use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use super::PublicKey;
use crate::digest::hex;

/// Bytes of a record.
pub const RECORD: usize = 16;
/// Bytes of a key's identity in it.
const NAMED: usize = 15;
/// Read at a time: a whole number of records.
const CHUNK: usize = RECORD * 4096;
/// No list is larger, bytes. Theirs has 60 million.
const LARGEST: u64 = 4 << 30;

/// A list as it was read: which it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocklist {
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// How many keys stand there.
    pub keys: u64,
}

/// A list, and what it says of the keys that it was read for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlocklistFile {
    pub list: Blocklist,
    /// Those that it holds, in the order of their place in it.
    pub listed: Vec<Listed>,
}

/// A key that the list holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Of the key, by its place among those that were asked for.
    pub place: usize,
    /// The number of its collection. `badkeysdata.json`, which comes with the list, has the name.
    pub collection: u8,
}

/// Why a file is no blocklist.
#[derive(Debug, thiserror::Error)]
pub enum NoBlocklist {
    #[error("cannot read it: {0}")]
    Unreadable(#[from] io::Error),
    #[error("it is empty")]
    Empty,
    #[error("it is compressed: unpack it first")]
    Compressed,
    #[error("it is a text, and a blocklist is none (`blocklist.dat`)")]
    Text,
    #[error("its {0} bytes are no whole number of records of {RECORD} bytes")]
    CutOff(u64),
    #[error("its record {0} is smaller than the one before, and a blocklist is sorted")]
    NotSorted(u64),
    #[error("it is larger than {LARGEST} bytes")]
    TooLarge,
}

impl Blocklist {
    /// Reads a list to its end, looking for these keys.
    ///
    /// # Errors
    ///
    /// [`NoBlocklist`].
    pub fn read(file: impl Read, keys: &[PublicKey]) -> Result<BlocklistFile, NoBlocklist> {
        let mut wanted: BTreeMap<[u8; NAMED], Vec<usize>> = BTreeMap::new();
        for (place, key) in keys.iter().enumerate() {
            let identity = key.identity();
            if let Some(named) = identity.first_chunk::<NAMED>() {
                wanted.entry(*named).or_default().push(place);
            }
        }
        let mut file = file.take(LARGEST + 1);
        let mut digest = Sha256::new();
        let mut listed = Vec::new();
        let (mut length, mut last) = (0_u64, [0; RECORD]);
        let mut chunk = vec![0; CHUNK];
        loop {
            let filled = fill(&mut file, &mut chunk)?;
            let bytes = &chunk[..filled];
            if length == 0 {
                look(bytes)?;
            }
            digest.update(bytes);
            let (records, rest) = bytes.as_chunks::<RECORD>();
            for record in records {
                if *record < last {
                    return Err(NoBlocklist::NotSorted(length / RECORD as u64 + 1));
                }
                last = *record;
                length += RECORD as u64;
                let named = record.first_chunk::<NAMED>();
                for place in named
                    .and_then(|named| wanted.get(named))
                    .into_iter()
                    .flatten()
                {
                    listed.push(Listed {
                        place: *place,
                        collection: record[NAMED],
                    });
                }
            }
            length += rest.len() as u64;
            if length > LARGEST {
                return Err(NoBlocklist::TooLarge);
            }
            if !rest.is_empty() {
                return Err(NoBlocklist::CutOff(length));
            }
            if filled < CHUNK {
                break;
            }
        }
        Ok(BlocklistFile {
            list: Self {
                sha256: hex(&digest.finalize()),
                keys: length / RECORD as u64,
            },
            listed,
        })
    }
}

/// What can be told from the beginning.
fn look(bytes: &[u8]) -> Result<(), NoBlocklist> {
    const XZ: &[u8] = b"\xfd7zXZ\0";
    const GZIP: &[u8] = &[0x1f, 0x8b, 8];
    const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
    let text = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    let head = &bytes[..bytes.len().min(256)];
    match head {
        [] => Err(NoBlocklist::Empty),
        _ if [XZ, GZIP, ZSTD].iter().any(|magic| head.starts_with(magic)) => {
            Err(NoBlocklist::Compressed)
        }
        _ if head.len() >= RECORD && head.iter().all(text) => Err(NoBlocklist::Text),
        _ => Ok(()),
    }
}

/// As many bytes as there are, or as fit.
fn fill(file: &mut impl Read, chunk: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < chunk.len() {
        match file.read(&mut chunk[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u8) -> PublicKey {
        PublicKey::Ed25519(vec![number; 32])
    }

    /// A list of these keys, each with its number for a collection, among others.
    fn list(numbers: &[u8], others: u64) -> Vec<u8> {
        let mut records: Vec<Vec<u8>> = numbers
            .iter()
            .map(|number| [&key(*number).identity()[..NAMED], &[*number]].concat())
            .chain((0..others).map(|it| Sha256::digest(it.to_be_bytes())[..RECORD].to_vec()))
            .collect();
        records.sort();
        records.concat()
    }

    #[test]
    fn a_key_is_found_wherever_it_stands_and_no_other_is() {
        let bytes = list(&[1, 2, 3], 10_000);
        let asked = [key(9), key(2), key(3), key(2)];
        let read = Blocklist::read(&bytes[..], &asked).unwrap();
        assert_eq!(read.list.keys, 10_003);
        assert_eq!(read.list.sha256, crate::digest::sha256_hex(&bytes));
        let mut found: Vec<_> = read
            .listed
            .iter()
            .map(|it| (it.place, it.collection))
            .collect();
        found.sort_unstable();
        assert_eq!(found, [(1, 2), (2, 3), (3, 2)]);
    }

    #[test]
    fn lists_of_any_length_are_read_to_their_end() {
        for others in [0, 4094, 4095, 4096, 8191] {
            let bytes = list(&[7], others);
            let read = Blocklist::read(&bytes[..], &[key(7)]).unwrap();
            assert_eq!(
                (read.list.keys, read.listed.len()),
                (others + 1, 1),
                "{others}"
            );
        }
    }

    #[test]
    fn what_is_no_list_is_refused_with_a_reason() {
        let why = |bytes: &[u8]| Blocklist::read(bytes, &[]).unwrap_err().to_string();
        let good = list(&[1], 5_000);
        assert!(why(&[]).contains("empty"));
        assert!(why(&good[..good.len() - 1]).contains("no whole number"));
        assert!(why(b"\xfd7zXZ\0 and so on, and on, and on...").contains("compressed"));
        assert!(why(b"{\"bkformat\": 0, \"blocklists\": [ ]").contains("text"));
        let mut mixed = good.clone();
        mixed[80_000..80_016].copy_from_slice(&[0; 16]);
        assert!(why(&mixed).contains("record 5001"), "{}", why(&mixed));
    }
}
