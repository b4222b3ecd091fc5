//! How each host key of a server is asked for. Nobody logs in, and no secret is agreed upon: a server shows its key in the
//! answer to the first number of an exchange, whatever that number is.

use ring::agreement::{ECDH_P256, ECDH_P384, EphemeralPrivateKey};
use ring::rand::SystemRandom;

use super::packet::write_string;
use crate::observation::SshOffer;

/// The first message of an exchange (RFC 4253, section 8; RFC 5656, section 4).
const INIT: u8 = 30;
/// Those where the server chooses the group first (RFC 4419, section 3).
const GROUP_REQUEST: u8 = 34;
const GROUP_INIT: u8 = 32;
/// Its answers.
pub(super) const REPLY: u8 = 31;
pub(super) const GROUP_REPLY: u8 = 33;

/// A key exchange that we can begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exchange {
    pub name: &'static str,
    first: First,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    /// 32 bytes; any are a point (RFC 7748, section 5).
    Curve25519,
    P256,
    P384,
    /// A number below a prime of so many bits.
    Group(usize),
    /// The server sends the prime.
    AnyGroup,
}

/// In the order in which they are chosen: what costs a device least first.
const EXCHANGES: &[Exchange] = &[
    exchange("curve25519-sha256", First::Curve25519),
    exchange("curve25519-sha256@libssh.org", First::Curve25519),
    exchange("ecdh-sha2-nistp256", First::P256),
    exchange("ecdh-sha2-nistp384", First::P384),
    exchange("diffie-hellman-group14-sha256", First::Group(2048)),
    exchange("diffie-hellman-group14-sha1", First::Group(2048)),
    exchange("diffie-hellman-group1-sha1", First::Group(1024)),
    exchange("diffie-hellman-group15-sha512", First::Group(3072)),
    exchange("diffie-hellman-group16-sha512", First::Group(4096)),
    exchange("diffie-hellman-group18-sha512", First::Group(8192)),
    exchange("diffie-hellman-group-exchange-sha256", First::AnyGroup),
    exchange("diffie-hellman-group-exchange-sha1", First::AnyGroup),
];

const fn exchange(name: &'static str, first: First) -> Exchange {
    Exchange { name, first }
}

impl Exchange {
    /// The first of ours that a server offers.
    pub(super) fn of(offer: &SshOffer) -> Option<Self> {
        let mut ours = EXCHANGES.iter();
        let taken = |it: &&Self| offer.key_exchange.iter().any(|name| name == it.name);
        ours.find(taken).copied()
    }

    /// The first message, and whether the answer is a group. None: this machine has no random numbers.
    pub(super) fn begin(&self) -> Option<(Vec<u8>, bool)> {
        let mut message = vec![INIT];
        match self.first {
            First::Curve25519 => write_string(&mut message, &random(32)?),
            First::P256 => write_string(&mut message, &point(&ECDH_P256)?),
            First::P384 => write_string(&mut message, &point(&ECDH_P384)?),
            First::Group(bits) => write_string(&mut message, &below(bits)?),
            First::AnyGroup => {
                let sizes = [2048_u32, 3072, 8192].map(u32::to_be_bytes).concat();
                return Some(([&[GROUP_REQUEST][..], &sizes].concat(), true));
            }
        }
        Some((message, false))
    }

    /// The message that follows a group whose prime has so many bytes.
    pub(super) fn in_group(prime: usize) -> Option<Vec<u8>> {
        let mut message = vec![GROUP_INIT];
        write_string(&mut message, &below(prime.checked_mul(8)?)?);
        Some(message)
    }
}

fn point(curve: &'static ring::agreement::Algorithm) -> Option<Vec<u8>> {
    let key = EphemeralPrivateKey::generate(curve, &SystemRandom::new()).ok()?;
    Some(key.compute_public_key().ok()?.as_ref().to_vec())
}

/// A number that is certainly below a prime of so many bits, and not a small one. As RFC 4251 writes numbers.
fn below(bits: usize) -> Option<Vec<u8>> {
    let mut number = random((bits / 8).checked_sub(1)?)?;
    let first = number.first_mut()?;
    *first = *first & 0x7f | 0x40;
    Some(number)
}

fn random(length: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes)
}

/// Kinds of host keys, each with the algorithms that sign with one.
const KINDS: &[(&str, &[&str])] = &[
    ("Ed25519", &["ssh-ed25519"]),
    ("Ed448", &["ssh-ed448"]),
    ("P-256", &["ecdsa-sha2-nistp256"]),
    ("P-384", &["ecdsa-sha2-nistp384"]),
    ("P-521", &["ecdsa-sha2-nistp521"]),
    ("RSA", &["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"]),
    ("DSA", &["ssh-dss"]),
];

/// For each kind of key that is offered: what it is asked to sign with.
pub(super) fn kinds(offer: &SshOffer) -> Vec<(&'static str, &'static str)> {
    let offered = |name: &&&str| offer.host_key.iter().any(|it| it == **name);
    let kind = |(kind, algorithms): &(&'static str, &'static [&'static str])| {
        Some((*kind, *algorithms.iter().find(offered)?))
    };
    KINDS.iter().filter_map(kind).collect()
}

/// Algorithms that sign with keys of kinds that are not known here. A certificate is about a key that is offered without it, too.
pub(super) fn strange(offer: &SshOffer) -> Vec<&str> {
    let known = |name: &str| {
        let plain = name.split_once("-cert-v0").map_or(name, |(plain, _)| plain);
        KINDS
            .iter()
            .any(|(_, algorithms)| algorithms.contains(&plain))
    };
    let names = offer.host_key.iter().map(String::as_str);
    names.filter(|name| !known(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(key_exchange: &[&str], host_key: &[&str]) -> SshOffer {
        let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect();
        SshOffer {
            key_exchange: names(key_exchange),
            host_key: names(host_key),
            ..SshOffer::default()
        }
    }

    #[test]
    fn each_kind_of_key_is_asked_for_once() {
        let offer = offer(
            &[],
            &[
                "ssh-rsa",
                "rsa-sha2-256",
                "ssh-ed25519",
                "ssh-rsa-cert-v01@openssh.com",
                "x509v3-ssh-rsa",
            ],
        );
        assert_eq!(
            kinds(&offer),
            [("Ed25519", "ssh-ed25519"), ("RSA", "rsa-sha2-256")]
        );
        assert_eq!(strange(&offer), ["x509v3-ssh-rsa"]);
    }

    #[test]
    fn every_exchange_begins_with_a_number_that_fits() {
        for exchange in EXCHANGES {
            let found = Exchange::of(&offer(&["x", exchange.name], &[])).unwrap();
            assert_eq!(found, *exchange);
            let (message, group) = exchange.begin().unwrap();
            let mut rest = &message[1..];
            let number = super::super::packet::string(&mut rest);
            match exchange.first {
                First::AnyGroup => assert!(group && message.len() == 13),
                First::Group(bits) => {
                    let number = number.unwrap();
                    assert_eq!(number.len(), bits / 8 - 1);
                    assert!((0x40..0x80).contains(&number[0]));
                }
                First::Curve25519 => assert_eq!(number.unwrap().len(), 32),
                First::P256 => assert_eq!(number.unwrap().len(), 65),
                First::P384 => assert_eq!(number.unwrap().len(), 97),
            }
        }
        assert_eq!(Exchange::of(&offer(&["sntrup761x25519-sha512"], &[])), None);
        assert_eq!(Exchange::in_group(0), None);
    }
}
