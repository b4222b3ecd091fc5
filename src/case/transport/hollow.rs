//! What speaks TLS or SSH and protects nothing with it: whoever is on the way can read it, or be it.

use super::common_primes::common_primes;
use super::dtls::audited_dtls;
use super::key_lists::{KeyLists, OnList};
use super::only_audited::further_audits;
use super::ports::{audit_of, tls_ports};
use super::shown_keys::shown_keys;
use crate::case::facts::Facts;
use crate::dut::Unit;
use crate::keys::{Limits, PublicKey, Weakness, published, weaknesses};
use crate::observation::{Heartbeat, TlsAudit};
use crate::tls::{Authentication, Cipher, Suite, suite_named};
use crate::verdict::{Assessment, Code};

/// Keys of so many bits, and of fewer, are found by trying all of them.
const GUESSED: u16 = 56;

/// RSA and DSA below this: within reach of whoever wants it, though nobody is known to have gone beyond 829 bits.
const OUT_OF_REACH: Limits = Limits {
    min_rsa_bits: 1024,
    min_elliptic_bits: 0,
};

/// Adds a finding for each such service. What was not asked is for others to miss: only counter-examples count here.
pub(super) fn assess(facts: &Facts<'_>, code: Code, assessment: &mut Assessment) {
    let mut all = Vec::new();
    for unit in &facts.units {
        // Gaps of these are those of `transport/suites` and `transport/keys`.
        let mut elsewhere = Assessment::default();
        assess_services(facts, unit, code, &mut elsewhere, assessment);
        let lists = KeyLists::of(facts, unit, &mut elsewhere);
        for shown in shown_keys(facts, unit, &mut elsewhere) {
            let on_lists = lists.with(&shown.key.identity_hex());
            match nobodys_secret(&shown.key, &on_lists) {
                Some(why) => {
                    // An authority's key is not the device's to keep, but whoever has it makes such certificates.
                    let whose = match shown.is_own() {
                        true => "is taken for the device",
                        false => "makes certificates that are taken for the device's",
                    };
                    let message = format!("{}: {why} {whose}", shown.words());
                    let mut evidence = shown.evidence;
                    evidence.extend(on_lists.into_iter().flat_map(|it| it.evidence));
                    assessment.found(code, shown.subject, message, evidence);
                }
                None => all.push(shown),
            }
        }
    }
    let own = common_primes(&all).into_iter();
    for pair in own.filter(|pair| pair.shown.is_own()) {
        let message = format!(
            "{}, so that whoever computes it is taken for the device",
            pair.words()
        );
        assessment.found(code, pair.shown.subject.clone(), message, pair.evidence());
    }
}

fn assess_services(
    facts: &Facts<'_>,
    unit: &Unit,
    code: Code,
    elsewhere: &mut Assessment,
    assessment: &mut Assessment,
) {
    let ports = tls_ports(facts, unit, elsewhere);
    let ports = ports.iter().filter_map(|port| audit_of(port).ok());
    let further = further_audits(facts, unit);
    let dtls = audited_dtls(facts, unit, elsewhere);
    for port in ports.chain(further).chain(dtls) {
        for what in hollow(port.audit) {
            let message = format!("{} {what}", port.place());
            let subject = port.open.subject(&unit.id);
            assessment.found(code, subject, message, port.evidence());
        }
    }
}

/// Why the private half of a key is nobody's secret, as the beginning of a sentence about who has it. None: nothing shows that it is not.
fn nobodys_secret(key: &PublicKey, on_lists: &[OnList]) -> Option<String> {
    let known = published(key).map(|published| published.to_string());
    let by = known.into_iter();
    let by: Vec<String> = by
        .chain(on_lists.iter().map(|it| it.list.clone()))
        .collect();
    if !by.is_empty() {
        let by = by.join(" and by ");
        return Some(format!(
            "its private half is published, by {by}, and whoever has it"
        ));
    }
    let computable = |it: &Weakness| it.is_fatal() || matches!(it, Weakness::Small { .. });
    let weakness = weaknesses(key, &OUT_OF_REACH)
        .into_iter()
        .find(computable)?;
    Some(format!(
        "{weakness}; whoever computes its private half from the public one"
    ))
}

/// Why what an audit saw protects nothing; empty: it does not show that.
fn hollow(audit: &TlsAudit) -> Vec<String> {
    let takes = |is_so: fn(&Suite) -> bool| {
        let names = audit.offered().flat_map(|version| &version.suites);
        let mut suites = names.filter_map(|name| suite_named(name));
        suites.find(|suite| is_so(suite)).map(|suite| suite.name)
    };
    let open = takes(|suite| suite.cipher() == Cipher::Null)
        .map(|name| format!("takes suites that encrypt nothing, such as {name}"));
    let nobody = takes(|suite| suite.authentication() == Authentication::None)
        .map(|name| format!("takes suites in which nobody shows who they are, such as {name}"));
    // What one machine reads in a day, as it goes by or later: export suites, DES.
    let weak = takes(|suite| {
        let few = suite.bits().is_some_and(|bits| bits <= GUESSED);
        few && suite.cipher() != Cipher::Null
    })
    .map(|name| format!("takes suites whose keys are guessed in a day, such as {name}"));
    // As RSA of so few bits (Logjam, CVE-2015-4000).
    let small = audit.offered().filter_map(|version| version.dh_bits).min();
    let small = small
        .filter(|bits| u32::from(*bits) < OUT_OF_REACH.min_rsa_bits)
        .map(|bits| format!("agrees on secrets in groups of {bits} bits, which can be computed"));
    let bleeds = audit
        .offered()
        .any(|version| version.heartbeat == Some(Heartbeat::TellsMore))
        .then(|| {
            "tells what is in its memory to anybody who sends a heartbeat that lies (Heartbleed)"
                .to_owned()
        });
    let all = open.into_iter().chain(nobody).chain(weak);
    all.chain(small).chain(bleeds).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{TlsVersion, VersionAudit, VersionState};

    fn of_lab(pem: &str) -> PublicKey {
        let pem = x509_parser::pem::Pem::iter_from_buffer(pem.as_bytes());
        let mut certificates = pem.flatten().filter(|it| it.label == "CERTIFICATE");
        PublicKey::of_certificate(&certificates.next().unwrap().contents).unwrap()
    }

    /// A key of a sound generator, with so many bits and this exponent.
    fn rsa(bits: usize, exponent: u8) -> PublicKey {
        let PublicKey::Rsa { mut modulus, .. } =
            of_lab(include_str!("../../../lab/data/exponent-3.pem"))
        else {
            panic!("the lab's is one of RSA");
        };
        modulus.truncate(bits / 8);
        // Odd, and without small factors: the next such number.
        loop {
            let last = modulus.len() - 1;
            modulus[last] = (modulus[last] | 1).wrapping_add(2);
            let key = PublicKey::Rsa {
                modulus: modulus.clone(),
                exponent: vec![exponent],
            };
            let found = weaknesses(&key, &OUT_OF_REACH);
            let divided = |it: &Weakness| matches!(it, Weakness::SmallFactor(_));
            if !found.iter().any(divided) {
                return key;
            }
        }
    }

    #[test]
    fn what_anybody_can_compute_is_nobodys_secret() {
        let close = of_lab(include_str!("../../../lab/data/close-primes.pem"));
        let why = |key: &PublicKey| nobodys_secret(key, &[]).unwrap_or_default();
        assert!(why(&close).contains("Fermat"), "{}", why(&close));
        assert!(why(&rsa(2048, 1)).contains("exponent is even or 1"));
        assert!(why(&rsa(768, 3)).contains("taken apart in 2020"));
        assert!(why(&rsa(1016, 3)).contains("fewer than 1024"));
        let lists = ["the list (collection 3)", "another"].map(|list| OnList {
            list: list.to_owned(),
            evidence: Vec::new(),
        });
        let why = nobodys_secret(&rsa(2048, 3), &lists).unwrap();
        assert!(
            why.contains("by the list (collection 3) and by another, and"),
            "{why}"
        );
    }

    #[test]
    fn what_is_guessed_or_computed_protects_nothing() {
        let why = |suite: &str, dh_bits: u16| {
            let version = VersionAudit {
                state: VersionState::Offered,
                suites: vec![suite.to_owned()],
                dh_bits: Some(dh_bits),
                ..VersionAudit::unknown(TlsVersion::Tls12)
            };
            let text = r#"{"versions":[],"certificates":[],"connections":1,"max_concurrent":1,"seconds":0.0}"#;
            let mut audit: TlsAudit = serde_json::from_str(text).unwrap();
            audit.versions = vec![version];
            hollow(&audit).join("; ")
        };
        for weak in [
            "TLS_RSA_EXPORT_WITH_RC4_40_MD5",
            "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA",
            "TLS_RSA_WITH_DES_CBC_SHA",
        ] {
            assert!(why(weak, 2048).contains("guessed in a day"), "{weak}");
        }
        let frowned_upon = ["TLS_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_RSA_WITH_RC4_128_MD5"];
        for frowned_upon in frowned_upon {
            assert_eq!(why(frowned_upon, 1024), "", "{frowned_upon}");
            assert!(why(frowned_upon, 512).contains("groups of 512 bits"));
        }
    }

    #[test]
    fn what_is_only_frowned_upon_is_still_a_secret() {
        let three = of_lab(include_str!("../../../lab/data/exponent-3.pem"));
        assert_eq!(nobodys_secret(&three, &[]), None);
        assert_eq!(nobodys_secret(&rsa(1024, 3), &[]), None);
        let sound = of_lab(include_str!("../../../lab/data/sha1.pem"));
        assert_eq!(nobodys_secret(&sound, &[]), None);
        assert_eq!(nobodys_secret(&PublicKey::Ed25519(vec![7; 32]), &[]), None);
    }
}
