//! What an audit alone saw of a service: a counter-example, and never a proof.

use super::transport::{beside_ftp, said};
use super::udp;
use crate::bench::*;
use proofmark::certificate::{FindingResult, SeenTrust};
use proofmark::evidence::{Absence, Evidence, Outcome};
use proofmark::keys::PublicKey;
use proofmark::observation::*;

const REQUIREMENTS: [&str; 5] = [
    "tls-only",
    "tls-versions",
    "tls-suites",
    "sound-keys",
    "certificate-valid",
];

/// How nothing came of anything but the audit.
#[derive(Clone, Copy, Debug)]
enum Silence {
    /// The handshake was not answered.
    Handshake,
    /// Nobody made one.
    NoHandshake,
    /// Nor was what speaks there told.
    Identification,
}

const SILENCES: [Silence; 3] = [
    Silence::Handshake,
    Silence::NoHandshake,
    Silence::Identification,
];

/// The conformant run, in which the audit alone shows what speaks at the port, and shows this.
fn audit_alone(silence: Silence, change: impl Fn(&mut TlsAudit)) -> Vec<Evidence> {
    let mut all = conformant();
    for item in &mut all {
        match (&item.asked, &mut item.outcome) {
            (Asked::Tls { .. }, outcome) => *outcome = gone(Absence::Disconnected),
            (Asked::Identify, outcome) if matches!(silence, Silence::Identification) => {
                *outcome = gone(Absence::Disconnected);
            }
            (Asked::TlsAudit { .. }, Outcome::Observed { observations }) => {
                for fact in observations {
                    if let Observation::TlsAudit(audit) = fact {
                        change(audit);
                    }
                }
            }
            _ => {}
        }
    }
    if !matches!(silence, Silence::Handshake) {
        all.retain(|item| !matches!(item.asked, Asked::Tls { .. }));
    }
    all
}

/// The code that a requirement fails by, and what its finding cites.
fn found(silence: Silence, requirement: &str, change: impl Fn(&mut TlsAudit)) -> (String, String) {
    let certificate = judge(&run(audit_alone(silence, change)));
    let result = of(&certificate, requirement);
    let all = result.findings.iter();
    let mut all = all.map(|it| (it.code.clone(), cited(it)));
    let told = said(&certificate, requirement);
    // What was not told is missing all the same.
    assert!(!result.reasons.is_empty(), "{silence:?}: {told}");
    all.next().unwrap_or_else(|| panic!("{silence:?}: {told}"))
}

/// The ids of what a finding cites.
fn cited(finding: &FindingResult) -> String {
    let ids: Vec<&str> = finding.evidence.iter().map(|it| it.id.as_str()).collect();
    ids.join(" ")
}

fn tls12(audit: &mut TlsAudit) -> &mut VersionAudit {
    &mut audit.versions[4]
}

#[test]
fn an_audit_alone_passes_nothing() {
    for silence in SILENCES {
        let certificate = judge(&run(audit_alone(silence, |_| {})));
        for requirement in REQUIREMENTS {
            let told = said(&certificate, requirement);
            assert!(
                !told.starts_with("PASS"),
                "{silence:?} {requirement}: {told}"
            );
        }
    }
}

#[test]
fn what_an_audit_alone_saw_is_found_with_its_evidence() {
    for silence in SILENCES {
        let bleeds = |audit: &mut TlsAudit| tls12(audit).heartbeat = Some(Heartbeat::TellsMore);
        let null = |audit: &mut TlsAudit| {
            tls12(audit).suites = vec!["TLS_RSA_WITH_NULL_SHA256".to_owned()];
        };
        let old = |audit: &mut TlsAudit| {
            audit.versions[2] = VersionAudit {
                version: TlsVersion::Tls10,
                ..tls12(audit).clone()
            };
        };
        let expired = |audit: &mut TlsAudit| {
            let facts = audit.certificates[0].certificate.facts.as_mut();
            facts.unwrap().not_after = "2025-06-01T00:00:00".parse().unwrap();
        };
        let of_audit = |code: &str| (code.to_owned(), "e0015".to_owned());
        for (found, code) in [
            (found(silence, "tls-only", bleeds), "protected-by-nothing"),
            (found(silence, "tls-suites", bleeds), "heartbleed"),
            (found(silence, "tls-only", null), "protected-by-nothing"),
            (
                found(silence, "tls-suites", null),
                "suite-without-encryption",
            ),
            (found(silence, "tls-versions", old), "old-tls-version"),
            (
                found(silence, "certificate-valid", expired),
                "certificate-expired",
            ),
        ] {
            assert_eq!(found, of_audit(code), "{silence:?}");
        }
    }
}

#[test]
fn what_an_audit_alone_saw_is_shown_as_it_is_judged() {
    let ends: jiff::civil::DateTime = "2025-06-01T00:00:00".parse().unwrap();
    for silence in SILENCES {
        let shown = |change: &dyn Fn(&mut TlsAudit)| {
            let certificate = judge(&run(audit_alone(silence, change)));
            let tls = certificate.protection[0].tls.clone().unwrap();
            (tls, said(&certificate, "certificate-valid"))
        };
        let (tls, judged) = shown(&|audit| {
            let facts = audit.certificates[0].certificate.facts.as_mut();
            facts.unwrap().not_after = ends;
        });
        assert_eq!(tls.evidence, "e0015", "{silence:?}");
        let certificate = tls.certificate.unwrap();
        let told = (
            certificate.not_after,
            certificate.trust,
            certificate.name_matches,
        );
        // The lab's certificate is for the declared name, and not of the declared authority.
        assert_eq!(told, (ends, SeenTrust::Failed, Some(true)), "{silence:?}");
        for code in ["expired", "untrusted"] {
            let code = format!("certificate-{code}");
            assert!(judged.contains(&code), "{silence:?}: {judged}");
        }
        // Whoever was shown it named nobody.
        let nameless = |audit: &mut TlsAudit| audit.name_refused = Some("alert 112".to_owned());
        let (tls, _) = shown(&nameless);
        assert_eq!(tls.certificate.unwrap().name_matches, None, "{silence:?}");
        let (tls, judged) = shown(&|audit| audit.certificates.clear());
        assert!(tls.certificate.is_none(), "{silence:?}");
        assert!(!judged.contains("certificate-"), "{silence:?}: {judged}");
        // What it took stands there all the same.
        assert_eq!(tls.versions.len(), 6, "{silence:?}");
    }
}

#[test]
fn a_published_key_that_an_audit_alone_saw_is_found() {
    use base64::Engine as _;
    let der = base64::engine::general_purpose::STANDARD.decode(super::transport::lab_certificate());
    let key = PublicKey::of_certificate(&der.unwrap()).unwrap();
    for silence in SILENCES {
        let mut all = audit_alone(silence, |_| {});
        let sha256 = "2".repeat(64);
        let asked = Asked::Blocklist {
            sha256: sha256.clone(),
        };
        let keys = vec![LookedUpKey {
            identity: key.identity_hex(),
            collections: vec![3],
        }];
        let outcome = seen(Observation::LookedUp(LookedUp { keys }));
        all.push(evidence(600, "blocklist", None, asked, outcome));
        let mut run = run(all);
        run.info.settings.blocklist = Some(proofmark::evidence::BlocklistUsed { sha256, keys: 3 });
        let certificate = judge(&run);
        for (requirement, code) in [
            ("sound-keys", "key-published"),
            ("tls-only", "protected-by-nothing"),
        ] {
            let [found] = &of(&certificate, requirement).findings[..] else {
                panic!("{silence:?}: {}", said(&certificate, requirement));
            };
            assert_eq!(found.code, code, "{silence:?}");
            let by = "published, by the list that was handed in (collection 3)";
            assert!(found.message.contains(by), "{}", found.message);
            // The key, and that it is on the list.
            assert_eq!(cited(found), "e0015 e0600");
        }
    }
}

/// The audit of the conformant run, of versions from this one on, with a certificate that has expired or not.
fn audit(from: usize, expired: bool) -> TlsAudit {
    let mut all = conformant().into_iter();
    let item = all.find(|item| matches!(item.asked, Asked::TlsAudit { .. }));
    let Some(Observation::TlsAudit(audit)) = item.unwrap().observations().first().cloned() else {
        panic!("the audit of the run brought nothing");
    };
    let mut audit = audit;
    audit.versions.drain(..from);
    let facts = audit.certificates[0].certificate.facts.as_mut().unwrap();
    if expired {
        facts.not_after = "2025-06-01T00:00:00".parse().unwrap();
    }
    audit
}

#[test]
fn an_expired_certificate_that_an_audit_alone_saw_behind_starttls_is_found() {
    let judged = |expired| {
        let audits = [80, 443].map(|port| {
            let audit = audit(0, expired && port == 443);
            (port, seen(Observation::TlsAudit(audit)))
        });
        said(&beside_ftp(audits.to_vec(), None), "certificate-valid")
    };
    // The lab's certificate is for nobody here, and that alone is wrong with it.
    assert_eq!(judged(false), "FAIL certificate-wrong-name no-evidence");
    let expired = "FAIL certificate-expired certificate-wrong-name no-evidence";
    assert_eq!(judged(true), expired);
}

#[test]
fn a_certificate_that_an_audit_alone_saw_over_dtls_is_found() {
    let judged = |expired, shaken: bool| {
        let dtls = Observation::Dtls(DtlsAudit {
            tls: audit(3, expired),
            cookie: Some(Cookie::Demanded),
        });
        let asked = Asked::Dtls { server_name: None };
        let mut items = vec![
            udp::ledger(&[udp::open(5684)]),
            udp::identified(302, 5684, Protocol::Dtls),
            udp::udp(303, Some(5684), asked, seen(dtls)),
        ];
        if shaken {
            let asked = Asked::Tls {
                server_name: None,
                starttls: None,
            };
            let outcome = gone(Absence::NoAnswer);
            items.push(udp::udp(304, Some(5684), asked, outcome));
        }
        judge(&udp::with(None, items))
    };
    for shaken in [true, false] {
        let reason = match shaken {
            true => "no-answer",
            false => "no-evidence",
        };
        let told = |expired| said(&judged(expired, shaken), "certificate-valid");
        let misnamed = "certificate-wrong-name";
        assert_eq!(told(false), format!("FAIL {misnamed} {reason}"));
        let expired = format!("FAIL certificate-expired {misnamed} {reason}");
        assert_eq!(told(true), expired);
    }
}
