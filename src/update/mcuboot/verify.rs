//! Whether hash and signature of an image hold.

use std::borrow::Cow;

use sha2::{Digest, Sha256, Sha384, Sha512};

use super::parse::{Image, Tlv};
use super::tlv;
use crate::digest::hex;
use crate::update::der;
use crate::update::inspection::{HashCheck, SignatureCheck};
use crate::update::key::{KeyKind, PublicKey};

/// The hash that an image uses, also for the digest by which it names its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashAlgorithm {
    Sha256,
    Sha384,
    Sha512,
}

impl HashAlgorithm {
    fn of(kind: u16) -> Option<Self> {
        match kind {
            tlv::SHA256 => Some(Self::Sha256),
            tlv::SHA384 => Some(Self::Sha384),
            tlv::SHA512 => Some(Self::Sha512),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }

    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha384 => Sha384::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }
}

/// The TLVs that seal an image: the first of each, from the unprotected area, where they belong.
#[derive(Clone, Copy, Debug)]
pub struct Seals<'a> {
    pub hash: Option<(HashAlgorithm, &'a [u8])>,
    /// KEYHASH or PUBKEY.
    pub key: Option<Tlv<'a>>,
    pub signature: Option<Tlv<'a>>,
    /// Whether the signature covers the image itself and not its hash. Any value but 1 means no, as in
    /// the bootloader.
    pub pure: bool,
}

/// The seals of an image.
pub fn seals<'a>(image: &Image<'a>) -> Seals<'a> {
    let first =
        |wanted: fn(u16) -> bool| image.unprotected.iter().find(|it| wanted(it.kind)).copied();
    Seals {
        hash: first(tlv::is_hash).and_then(|it| Some((HashAlgorithm::of(it.kind)?, it.value))),
        key: first(tlv::is_key),
        signature: first(tlv::is_signature),
        pure: first(|kind| kind == tlv::SIG_PURE).is_some_and(|it| it.value == [1]),
    }
}

impl Seals<'_> {
    /// The kind of key that made the signature; nothing where there is none, or of a kind that no
    /// bootloader supports any more.
    pub fn kind(&self) -> Option<KeyKind> {
        // ECDSA of both curves has one type; the hash tells which.
        let ecdsa = match self.hash {
            Some((HashAlgorithm::Sha384, _)) => KeyKind::EcdsaP384,
            _ => KeyKind::EcdsaP256,
        };
        match self.signature?.kind {
            tlv::ECDSA_SIG => Some(ecdsa),
            tlv::RSA2048_PSS => Some(KeyKind::Rsa2048),
            tlv::RSA3072_PSS => Some(KeyKind::Rsa3072),
            tlv::ED25519 => Some(KeyKind::Ed25519),
            _ => None,
        }
    }

    /// The digest by which the image names its key, hex; of a key that it carries whole, SHA-256.
    pub fn key_fingerprint(&self) -> Option<String> {
        let key = self.key?;
        Some(match key.kind {
            tlv::KEYHASH => hex(key.value),
            _ => hex(&HashAlgorithm::Sha256.digest(key.value)),
        })
    }

    /// The key that the image carries, where it carries it whole.
    pub fn carried_key(&self) -> Option<PublicKey> {
        let key = self.key.filter(|key| key.kind == tlv::PUBKEY)?;
        PublicKey::from_identity(key.value)
    }

    /// Whether the image names this key.
    pub fn names(&self, key: &PublicKey) -> bool {
        let algorithm = self.hash.map_or(HashAlgorithm::Sha256, |(it, _)| it);
        self.key.is_some_and(|named| match named.kind {
            tlv::KEYHASH => named.value == algorithm.digest(key.identity()),
            _ => named.value == key.identity(),
        })
    }
}

/// What was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verification {
    pub hash: HashCheck,
    pub signature: SignatureCheck,
}

/// Checks hash and signature, the signature by the key given, else by the one that the image carries.
pub fn verify(image: &Image<'_>, key: Option<&PublicKey>) -> Verification {
    let seals = seals(image);
    let hash = match seals.hash {
        None => HashCheck::Absent,
        Some((algorithm, value)) if algorithm.digest(image.covered) == value => HashCheck::Intact,
        Some(_) if is_encrypted(image) => HashCheck::Encrypted,
        Some(_) => HashCheck::Broken,
    };
    Verification {
        hash,
        signature: signature(image, &seals, hash, key),
    }
}

fn signature(
    image: &Image<'_>,
    seals: &Seals<'_>,
    hash: HashCheck,
    key: Option<&PublicKey>,
) -> SignatureCheck {
    let Some(signature) = seals.signature else {
        return SignatureCheck::Absent;
    };
    let Some(kind) = seals.kind().filter(|kind| supported(*kind, seals)) else {
        return SignatureCheck::Unsupported;
    };
    if hash == HashCheck::Encrypted {
        return SignatureCheck::Encrypted;
    }
    let holds = |key: &PublicKey| {
        key.kind() == kind && key.verifies(&message(image, seals), trimmed(signature))
    };
    match (key, seals.carried_key()) {
        (Some(key), _) if holds(key) => SignatureCheck::Valid,
        (None, Some(carried)) if holds(&carried) => SignatureCheck::SelfConsistent,
        (None, None) => SignatureCheck::NotChecked,
        _ => SignatureCheck::Invalid,
    }
}

/// Whether MCUboot and imgtool make and accept the kind of signature with the hash at hand.
fn supported(kind: KeyKind, seals: &Seals<'_>) -> bool {
    let hash = seals.hash.map(|(algorithm, _)| algorithm);
    match kind {
        KeyKind::EcdsaP384 => hash == Some(HashAlgorithm::Sha384),
        KeyKind::EcdsaP256 | KeyKind::Rsa2048 | KeyKind::Rsa3072 => {
            matches!(hash, None | Some(HashAlgorithm::Sha256))
        }
        KeyKind::Ed25519 => true,
    }
}

/// What is signed. ECDSA and RSA hash it themselves; Ed25519 signs the digest as a message.
fn message<'a>(image: &Image<'a>, seals: &Seals<'_>) -> Cow<'a, [u8]> {
    match seals.hash {
        Some((algorithm, _)) if seals.kind() == Some(KeyKind::Ed25519) && !seals.pure => {
            algorithm.digest(image.covered).into()
        }
        _ => image.covered.into(),
    }
}

/// A signature without the zeros by which `imgtool sign --pad-sig` brings ECDSA to one length.
pub(super) fn trimmed(signature: Tlv<'_>) -> &[u8] {
    let whole = signature.value;
    if signature.kind != tlv::ECDSA_SIG {
        return whole;
    }
    match der::element(whole, der::SEQUENCE) {
        Some((_, padding)) if padding.iter().all(|byte| *byte == 0) => {
            &whole[..whole.len() - padding.len()]
        }
        _ => whole,
    }
}

pub(super) fn is_encrypted(image: &Image<'_>) -> bool {
    image.header.flags & (tlv::FLAG_AES128 | tlv::FLAG_AES256) != 0
}
