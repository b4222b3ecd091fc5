//! Ed25519 keys (RFC 8032): PKCS#8 in PEM for the private one (RFC 8410, encrypted as RFC 8018 says where there is a
//! passphrase), SubjectPublicKeyInfo in PEM for public ones. OpenSSL reads and writes both.

use std::fmt;
use std::str::FromStr;

use pkcs8::der::pem::{LineEnding, PemLabel};
use pkcs8::der::{Decode, SecretDocument};
use pkcs8::{
    AlgorithmIdentifierRef, EncryptedPrivateKeyInfoRef, ObjectIdentifier, PrivateKeyInfoRef,
};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

use crate::digest::hex;

/// id-Ed25519, RFC 8410 section 3.
const OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// What stands before the 32 bytes of a public key in its SubjectPublicKeyInfo, RFC 8410 section 4.
const SPKI: [u8; 12] = *b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";
const PUBLIC: &str = "PUBLIC KEY";

/// A public key: `ed25519:` and 64 lower-case hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 32]);

impl KeyId {
    /// Whether this key made a signature of these bytes.
    pub fn made(&self, signature: &[u8], message: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0)
            .verify(message, signature)
            .is_ok()
    }

    /// The public key in PEM.
    pub fn pem(&self) -> String {
        let der = [&SPKI[..], &self.0].concat();
        // Forty-four bytes and a label that is a constant: nothing of this can fail.
        pem_rfc7468(PUBLIC, &der).unwrap_or_default()
    }
}

fn pem_rfc7468(label: &'static str, der: &[u8]) -> Option<String> {
    pkcs8::der::pem::encode_string(label, LineEnding::LF, der).ok()
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ed25519:{}", hex(&self.0))
    }
}

impl FromStr for KeyId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.strip_prefix("ed25519:").ok_or(())?;
        if !crate::digest::is_sha256_hex(digits) {
            return Err(());
        }
        let mut key = [0; 32];
        for (byte, pair) in key.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| ())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| ())?;
        }
        Ok(Self(key))
    }
}

/// A key that signs.
pub struct PrivateKey {
    pair: Ed25519KeyPair,
    /// PKCS#8, unencrypted.
    der: SecretDocument,
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.id())
    }
}

/// Whether a private key is encrypted, by its label.
pub fn is_encrypted(pem: &str) -> bool {
    pem.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----")
}

impl PrivateKey {
    /// A new key.
    ///
    /// # Errors
    ///
    /// A system without random numbers.
    pub fn generate() -> Result<Self, String> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| format!("no random numbers: {error}"))?;
        // CurvePrivateKey, RFC 8410 section 7: an octet string in the octet string.
        let key = [&[0x04, 0x20][..], &seed].concat();
        let algorithm = AlgorithmIdentifierRef {
            oid: OID,
            parameters: None,
        };
        let octets = pkcs8::der::asn1::OctetStringRef::new(&key).map_err(|it| it.to_string())?;
        let info = PrivateKeyInfoRef::new(algorithm, octets);
        let der = SecretDocument::try_from(info).map_err(|error| error.to_string())?;
        Self::from_der(der)
    }

    fn from_der(der: SecretDocument) -> Result<Self, String> {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.as_bytes())
            .map_err(|error| format!("is no Ed25519 key: {error}"))?;
        Ok(Self { pair, der })
    }

    /// Reads PKCS#8 in PEM.
    ///
    /// # Errors
    ///
    /// No private key in PEM, one of another kind, a passphrase that is missing or wrong; safe to show.
    pub fn from_pem(pem: &str, passphrase: Option<&str>) -> Result<Self, String> {
        let (label, der) =
            SecretDocument::from_pem(pem).map_err(|_| "is no private key in PEM".to_owned())?;
        match label {
            EncryptedPrivateKeyInfoRef::PEM_LABEL => {
                let passphrase = passphrase.ok_or("is encrypted, and no passphrase was given")?;
                let info = EncryptedPrivateKeyInfoRef::from_der(der.as_bytes())
                    .map_err(|_| "is no encrypted PKCS#8".to_owned())?;
                let der = info
                    .decrypt(passphrase)
                    .map_err(|_| "is not opened by this passphrase".to_owned())?;
                Self::from_der(der)
            }
            PrivateKeyInfoRef::PEM_LABEL => Self::from_der(der),
            _ => Err("is no private key in PKCS#8".to_owned()),
        }
    }

    /// PKCS#8 in PEM, encrypted where there is a passphrase (scrypt and AES-256).
    ///
    /// # Errors
    ///
    /// A system without random numbers.
    pub fn to_pem(&self, passphrase: Option<&str>) -> Result<impl AsRef<str>, String> {
        let fault = |error: &dyn fmt::Display| error.to_string();
        match passphrase {
            None => self
                .der
                .to_pem(PrivateKeyInfoRef::PEM_LABEL, LineEnding::LF)
                .map_err(|error| fault(&error)),
            Some(passphrase) => PrivateKeyInfoRef::from_der(self.der.as_bytes())
                .map_err(|error| fault(&error))?
                .encrypt(passphrase)
                .map_err(|error| fault(&error))?
                .to_pem(EncryptedPrivateKeyInfoRef::PEM_LABEL, LineEnding::LF)
                .map_err(|error| fault(&error)),
        }
    }

    /// The public key.
    pub fn id(&self) -> KeyId {
        let mut key = [0; 32];
        key.copy_from_slice(self.pair.public_key().as_ref());
        KeyId(key)
    }

    /// The 64 bytes of a signature; always the same for the same bytes.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

/// The public keys of one file: of a person, a laboratory, or all that a reader trusts.
#[derive(Clone, Debug)]
pub struct PublicKeys {
    /// What the reader calls them: the file's name.
    pub name: String,
    pub keys: Vec<KeyId>,
}

impl PublicKeys {
    /// Reads one or more public keys in PEM.
    ///
    /// # Errors
    ///
    /// A private key, none, or one that is no Ed25519; safe to show.
    pub fn from_pem(name: &str, text: &str) -> Result<Self, String> {
        if text.contains("PRIVATE KEY-----") {
            return Err(
                "is a private key: it should not leave the place where it signs".to_owned(),
            );
        }
        let mut keys = Vec::new();
        let end = format!("-----END {PUBLIC}-----");
        for block in text
            .split_inclusive(&end)
            .filter(|it| it.contains("-----BEGIN"))
        {
            let start = block.find("-----BEGIN").unwrap_or_default();
            let (label, der) = pkcs8::der::Document::from_pem(&block[start..])
                .map_err(|_| "is no public key in PEM".to_owned())?;
            let key = der
                .as_bytes()
                .strip_prefix(&SPKI)
                .filter(|_| label == PUBLIC)
                .and_then(|key| <[u8; 32]>::try_from(key).ok())
                .ok_or("is no Ed25519 public key")?;
            keys.push(KeyId(key));
        }
        if keys.is_empty() {
            return Err("holds no public key in PEM".to_owned());
        }
        Ok(Self {
            name: name.to_owned(),
            keys,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8410, section 10.3: the example key, and the public key of section 10.1.
    const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
    const ITS_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

    #[test]
    fn the_published_key_is_read_and_written() {
        let key = PrivateKey::from_pem(PRIVATE, None).unwrap();
        assert_eq!(key.to_pem(None).unwrap().as_ref(), PRIVATE);
        assert_eq!(key.id().pem(), ITS_PUBLIC);
        let public = PublicKeys::from_pem("a", ITS_PUBLIC).unwrap();
        assert_eq!(public.keys, [key.id()]);
        assert!(key.id().made(&key.sign(b"x"), b"x"));
        assert!(!key.id().made(&key.sign(b"x"), b"y"));
        assert_eq!(key.id().to_string().parse(), Ok(key.id()));
    }

    #[test]
    fn a_passphrase_is_needed_where_one_was_set() {
        let key = PrivateKey::generate().unwrap();
        let pem = key.to_pem(Some("long words")).unwrap();
        let pem = pem.as_ref();
        assert!(is_encrypted(pem) && !is_encrypted(PRIVATE));
        assert_eq!(
            PrivateKey::from_pem(pem, Some("long words")).unwrap().id(),
            key.id()
        );
        assert!(
            PrivateKey::from_pem(pem, None)
                .unwrap_err()
                .contains("encrypted")
        );
        assert!(
            PrivateKey::from_pem(pem, Some("other"))
                .unwrap_err()
                .contains("passphrase")
        );
    }

    #[test]
    fn what_is_no_key_is_refused_with_the_reason() {
        let (one, other) = (
            PrivateKey::generate().unwrap(),
            PrivateKey::generate().unwrap(),
        );
        let both = format!("the lab's\n{}\n\n{}", one.id().pem(), other.id().pem());
        assert_eq!(
            PublicKeys::from_pem("a", &both).unwrap().keys,
            [one.id(), other.id()]
        );
        for (text, why) in [
            ("", "no public key"),
            (PRIVATE, "private key"),
            (
                "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
                "Ed25519",
            ),
            ("-----BEGIN PUBLIC KEY-----\nMCow", "in PEM"),
            (
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                "Ed25519",
            ),
        ] {
            let error = PublicKeys::from_pem("a", text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
        for text in [
            "",
            ITS_PUBLIC,
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        ] {
            assert!(PrivateKey::from_pem(text, None).is_err());
        }
        for id in ["ed25519:", "ed25519:00", "rsa:00", ""] {
            assert!(id.parse::<KeyId>().is_err());
        }
        let upper = one.id().to_string().to_uppercase();
        assert!(upper.parse::<KeyId>().is_err());
    }
}
