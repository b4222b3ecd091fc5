//! MCUboot images as a device checks them before it installs one. The harness has a reader of its own:
//! no mistake can be in both.
//!
//! Little endian throughout: a header of 32 bytes, the body after `header size` bytes, an area of protected
//! TLVs where the header announces one, an area of unprotected TLVs, and nothing more. The hash is
//! over everything before the unprotected area; the signature is over the same bytes.

use ring::digest::{SHA256, digest};
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::pki_types::pem::PemObject as _;

const MAGIC: u32 = 0x96f3_b83d;
const HEADER: usize = 32;
const PROTECTED: u16 = 0x6908;
const UNPROTECTED: u16 = 0x6907;

/// Digest of the signer's key, which proves nothing.
const KEY_HASH: u16 = 0x01;
const HASH: u16 = 0x10;
const SIGNATURE: u16 = 0x22;
/// What the unprotected area may hold: whatever else is there, nobody vouched for.
const UNPROTECTED_KINDS: [u16; 3] = [KEY_HASH, HASH, SIGNATURE];

/// A SubjectPublicKeyInfo for P-256 begins like this (RFC 5480); the uncompressed point follows.
const P256_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// A version, of which the later is the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    major: u8,
    minor: u8,
    revision: u16,
    build: u32,
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            major,
            minor,
            revision,
            build,
        } = self;
        write!(f, "{major}.{minor}.{revision}")?;
        match build {
            0 => Ok(()),
            build => write!(f, "+{build}"),
        }
    }
}

/// An image whose sizes agree with each other. Nothing in it has been vouched for.
#[derive(Debug)]
pub(super) struct Image<'a> {
    pub(super) version: Version,
    pub(super) body: &'a [u8],
    /// What hash and signature are over.
    covered: &'a [u8],
    unprotected: Vec<(u16, &'a [u8])>,
    is_part: bool,
}

/// The vendor's public key.
#[derive(Debug)]
pub(super) struct Key {
    point: Vec<u8>,
    /// Of the whole SubjectPublicKeyInfo.
    digest: Vec<u8>,
}

impl Key {
    /// None: it is no key for ECDSA on P-256.
    pub(super) fn from_pem(pem: &[u8]) -> Option<Self> {
        let spki = SubjectPublicKeyInfoDer::from_pem_slice(pem).ok()?;
        let point = spki.as_ref().strip_prefix(&P256_PREFIX)?;
        Some(Self {
            point: point.to_vec(),
            digest: digest(&SHA256, spki.as_ref()).as_ref().to_vec(),
        })
    }
}

impl<'a> Image<'a> {
    /// None: it is no image, or not a whole one.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let Sizes {
            version,
            header,
            body_end,
            covered_end,
        } = sizes(bytes)?;
        let covered = bytes.get(..covered_end)?;
        let protected = covered.get(body_end..)?;
        if !protected.is_empty() {
            area(PROTECTED, protected)?;
        }
        Some(Self {
            version,
            body: covered.get(header..body_end)?,
            covered,
            unprotected: area(UNPROTECTED, bytes.get(covered_end..)?)?,
            is_part: false,
        })
    }

    /// The same of an image that ends within or right after its body, as nobody should.
    pub(super) fn parse_part(bytes: &'a [u8]) -> Option<Self> {
        let Sizes {
            version, header, ..
        } = sizes(bytes)?;
        Some(Self {
            version,
            body: bytes.get(header..)?,
            covered: bytes,
            unprotected: Vec::new(),
            is_part: true,
        })
    }

    /// Whether it is no whole image.
    pub(super) fn is_part(&self) -> bool {
        self.is_part
    }

    /// Whether it is what it was when somebody hashed it.
    pub(super) fn is_whole(&self) -> bool {
        let computed = digest(&SHA256, self.covered);
        self.only(HASH) == Some(computed.as_ref())
    }

    /// Whether whoever has the private half of `key` signed it.
    pub(super) fn is_signed_by(&self, key: &Key) -> bool {
        let known = |(kind, _): &(u16, &[u8])| UNPROTECTED_KINDS.contains(kind);
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &key.point);
        self.unprotected.iter().all(known)
            && self
                .only(SIGNATURE)
                .is_some_and(|signature| key.verify(self.covered, signature).is_ok())
    }

    /// Whether hash and signature are those of another.
    pub(super) fn has_seals_of(&self, other: &Image<'_>) -> bool {
        let same = |kind| self.only(kind).is_some() && self.only(kind) == other.only(kind);
        same(HASH) && same(SIGNATURE)
    }

    /// Whether there is something that says it is a signature.
    pub(super) fn has_signature(&self) -> bool {
        self.only(SIGNATURE).is_some()
    }

    /// Whether it says that `key` signed it.
    pub(super) fn names(&self, key: &Key) -> bool {
        self.only(KEY_HASH) == Some(&key.digest)
    }

    /// The one unprotected entry of a kind; none where there is none, or a choice.
    fn only(&self, kind: u16) -> Option<&'a [u8]> {
        let mut entries = self.unprotected.iter().filter(|(it, _)| *it == kind);
        let (_, entry) = entries.next()?;
        entries.next().is_none().then_some(entry)
    }
}

/// What a header says.
struct Sizes {
    version: Version,
    header: usize,
    body_end: usize,
    covered_end: usize,
}

fn sizes(bytes: &[u8]) -> Option<Sizes> {
    let mut head = Reader(bytes.get(..HEADER)?);
    if head.u32()? != MAGIC {
        return None;
    }
    let _load_address = head.u32()?;
    let (header, protected) = (usize::from(head.u16()?), usize::from(head.u16()?));
    let (body, flags) = (usize::try_from(head.u32()?).ok()?, head.u32()?);
    let version = Version {
        major: head.u8()?,
        minor: head.u8()?,
        revision: head.u16()?,
        build: head.u32()?,
    };
    let padding = head.u32()?;
    // Encrypted, compressed, for another memory: not for this device.
    if header < HEADER || flags != 0 || padding != 0 {
        return None;
    }
    let body_end = header.checked_add(body)?;
    Some(Sizes {
        version,
        header,
        body_end,
        covered_end: body_end.checked_add(protected)?,
    })
}

/// The entries of a TLV area that fills `bytes` to the last one.
fn area(magic: u16, bytes: &[u8]) -> Option<Vec<(u16, &[u8])>> {
    let mut reader = Reader(bytes);
    if reader.u16()? != magic || usize::from(reader.u16()?) != bytes.len() {
        return None;
    }
    let mut entries = Vec::new();
    while !reader.0.is_empty() {
        let (kind, length) = (reader.u16()?, reader.u16()?);
        entries.push((kind, reader.take(usize::from(length))?));
    }
    Some(entries)
}

/// What has not been read yet.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::package;

    fn hub(version: &str) -> Vec<u8> {
        package(&format!("hub-{version}.bin")).unwrap().to_vec()
    }

    fn key(name: &str) -> Key {
        Key::from_pem(package(name).unwrap()).unwrap()
    }

    #[test]
    fn a_release_is_whole_and_signed_by_its_vendor_alone() {
        for version in ["2.3.0", "2.4.1", "2.5.0", "2.6.0"] {
            let bytes = hub(version);
            let image = Image::parse(&bytes).unwrap();
            assert_eq!(image.version.to_string(), version);
            assert!(image.body.starts_with(b"proofmark firmware hub-"));
            assert!(image.is_whole() && image.is_signed_by(&key("hub.pub.pem")));
            assert!(!image.is_signed_by(&key("camera.pub.pem")));
        }
        let unsigned = hub("unsigned-2.5.0");
        let unsigned = Image::parse(&unsigned).unwrap();
        assert!(unsigned.is_whole() && !unsigned.is_signed_by(&key("hub.pub.pem")));
    }

    #[test]
    fn no_part_of_a_release_is_a_release() {
        let bytes = hub("2.5.0");
        for length in 0..bytes.len() {
            assert!(Image::parse(&bytes[..length]).is_none(), "{length} bytes");
        }
        assert!(Image::parse(&[&bytes[..], &[0]].concat()).is_none());
    }

    #[test]
    fn no_bit_can_be_another_one() {
        let bytes = hub("2.5.0");
        let key = key("hub.pub.pem");
        // The digest that names the key proves nothing, and so nothing proves it.
        let names_key = Image::parse(&bytes).unwrap().only(KEY_HASH).unwrap();
        let names_key_at = bytes.windows(32).position(|it| it == names_key).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let good = Image::parse(&changed)
                .is_some_and(|image| image.is_whole() && image.is_signed_by(&key));
            let may_change = (names_key_at..names_key_at + 32).contains(&at);
            assert_eq!(good, may_change, "byte {at}");
        }
    }

    #[test]
    fn nobody_vouches_for_what_is_added_behind_the_signature() {
        let bytes = hub("2.5.0");
        let key = key("hub.pub.pem");
        let image = Image::parse(&bytes).unwrap();
        let area_at = image.covered.len();
        for kind in [HASH, SIGNATURE, 0x50] {
            let entry = [&kind.to_le_bytes()[..], &4_u16.to_le_bytes(), &[9, 0, 0, 0]].concat();
            let mut longer = [&bytes[..], &entry].concat();
            let total = u16::try_from(longer.len() - area_at).unwrap();
            longer[area_at + 2..area_at + 4].copy_from_slice(&total.to_le_bytes());
            let image = Image::parse(&longer).unwrap();
            assert!(!(image.is_whole() && image.is_signed_by(&key)), "{kind:#x}");
        }
    }
}
