//! Which key it is, from a certificate or as an SSH server sends it.

use sha2::{Digest as _, Sha256};

use super::encoding::{bit_string, element, integer, sequence, trimmed};
use crate::digest::{hex, sha256_hex};
use crate::update::der;

/// No key is larger, bytes: RSA with 32,768 bits, and room around it.
const LARGEST: usize = 16 * 1024;

/// A public key. Numbers are bytes, highest first, without leading zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
    Dsa {
        p: Vec<u8>,
        q: Vec<u8>,
        g: Vec<u8>,
        y: Vec<u8>,
    },
    /// A point, as it was written: with 4 both numbers, with 2 or 3 the first and the sign of the other (SEC 1, section 2.3.3).
    Elliptic {
        curve: Curve,
        point: Vec<u8>,
    },
    Ed25519(Vec<u8>),
    Ed448(Vec<u8>),
}

/// An elliptic curve with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Curve {
    pub name: &'static str,
    /// Of its field.
    pub bits: u32,
    /// The identifier as DER has it, without tag and length.
    oid: &'static [u8],
    /// As SSH calls it (RFC 5656, section 10.1).
    ssh: Option<&'static str>,
}

/// RFC 5480, section 2.1.1.1, SEC 2 and RFC 5639: what certificates of devices name.
const CURVES: &[Curve] = &[
    curve("P-192", 192, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 1], None),
    curve("P-224", 224, &[0x2b, 0x81, 4, 0, 33], None),
    curve(
        "P-256",
        256,
        &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7],
        Some("nistp256"),
    ),
    curve("P-384", 384, &[0x2b, 0x81, 4, 0, 34], Some("nistp384")),
    curve("P-521", 521, &[0x2b, 0x81, 4, 0, 35], Some("nistp521")),
    curve("secp160r1", 160, &[0x2b, 0x81, 4, 0, 8], None),
    curve("secp160k1", 160, &[0x2b, 0x81, 4, 0, 9], None),
    curve("secp192k1", 192, &[0x2b, 0x81, 4, 0, 31], None),
    curve("secp224k1", 224, &[0x2b, 0x81, 4, 0, 32], None),
    curve("secp256k1", 256, &[0x2b, 0x81, 4, 0, 10], None),
    curve("sect163k1", 163, &[0x2b, 0x81, 4, 0, 1], None),
    curve("sect163r2", 163, &[0x2b, 0x81, 4, 0, 15], None),
    curve("sect233k1", 233, &[0x2b, 0x81, 4, 0, 26], None),
    curve("sect233r1", 233, &[0x2b, 0x81, 4, 0, 27], None),
    curve("sect283r1", 283, &[0x2b, 0x81, 4, 0, 17], None),
    curve(
        "brainpoolP256r1",
        256,
        &[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 7],
        None,
    ),
    curve(
        "brainpoolP384r1",
        384,
        &[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 11],
        None,
    ),
    curve(
        "brainpoolP512r1",
        512,
        &[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 13],
        None,
    ),
];

const fn curve(
    name: &'static str,
    bits: u32,
    oid: &'static [u8],
    ssh: Option<&'static str>,
) -> Curve {
    Curve {
        name,
        bits,
        oid,
        ssh,
    }
}

/// `rsaEncryption` (RFC 3279, section 2.3.1).
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
/// `id-RSASSA-PSS` (RFC 4055): the same numbers, for one use only.
const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
/// `id-dsa` (RFC 3279, section 2.3.2).
const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1];
/// `id-ecPublicKey` (RFC 5480, section 2.1.1).
const ELLIPTIC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
/// RFC 8410, section 3.
const ED25519: &[u8] = &[0x2b, 0x65, 112];
const ED448: &[u8] = &[0x2b, 0x65, 113];

const OID: u8 = 0x06;
const NULL: u8 = 0x05;

/// Why bytes are no key that we can look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    #[error("it is no public key, or one that is cut off")]
    Malformed,
    #[error("it is larger than any key")]
    TooLarge,
    #[error("its kind is not known")]
    UnknownKind,
    #[error("its curve is not known, or described instead of named")]
    UnknownCurve,
}

impl Curve {
    /// The curve that SSH calls so.
    pub(super) fn of_ssh(name: &[u8]) -> Option<Self> {
        let known = |curve: &&Self| curve.ssh.is_some_and(|ssh| ssh.as_bytes() == name);
        CURVES.iter().find(known).copied()
    }
}

impl PublicKey {
    /// From a SubjectPublicKeyInfo in DER (RFC 5280, section 4.1).
    ///
    /// # Errors
    ///
    /// [`Unread`].
    pub fn of_spki(bytes: &[u8]) -> Result<Self, Unread> {
        if bytes.len() > LARGEST {
            return Err(Unread::TooLarge);
        }
        let (algorithm, parameters, key) = spki(bytes).ok_or(Unread::Malformed)?;
        match algorithm {
            RSA | RSA_PSS => {
                let numbers = numbers(key, der::SEQUENCE).ok_or(Unread::Malformed)?;
                let [modulus, exponent] =
                    <[_; 2]>::try_from(numbers).map_err(|_| Unread::Malformed)?;
                Ok(Self::Rsa { modulus, exponent })
            }
            DSA => {
                let domain = numbers(parameters, der::SEQUENCE).ok_or(Unread::Malformed)?;
                let [p, q, g] = <[_; 3]>::try_from(domain).map_err(|_| Unread::Malformed)?;
                let y = der::only(key, der::INTEGER).ok_or(Unread::Malformed)?;
                Ok(Self::Dsa {
                    p,
                    q,
                    g,
                    y: trimmed(y).to_vec(),
                })
            }
            ELLIPTIC => {
                let name = der::only(parameters, OID).ok_or(Unread::UnknownCurve)?;
                let curve = CURVES.iter().find(|curve| curve.oid == name).copied();
                Self::elliptic(curve.ok_or(Unread::UnknownCurve)?, key)
            }
            ED25519 if key.len() == 32 => Ok(Self::Ed25519(key.to_vec())),
            ED448 if key.len() == 57 => Ok(Self::Ed448(key.to_vec())),
            ED25519 | ED448 => Err(Unread::Malformed),
            _ => Err(Unread::UnknownKind),
        }
    }

    /// From the key of an X.509 certificate in DER.
    ///
    /// # Errors
    ///
    /// [`Unread`].
    pub fn of_certificate(bytes: &[u8]) -> Result<Self, Unread> {
        use x509_parser::prelude::FromDer as _;
        let (_, certificate) = x509_parser::certificate::X509Certificate::from_der(bytes)
            .map_err(|_| Unread::Malformed)?;
        Self::of_spki(certificate.public_key().raw)
    }

    /// From a host key as SSH sends it (RFC 4253, section 6.6).
    ///
    /// # Errors
    ///
    /// [`Unread`].
    pub fn of_ssh(blob: &[u8]) -> Result<Self, Unread> {
        if blob.len() > LARGEST {
            return Err(Unread::TooLarge);
        }
        super::ssh::key(blob)
    }

    /// A point of a curve, if it has the length of one.
    pub(super) fn elliptic(curve: Curve, point: &[u8]) -> Result<Self, Unread> {
        let field = curve.bits.div_ceil(8) as usize;
        let right = match point {
            [4, rest @ ..] => rest.len() == 2 * field,
            [2 | 3, rest @ ..] => rest.len() == field,
            _ => false,
        };
        match right {
            true => Ok(Self::Elliptic {
                curve,
                point: point.to_vec(),
            }),
            false => Err(Unread::Malformed),
        }
    }

    /// The number that makes it this key and no other: the modulus, a coordinate, the public number. Who shares it shares
    /// the private half, however it is written and whatever else belongs to it.
    fn number(&self) -> &[u8] {
        match self {
            Self::Rsa { modulus, .. } => modulus,
            Self::Dsa { y, .. } => y,
            Self::Elliptic { curve, point } => {
                let field = curve.bits.div_ceil(8) as usize;
                trimmed(&point[1..=field])
            }
            Self::Ed25519(raw) | Self::Ed448(raw) => trimmed(raw),
        }
    }

    /// The SHA-256 of that number. Its first 15 bytes are what the blocklists of badkeys call `BKHASH120`.
    pub fn identity(&self) -> [u8; 32] {
        Sha256::digest(self.number()).into()
    }

    /// The same in hex.
    pub fn identity_hex(&self) -> String {
        hex(&self.identity())
    }

    /// The SHA-256 of its SubjectPublicKeyInfo in the usual form, hex: what most lists of keys name.
    pub fn spki_sha256(&self) -> String {
        sha256_hex(self.spki())
    }

    /// Its SubjectPublicKeyInfo (RFC 5280, section 4.1) in the usual form.
    pub fn spki(&self) -> Vec<u8> {
        let oid = |bytes: &[u8]| element(OID, bytes);
        let (algorithm, key) = match self {
            Self::Rsa { modulus, exponent } => (
                sequence(&[&oid(RSA), &element(NULL, &[])]),
                sequence(&[&integer(modulus), &integer(exponent)]),
            ),
            Self::Dsa { p, q, g, y } => {
                let domain = sequence(&[&integer(p), &integer(q), &integer(g)]);
                (sequence(&[&oid(DSA), &domain]), integer(y))
            }
            Self::Elliptic { curve, point } => {
                (sequence(&[&oid(ELLIPTIC), &oid(curve.oid)]), point.clone())
            }
            Self::Ed25519(raw) => (sequence(&[&oid(ED25519)]), raw.clone()),
            Self::Ed448(raw) => (sequence(&[&oid(ED448)]), raw.clone()),
        };
        sequence(&[&algorithm, &bit_string(&key)])
    }

    /// For a person: `RSA, 2048 bits`.
    pub fn words(&self) -> String {
        match self {
            Self::Rsa { .. } => format!("RSA, {} bits", self.bits()),
            Self::Dsa { .. } => format!("DSA, {} bits", self.bits()),
            Self::Elliptic { curve, .. } => curve.name.to_owned(),
            Self::Ed25519(_) => "Ed25519".to_owned(),
            Self::Ed448(_) => "Ed448".to_owned(),
        }
    }

    /// The name of its curve, where it is on one.
    pub fn curve(&self) -> Option<&'static str> {
        match self {
            Self::Rsa { .. } | Self::Dsa { .. } => None,
            Self::Elliptic { curve, .. } => Some(curve.name),
            Self::Ed25519(_) => Some("Ed25519"),
            Self::Ed448(_) => Some("Ed448"),
        }
    }

    /// Of the modulus, the prime or the curve.
    pub fn bits(&self) -> u32 {
        match self {
            Self::Rsa {
                modulus: number, ..
            }
            | Self::Dsa { p: number, .. } => {
                let leading = number.first().map_or(0, |byte| byte.leading_zeros());
                u32::try_from(number.len() * 8).map_or(u32::MAX, |bits| bits - leading)
            }
            Self::Elliptic { curve, .. } => curve.bits,
            // 255, and as strong as P-256.
            Self::Ed25519(_) => 256,
            Self::Ed448(_) => 448,
        }
    }
}

/// Algorithm, what follows it, and the key itself.
fn spki(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let content = der::only(bytes, der::SEQUENCE)?;
    let (algorithm, rest) = der::element(content, der::SEQUENCE)?;
    let (oid, parameters) = der::element(algorithm, OID)?;
    match der::only(rest, der::BIT_STRING)? {
        [0, key @ ..] => Some((oid, parameters, key)),
        _ => None,
    }
}

/// The numbers of a sequence that holds nothing else.
fn numbers(bytes: &[u8], tag: u8) -> Option<Vec<Vec<u8>>> {
    let mut rest = der::only(bytes, tag)?;
    let mut numbers = Vec::new();
    while !rest.is_empty() {
        let (number, after) = der::element(rest, der::INTEGER)?;
        numbers.push(trimmed(number).to_vec());
        rest = after;
    }
    Some(numbers)
}

#[cfg(test)]
mod tests;
