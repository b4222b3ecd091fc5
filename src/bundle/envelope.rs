//! DSSE 1.0: a payload with a type, and signatures over both.
//!
//! Shapes: <https://github.com/secure-systems-lab/dsse/blob/v1.0.2/envelope.md>. DSSE says that a key id is a hint
//! and no more. Ours is the public key itself, so that every signature can be checked against the key that it claims;
//! whose key that is stays for the reader to know.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Flaw, KeyId, PrivateKey};

/// The type of what we sign, as in-toto names it.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// More signatures than anybody needs, and few enough to check at once.
const MOST_SIGNATURES: usize = 64;

/// A signed payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// Base64 with padding.
    pub payload: String,
    /// [`PAYLOAD_TYPE`].
    #[serde(rename = "payloadType")]
    pub payload_type: String,
    /// In order of key, one a key.
    pub signatures: Vec<EnvelopeSignature>,
}

/// One signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnvelopeSignature {
    /// `ed25519:` and the public key, 64 hex digits.
    pub keyid: String,
    /// Base64 with padding: the 64 bytes of an Ed25519 signature (RFC 8032).
    pub sig: String,
}

/// What is signed: the pre-authentication encoding, `DSSEv1 LEN(type) type LEN(body) body`.
pub fn pae(payload_type: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        body.len()
    );
    [head.as_bytes(), body].concat()
}

impl Envelope {
    /// An envelope without a signature, which nobody takes yet.
    pub fn new(payload: &[u8]) -> Self {
        Self {
            payload: STANDARD.encode(payload),
            payload_type: PAYLOAD_TYPE.to_owned(),
            signatures: Vec::new(),
        }
    }

    /// Adds the signature of a key. Signing twice with one key changes nothing, because Ed25519 signs alike.
    pub fn sign(&mut self, payload: &[u8], key: &PrivateKey) {
        let keyid = key.id().to_string();
        self.signatures.retain(|signature| signature.keyid != keyid);
        self.signatures.push(EnvelopeSignature {
            keyid,
            sig: STANDARD.encode(key.sign(&pae(&self.payload_type, payload))),
        });
        self.signatures
            .sort_by(|one, other| one.keyid.cmp(&other.keyid));
    }

    /// The canonical bytes, with a newline at the end.
    pub fn bytes(&self) -> Vec<u8> {
        // Strings only: this cannot fail.
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Reads canonical bytes and checks every signature. Returns the payload, and who signed it.
    ///
    /// # Errors
    ///
    /// Another writing than [`Self::bytes`], another payload type, no signature, or one that its own key did not make.
    pub fn open(bytes: &[u8]) -> Result<(Self, Vec<u8>, Vec<KeyId>), Flaw> {
        let wrong = |message: String| Flaw::at(super::ENVELOPE, message);
        let envelope: Self =
            serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
        if envelope.payload_type != PAYLOAD_TYPE {
            let found = crate::text::shown(&envelope.payload_type, 80);
            return Err(wrong(format!("holds `{found}`, and not `{PAYLOAD_TYPE}`")));
        }
        let payload = STANDARD
            .decode(&envelope.payload)
            .map_err(|_| wrong("its payload is no base64".to_owned()))?;
        let ids: Vec<_> = envelope.signatures.iter().map(|it| &it.keyid).collect();
        if ids.is_empty() || ids.len() > MOST_SIGNATURES {
            return Err(wrong(format!("has {} signatures", ids.len())));
        }
        if !ids.is_sorted_by(|one, next| one < next)
            || STANDARD.encode(&payload) != envelope.payload
            || envelope.bytes() != bytes
        {
            return Err(wrong("is not written in the canonical way".to_owned()));
        }
        let message = pae(&envelope.payload_type, &payload);
        let mut signers = Vec::new();
        for signature in &envelope.signatures {
            let id: KeyId = signature
                .keyid
                .parse()
                .map_err(|()| wrong("a key id is none of ours".to_owned()))?;
            let genuine = STANDARD
                .decode(&signature.sig)
                .is_ok_and(|sig| STANDARD.encode(&sig) == signature.sig && id.made(&sig, &message));
            if !genuine {
                return Err(wrong(format!("the signature of {id} is not genuine")));
            }
            signers.push(id);
        }
        Ok((envelope, payload, signers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_encoding() {
        // The example of the DSSE 1.0 protocol, "hello world" of type http://example.com/HelloWorld.
        assert_eq!(
            pae("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
    }

    #[test]
    fn only_the_canonical_writing_with_genuine_signatures_opens() {
        let (one, other) = (
            PrivateKey::generate().unwrap(),
            PrivateKey::generate().unwrap(),
        );
        let mut envelope = Envelope::new(b"{}");
        assert!(Envelope::open(&envelope.bytes()).is_err(), "nobody signed");
        envelope.sign(b"{}", &one);
        envelope.sign(b"{}", &other);
        envelope.sign(b"{}", &one);
        let bytes = envelope.bytes();
        let (_, payload, signers) = Envelope::open(&bytes).unwrap();
        assert_eq!((&payload[..], signers.len()), (&b"{}"[..], 2));
        for index in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[index] ^= 1 << bit;
                assert!(Envelope::open(&flipped).is_err(), "byte {index}, bit {bit}");
            }
        }
        let text = String::from_utf8(bytes).unwrap();
        for (right, wrong) in [
            ("{\"payload\"", "{ \"payload\""),
            ("{\"payload\"", "{\"payload\":\"e30=\",\"payload\""),
            ("\"payloadType\"", "\"payloadType\":\"x\",\"payloadType\""),
            ("\"signatures\"", "\"more\":1,\"signatures\""),
            ("e30=", "e30"),
            ("e30=", "e31="),
        ] {
            let changed = text.replacen(right, wrong, 1);
            assert_ne!(changed, text);
            assert!(Envelope::open(changed.as_bytes()).is_err(), "{wrong}");
        }
        let mut swapped = envelope.clone();
        swapped.signatures.reverse();
        assert!(Envelope::open(&swapped.bytes()).is_err());
        let mut twice = envelope.clone();
        twice.signatures.push(twice.signatures[1].clone());
        assert!(Envelope::open(&twice.bytes()).is_err());
        let mut exchanged = envelope;
        let sig = exchanged.signatures[0].sig.clone();
        exchanged.signatures[0].sig = exchanged.signatures[1].sig.clone();
        exchanged.signatures[1].sig = sig;
        assert!(Envelope::open(&exchanged.bytes()).is_err());
    }
}
