//! Images that a device must refuse, made from one that it must accept.
//!
//! Each differs from the source in the one thing that it tests: every checksum that has no key is
//! repaired, because otherwise the checksum would be tested and not the signature. Where the hash is left as
//! it was, it is the hash that is tested: a valid signature over it protects nothing if nobody computes it.
//!
//! That an installation can be seen: a mutant whose header can be changed claims a build number of its
//! own, one to three above the source's. The others claim the source's version, so that they must be
//! offered while another version is installed.

use ring::rand::SecureRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _,
};
use serde::{Deserialize, Serialize};

use super::parse::{Area, BUILD_AT, HEAD, Image, ParseError, Version, parse};
use super::verify::{Seals, is_encrypted, seals, trimmed};
use super::{HashAlgorithm, tlv};
use crate::update::key::{KeyKind, PublicKey};

/// How many bytes of padding in a row count as padding.
const PADDING: usize = 16;

/// What is done to an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mutation {
    /// Cut off after three quarters.
    Truncated,
    /// No signature and no key, the hash repaired.
    SignatureStripped,
    /// One bit of the signature flipped, so that it stays well-formed. Nothing else differs.
    SignatureFlipped,
    /// One bit of the body flipped, in padding where there is some, and the hash repaired.
    PayloadFlipped,
    /// One bit of the body flipped, and nothing else: the signature is still that of the hash.
    HashKept,
    /// Signed properly by a key that was made for this, which the image names.
    StrangerSigned,
}

/// How far into the device's checks a mutant gets: what must refuse it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// Sizes against what is there.
    Structure,
    /// Whether the hash is that of the content.
    HashFits,
    /// Whether there is a signature of the kind that the device wants.
    SignaturePresent,
    /// Whether the signature fits hash and key.
    SignatureValid,
    /// Whether the key is the manufacturer's.
    KeyTrusted,
}

/// An image that a device must refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    pub mutation: Mutation,
    pub reaches: Layer,
    /// What the device shows if it installs it.
    pub version: Version,
    pub bytes: Vec<u8>,
}

/// Why no mutant could be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MutateError {
    #[error(transparent)]
    Parse(#[from] ParseError),
    #[error("the image has no body")]
    NoBody,
    #[error("the image has no hash or no signature by a known algorithm: it is no control")]
    NotSigned,
    #[error("the image is encrypted, so that its hash cannot be repaired")]
    Encrypted,
    #[error("the TLV area would be larger than it can be")]
    TooLarge,
    #[error("no key could be made")]
    NoKey,
}

impl Mutation {
    /// Every mutation, the ones that do least harm to a device first.
    pub const ALL: [Self; 6] = [
        Self::Truncated,
        Self::SignatureStripped,
        Self::StrangerSigned,
        Self::SignatureFlipped,
        Self::HashKept,
        Self::PayloadFlipped,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Truncated => "truncated",
            Self::SignatureStripped => "signature-stripped",
            Self::SignatureFlipped => "signature-flipped",
            Self::PayloadFlipped => "payload-flipped",
            Self::HashKept => "hash-kept",
            Self::StrangerSigned => "stranger-signed",
        }
    }
}

impl Layer {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::HashFits => "hash-fits",
            Self::SignaturePresent => "signature-present",
            Self::SignatureValid => "signature-valid",
            Self::KeyTrusted => "key-trusted",
        }
    }
}

/// Makes a mutant of a signed image. The random numbers are for the stranger's key.
///
/// # Errors
///
/// [`MutateError`]: the source must be whole, signed and not encrypted.
pub fn mutant(
    source: &[u8],
    mutation: Mutation,
    random: &dyn SecureRandom,
) -> Result<Mutant, MutateError> {
    let image = parse(source)?;
    let seals = seals(&image);
    if is_encrypted(&image) {
        return Err(MutateError::Encrypted);
    }
    let (Some(hash), Some(kind)) = (seals.hash.map(|(it, _)| it), seals.kind()) else {
        return Err(MutateError::NotSigned);
    };
    let mut draft = Draft::of(&image);
    let reaches = match mutation {
        Mutation::Truncated => {
            let whole = source.len() - image.trailing.len();
            return Ok(Mutant {
                mutation,
                reaches: Layer::Structure,
                version: image.header.version,
                bytes: source[..whole / 4 * 3].to_vec(),
            });
        }
        Mutation::SignatureStripped => {
            draft.raise_build(1);
            draft.drop_signature();
            draft.repair(hash);
            Layer::SignaturePresent
        }
        Mutation::StrangerSigned => {
            draft.raise_build(2);
            draft.drop_signature();
            // A device may refuse a signature of another kind for its kind alone.
            if draft.sign_as_stranger(&seals, hash, kind, random)? == kind {
                Layer::KeyTrusted
            } else {
                Layer::SignaturePresent
            }
        }
        Mutation::SignatureFlipped => {
            draft.flip_signature(kind);
            Layer::SignatureValid
        }
        Mutation::PayloadFlipped => {
            draft.raise_build(3);
            draft.flip_body(&image)?;
            draft.repair(hash);
            Layer::SignatureValid
        }
        Mutation::HashKept => {
            draft.flip_body(&image)?;
            Layer::HashFits
        }
    };
    Ok(Mutant {
        mutation,
        reaches,
        version: draft.version,
        bytes: draft.finished().ok_or(MutateError::TooLarge)?,
    })
}

/// Where a flipped bit does least harm if the image runs: in the middle of the longest padding, else in
/// the last byte.
fn flippable(body: &[u8]) -> Option<usize> {
    let mut longest = 0..0;
    let mut at = 0;
    for run in body.chunk_by(|a, b| a == b) {
        if matches!(run[0], 0 | 0xff) && run.len() > longest.len() {
            longest = at..at + run.len();
        }
        at += run.len();
    }
    match longest.len() {
        PADDING.. => Some(longest.start + longest.len() / 2),
        _ => body.len().checked_sub(1),
    }
}

/// An image that is being changed.
struct Draft {
    version: Version,
    covered: Vec<u8>,
    tlvs: Vec<(u16, Vec<u8>)>,
    trailing: Vec<u8>,
}

impl Draft {
    fn of(image: &Image<'_>) -> Self {
        let tlv = |it: &super::Tlv<'_>| match it.kind {
            tlv::ECDSA_SIG => (it.kind, trimmed(*it).to_vec()),
            _ => (it.kind, it.value.to_vec()),
        };
        Self {
            version: image.header.version,
            covered: image.covered.to_vec(),
            tlvs: image.unprotected.iter().map(tlv).collect(),
            trailing: image.trailing.to_vec(),
        }
    }

    fn raise_build(&mut self, by: u32) {
        self.version.build = self.version.build.saturating_add(by);
        let build = self.version.build.to_le_bytes();
        self.covered[BUILD_AT..BUILD_AT + build.len()].copy_from_slice(&build);
    }

    /// Makes the hash that of the content again.
    fn repair(&mut self, hash: HashAlgorithm) {
        let digest = hash.digest(&self.covered);
        for (kind, value) in &mut self.tlvs {
            if tlv::is_hash(*kind) {
                value.clone_from(&digest);
            }
        }
    }

    fn flip_body(&mut self, image: &Image<'_>) -> Result<(), MutateError> {
        let at = flippable(image.body).ok_or(MutateError::NoBody)?;
        self.covered[usize::from(image.header.header_size) + at] ^= 1;
        Ok(())
    }

    fn drop_signature(&mut self) {
        self.tlvs.retain(|(kind, _)| {
            !tlv::is_signature(*kind) && !tlv::is_key(*kind) && *kind != tlv::SIG_PURE
        });
    }

    /// Flips the lowest bit of the last number of a signature: the DER around it stays well-formed, and
    /// the number stays in its range.
    fn flip_signature(&mut self, kind: KeyKind) {
        for (_, value) in self.tlvs.iter_mut().filter(|it| tlv::is_signature(it.0)) {
            let number = match kind {
                // RFC 8032, 5.1.6: S is the little-endian second half.
                KeyKind::Ed25519 => value.get_mut(32),
                _ => value.last_mut(),
            };
            if let Some(byte) = number {
                *byte ^= 1;
            }
        }
    }

    /// Signs with a fresh key, of the source's kind where one can be made: RSA keys cannot, so that a
    /// P-256 key signs in their place. Returns the kind that signed.
    fn sign_as_stranger(
        &mut self,
        seals: &Seals<'_>,
        hash: HashAlgorithm,
        kind: KeyKind,
        random: &dyn SecureRandom,
    ) -> Result<KeyKind, MutateError> {
        self.repair(hash);
        let kind = match kind {
            KeyKind::Rsa2048 | KeyKind::Rsa3072 => KeyKind::EcdsaP256,
            kind => kind,
        };
        let (key, signature) = match kind {
            KeyKind::Ed25519 => self.ed25519(hash, seals.pure, random)?,
            kind => self.ecdsa(kind, random)?,
        };
        let public = PublicKey::new(kind, &key);
        if seals.pure {
            self.tlvs.push((tlv::SIG_PURE, vec![1]));
        }
        self.tlvs.push(match seals.key.map(|key| key.kind) {
            Some(tlv::PUBKEY) => (tlv::PUBKEY, public.identity().to_vec()),
            _ => (tlv::KEYHASH, hash.digest(public.identity())),
        });
        let signature_kind = match kind {
            KeyKind::Ed25519 => tlv::ED25519,
            _ => tlv::ECDSA_SIG,
        };
        self.tlvs.push((signature_kind, signature));
        Ok(kind)
    }

    /// A fresh public key, and a signature by it.
    fn ecdsa(
        &self,
        kind: KeyKind,
        random: &dyn SecureRandom,
    ) -> Result<(Vec<u8>, Vec<u8>), MutateError> {
        let algorithm = match kind {
            KeyKind::EcdsaP384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
            _ => &ECDSA_P256_SHA256_ASN1_SIGNING,
        };
        let private =
            EcdsaKeyPair::generate_pkcs8(algorithm, random).map_err(|_| MutateError::NoKey)?;
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, private.as_ref(), random)
            .map_err(|_| MutateError::NoKey)?;
        let signature = pair
            .sign(random, &self.covered)
            .map_err(|_| MutateError::NoKey)?;
        Ok((
            pair.public_key().as_ref().to_vec(),
            signature.as_ref().to_vec(),
        ))
    }

    fn ed25519(
        &self,
        hash: HashAlgorithm,
        pure: bool,
        random: &dyn SecureRandom,
    ) -> Result<(Vec<u8>, Vec<u8>), MutateError> {
        let private = Ed25519KeyPair::generate_pkcs8(random).map_err(|_| MutateError::NoKey)?;
        let pair = Ed25519KeyPair::from_pkcs8(private.as_ref()).map_err(|_| MutateError::NoKey)?;
        let signature = if pure {
            pair.sign(&self.covered)
        } else {
            pair.sign(&hash.digest(&self.covered))
        };
        Ok((
            pair.public_key().as_ref().to_vec(),
            signature.as_ref().to_vec(),
        ))
    }

    /// Nothing where the TLV area grew too large for its size field.
    fn finished(self) -> Option<Vec<u8>> {
        let content: usize = self.tlvs.iter().map(|(_, value)| HEAD + value.len()).sum();
        let mut out = self.covered;
        out.extend(Area::Unprotected.magic().to_le_bytes());
        out.extend(u16::try_from(HEAD + content).ok()?.to_le_bytes());
        for (kind, value) in &self.tlvs {
            out.extend(kind.to_le_bytes());
            out.extend(u16::try_from(value.len()).ok()?.to_le_bytes());
            out.extend(value);
        }
        out.extend(self.trailing);
        Some(out)
    }
}
