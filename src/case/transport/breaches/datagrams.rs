//! What is broken over datagrams is told by the names of DTLS.

use super::*;
use crate::observation::DtlsAudit;
use crate::profile::tls_rules;

/// DTLS 1.0 and 1.2, without what protects renegotiation, and with an answer that nobody asked for.
fn old() -> TlsAudit {
    let version = |version: TlsVersion, suites: &[&str]| VersionAudit {
        state: match suites {
            [] => VersionState::Refused,
            _ => VersionState::Offered,
        },
        suites: suites.iter().map(|it| (*it).to_owned()).collect(),
        secure_renegotiation: Some(false),
        ..VersionAudit::unknown(version)
    };
    let mut mad = version(
        TlsVersion::Tls12,
        &["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"],
    );
    mad.unasked.push("a suite that was not offered".to_owned());
    TlsAudit {
        versions: vec![
            version(TlsVersion::Tls11, &["TLS_PSK_WITH_AES_128_CBC_SHA"]),
            mad,
            version(TlsVersion::Tls13, &[]),
        ],
        certificates: Vec::new(),
        connections: 1,
        max_concurrent: 1,
        seconds: 0.1,
        interrupted: None,
        stays_in_clear: None,
        name_refused: None,
        name_unanswered: None,
    }
}

fn details(called: fn(TlsVersion) -> &'static str) -> Vec<String> {
    let sets = tls_rules("rfc9325").unwrap();
    let found: Vec<String> = broken(&old(), sets.iter(), called)
        .map(|it| it.detail)
        .collect();
    found
}

#[test]
fn a_version_has_the_name_by_which_it_was_spoken() {
    let found = details(DtlsAudit::name);
    for said in [
        "DTLS 1.0",
        "DTLS 1.0, DTLS 1.2",
        "DTLS 1.3 refused",
        "DTLS 1.2: a suite that was not offered",
    ] {
        assert!(found.iter().any(|it| it == said), "{said}: {found:?}");
    }
    assert!(found.iter().all(|it| !it.contains("TLSv")), "{found:?}");
    let in_stream = details(TlsVersion::key);
    for said in ["TLSv1.1", "TLSv1.1, TLSv1.2", "TLSv1.3 refused"] {
        assert!(in_stream.iter().any(|it| it == said), "{in_stream:?}");
    }
}
