use super::*;
use crate::observation::{KeyFacts, ShownCertificate, TlsCertificate};
use crate::profile::tls_rules;

fn version(version: TlsVersion, suites: &[&str]) -> VersionAudit {
    VersionAudit {
        state: match suites {
            [] => VersionState::Refused,
            _ => VersionState::Offered,
        },
        suites: suites.iter().map(|&suite| suite.to_owned()).collect(),
        ..VersionAudit::unknown(version)
    }
}

/// A service that keeps every rule of RFC 9325.
fn good() -> TlsAudit {
    let mut versions: Vec<VersionAudit> = TlsVersion::ALL
        .into_iter()
        .map(|it| match it {
            TlsVersion::Tls12 => version(it, &["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"]),
            TlsVersion::Tls13 => version(it, &["TLS_AES_128_GCM_SHA256"]),
            _ => version(it, &[]),
        })
        .collect();
    let old = &mut versions[4];
    old.groups = vec!["secp256r1".to_owned()];
    old.signatures = vec!["ecdsa_secp256r1_sha256".to_owned()];
    old.compression = Some(false);
    old.secure_renegotiation = Some(true);
    old.extended_master_secret = Some(true);
    old.heartbeat = Some(Heartbeat::NotOffered);
    old.preference = Some(Preference::Server);
    old.refuses_fallback = Some(true);
    old.downgrade_sentinel = Some(true);
    versions[5].groups = vec!["x25519".to_owned()];
    versions[5].early_data = Some(0);
    TlsAudit {
        versions,
        certificates: vec![certificate(KeyKind::Ec, 256, "ecdsa-with-SHA256")],
        connections: 9,
        max_concurrent: 1,
        seconds: 0.1,
        interrupted: None,
        stays_in_clear: None,
        name_refused: None,
        name_unanswered: None,
    }
}

fn certificate(kind: KeyKind, bits: u32, signature: &str) -> ShownCertificate {
    let facts = CertificateFacts {
        subject: "CN=hub".to_owned(),
        issuer: "CN=maker".to_owned(),
        self_signed: false,
        names: Vec::new(),
        not_before: jiff::civil::date(2026, 1, 1).at(0, 0, 0, 0),
        not_after: jiff::civil::date(2027, 1, 1).at(0, 0, 0, 0),
        key: KeyFacts { kind, bits },
        signature: signature.to_owned(),
        authority: false,
        spki_sha256: String::new(),
        form: None,
    };
    ShownCertificate {
        place: 0,
        versions: vec!["TLSv1.2".to_owned()],
        certificate: TlsCertificate {
            sha256: String::new(),
            der: String::new(),
            facts: Some(facts),
        },
    }
}

fn broken(audit: &TlsAudit) -> Vec<String> {
    let found = breaches(audit, &tls_rules("rfc9325").unwrap());
    found.into_iter().map(|finding| finding.rule).collect()
}

/// What one change to a good service breaks.
fn after(change: impl FnOnce(&mut TlsAudit)) -> Vec<String> {
    let mut audit = good();
    change(&mut audit);
    broken(&audit)
}

#[test]
fn a_good_service_breaks_nothing() {
    assert_eq!(broken(&good()), Vec::<String>::new());
}

#[test]
fn each_rule_is_broken_by_what_it_speaks_of_and_by_nothing_else() {
    let suite =
        |name: &'static str| after(move |audit| audit.versions[4].suites.push(name.to_owned()));
    for (name, rules) in [
        (
            "TLS_RSA_WITH_AES_128_GCM_SHA256",
            &["RFC9325-4.1-static-rsa"][..],
        ),
        (
            "TLS_ECDH_ECDSA_WITH_AES_128_GCM_SHA256",
            &["RFC9325-4.1-static-dh"],
        ),
        ("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", &["RFC9325-4.1-dhe"]),
        ("TLS_ECDHE_ECDSA_WITH_NULL_SHA", &["RFC9325-4.1-null"]),
        (
            "TLS_DH_anon_WITH_AES_128_GCM_SHA256",
            &["RFC9325-4.1-anonymous"],
        ),
        ("TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", &["RFC9325-4.1-rc4"]),
        (
            "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA",
            &["RFC9325-4.1-128"],
        ),
        (
            "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA",
            &[
                "RFC9325-4.1-112",
                "RFC9325-4.1-128",
                "RFC9325-4.1-static-rsa",
            ],
        ),
        ("TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", &[]),
        ("TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256", &[]),
    ] {
        let mut expected: Vec<&str> = rules.to_vec();
        let mut found = suite(name);
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected, "{name}");
    }
    type Change = fn(&mut TlsAudit);
    let changes: &[(Change, &str)] = &[
        (
            |it| it.versions[0] = version(TlsVersion::Ssl20, &["x"]),
            "RFC9325-3.1.1-ssl2",
        ),
        (
            |it| it.versions[1] = version(TlsVersion::Ssl30, &["x"]),
            "RFC9325-3.1.1-ssl3",
        ),
        (
            |it| it.versions[2] = version(TlsVersion::Tls10, &["x"]),
            "RFC9325-3.1.1-tls10",
        ),
        (
            |it| it.versions[3] = version(TlsVersion::Tls11, &["x"]),
            "RFC9325-3.1.1-tls11",
        ),
        (
            |it| it.versions[5] = version(TlsVersion::Tls13, &[]),
            "RFC9325-3.1.1-tls13",
        ),
        (|it| it.versions[4].compression = Some(true), "RFC9325-3.3"),
        (
            |it| it.versions[4].secure_renegotiation = Some(false),
            "RFC9325-3.5-renegotiation",
        ),
        (
            |it| it.versions[4].extended_master_secret = Some(false),
            "RFC9325-3.5-extended-master-secret",
        ),
        (|it| it.versions[5].early_data = Some(1), "RFC9325-3.10"),
        (
            |it| it.versions[4].mac_then_encrypt = vec!["x".to_owned()],
            "RFC9325-4.2.1-cbc",
        ),
        (
            |it| it.versions[4].groups = vec!["secp521r1".to_owned()],
            "RFC9325-4.2.1-curves",
        ),
        (|it| it.versions[4].dh_bits = Some(2047), "RFC9325-4.5-dh"),
        (
            |it| it.certificates = vec![certificate(KeyKind::Rsa, 2047, "sha256WithRSAEncryption")],
            "RFC9325-4.5-rsa",
        ),
        (
            |it| it.certificates = vec![certificate(KeyKind::Ec, 256, "ecdsa-with-SHA1")],
            "RFC9325-4.5-signature",
        ),
        (
            |it| it.versions[4].signatures = vec!["rsa_pkcs1_sha1".to_owned()],
            "RFC9155-handshake-signature",
        ),
        (
            |it| it.versions[4].heartbeat = Some(Heartbeat::TellsMore),
            "RFC6520-4",
        ),
        (
            |it| it.versions[4].heartbeat = Some(Heartbeat::Answers),
            "RFC6520-4-silence",
        ),
        (
            |it| it.versions[3].unasked = vec!["a version".to_owned()],
            "RFC8446-4.1.3",
        ),
    ];
    for (change, rule) in changes {
        assert_eq!(after(*change), [*rule]);
    }
}

#[test]
fn what_is_just_enough_breaks_nothing() {
    let changes: &[fn(&mut TlsAudit)] = &[
        |it| it.versions[4].dh_bits = Some(2048),
        |it| it.certificates = vec![certificate(KeyKind::Rsa, 2048, "sha256WithRSAEncryption")],
        // Who signs himself is trusted, or not, whatever the hash.
        |it| {
            let mut own = certificate(KeyKind::Ec, 256, "ecdsa-with-SHA1");
            own.certificate.facts.as_mut().unwrap().self_signed = true;
            it.certificates = vec![own];
        },
        |it| it.versions[4].heartbeat = Some(Heartbeat::Silent),
        // Curves that could not be told are no curves that lack.
        |it| {
            it.versions[4].groups = vec!["secp521r1".to_owned()];
            it.versions[4].not_told("groups", "silence");
        },
        |it| it.versions[5].state = VersionState::Unknown,
    ];
    for change in changes {
        assert_eq!(after(*change), Vec::<String>::new());
    }
}

#[test]
fn without_forward_secrecy_or_any_current_version_it_breaks_a_must() {
    let found = after(|it| {
        for version in &mut it.versions[4..] {
            version.suites = vec!["TLS_RSA_WITH_AES_128_GCM_SHA256".to_owned()];
        }
    });
    assert!(
        found.contains(&"RFC9325-4.1-forward-secrecy".to_owned()),
        "{found:?}"
    );
    let found = after(|it| {
        it.versions[3] = version(TlsVersion::Tls11, &["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"]);
        it.versions[4] = version(TlsVersion::Tls12, &[]);
        it.versions[5] = version(TlsVersion::Tls13, &[]);
    });
    assert!(
        found.contains(&"RFC9325-3.1.1-tls12".to_owned()),
        "{found:?}"
    );
}

#[test]
fn a_certificate_without_an_end_lives_as_long_as_it_may() {
    let lives = |year, second| {
        let mut audit = good();
        let facts = audit.certificates[0].certificate.facts.as_mut().unwrap();
        facts.not_after = jiff::civil::date(year, 12, 31).at(23, 59, second, 0);
        let found = breaches(&audit, &tls_rules("mozilla-intermediate").unwrap());
        found.iter().any(|it| it.rule.ends_with("-lifetime"))
    };
    assert!(!lives(9999, 59));
    assert!(lives(9999, 58));
    assert!(lives(2030, 59));
}

#[test]
fn the_worst_comes_first_and_long_lists_are_counted() {
    let found = breaches(
        &{
            let mut audit = good();
            audit.versions[4].suites = crate::tls::suites()
                .iter()
                .filter(|suite| suite.exchange() == Exchange::StaticRsa)
                .map(|suite| suite.name.to_owned())
                .collect();
            audit
        },
        &tls_rules("rfc9325").unwrap(),
    );
    let order: Vec<(Level, Severity)> = found.iter().map(|it| (it.level, it.severity)).collect();
    assert_eq!(order.first(), Some(&(Level::Must, Severity::Critical)));
    assert_eq!(order.last().map(|it| it.0), Some(Level::Should));
    let rsa = found
        .iter()
        .find(|it| it.rule.ends_with("static-rsa"))
        .unwrap();
    assert!(rsa.detail.ends_with(" more"), "{}", rsa.detail);
}

#[test]
fn no_set_lets_a_service_pass_that_protects_nothing() {
    type Change = fn(&mut TlsAudit);
    let floor: &[(Change, &str)] = &[
        (
            |it| it.versions[4].suites = vec!["TLS_ECDHE_ECDSA_WITH_NULL_SHA".to_owned()],
            "RFC9325-4.1-null",
        ),
        (
            |it| it.versions[4].suites = vec!["TLS_DH_anon_WITH_AES_128_GCM_SHA256".to_owned()],
            "RFC9325-4.1-anonymous",
        ),
        (|it| it.versions[4].dh_bits = Some(1024), "RFC9325-4.5-dh"),
        (
            |it| it.versions[4].groups.push("secp160r1".to_owned()),
            "RFC9325-4.5-curves",
        ),
        (
            |it| it.certificates = vec![certificate(KeyKind::Rsa, 1024, "sha256WithRSAEncryption")],
            "RFC9325-4.5-rsa",
        ),
        (
            |it| it.certificates = vec![certificate(KeyKind::Ec, 192, "ecdsa-with-SHA256")],
            "RFC9325-4.5-ec",
        ),
        (
            |it| it.certificates = vec![certificate(KeyKind::Ec, 256, "ecdsa-with-SHA1")],
            "RFC9325-4.5-signature",
        ),
    ];
    for id in crate::profile::tls_rule_sets() {
        for (change, rule) in floor {
            let mut audit = good();
            change(&mut audit);
            let found = breaches(&audit, &tls_rules(id).unwrap());
            assert!(found.iter().any(|it| it.rule == *rule), "{id}: {rule}");
        }
    }
}

fn by(set: &str, audit: &TlsAudit) -> Vec<String> {
    let found = breaches(audit, &tls_rules(set).unwrap());
    found.into_iter().map(|finding| finding.rule).collect()
}

#[test]
fn the_set_of_bsi_minds_small_groups_and_suites_that_it_does_not_list() {
    let mut audit = good();
    audit.versions[4].dh_bits = Some(2048);
    audit.versions[4].groups = vec!["secp256r1".to_owned(), "secp224r1".to_owned()];
    let found = by("bsi-tr-02102-2", &audit);
    for rule in ["dh", "curves"] {
        assert!(found.contains(&format!("TR-02102-2-{rule}")), "{found:?}");
    }
    let mut cbc = good();
    let suites = &mut cbc.versions[4].suites;
    suites.push("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA".to_owned());
    assert_eq!(by("bsi-tr-02102-2", &cbc), ["TR-02102-2-suites"]);
}
