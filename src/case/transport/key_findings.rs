//! What is wrong with the keys of a TLS service, for who asks about that service alone.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::breaches::TlsFinding;
use super::keys::key_faults;
use crate::keys::{Limits, PublicKey};
use crate::observation::TlsAudit;
use crate::profile::Level;
use crate::verdict::Severity;

/// One finding for each thing that is wrong with a key. Sizes are for the rules of a set, which say how much is enough.
pub fn key_findings(audit: &TlsAudit) -> Vec<TlsFinding> {
    let limits = Limits {
        min_rsa_bits: 0,
        min_elliptic_bits: 0,
    };
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for shown in &audit.certificates {
        let read = STANDARD.decode(&shown.certificate.der).ok();
        let key = read.and_then(|der| PublicKey::of_certificate(&der).ok());
        let Some(key) = key.filter(|key| seen.insert(key.identity())) else {
            continue;
        };
        for (code, what) in key_faults(&key, &limits) {
            found.push(TlsFinding {
                rule: code.id.to_owned(),
                set: "keys".to_owned(),
                level: match code.severity >= Severity::Medium {
                    true => Level::Must,
                    false => Level::Should,
                },
                severity: code.severity,
                says: "Nobody else has the key of a certificate, or can compute it.".to_owned(),
                detail: format!(
                    "the key ({}) of certificate {}: {what}",
                    key.words(),
                    shown.place
                ),
            });
        }
    }
    found
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

    fn rules(certificates: Vec<ShownCertificate>) -> Vec<(String, Level)> {
        let audit = TlsAudit {
            versions: Vec::new(),
            certificates,
            connections: 0,
            max_concurrent: 0,
            seconds: 0.0,
            interrupted: None,
            stays_in_clear: None,
        };
        let found = key_findings(&audit).into_iter();
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
}
