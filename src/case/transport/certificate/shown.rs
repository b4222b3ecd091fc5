//! What is wrong with the certificates of a TLS service in themselves, for who asks about that service alone. Keys and signatures
//! are for the rules of a set.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::Offset;
use rustls::pki_types::CertificateDer;

use super::form::{CAN_SIGN, CHAIN_ORDER, MALFORMED, NOT_FOR_SERVERS, disorder, faults};
use super::usage::beyond;
use super::{WRONG_NAME, misnamed};
use crate::case::transport::breaches::TlsFinding;
use crate::observation::{CertificateFacts, ShownCertificate, TlsAudit};
use crate::profile::Level;
use crate::tls::names;
use crate::verdict::{Code, Severity};

/// What is wrong with each certificate that the server showed of itself at this time, and with its chain where there is one
/// alone. Without a name nobody knows for whom it should be.
pub fn certificate_findings(
    audit: &TlsAudit,
    name: Option<&str>,
    address: IpAddr,
    seen: Timestamp,
) -> Vec<TlsFinding> {
    let at = Offset::UTC.to_datetime(seen);
    let mut found = Vec::new();
    for shown in audit.certificates.iter().filter(|it| it.place == 0) {
        let Some(own) = &shown.certificate.facts else {
            continue;
        };
        let mut wrong = faults(own, at);
        let misnamed = name.and_then(|name| not_for(shown, own, name, address));
        wrong.extend(misnamed.map(|what| (WRONG_NAME, what)));
        let with = audit.offered().filter(|version| {
            let key = version.version.key();
            shown.versions.iter().any(|it| it == key)
        });
        let unusable = beyond(own, with, |version| version.to_string()).into_iter();
        wrong.extend(unusable.map(|what| (NOT_FOR_SERVERS, what)));
        let whose = format!("certificate 0, {},", own.subject);
        found.extend(
            wrong
                .into_iter()
                .map(|(code, what)| finding(code, format!("{whose} {what}"))),
        );
    }
    let disorder = only_chain(audit).and_then(|chain| disorder(&chain));
    found.extend(disorder.map(|what| finding(CHAIN_ORDER, what)));
    found
}

fn not_for(
    shown: &ShownCertificate,
    own: &CertificateFacts,
    name: &str,
    address: IpAddr,
) -> Option<String> {
    let der: CertificateDer<'static> = STANDARD.decode(&shown.certificate.der).ok()?.into();
    let matches = names(Some(&der), Some(own), &[name.to_owned()], address);
    misnamed(own, &matches)
}

/// The certificates in their order. None: one cannot be read, or there are several for one place.
fn only_chain(audit: &TlsAudit) -> Option<Vec<&CertificateFacts>> {
    let mut shown: Vec<&ShownCertificate> = audit.certificates.iter().collect();
    shown.sort_by_key(|it| it.place);
    let single = shown.iter().enumerate().all(|(at, it)| it.place == at);
    let facts = shown.iter().map(|it| it.certificate.facts.as_ref());
    facts.collect::<Option<Vec<_>>>().filter(|_| single)
}

fn finding(code: Code, detail: String) -> TlsFinding {
    TlsFinding {
        rule: code.id.to_owned(),
        set: "certificate".to_owned(),
        level: match code.severity >= Severity::Medium {
            true => Level::Must,
            false => Level::Should,
        },
        severity: code.severity,
        says: says(code).to_owned(),
        detail,
    }
}

/// What would hold if it were not found.
fn says(code: Code) -> &'static str {
    if code == CAN_SIGN {
        "The certificate of a server signs no others (RFC 5280, section 4.2.1.9)."
    } else if code == CHAIN_ORDER {
        "Each certificate of a chain vouches for the one before it (RFC 5246, section 7.4.2)."
    } else if code == MALFORMED {
        "A certificate is of version 3, with a serial number above 0 of at most 20 bytes (RFC 5280, section 4.1.2)."
    } else if code == NOT_FOR_SERVERS {
        "What a certificate says that it is for includes servers (RFC 5280, sections 4.2.1.3 and 4.2.1.12)."
    } else if code == WRONG_NAME {
        "A certificate is for the name under which the service is reached (RFC 9525)."
    } else {
        "A certificate is shown between its beginning and its end (RFC 5280, section 4.1.2.5)."
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{CertificateForm, KeyFacts, KeyKind, TlsCertificate};

    fn shown(place: usize) -> ShownCertificate {
        let pem = include_str!("../../../../lab/fixtures/certificates/leaf.pem");
        let body = pem.split("-----").nth(2).unwrap();
        let facts = CertificateFacts {
            subject: format!("CN={place}"),
            issuer: format!("CN={}", place + 1),
            self_signed: false,
            names: vec!["DNS:hub.local".to_owned()],
            not_before: jiff::civil::date(2026, 1, 1).at(0, 0, 0, 0),
            not_after: jiff::civil::date(2036, 1, 1).at(0, 0, 0, 0),
            key: KeyFacts {
                kind: KeyKind::Ec,
                bits: 256,
            },
            signature: "ecdsa-with-SHA256".to_owned(),
            authority: false,
            spki_sha256: String::new(),
            form: Some(CertificateForm {
                version: 3,
                serial: "01".to_owned(),
                key_usage: None,
                extended_key_usage: None,
            }),
        };
        ShownCertificate {
            place,
            versions: vec!["TLSv1.3".to_owned()],
            certificate: TlsCertificate {
                sha256: String::new(),
                der: body.split_whitespace().collect(),
                facts: Some(facts),
            },
        }
    }

    fn found(name: Option<&str>, certificates: Vec<ShownCertificate>) -> Vec<(String, Level)> {
        let audit = TlsAudit {
            versions: Vec::new(),
            certificates,
            connections: 0,
            max_concurrent: 0,
            seconds: 0.0,
            interrupted: None,
            stays_in_clear: None,
            name_refused: None,
            name_unanswered: None,
        };
        let at = "2030-01-01T00:00:00Z".parse().unwrap();
        let address = IpAddr::from([127, 0, 0, 1]);
        let found = certificate_findings(&audit, name, address, at).into_iter();
        found.map(|it| (it.rule, it.level)).collect()
    }

    fn after(change: fn(&mut CertificateFacts)) -> Vec<(String, Level)> {
        let mut own = shown(0);
        change(own.certificate.facts.as_mut().unwrap());
        found(None, vec![own, shown(1)])
    }

    fn must(code: &str) -> Vec<(String, Level)> {
        vec![(code.to_owned(), Level::Must)]
    }

    #[test]
    fn each_fault_of_a_certificate_is_found_and_a_good_one_has_none() {
        assert_eq!(after(|_| {}), []);
        assert_eq!(
            after(|it| it.not_after = it.not_before),
            must("certificate-expired")
        );
        assert_eq!(
            after(|it| it.not_before = it.not_after),
            must("certificate-not-yet-valid")
        );
        assert_eq!(
            after(|it| it.authority = true),
            must("certificate-can-sign")
        );
        let for_clients = after(|it| {
            let form = it.form.as_mut().unwrap();
            form.extended_key_usage = Some(vec!["client-auth".to_owned()]);
        });
        assert_eq!(for_clients, must("certificate-not-for-servers"));
        let malformed = after(|it| it.form.as_mut().unwrap().version = 1);
        let should = |code: &str| vec![(code.to_owned(), Level::Should)];
        assert_eq!(malformed, should("certificate-malformed"));
        let odd_chain = after(|it| it.issuer = "CN=x".to_owned());
        assert_eq!(odd_chain, should("certificate-chain-order"));
    }

    #[test]
    fn a_name_counts_where_one_was_asked_for() {
        let wrong = must("certificate-wrong-name");
        assert_eq!(found(Some("hub.local"), vec![shown(0)]), []);
        assert_eq!(found(Some("other.local"), vec![shown(0)]), wrong);
    }

    #[test]
    fn of_two_chains_nobody_knows_the_order() {
        let mut other = shown(0);
        other.certificate.facts.as_mut().unwrap().issuer = "CN=x".to_owned();
        assert_eq!(found(None, vec![shown(0), shown(1), other]), []);
    }
}
