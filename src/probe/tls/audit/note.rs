//! What a flight says of its version. Pure.

use std::collections::BTreeMap;

use super::flight::{Ending, Flight};
use crate::observation::{ShownCertificate, TlsVersion, VersionAudit};
use crate::probe::tls::certificate::certificate;
use crate::probe::tls::hello::{Dress, extension};
use crate::tls::{Cipher, group, signature, suite};

/// Why what need not be said was not asked.
pub(super) const ONLY_FEW_WORDS: &str =
    "it answers only hellos that ask for nothing beside the key";

/// Certificates of one service that are kept.
const CERTIFICATES: usize = 40;

/// Writes down what a flight says beside its suite.
pub(in crate::probe) fn note(audit: &mut VersionAudit, dress: Dress, flight: &Flight) {
    let hello = &flight.hello;
    let and = |known: Option<bool>, now: bool| Some(known.unwrap_or(true) && now);
    if flight.version == TlsVersion::Tls13 {
        return;
    }
    audit.secure_renegotiation = and(
        audit.secure_renegotiation,
        hello.says(extension::RENEGOTIATION_INFO),
    );
    if dress != Dress::Bare {
        let extended = hello.says(extension::EXTENDED_MASTER_SECRET);
        audit.extended_master_secret = and(audit.extended_master_secret, extended);
    }
    let is_cbc = flight
        .suite()
        .is_some_and(|suite| suite.cipher() == Cipher::Cbc);
    if dress == Dress::Plain && is_cbc {
        let what = "encrypt-then-MAC";
        if audit.untold.iter().all(|untold| untold.what != what) {
            audit.not_told(what, ONLY_FEW_WORDS);
        }
    }
    if dress == Dress::Curious {
        let ticket = hello.says(extension::SESSION_TICKET);
        audit.session_ticket = Some(audit.session_ticket.unwrap_or(false) || ticket);
        let name = suite_name(hello.suite);
        if is_cbc
            && !hello.says(extension::ENCRYPT_THEN_MAC)
            && !audit.mac_then_encrypt.contains(&name)
        {
            audit.mac_then_encrypt.push(name);
        }
    }
    if let Some(bits) = flight.exchange.dh_bits {
        audit.dh_bits = Some(audit.dh_bits.map_or(bits, |known| known.min(bits)));
    }
    if flight
        .exchange
        .psk_hint
        .as_deref()
        .is_some_and(|hint| !hint.is_empty())
    {
        audit.psk_hint.clone_from(&flight.exchange.psk_hint);
    }
    if flight.ending == Ending::Done {
        let asks = audit.asks_for_certificate.unwrap_or(false) || flight.asks_for_certificate;
        audit.asks_for_certificate = Some(asks);
    }
}

/// The last bytes of the random that say "I could do better" (RFC 8446, section 4.1.3).
pub(in crate::probe) fn says_it_could_do_better(flight: &Flight) -> bool {
    let sentinel = match flight.version {
        TlsVersion::Tls12 => b"DOWNGRD\x01",
        _ => b"DOWNGRD\x00",
    };
    flight.hello.random.ends_with(sentinel)
}

/// The name of a suite, else its number.
pub(in crate::probe) fn suite_name(code: u16) -> String {
    suite(code).map_or_else(|| numbered(code), |suite| suite.name.to_owned())
}

/// The name of a group, else its number.
pub(in crate::probe) fn group_name(code: u16) -> String {
    group(code).map_or_else(|| numbered(code), |group| group.name.to_owned())
}

/// The name of a signature algorithm, else its number.
pub(in crate::probe) fn signature_name(code: u16) -> String {
    signature(code).map_or_else(|| numbered(code), |it| it.name.to_owned())
}

fn numbered(code: u16) -> String {
    format!("0x{code:04x}")
}

/// Certificates by their bytes, in the order in which they were shown first.
#[derive(Debug, Default)]
pub(in crate::probe) struct Certificates {
    seen: BTreeMap<Vec<u8>, usize>,
    pub shown: Vec<ShownCertificate>,
}

impl Certificates {
    /// Notes a chain. What is beyond the bound is left out.
    pub(in crate::probe) fn note<'a>(
        &mut self,
        version: TlsVersion,
        chain: impl Iterator<Item = &'a [u8]>,
    ) {
        for (place, der) in chain.enumerate() {
            let at = match self.seen.get(der) {
                Some(at) => *at,
                None if self.shown.len() >= CERTIFICATES => continue,
                None => {
                    self.shown.push(ShownCertificate {
                        place,
                        versions: Vec::new(),
                        certificate: certificate(der),
                    });
                    self.seen.insert(der.to_vec(), self.shown.len() - 1);
                    self.shown.len() - 1
                }
            };
            let versions = &mut self.shown[at].versions;
            let key = version.key().to_owned();
            if !versions.contains(&key) {
                versions.push(key);
                versions.sort();
            }
        }
    }
}
