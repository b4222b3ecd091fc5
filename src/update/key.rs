//! Public keys that sign updates, and how a package names them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::der;
use crate::digest::sha256_hex;

/// A kind of key, which is also the signature scheme that MCUboot uses with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeyKind {
    EcdsaP256,
    EcdsaP384,
    #[serde(rename = "rsa-2048")]
    Rsa2048,
    #[serde(rename = "rsa-3072")]
    Rsa3072,
    Ed25519,
}

impl KeyKind {
    /// The name that people use.
    pub fn name(self) -> &'static str {
        match self {
            Self::EcdsaP256 => "ECDSA P-256",
            Self::EcdsaP384 => "ECDSA P-384",
            Self::Rsa2048 => "RSA-2048 PSS",
            Self::Rsa3072 => "RSA-3072 PSS",
            Self::Ed25519 => "Ed25519",
        }
    }

    /// The `AlgorithmIdentifier` in a SubjectPublicKeyInfo: RFC 5480, RFC 8410, RFC 3279.
    fn algorithm_identifier(self) -> &'static [u8] {
        match self {
            Self::EcdsaP256 => {
                b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
            }
            Self::EcdsaP384 => {
                b"\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22"
            }
            Self::Rsa2048 | Self::Rsa3072 => {
                b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"
            }
            Self::Ed25519 => b"\x30\x05\x06\x03\x2b\x65\x70",
        }
    }

    fn verification(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::EcdsaP256 => &signature::ECDSA_P256_SHA256_ASN1,
            Self::EcdsaP384 => &signature::ECDSA_P384_SHA384_ASN1,
            Self::Rsa2048 | Self::Rsa3072 => &signature::RSA_PSS_2048_8192_SHA256,
            Self::Ed25519 => &signature::ED25519,
        }
    }
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    kind: KeyKind,
    /// SubjectPublicKeyInfo, DER.
    spki: Vec<u8>,
    /// The key in it: the uncompressed point, PKCS#1 `RSAPublicKey`, or the 32 bytes of Ed25519.
    key: Vec<u8>,
}

/// Why a key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("a private key: it should not leave the place where images are signed")]
    Private,
    #[error("no public key in PEM")]
    NotPem,
    #[error("not a SubjectPublicKeyInfo of a kind that signs MCUboot images")]
    Unknown,
}

impl PublicKey {
    /// Reads the one `PUBLIC KEY` block of a PEM text (RFC 7468).
    ///
    /// # Errors
    ///
    /// [`KeyError`].
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
        const END: &str = "-----END PUBLIC KEY-----";
        if text.contains("PRIVATE KEY-----") {
            return Err(KeyError::Private);
        }
        let (_, block) = text.split_once(BEGIN).ok_or(KeyError::NotPem)?;
        let (base64, after) = block.split_once(END).ok_or(KeyError::NotPem)?;
        if after.contains("-----BEGIN") {
            return Err(KeyError::NotPem);
        }
        let base64: String = base64.split_ascii_whitespace().collect();
        let spki = STANDARD.decode(base64).map_err(|_| KeyError::NotPem)?;
        Self::from_spki(&spki).ok_or(KeyError::Unknown)
    }

    /// Reads a SubjectPublicKeyInfo (RFC 5280, 4.1).
    pub fn from_spki(spki: &[u8]) -> Option<Self> {
        let content = der::only(spki, der::SEQUENCE)?;
        let (_, after) = der::element(content, der::SEQUENCE)?;
        let algorithm = &content[..content.len() - after.len()];
        // The first byte counts the bits that are not used.
        let key = der::only(after, der::BIT_STRING)?.strip_prefix(&[0])?;
        let kind = [KeyKind::EcdsaP256, KeyKind::EcdsaP384, KeyKind::Ed25519]
            .into_iter()
            .find(|kind| kind.algorithm_identifier() == algorithm && fits(*kind, key))
            .or_else(|| {
                let rsa = KeyKind::Rsa2048.algorithm_identifier() == algorithm;
                rsa.then(|| rsa_kind(key)).flatten()
            })?;
        Some(Self {
            kind,
            spki: spki.to_vec(),
            key: key.to_vec(),
        })
    }

    /// Reads the form in which MCUboot images carry a whole key: PKCS#1 for RSA, else SubjectPublicKeyInfo.
    pub fn from_identity(bytes: &[u8]) -> Option<Self> {
        let Some(kind) = rsa_kind(bytes) else {
            return Self::from_spki(bytes);
        };
        Some(Self::new(kind, bytes))
    }

    /// A key of a known kind from its raw form.
    pub(super) fn new(kind: KeyKind, key: &[u8]) -> Self {
        let bits = wrapped(der::BIT_STRING, &[&[0], key].concat());
        let content = [kind.algorithm_identifier(), &bits].concat();
        Self {
            kind,
            spki: wrapped(der::SEQUENCE, &content),
            key: key.to_vec(),
        }
    }

    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// SHA-256 of the SubjectPublicKeyInfo, hex.
    pub fn fingerprint(&self) -> String {
        sha256_hex(&self.spki)
    }

    /// What MCUboot hashes to name the key: PKCS#1 `RSAPublicKey` for RSA, else SubjectPublicKeyInfo.
    pub fn identity(&self) -> &[u8] {
        match self.kind {
            KeyKind::Rsa2048 | KeyKind::Rsa3072 => &self.key,
            _ => &self.spki,
        }
    }

    /// Whether a signature over a message is this key's. ECDSA and RSA hash the message themselves.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(self.kind.verification(), &self.key)
            .verify(message, signature)
            .is_ok()
    }
}

/// Whether a key has the one length of its kind. RFC 5480, 2.2: 4 marks an uncompressed point.
fn fits(kind: KeyKind, key: &[u8]) -> bool {
    match kind {
        KeyKind::EcdsaP256 => key.len() == 65 && key[0] == 4,
        KeyKind::EcdsaP384 => key.len() == 97 && key[0] == 4,
        KeyKind::Ed25519 => key.len() == 32,
        KeyKind::Rsa2048 | KeyKind::Rsa3072 => false,
    }
}

/// The kind of a PKCS#1 `RSAPublicKey` (RFC 8017, A.1.1).
fn rsa_kind(key: &[u8]) -> Option<KeyKind> {
    let content = der::only(key, der::SEQUENCE)?;
    let (modulus, rest) = der::element(content, der::INTEGER)?;
    der::only(rest, der::INTEGER)?;
    match modulus.strip_prefix(&[0])? {
        [0x80..=0xff, rest @ ..] if rest.len() == 255 => Some(KeyKind::Rsa2048),
        [0x80..=0xff, rest @ ..] if rest.len() == 383 => Some(KeyKind::Rsa3072),
        _ => None,
    }
}

fn wrapped(tag: u8, content: &[u8]) -> Vec<u8> {
    let [.., high, low] = content.len().to_be_bytes();
    let mut out = vec![tag];
    match content.len() {
        0..0x80 => out.push(low),
        0x80..0x100 => out.extend([0x81, low]),
        _ => out.extend([0x82, high, low]),
    }
    out.extend(content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [(&str, KeyKind); 5] = [
        (
            include_str!("../../lab/fixtures/mcuboot/keys/ecdsa-p256.pub.pem"),
            KeyKind::EcdsaP256,
        ),
        (
            include_str!("../../lab/fixtures/mcuboot/keys/ecdsa-p384.pub.pem"),
            KeyKind::EcdsaP384,
        ),
        (
            include_str!("../../lab/fixtures/mcuboot/keys/rsa-2048.pub.pem"),
            KeyKind::Rsa2048,
        ),
        (
            include_str!("../../lab/fixtures/mcuboot/keys/rsa-3072.pub.pem"),
            KeyKind::Rsa3072,
        ),
        (
            include_str!("../../lab/fixtures/mcuboot/keys/ed25519.pub.pem"),
            KeyKind::Ed25519,
        ),
    ];

    #[test]
    fn each_kind_is_read_and_written_alike() {
        for (pem, kind) in KEYS {
            let key = PublicKey::from_pem(pem).unwrap();
            assert_eq!(key.kind(), kind);
            assert_eq!(PublicKey::new(kind, &key.key), key);
            assert_eq!(PublicKey::from_identity(key.identity()), Some(key));
        }
    }

    #[test]
    fn what_is_no_public_key_is_refused() {
        let (pem, _) = KEYS[0];
        let error = |text: &str| PublicKey::from_pem(text).unwrap_err();
        assert_eq!(error(""), KeyError::NotPem);
        assert_eq!(error(&pem.replace("END", "ENDE")), KeyError::NotPem);
        assert_eq!(error(&format!("{pem}{pem}")), KeyError::NotPem);
        assert_eq!(error(&pem.replacen("M", "!", 1)), KeyError::NotPem);
        assert_eq!(error("-----BEGIN EC PRIVATE KEY-----\n"), KeyError::Private);
        let spki = PublicKey::from_pem(pem).unwrap().spki;
        for end in 0..spki.len() {
            assert_eq!(PublicKey::from_spki(&spki[..end]), None, "{end}");
        }
        assert_eq!(PublicKey::from_spki(&[&spki[..], &[0]].concat()), None);
    }
}
