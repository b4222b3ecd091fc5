//! Keys and protected records of DTLS 1.2 (RFC 5246, RFC 6347) with a shared key (RFC 4279, RFC 6655, RFC 5487) or behind a
//! certificate (RFC 7251, RFC 5289). Pure.

use aes::Aes128;
use ccm::aead::{Aead as _, KeyInit as _, Payload};
use ccm::consts::{U8, U12, U16};
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hmac;

/// The suites with a shared key that can be spoken, by their numbers: AES-128 in CCM with short and long tags, and in GCM. All
/// with SHA-256.
pub(super) const SUITES: [u16; 3] = [0xc0a8, 0xc0a4, 0x00a8];
/// The same with a certificate and elliptic curves: ECDSA, which is what RFC 7925 (section 4.4) asks of things, and RSA in GCM.
pub(super) const CERTIFIED: [u16; 4] = [0xc0ae, 0xc0ac, 0xc02b, 0xc02f];

/// How AES-128 is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Ccm8,
    Ccm,
    Gcm,
}

fn mode(suite: u16) -> Option<Mode> {
    match suite {
        0xc0a8 | 0xc0ae => Some(Mode::Ccm8),
        0xc0a4 | 0xc0ac => Some(Mode::Ccm),
        0x00a8 | 0xc02b | 0xc02f => Some(Mode::Gcm),
        _ => None,
    }
}

const KEY: usize = 16;
/// Of the nonce this is from the keys, and the rest from the record's number.
const SALT: usize = 4;

/// What both sides agree on, from the shared key (RFC 4279, section 2).
pub(super) fn premaster(key: &[u8]) -> Vec<u8> {
    let length = u16::try_from(key.len()).unwrap_or(u16::MAX).to_be_bytes();
    [&length[..], &vec![0; key.len()], &length, key].concat()
}

/// The function that makes any number of bytes (RFC 5246, section 5).
pub(super) fn expand(secret: &[u8], label: &str, seed: &[u8], length: usize) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let seed = [label.as_bytes(), seed].concat();
    let mut link = seed.clone();
    let mut out = Vec::new();
    while out.len() < length {
        link = hmac::sign(&key, &link).as_ref().to_vec();
        let block = hmac::sign(&key, &[&link[..], &seed].concat());
        out.extend_from_slice(block.as_ref());
    }
    out.truncate(length);
    out
}

/// The keys of one direction.
pub(super) struct Keys {
    mode: Mode,
    key: [u8; KEY],
    salt: [u8; SALT],
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys for {:?}", self.mode)
    }
}

/// Those of the client and of the server (RFC 5246, section 6.3). None: the suite is none of ours.
pub(super) fn keys(suite: u16, master: &[u8], randoms: [&[u8; 32]; 2]) -> Option<[Keys; 2]> {
    let mode = mode(suite)?;
    let [client, server] = randoms;
    let seed = [&server[..], client].concat();
    let block = expand(master, "key expansion", &seed, 2 * (KEY + SALT));
    let of = |side: usize| {
        Some(Keys {
            mode,
            key: block.get(side * KEY..)?.get(..KEY)?.try_into().ok()?,
            salt: block
                .get(2 * KEY + side * SALT..)?
                .get(..SALT)?
                .try_into()
                .ok()?,
        })
    };
    Some([of(0)?, of(1)?])
}

/// What stands before the bytes of a record, and is protected with it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub kind: u8,
    pub epoch: u16,
    pub sequence: u64,
}

impl Head {
    /// Epoch and number, as the nonce and the protected head have them.
    fn number(self) -> [u8; 8] {
        (u64::from(self.epoch) << 48 | self.sequence).to_be_bytes()
    }

    /// RFC 5246, section 6.2.3.3.
    fn protected(self, length: usize) -> Vec<u8> {
        let length = u16::try_from(length).unwrap_or(u16::MAX);
        [
            &self.number()[..],
            &[self.kind, 0xfe, 0xfd],
            &length.to_be_bytes(),
        ]
        .concat()
    }
}

impl Keys {
    fn nonce(&self, explicit: [u8; 8]) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce[..SALT].copy_from_slice(&self.salt);
        nonce[SALT..].copy_from_slice(&explicit);
        nonce
    }

    /// The content of a protected record. None: it is too long for one.
    pub(super) fn seal(&self, head: Head, plain: &[u8]) -> Option<Vec<u8>> {
        let explicit = head.number();
        let nonce = self.nonce(explicit);
        let aad = head.protected(plain.len());
        let payload = Payload {
            msg: plain,
            aad: &aad,
        };
        let sealed = match self.mode {
            Mode::Ccm8 => ccm::Ccm::<Aes128, U8, U12>::new(&self.key.into())
                .encrypt(&nonce.into(), payload)
                .ok()?,
            Mode::Ccm => ccm::Ccm::<Aes128, U16, U12>::new(&self.key.into())
                .encrypt(&nonce.into(), payload)
                .ok()?,
            Mode::Gcm => {
                let mut bytes = plain.to_vec();
                self.gcm()?
                    .seal_in_place_append_tag(
                        Nonce::assume_unique_for_key(nonce),
                        Aad::from(&aad),
                        &mut bytes,
                    )
                    .ok()?;
                bytes
            }
        };
        Some([&explicit[..], &sealed].concat())
    }

    /// What is inside a protected record. None: it was not made with these keys.
    pub(super) fn open(&self, head: Head, content: &[u8]) -> Option<Vec<u8>> {
        let (explicit, sealed) = content.split_first_chunk::<8>()?;
        let nonce = self.nonce(*explicit);
        let tag = if self.mode == Mode::Ccm8 { 8 } else { 16 };
        let aad = head.protected(sealed.len().checked_sub(tag)?);
        let payload = Payload {
            msg: sealed,
            aad: &aad,
        };
        match self.mode {
            Mode::Ccm8 => ccm::Ccm::<Aes128, U8, U12>::new(&self.key.into())
                .decrypt(&nonce.into(), payload)
                .ok(),
            Mode::Ccm => ccm::Ccm::<Aes128, U16, U12>::new(&self.key.into())
                .decrypt(&nonce.into(), payload)
                .ok(),
            Mode::Gcm => {
                let mut bytes = sealed.to_vec();
                let plain = self.gcm()?.open_in_place(
                    Nonce::assume_unique_for_key(nonce),
                    Aad::from(&aad),
                    &mut bytes,
                );
                plain.ok().map(|plain| plain.to_vec())
            }
        }
    }

    fn gcm(&self) -> Option<LessSafeKey> {
        let key = UnboundKey::new(&AES_128_GCM, &self.key).ok()?;
        Some(LessSafeKey::new(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::hex;

    #[test]
    fn bytes_are_made_as_the_published_vector_has_them() {
        // The vector for SHA-256 that the IETF's TLS list published with RFC 5246 ("P_SHA256", 100 bytes): its first 32.
        let bytes = |hex: &str| -> Vec<u8> {
            (0..hex.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
                .collect()
        };
        let secret = bytes("9bbe436ba940f017b17652849a71db35");
        let seed = bytes("a0ba9f936cda311827a6f796ffd5198c");
        let out = expand(&secret, "test label", &seed, 100);
        assert_eq!(
            hex(&out[..32]),
            "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a"
        );
    }

    #[test]
    fn a_shared_key_is_wrapped_in_zeros() {
        assert_eq!(premaster(b"key"), b"\0\x03\0\0\0\0\x03key");
        assert_eq!(premaster(b""), [0; 4]);
    }

    #[test]
    fn what_is_sealed_opens_and_nothing_else_does() {
        let (client, server) = ([1; 32], [2; 32]);
        for suite in SUITES.into_iter().chain(CERTIFIED) {
            let [ours, theirs] = keys(suite, b"master", [&client, &server]).unwrap();
            let head = Head {
                kind: 23,
                epoch: 1,
                sequence: 5,
            };
            let sealed = ours.seal(head, b"hello").unwrap();
            assert_eq!(ours.open(head, &sealed).unwrap(), b"hello");
            assert_eq!(theirs.open(head, &sealed), None);
            let other = Head {
                sequence: 6,
                ..head
            };
            assert_eq!(ours.open(other, &sealed), None);
            for length in 0..sealed.len() {
                assert_eq!(ours.open(head, &sealed[..length]), None, "{length}");
            }
            for place in 0..sealed.len() {
                let mut changed = sealed.clone();
                changed[place] ^= 1;
                assert_eq!(ours.open(head, &changed), None, "{place}");
            }
        }
        assert!(keys(0xc0af, b"master", [&client, &server]).is_none());
    }
}
