//! Judging the way to a service.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::bench::*;
use proofmark::certificate::*;
use proofmark::dut::Authority;
use proofmark::evidence::*;
use proofmark::keys::PublicKey;
use proofmark::observation::*;
use proofmark::observation::{
    CertificateFacts, KeyFacts, KeyKind, NameMatch, OfferAnswer, Tls, TlsCertificate, TlsOffer,
    TlsSession, TlsTrust, TlsVersion,
};

pub(crate) fn tls(id: u32, observation: Tls) -> Evidence {
    let asked = Asked::Tls {
        server_name: Some("hub.local".to_owned()),
        starttls: None,
    };
    evidence(
        id,
        "tls",
        Some(80),
        asked,
        seen(Observation::Tls(observation)),
    )
}

/// The audit of the same port.
pub(crate) fn audited(id: u32) -> Evidence {
    let asked = Asked::TlsAudit {
        server_name: Some("hub.local".to_owned()),
        starttls: None,
    };
    evidence(id, "tls-audit", Some(80), asked, audit(true))
}

fn accepted(selected: TlsVersion) -> OfferAnswer {
    OfferAnswer::Accepted {
        selected,
        suite: "0xc02b".to_owned(),
    }
}

fn facts() -> CertificateFacts {
    CertificateFacts {
        subject: "CN=hub.local".to_owned(),
        issuer: "CN=Acme".to_owned(),
        self_signed: false,
        names: vec!["DNS:hub.local".to_owned()],
        not_before: "2025-01-01T00:00:00".parse().unwrap(),
        // There is no end, which is legitimate.
        not_after: "9999-12-31T23:59:59".parse().unwrap(),
        key: KeyFacts {
            kind: KeyKind::Ec,
            bits: 256,
        },
        signature: "ecdsa-with-SHA256".to_owned(),
        authority: false,
        spki_sha256: "0".repeat(64),
        form: None,
    }
}

/// A port that does everything right.
pub(crate) fn good() -> Tls {
    let refused = OfferAnswer::Refused { alert: 70 };
    let answers = [
        refused.clone(),
        refused,
        accepted(TlsVersion::Tls12),
        accepted(TlsVersion::Tls13),
    ];
    let offers = TlsVersion::OFFERED.into_iter().zip(answers);
    Tls {
        offers: offers
            .map(|(offered, answer)| TlsOffer { offered, answer })
            .collect(),
        session: TlsSession::Completed {
            version: TlsVersion::Tls13,
            suite: "TLS13_AES_128_GCM_SHA256".to_owned(),
        },
        chain: vec![TlsCertificate {
            sha256: "0".repeat(64),
            der: lab_certificate(),
            facts: Some(facts()),
        }],
        key_shown: true,
        trust: TlsTrust::Verified,
        names: vec![NameMatch {
            name: "hub.local".to_owned(),
            matches: true,
        }],
    }
}

/// The verdict on a requirement, with its codes and reasons, after one change to the good port.
fn after(requirement: &str, change: impl FnOnce(&mut Tls)) -> String {
    let mut observation = good();
    change(&mut observation);
    let all = without_audits(with(13, tls(13, observation)));
    said(&judge(&run(all)), requirement)
}

pub(crate) fn said(certificate: &Certificate, requirement: &str) -> String {
    let result = of(certificate, requirement);
    let codes = result.findings.iter().map(|finding| finding.code.clone());
    let reasons = result.reasons.iter().map(|it| it.as_str().to_owned());
    let words: Vec<String> = std::iter::once(result.verdict.to_string())
        .chain(codes)
        .chain(reasons)
        .collect();
    words.join(" ")
}

#[test]
fn old_versions_fail_and_what_is_unclear_withholds_the_pass() {
    let answer = |index: usize, answer: OfferAnswer| {
        after("tls-versions", |tls| tls.offers[index].answer = answer)
    };
    let unclear = || OfferAnswer::Unclear {
        detail: "alert 47".to_owned(),
    };
    let old = "FAIL old-tls-version";
    assert_eq!(after("tls-versions", |_| {}), "PASS");
    assert_eq!(answer(0, accepted(TlsVersion::Tls10)), old);
    assert_eq!(answer(0, accepted(TlsVersion::Ssl30)), old);
    assert_eq!(answer(2, accepted(TlsVersion::Tls11)), old);
    assert_eq!(answer(1, unclear()), "INCONCLUSIVE answer-unclear");
    assert_eq!(answer(3, unclear()), "PASS");
    let nothing = after("tls-versions", |tls| {
        tls.offers.truncate(2);
    });
    assert_eq!(nothing, "PASS", "the handshake shows a current version");
    let refusals = after("tls-versions", |tls| {
        tls.offers.truncate(3);
        tls.offers[2].answer = OfferAnswer::Refused { alert: 40 };
        tls.session = TlsSession::Failed {
            detail: "reset".to_owned(),
        };
    });
    assert_eq!(refusals, "INCONCLUSIVE answer-unclear");
}

#[test]
fn what_a_handshake_took_counts_though_the_audit_did_not_see_it() {
    let judged = |change: fn(&mut Tls)| {
        let mut observation = good();
        change(&mut observation);
        said(&judge(&run(with(13, tls(13, observation)))), "tls-versions")
    };
    assert_eq!(judged(|_| {}), "PASS");
    let once = judged(|tls| tls.offers[0].answer = accepted(TlsVersion::Tls10));
    assert_eq!(once, "FAIL old-tls-version");
}

fn seen_at() -> jiff::civil::DateTime {
    jiff::tz::Offset::UTC.to_datetime(time())
}

fn second() -> jiff::Span {
    jiff::Span::new().seconds(1)
}

fn rsa(facts: &mut CertificateFacts, bits: u32) {
    facts.key = KeyFacts {
        kind: KeyKind::Rsa,
        bits,
    };
}

#[test]
fn a_certificate_is_judged_by_what_it_says_and_when_it_was_seen() {
    type Change = fn(&mut CertificateFacts);
    let cases: [(Change, &str); 10] = [
        (|_| {}, "PASS"),
        (
            |it| it.not_after = seen_at() - second(),
            "FAIL certificate-expired",
        ),
        (|it| it.not_after = seen_at(), "PASS"),
        (
            |it| it.not_before = seen_at() + second(),
            "FAIL certificate-not-yet-valid",
        ),
        (|it| it.key.bits = 224, "FAIL certificate-weak-key"),
        (|it| rsa(it, 2047), "FAIL certificate-weak-key"),
        (|it| rsa(it, 2048), "PASS"),
        (
            |it| it.key.kind = KeyKind::Other,
            "INCONCLUSIVE answer-unclear",
        ),
        (
            |it| it.signature = "RSA-SHA1".to_owned(),
            "FAIL certificate-weak-signature",
        ),
        (
            |it| it.signature = "1.2.3".to_owned(),
            "INCONCLUSIVE answer-unclear",
        ),
    ];
    for (place, (change, expected)) in cases.into_iter().enumerate() {
        let said = after("certificate-valid", |tls| {
            change(tls.chain[0].facts.as_mut().unwrap());
        });
        assert_eq!(said, expected, "case {place}");
    }
}

#[test]
fn trust_needs_the_declared_authority_the_name_and_the_key() {
    let case = |change: fn(&mut Tls)| after("certificate-valid", change);
    let unclear = "INCONCLUSIVE answer-unclear";
    assert_eq!(
        case(|tls| tls.trust = TlsTrust::NotDeclared),
        "INCONCLUSIVE ca-not-declared"
    );
    let alone = case(|tls| {
        tls.trust = TlsTrust::NotDeclared;
        tls.chain[0].facts.as_mut().unwrap().self_signed = true;
    });
    assert_eq!(alone, "FAIL certificate-self-signed");
    let stranger = case(|tls| {
        tls.trust = TlsTrust::Failed {
            detail: "UnknownIssuer".to_owned(),
        };
    });
    assert_eq!(stranger, "FAIL certificate-untrusted");
    assert_eq!(
        case(|tls| tls.names[0].matches = false),
        "FAIL certificate-wrong-name"
    );
    assert_eq!(case(|tls| tls.key_shown = false), unclear);
    assert_eq!(case(|tls| tls.chain.clear()), unclear);
    assert_eq!(case(|tls| tls.chain[0].facts = None), unclear);
    // Nobody relies on what a root says of itself.
    let with_root = case(|tls| {
        let mut root = tls.chain[0].clone();
        let facts = root.facts.as_mut().unwrap();
        (facts.self_signed, facts.signature) = (true, "RSA-MD5".to_owned());
        tls.chain.push(root);
    });
    assert_eq!(with_root, "PASS");
}

#[test]
fn what_cannot_be_checked_or_told_withholds_the_pass() {
    let case = |change: fn(&mut Tls)| after("certificate-valid", change);
    let unclear = "INCONCLUSIVE answer-unclear";
    let unchecked = case(|tls| {
        tls.trust = TlsTrust::Unchecked {
            detail: "P-521".to_owned(),
        };
    });
    assert_eq!(unchecked, unclear);
    assert_eq!(case(|tls| tls.names.clear()), unclear);
}

/// The verdict on the certificate of a service with which no handshake came about, and that showed its audit this.
fn shown_in_clear(change: impl Fn(&mut TlsAudit)) -> String {
    let mut shown = good();
    (shown.chain, shown.names) = (Vec::new(), Vec::new());
    (shown.key_shown, shown.trust) = (false, TlsTrust::NotDeclared);
    shown.session = TlsSession::Failed {
        detail: "HandshakeFailure".to_owned(),
    };
    let mut all = with(13, tls(13, shown));
    let mut outcome = audit(true);
    if let Outcome::Observed { observations } = &mut outcome
        && let Observation::TlsAudit(audit) = &mut observations[0]
    {
        audit.certificates = vec![ShownCertificate {
            place: 0,
            versions: vec!["TLSv1.2".to_owned()],
            certificate: TlsCertificate {
                sha256: "0".repeat(64),
                der: fixture(include_str!("../../../lab/fixtures/certificates/leaf.pem")),
                facts: Some(facts()),
            },
        }];
        change(audit);
    }
    let asked = Asked::TlsAudit {
        server_name: None,
        starttls: None,
    };
    let mut audited = evidence(400, "tls-audit", Some(80), asked, outcome);
    // The certificate is younger than the run.
    audited.observed_at = "2030-01-01T00:00:00Z".parse().unwrap();
    all.push(audited);
    let mut run = run(all);
    let ca = include_str!("../../../lab/fixtures/certificates/ca.pem");
    let declared = run.device.services[0].tls.get_or_insert_default();
    declared.names = vec!["hub.local".to_owned()];
    declared.ca = Some(Authority {
        file: "ca.pem".to_owned(),
        certificates: vec![fixture(ca)],
    });
    said(&judge(&run), "certificate-valid")
}

/// The bytes of a PEM file in Base64.
fn fixture(pem: &str) -> String {
    let body = pem.split("-----").nth(2).unwrap();
    body.split_whitespace().collect()
}

#[test]
fn a_certificate_that_only_the_audit_saw_is_judged_and_its_key_stays_open() {
    let own = |audit: &mut TlsAudit, change: fn(&mut CertificateFacts)| {
        change(audit.certificates[0].certificate.facts.as_mut().unwrap());
    };
    let open = "INCONCLUSIVE answer-unclear";
    assert_eq!(shown_in_clear(|_| {}), open);
    assert_eq!(shown_in_clear(|audit| audit.certificates.clear()), open);
    assert_eq!(
        shown_in_clear(|audit| audit.certificates[0].certificate.facts = None),
        open
    );
    let expired = shown_in_clear(move |audit| {
        own(audit, |it| {
            it.not_after = "2029-01-01T00:00:00".parse().unwrap();
        });
    });
    assert_eq!(expired, "FAIL certificate-expired answer-unclear");
    let foreign = shown_in_clear(|audit| {
        let other = include_str!("../../../lab/fixtures/certificates/own.pem");
        audit.certificates[0].certificate.der = fixture(other);
    });
    assert_eq!(foreign, "FAIL certificate-untrusted answer-unclear");
}

#[test]
fn what_only_other_clients_are_shown_is_judged_by_purpose_and_strength_too() {
    let beside = |change: fn(&mut CertificateFacts)| {
        let mut all = with(13, tls(13, good()));
        let mut outcome = audit(true);
        if let Outcome::Observed { observations } = &mut outcome
            && let Observation::TlsAudit(audit) = &mut observations[0]
        {
            let mut other = facts();
            other.form = Some(CertificateForm {
                version: 3,
                serial: "01".to_owned(),
                key_usage: None,
                extended_key_usage: None,
            });
            change(&mut other);
            audit.certificates = vec![ShownCertificate {
                place: 0,
                versions: vec!["TLSv1.2".to_owned()],
                certificate: TlsCertificate {
                    sha256: "1".repeat(64),
                    der: String::new(),
                    facts: Some(other),
                },
            }];
        }
        let asked = Asked::TlsAudit {
            server_name: None,
            starttls: None,
        };
        all.push(evidence(400, "tls-audit", Some(80), asked, outcome));
        said(&judge(&run(all)), "certificate-valid")
    };
    assert_eq!(beside(|_| {}), "PASS");
    let can_sign = beside(|it| it.authority = true);
    assert_eq!(can_sign, "FAIL certificate-can-sign");
    assert_eq!(beside(|it| it.key.bits = 224), "FAIL certificate-weak-key");
    assert_eq!(
        beside(|it| it.key.kind = KeyKind::Other),
        "INCONCLUSIVE answer-unclear"
    );
}

fn speaks_in_clear(identification: &mut Evidence) {
    if let Outcome::Observed { observations } = &mut identification.outcome
        && let Observation::Service(service) = &mut observations[0]
    {
        service.tls = false;
    }
}

/// Opens port 443 as well, with everything that was shown of the service inside TLS on port 80.
fn beside_tls_on_443(all: &mut Vec<Evidence>) {
    let closed = |first, last| span(first, last, PortState::Closed, PortProof::Refused);
    let open = |port| span(port, port, PortState::Open, PortProof::Accepted);
    let spans = vec![
        closed(1, 79),
        open(80),
        closed(81, 442),
        open(443),
        closed(444, 65_535),
    ];
    all[2].outcome = seen(ledger(spans));
    let shown: Vec<Evidence> = all
        .iter()
        .filter(|item| matches!(item.asked, Asked::Identify | Asked::Tls { .. }))
        .cloned()
        .collect();
    for (number, mut item) in (300..).zip(shown) {
        item.id = format!("e{number:04}");
        item.target.port = Some(443);
        all.push(item);
    }
}

/// The conformant run with its web server in clear, answering a stranger so.
fn in_clear(outcome: AccessOutcome, location: Option<&str>) -> String {
    let mut all = conformant();
    beside_tls_on_443(&mut all);
    speaks_in_clear(&mut all[3]);
    let of_80 = |item: &Evidence| item.target.port == Some(80);
    all.retain(|item| match &item.asked {
        Asked::Access { .. } => false,
        Asked::Tls { .. } => !of_80(item),
        _ => true,
    });
    let mut stranger = access(6, AccessStep::Anonymous, None, outcome);
    if let Outcome::Observed { observations } = &mut stranger.outcome
        && let Observation::Access(reply) = &mut observations[0]
    {
        reply.location = location.map(str::to_owned);
    }
    all.push(stranger);
    said(&judge(&run(all)), "tls-only")
}

#[test]
fn cleartext_is_judged_from_what_is_taken_and_served() {
    use AccessOutcome::{Forbidden, LoginForm, Redirected, Refused, Served};
    assert_eq!(said(&judge(&run(conformant())), "tls-only"), "PASS");
    assert_eq!(in_clear(Refused, None), "FAIL cleartext-login");
    assert_eq!(in_clear(LoginForm, None), "FAIL cleartext-login");
    assert_eq!(in_clear(Served, None), "FAIL cleartext-page");
    assert_eq!(in_clear(Forbidden, None), "INCONCLUSIVE answer-unclear");
    for (location, expected) in [
        ("https://127.77.1.10/", "PASS redirects-to-https"),
        ("https://hub.local:443/x", "PASS redirects-to-https"),
        ("https://hub.local:8443/", "INCONCLUSIVE answer-unclear"),
        ("https://127.77.1.10:80/", "INCONCLUSIVE answer-unclear"),
        ("https://127.77.1.11/", "INCONCLUSIVE answer-unclear"),
        ("http://127.77.1.10/x", "INCONCLUSIVE answer-unclear"),
        ("/login", "INCONCLUSIVE answer-unclear"),
    ] {
        assert_eq!(in_clear(Redirected, Some(location)), expected, "{location}");
    }
}

#[test]
fn tls_that_is_declared_and_not_spoken_is_not_absent() {
    let clear = |declared: bool| {
        let mut run = run(conformant());
        run.evidence
            .retain(|item| !matches!(item.asked, Asked::Tls { .. }));
        speaks_in_clear(&mut run.evidence[3]);
        if !declared {
            run.device.services[0].tls = None;
        }
        let certificate = judge(&run);
        ["tls-versions", "certificate-valid"].map(|id| said(&certificate, id))
    };
    assert_eq!(clear(true), ["INCONCLUSIVE answer-unclear"; 2]);
    assert_eq!(clear(false), ["N/A"; 2]);
}

/// An audit that shows TLS 1.2 and 1.3, or nothing at all.
pub(crate) fn audit(takes: bool) -> Outcome {
    let version = |name: &str, offered: bool| {
        let (state, suites) = match offered {
            true => ("offered", r#"["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"]"#),
            false => ("refused", "[]"),
        };
        format!(r#"{{"version":"{name}","state":"{state}","because":"it","suites":{suites}}}"#)
    };
    let text = format!(
        r#"{{"versions":[{},{},{},{},{},{}],"certificates":[],"connections":2,"max_concurrent":1,"seconds":0.1}}"#,
        version("SSL 2.0", false),
        version("SSL 3.0", false),
        version("TLS 1.0", false),
        version("TLS 1.1", false),
        version("TLS 1.2", takes),
        version("TLS 1.3", takes)
    );
    let mut audit: TlsAudit = serde_json::from_str(&text).unwrap();
    if takes {
        // The one that a handshake is shown as well.
        audit.certificates = vec![ShownCertificate {
            place: 0,
            versions: vec!["TLSv1.2".to_owned(), "TLSv1.3".to_owned()],
            certificate: good().chain[0].clone(),
        }];
    }
    seen(Observation::TlsAudit(audit))
}

/// The conformant run with an FTP server beside it that may turn to TLS, these audits of ports, and what a handshake behind
/// STARTTLS showed.
pub(crate) fn beside_ftp(audits: Vec<(u16, Outcome)>, shown: Option<Tls>) -> Certificate {
    let mut all = without_audits(conformant());
    beside_tls_on_443(&mut all);
    all.retain(|item| !(matches!(item.asked, Asked::Tls { .. }) && item.target.port == Some(443)));
    let ftp = all
        .iter_mut()
        .find(|item| matches!(item.asked, Asked::Identify) && item.target.port == Some(443));
    if let Outcome::Observed { observations } = &mut ftp.unwrap().outcome
        && let Observation::Service(service) = &mut observations[0]
    {
        (service.tls, service.protocol) = (false, Protocol::Ftp);
    }
    for (number, (port, outcome)) in (400..).zip(audits) {
        let asked = Asked::TlsAudit {
            server_name: None,
            starttls: (port == 443).then_some(StartTls::Ftp),
        };
        all.push(evidence(number, "tls-audit", Some(port), asked, outcome));
    }
    if let Some(shown) = shown {
        let asked = Asked::Tls {
            server_name: None,
            starttls: Some(StartTls::Ftp),
        };
        let outcome = seen(Observation::Tls(shown));
        all.push(evidence(500, "tls", Some(443), asked, outcome));
    }
    judge(&run(all))
}

#[test]
fn a_service_that_may_turn_to_tls_and_was_not_asked_leaves_the_verdict_open() {
    let judged = |audits: Vec<(u16, Outcome)>| said(&beside_ftp(audits, None), "tls-versions");
    let silent = || Outcome::Absent {
        reason: Absence::NoAnswer,
        detail: "nothing".to_owned(),
    };
    // Earlier versions asked nobody.
    assert_eq!(judged(vec![]), "PASS");
    let left_out = judged(vec![(80, audit(true))]);
    assert_eq!(left_out, "INCONCLUSIVE no-evidence");
    let unanswered = judged(vec![(80, audit(true)), (443, silent())]);
    assert_eq!(unanswered, "INCONCLUSIVE no-answer");
    let stays_in_clear = judged(vec![(80, audit(true)), (443, declined())]);
    assert_eq!(stays_in_clear, "PASS");
}

/// The audit of a service that plainly refuses to turn to TLS.
fn declined() -> Outcome {
    let mut outcome = audit(false);
    if let Outcome::Observed { observations } = &mut outcome
        && let Observation::TlsAudit(audit) = &mut observations[0]
    {
        audit.stays_in_clear = Some("502 no".to_owned());
    }
    outcome
}

#[test]
fn an_audit_that_shows_no_version_taken_passes_nothing() {
    let judged = |port: usize, id: &str| {
        let mut audits = vec![(80, audit(true)), (443, audit(true))];
        audits[port].1 = audit(false);
        said(&beside_ftp(audits, Some(good())), id)
    };
    for id in ["tls-versions", "tls-suites"] {
        // Inside TLS, and behind STARTTLS.
        assert_eq!(judged(0, id), "INCONCLUSIVE answer-unclear", "{id}");
        assert_eq!(judged(1, id), "INCONCLUSIVE answer-unclear", "{id}");
    }
}

#[test]
fn the_certificate_behind_starttls_is_judged_like_any_other() {
    let judged_beside = |audited: Outcome, shown: Option<Tls>| {
        let audits = vec![(80, audit(true)), (443, audited)];
        said(&beside_ftp(audits, shown), "certificate-valid")
    };
    let judged = |shown| judged_beside(audit(true), shown);
    assert_eq!(judged(Some(good())), "PASS");
    let nothing_seen = judged_beside(without_certificate(""), None);
    assert_eq!(nothing_seen, "INCONCLUSIVE no-evidence");
    let mut expired = good();
    if let Some(facts) = &mut expired.chain[0].facts {
        facts.not_after = "2020-01-01T00:00:00".parse().unwrap();
    }
    assert_eq!(judged(Some(expired)), "FAIL certificate-expired");
    let mut unseen = good();
    unseen.chain.clear();
    let unclear = "INCONCLUSIVE answer-unclear";
    assert_eq!(
        judged_beside(without_certificate(""), Some(unseen)),
        unclear
    );
    // One version beside a good handshake with the other.
    let none_at_12 = without_certificate("TLSv1.2");
    assert_eq!(judged_beside(none_at_12, Some(good())), unclear);
}

/// The audit of a service that shows no certificate with this version; empty: with none.
fn without_certificate(version: &str) -> Outcome {
    let mut outcome = audit(true);
    if let Outcome::Observed { observations } = &mut outcome
        && let Observation::TlsAudit(audit) = &mut observations[0]
    {
        match version {
            "" => audit.certificates.clear(),
            version => audit.certificates[0].versions.retain(|it| it != version),
        }
    }
    outcome
}

/// A certificate with a key that nothing is wrong with, as it stands in an observation.
pub(crate) fn lab_certificate() -> String {
    let pem = include_str!("../../../lab/data/sha1.pem");
    pem.split("-----")
        .nth(2)
        .unwrap()
        .split_whitespace()
        .collect()
}

/// The verdict on the keys where a list was handed in and these were looked up; none: nobody looked.
fn with_list(looked_up: Option<Vec<LookedUpKey>>) -> String {
    let shown = good();
    let mut all = with(13, tls(13, shown));
    let sha256 = "2".repeat(64);
    if let Some(keys) = looked_up {
        let asked = Asked::Blocklist {
            sha256: sha256.clone(),
        };
        let outcome = seen(Observation::LookedUp(LookedUp { keys }));
        all.push(evidence(600, "blocklist", None, asked, outcome));
    }
    let mut run = run(all);
    run.info.settings.blocklist = Some(BlocklistUsed { sha256, keys: 3 });
    said(&judge(&run), "sound-keys")
}

#[test]
fn a_key_that_was_not_looked_up_in_the_list_that_was_handed_in_stays_open() {
    let der = STANDARD.decode(lab_certificate()).unwrap();
    let identity = PublicKey::of_certificate(&der).unwrap().identity_hex();
    let key = |identity: &str, collections: Vec<u8>| LookedUpKey {
        identity: identity.to_owned(),
        collections,
    };
    assert_eq!(with_list(None), "INCONCLUSIVE no-evidence");
    let another = key(&"3".repeat(64), vec![]);
    assert_eq!(with_list(Some(vec![another])), "INCONCLUSIVE no-evidence");
    assert_eq!(with_list(Some(vec![key(&identity, vec![])])), "PASS");
    let listed = with_list(Some(vec![key(&identity, vec![3])]));
    assert_eq!(listed, "FAIL key-published");
}

#[test]
fn the_lists_of_what_is_published_are_named_by_their_digests() {
    let mut run = run(conformant());
    run.info.settings.shared_keys_sha256 = Some("5".repeat(64));
    let told = |run: &Run| judge(run).run.shared_keys_sha256;
    assert_eq!(told(&run), Some("5".repeat(64)));
    // Earlier versions did not say.
    run.info.settings.shared_keys_sha256 = None;
    assert_eq!(told(&run), None);
}
