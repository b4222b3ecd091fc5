//! What is wrong with the keys of a TLS service, for who asks about that service alone.

use std::collections::BTreeSet;

use super::breaches::TlsFinding;
use super::keys::{PUBLISHED, key_faults};
use crate::keys::{Limits, Listed, PublicKey, shown_by};
use crate::observation::TlsAudit;
use crate::profile::Level;
use crate::verdict::{Code, Severity};

/// The public keys of the certificates that an audit was shown, once each, with the place of the certificate.
pub fn audited_keys(audit: &TlsAudit) -> Vec<(usize, PublicKey)> {
    let mut seen = BTreeSet::new();
    let shown = audit.certificates.iter();
    let read = shown.filter_map(|shown| Some((shown.place, shown_by(&shown.certificate)?)));
    read.filter(|(_, key)| seen.insert(key.identity()))
        .collect()
}

/// One finding for each thing that is wrong with a key. Sizes are for the rules of a set, which say how much is enough.
pub fn key_findings(keys: &[(usize, PublicKey)]) -> Vec<TlsFinding> {
    let limits = Limits {
        min_rsa_bits: 0,
        min_elliptic_bits: 0,
    };
    let found = keys.iter().flat_map(|(place, key)| {
        let faults = key_faults(key, &limits).into_iter();
        faults.map(move |(code, what)| finding(code, *place, key, &what))
    });
    found.collect()
}

/// One finding for each of these keys that stands on a list that was handed in.
pub fn listed_findings(keys: &[(usize, PublicKey)], listed: &[Listed]) -> Vec<TlsFinding> {
    let found = listed.iter().filter_map(|listed| {
        let (place, key) = keys.get(listed.place)?;
        let what = format!(
            "its private half is published, by the list that was handed in (collection {})",
            listed.collection
        );
        Some(finding(PUBLISHED, *place, key, &what))
    });
    found.collect()
}

fn finding(code: Code, place: usize, key: &PublicKey, what: &str) -> TlsFinding {
    TlsFinding {
        rule: code.id.to_owned(),
        set: "keys".to_owned(),
        level: match code.severity >= Severity::Medium {
            true => Level::Must,
            false => Level::Should,
        },
        severity: code.severity,
        says: "Nobody else has the key of a certificate, or can compute it.".to_owned(),
        detail: format!("the key ({}) of certificate {place}: {what}", key.words()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{ShownCertificate, TlsCertificate};

    /// A certificate of the lab, from its PEM.
    fn shown(pem: &str) -> ShownCertificate {
        let body = pem.split("-----").nth(2).unwrap();
        let der: String = body.split_whitespace().collect();
        ShownCertificate {
            place: 0,
            versions: vec!["TLSv1.3".to_owned()],
            certificate: TlsCertificate {
                sha256: String::new(),
                der,
                facts: None,
            },
        }
    }

    fn keys(certificates: Vec<ShownCertificate>) -> Vec<(usize, PublicKey)> {
        audited_keys(&TlsAudit {
            versions: Vec::new(),
            certificates,
            connections: 0,
            max_concurrent: 0,
            seconds: 0.0,
            interrupted: None,
            stays_in_clear: None,
            name_refused: None,
            name_unanswered: None,
        })
    }

    fn rules(certificates: Vec<ShownCertificate>) -> Vec<(String, Level)> {
        let found = key_findings(&keys(certificates)).into_iter();
        found.map(|it| (it.rule, it.level)).collect()
    }

    #[test]
    fn a_key_is_told_once_and_a_sound_one_never() {
        let close = shown(include_str!("../../../lab/data/close-primes.pem"));
        let three = shown(include_str!("../../../lab/data/exponent-3.pem"));
        let sound = shown(include_str!("../../../lab/data/sha1.pem"));
        let broken = ("key-broken".to_owned(), Level::Must);
        let odd = ("key-odd-exponent".to_owned(), Level::Should);
        assert_eq!(rules(vec![close.clone(), close, three]), [broken, odd]);
        assert_eq!(rules(vec![sound]), []);
        let no_certificate = ShownCertificate {
            certificate: TlsCertificate {
                sha256: String::new(),
                der: "MDAw".to_owned(),
                facts: None,
            },
            ..shown(include_str!("../../../lab/data/sha1.pem"))
        };
        assert_eq!(rules(vec![no_certificate]), []);
    }

    #[test]
    fn a_key_on_a_list_is_told_by_its_place_and_no_other_is() {
        let three = shown(include_str!("../../../lab/data/exponent-3.pem"));
        let sound = shown(include_str!("../../../lab/data/sha1.pem"));
        let keys = keys(vec![three, sound]);
        let on_list = |place| Listed {
            place,
            collection: 7,
        };
        let [found] = &listed_findings(&keys, &[on_list(1)])[..] else {
            panic!("one key is on the list");
        };
        assert_eq!(
            (found.rule.as_str(), found.level),
            ("key-published", Level::Must)
        );
        assert!(found.detail.contains(&keys[1].1.words()), "{found:?}");
        assert!(found.detail.contains("collection 7"), "{found:?}");
        assert!(listed_findings(&keys, &[]).is_empty());
        assert!(listed_findings(&keys, &[on_list(2)]).is_empty());
    }
}
