use super::*;
use crate::evidence::BlocklistUsed;
use crate::observation::{CertificateFacts, KeyFacts, KeyKind, TlsCertificate, TlsVersion};
use crate::verdict::Severity;

fn audit() -> TlsAudit {
    let mut versions: Vec<VersionAudit> = TlsVersion::ALL
        .into_iter()
        .map(VersionAudit::unknown)
        .collect();
    versions[3].state = VersionState::Refused;
    versions[3].because = "alert 70".to_owned();
    let version = &mut versions[4];
    version.state = VersionState::Offered;
    version.suites = vec!["TLS_RSA_WITH_AES_128_CBC_SHA".to_owned()];
    version.preference = Some(Preference::Client);
    version.secure_renegotiation = Some(true);
    version.compression = Some(false);
    version.dh_bits = Some(1024);
    version.not_told("groups", "alert 80");
    let facts = CertificateFacts {
        subject: "CN=hub".to_owned(),
        issuer: "CN=hub".to_owned(),
        self_signed: true,
        names: Vec::new(),
        not_before: jiff::civil::date(2026, 1, 1).at(0, 0, 0, 0),
        not_after: jiff::civil::date(9999, 12, 31).at(23, 59, 59, 0),
        key: KeyFacts {
            kind: KeyKind::Ec,
            bits: 256,
        },
        signature: "ecdsa-with-SHA256".to_owned(),
        authority: false,
        spki_sha256: String::new(),
        form: None,
    };
    let shown = |facts| ShownCertificate {
        place: 0,
        versions: vec!["TLSv1.2".to_owned()],
        certificate: TlsCertificate {
            sha256: "ab".to_owned(),
            der: "MDAw".to_owned(),
            facts,
        },
    };
    TlsAudit {
        versions,
        certificates: vec![shown(Some(facts)), shown(None)],
        connections: 9,
        max_concurrent: 1,
        seconds: 0.25,
        interrupted: None,
        stays_in_clear: None,
        name_refused: None,
        name_unanswered: None,
    }
}

fn findings() -> Vec<TlsFinding> {
    vec![TlsFinding {
        rule: "X-1".to_owned(),
        set: "x".to_owned(),
        level: Level::Must,
        severity: Severity::High,
        says: "It is so.".to_owned(),
        detail: "it is not".to_owned(),
    }]
}

fn not_judged() -> Vec<Untold> {
    vec![Untold {
        what: "trust".to_owned(),
        why: "no manifest".to_owned(),
    }]
}

fn told<'a>(
    audit: &'a TlsAudit,
    findings: &'a [TlsFinding],
    not_judged: &'a [Untold],
    list: Option<&'a BlocklistUsed>,
) -> Told<'a> {
    Told {
        audit,
        findings,
        not_judged,
        list,
    }
}

#[test]
fn a_program_sees_the_promised_keys_and_no_others() {
    let document = json(&told(&audit(), &findings(), &not_judged(), None));
    let keys: Vec<&String> = document.as_object().unwrap().keys().collect();
    let mut promised = [
        "versions",
        "certificates",
        "findings",
        "connections",
        "max_concurrent",
        "seconds",
    ];
    promised.sort_unstable();
    let mut keys: Vec<&str> = keys.into_iter().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, promised);
    let versions = document["versions"].as_object().unwrap();
    assert_eq!(versions.len(), 6);
    assert_eq!(
        versions["TLSv1.2"]["suites"],
        json!(["TLS_RSA_WITH_AES_128_CBC_SHA"])
    );
    assert_eq!(versions["TLSv1.2"]["state"], "offered");
    assert_eq!(versions["TLSv1.1"]["state"], "refused");
    assert_eq!(
        versions["SSLv2"],
        json!({"state": "unknown", "because": "it was not asked", "suites": []})
    );
    assert_eq!(document["certificates"][0]["facts"]["key"]["bits"], 256);
    assert_eq!(document["certificates"][1]["facts"], Value::Null);
    assert_eq!(document["findings"][0]["level"], "must");
    assert_eq!(
        document["certificates"][0]["not_judged"][0]["what"],
        "trust"
    );
    assert_eq!(
        (&document["connections"], &document["seconds"]),
        (&json!(9), &json!(0.25))
    );
}

#[test]
fn a_session_is_told_in_the_words_of_the_keys() {
    let mut audit = audit();
    audit.versions[5].session = Some(TlsSession::Completed {
        version: TlsVersion::Tls13,
        suite: "TLS_AES_128_GCM_SHA256".to_owned(),
    });
    let document = json(&told(&audit, &findings(), &not_judged(), None));
    assert_eq!(
        document["versions"]["TLSv1.3"]["session"],
        json!({"kind": "completed", "version": "TLSv1.3", "suite": "TLS_AES_128_GCM_SHA256"})
    );
}

#[test]
fn a_name_that_was_refused_is_told_and_one_that_was_not_is_not() {
    let said = |audit: &TlsAudit| {
        let told = told(audit, &[], &[], None);
        let text = text("192.0.2.1:443", &told, &[]);
        let lines = text.lines().filter(|it| it.contains("--sni"));
        let line = lines.map(str::to_owned).next();
        let json = json(&told);
        let of = |key: &str| json.get(key).and_then(Value::as_str).map(str::to_owned);
        (of("name_refused"), of("name_unanswered"), line)
    };
    let mut audit = audit();
    assert_eq!(said(&audit), (None, None, None));
    let how = Some("alert 112".to_owned());
    audit.name_refused.clone_from(&how);
    let line = "the name of --sni was refused (alert 112): the rest was asked without one, and names were not judged";
    assert_eq!(said(&audit), (how, None, Some(line.to_owned())));
    let how = Some("a reset".to_owned());
    audit.name_refused = None;
    audit.name_unanswered.clone_from(&how);
    let line = "the name of --sni was met by a reset, and hellos without one were answered, so that it may be why: the rest was asked without one, and names were not judged";
    assert_eq!(said(&audit), (None, how, Some(line.to_owned())));
}

fn list() -> BlocklistUsed {
    BlocklistUsed {
        sha256: "ab".repeat(32),
        keys: 3,
    }
}

#[test]
fn a_list_that_was_handed_in_is_named_by_its_digest() {
    let document = json(&told(&audit(), &findings(), &not_judged(), Some(&list())));
    assert_eq!(
        document["blocklist"],
        json!({"sha256": "ab".repeat(32), "keys": 3})
    );
}

#[test]
fn an_audit_that_was_ended_says_so_in_json() {
    let whole = json(&told(&audit(), &findings(), &not_judged(), None));
    assert_eq!(whole.get("interrupted"), None);
    let mut ended = audit();
    ended.interrupted = Some("it was stopped".to_owned());
    let document = json(&told(&ended, &findings(), &not_judged(), None));
    assert_eq!(document["interrupted"], "it was stopped");
}

#[test]
fn a_person_sees_what_is_offered_refused_and_not_known() {
    let text = text(
        "192.0.2.1:443",
        &told(&audit(), &findings(), &not_judged(), Some(&list())),
        &[],
    );
    for line in [
        "TLS 1.3  unknown: it was not asked",
        "TLS 1.2  offered: 1 suite, the client chooses",
        "    TLS_RSA_WITH_AES_128_CBC_SHA",
        "  secure renegotiation yes; compression no; smallest group of integers 1024 bits",
        "  not told: groups: alert 80",
        "TLS 1.1  refused (alert 70)",
        "  0  CN=hub, EC 256 bits, ecdsa-with-SHA256, 2026-01-01 to 9999-12-31, issued by itself (TLSv1.2)",
        "  0  3 bytes that are no certificate (TLSv1.2)",
        "  must   X-1: It is so.",
        "         seen: it is not",
        "  not judged: trust: no manifest",
        &format!(
            "keys were looked up in a list of 3, SHA-256 {}",
            "ab".repeat(32)
        ),
        "9 connections, one at a time, in 0.25 s; 1 accepted pairs of version and suite",
    ] {
        assert!(text.lines().any(|it| it == line), "{line}\n{text}");
    }
}

#[test]
fn a_curve_is_called_by_its_name() {
    let pem = include_str!("../../../../lab/fixtures/certificates/leaf.pem");
    let body = pem.split("-----").nth(2).unwrap();
    let mut audit = audit();
    audit.certificates[0].certificate.der = body.split_whitespace().collect();
    let findings = findings();
    let not_judged = not_judged();
    let told = told(&audit, &findings, &not_judged, None);
    let key = &json(&told)["certificates"][0]["facts"]["key"];
    assert_eq!(*key, json!({"kind": "ec", "bits": 256, "curve": "P-256"}));
    let text = text("192.0.2.10:443", &told, &[]);
    assert!(
        text.contains("  0  CN=hub, EC P-256, ecdsa-with-SHA256, "),
        "{text}"
    );
}
