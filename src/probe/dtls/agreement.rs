//! What a server with a certificate says of its share of a curve, and the secret that both sides make of theirs (RFC 8422,
//! sections 5.4 and 5.10). Pure, but that our share is made up.

use ring::agreement::{
    Algorithm, ECDH_P256, ECDH_P384, EphemeralPrivateKey, UnparsedPublicKey, X25519,
    agree_ephemeral,
};
use ring::rand::SystemRandom;
use rustls::SignatureScheme;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::CertificateDer;
use webpki::EndEntityCert;

/// X25519, P-256, P-384: those that can be agreed by.
pub(super) const GROUPS: [u16; 3] = [0x001d, 0x0017, 0x0018];

/// A ServerKeyExchange with a named curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Share<'a> {
    group: u16,
    point: &'a [u8],
    /// What is signed of it.
    said: &'a [u8],
    scheme: u16,
    signature: &'a [u8],
}

/// What our share makes of the server's.
pub(super) struct Agreed {
    pub premaster: Vec<u8>,
    /// The body of our ClientKeyExchange.
    pub exchange: Vec<u8>,
}

impl<'a> Share<'a> {
    /// None: it is none, or cut, or something follows it.
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        const NAMED: u8 = 3;
        let [kind, high, low, length] = *body.first_chunk()?;
        let (said, rest) = body.split_at_checked(4 + usize::from(length))?;
        let ([s1, s0, l1, l0], signature) = rest.split_first_chunk()?;
        let whole = signature.len() == usize::from(u16::from_be_bytes([*l1, *l0]));
        (kind == NAMED && whole).then_some(Self {
            group: u16::from_be_bytes([high, low]),
            point: &said[4..],
            said,
            scheme: u16::from_be_bytes([*s1, *s0]),
            signature,
        })
    }

    /// Whether who holds the key of this certificate signed it, for these randoms of client and server.
    pub(super) fn is_signed_by(
        &self,
        certificate: &[u8],
        [client, server]: [&[u8; 32]; 2],
    ) -> bool {
        let der = CertificateDer::from(certificate);
        let Ok(certificate) = EndEntityCert::try_from(&der) else {
            return false;
        };
        let message = [&client[..], server, self.said].concat();
        let known = default_provider().signature_verification_algorithms;
        let scheme = SignatureScheme::from(self.scheme);
        let fitting = known.mapping.iter().filter(|(it, _)| *it == scheme);
        fitting
            .flat_map(|(_, algorithms)| algorithms.iter())
            .any(|algorithm| {
                let signature = self.signature;
                certificate
                    .verify_signature(*algorithm, &message, signature)
                    .is_ok()
            })
    }

    /// None: the curve is none of ours, or the point is none of the curve.
    pub(super) fn agree(&self) -> Option<Agreed> {
        let algorithm = algorithm(self.group)?;
        let ours = EphemeralPrivateKey::generate(algorithm, &SystemRandom::new()).ok()?;
        let public = ours.compute_public_key().ok()?;
        let length = u8::try_from(public.as_ref().len()).ok()?;
        let theirs = UnparsedPublicKey::new(algorithm, self.point);
        let premaster = agree_ephemeral(ours, &theirs, <[u8]>::to_vec).ok()?;
        Some(Agreed {
            premaster,
            exchange: [&[length], public.as_ref()].concat(),
        })
    }
}

pub(super) fn algorithm(group: u16) -> Option<&'static Algorithm> {
    match group {
        0x001d => Some(&X25519),
        0x0017 => Some(&ECDH_P256),
        0x0018 => Some(&ECDH_P384),
        _ => None,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use rcgen::{CertificateParams, KeyPair};
    use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};

    use super::*;

    pub(in super::super) const CLIENT: [u8; 32] = [5; 32];
    pub(in super::super) const SERVER: [u8; 32] = [7; 32];

    /// A server's certificate, its signed share of a curve, and the private half of that.
    pub(in super::super) fn server(group: u16) -> (Vec<u8>, Vec<u8>, EphemeralPrivateKey) {
        let random = SystemRandom::new();
        let key = KeyPair::generate().unwrap();
        let names = vec!["hub.local".to_owned()];
        let certificate = CertificateParams::new(names).unwrap().self_signed(&key);
        let ours = EphemeralPrivateKey::generate(algorithm(group).unwrap(), &random).unwrap();
        let public = ours.compute_public_key().unwrap();
        let [high, low] = group.to_be_bytes();
        let length = u8::try_from(public.as_ref().len()).unwrap();
        let said = [&[3, high, low, length], public.as_ref()].concat();
        let signer = EcdsaKeyPair::from_pkcs8(
            &ECDSA_P256_SHA256_ASN1_SIGNING,
            &key.serialize_der(),
            &random,
        );
        let message = [&CLIENT[..], &SERVER, &said].concat();
        let signature = signer.unwrap().sign(&random, &message).unwrap();
        let length = u16::try_from(signature.as_ref().len()).unwrap();
        let body = [
            &said[..],
            &[4, 3],
            &length.to_be_bytes(),
            signature.as_ref(),
        ];
        (certificate.unwrap().der().to_vec(), body.concat(), ours)
    }

    #[test]
    fn both_sides_make_the_same_secret_by_each_curve() {
        for group in GROUPS {
            let (_, body, theirs) = server(group);
            let agreed = Share::read(&body).unwrap().agree().unwrap();
            let ours = UnparsedPublicKey::new(algorithm(group).unwrap(), &agreed.exchange[1..]);
            let secret = agree_ephemeral(theirs, &ours, <[u8]>::to_vec).unwrap();
            assert_eq!(secret, agreed.premaster, "{group:04x}");
            assert_eq!(usize::from(agreed.exchange[0]), agreed.exchange.len() - 1);
        }
    }

    #[test]
    fn only_the_key_of_the_certificate_signs_and_only_what_was_said() {
        let (certificate, body, _) = server(0x0017);
        let share = Share::read(&body).unwrap();
        assert!(share.is_signed_by(&certificate, [&CLIENT, &SERVER]));
        assert!(!share.is_signed_by(&certificate, [&SERVER, &CLIENT]));
        let (another, _, _) = server(0x0017);
        assert!(!share.is_signed_by(&another, [&CLIENT, &SERVER]));
        assert!(!share.is_signed_by(b"", [&CLIENT, &SERVER]));
        for place in 0..body.len() {
            let mut changed = body.clone();
            changed[place] ^= 1;
            let changed = Share::read(&changed);
            let signed =
                changed.is_some_and(|it| it.is_signed_by(&certificate, [&CLIENT, &SERVER]));
            assert!(!signed, "{place}");
        }
    }

    #[test]
    fn a_share_that_is_cut_or_lies_is_none() {
        let (_, body, _) = server(0x001d);
        for length in 0..body.len() {
            assert_eq!(Share::read(&body[..length]), None, "{length}");
        }
        assert_eq!(Share::read(&[&body[..], &[0]].concat()), None);
        // Curves that are spelled out; a point that is too short, and none of the curve; a curve of nobody.
        let with = |place: usize, byte: u8| {
            let mut changed = body.clone();
            changed[place] = byte;
            changed
        };
        assert_eq!(Share::read(&with(0, 1)), None);
        assert!(Share::read(&with(2, 0x17)).unwrap().agree().is_none());
        assert!(Share::read(&with(2, 0x99)).unwrap().agree().is_none());
        assert!(
            Share::read(&[3, 0, 0x1d, 0, 4, 3, 0, 0])
                .unwrap()
                .agree()
                .is_none()
        );
        assert!(Share::read(&with(3, 255)).is_none());
    }
}
