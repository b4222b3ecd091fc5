//! What of the certificates of a service an audit leaves open: one that was never seen, one that cannot be read, one whose key
//! or signature is of a kind of which nothing is known.

use super::hash;
use crate::case::transport::ports::AuditedPort;
use crate::observation::{
    KeyKind, ShownCertificate, Tls, TlsAudit, TlsSession, TlsVersion, Transport, VersionAudit,
};
use crate::text::brief;
use crate::tls::suite_named;

/// Each version of which something is open, and what.
pub fn unseen(audit: &TlsAudit) -> Vec<(TlsVersion, String)> {
    let open = |version: &VersionAudit| {
        let why = of_version(version, &audit.certificates)?;
        Some((version.version, why))
    };
    audit.offered().filter_map(open).collect()
}

/// Each version of a port with which nobody saw a certificate that it owes, and why, in words.
pub fn none_seen(port: &AuditedPort<'_>, handshake: Option<&Tls>) -> Vec<String> {
    let open = beside(port.audit, handshake, port.open.transport).into_iter();
    open.map(|(version, why)| format!("the certificate of {}: {why}", port.name(version)))
        .collect()
}

/// The same of an audit beside a handshake. What a service shows with one version says nothing of what it shows with another. The
/// certificates of DTLS 1.3 nobody here can see.
fn beside(
    audit: &TlsAudit,
    handshake: Option<&Tls>,
    transport: Transport,
) -> Vec<(TlsVersion, &'static str)> {
    let seen = handshake.and_then(shook_hands_with);
    let hidden = |version| transport == Transport::Udp && version == TlsVersion::Tls13;
    let open = audit.offered().filter_map(|version| {
        let why = none_shown(version, &audit.certificates)?;
        Some((version.version, why))
    });
    open.filter(|(version, _)| Some(*version) != seen && !hidden(*version))
        .collect()
}

/// The version with which a handshake showed a certificate. None: it showed none, or failed behind it, and nobody knows what it was one of.
fn shook_hands_with(tls: &Tls) -> Option<TlsVersion> {
    tls.chain.first()?;
    match tls.session {
        TlsSession::Completed { version, .. } => Some(version),
        TlsSession::Failed { .. } => None,
    }
}

fn of_version(version: &VersionAudit, all: &[ShownCertificate]) -> Option<String> {
    if let Some(why) = none_shown(version, all) {
        return Some(why.to_owned());
    }
    let mut shown = all.iter().filter(|it| is_of(it, version.version));
    shown.find_map(|it| Some(format!("certificate {}: {}", it.place, unread(it)?)))
}

fn is_of(shown: &ShownCertificate, version: TlsVersion) -> bool {
    shown.versions.iter().any(|it| it == version.key())
}

/// Why there is none of a version that owes one. None: one was shown, or none is owed.
fn none_shown(version: &VersionAudit, all: &[ShownCertificate]) -> Option<&'static str> {
    let own = |it: &ShownCertificate| it.place == 0 && is_of(it, version.version);
    (owes_one(version) && !all.iter().any(own)).then_some(match version.version {
        TlsVersion::Tls13 => "a handshake alone shows it, and none did",
        _ => "it takes suites with a certificate, and none was seen",
    })
}

/// Whether a certificate belongs to any suite that it takes. Those of TLS 1.3 do not say, and nearly always one does.
fn owes_one(version: &VersionAudit) -> bool {
    let certified = |name: &String| {
        suite_named(name).is_some_and(|suite| suite.authentication().has_certificate())
    };
    version.version == TlsVersion::Tls13 || version.suites.iter().any(certified)
}

/// Why nothing can be said about a certificate.
fn unread(shown: &ShownCertificate) -> Option<String> {
    let Some(facts) = &shown.certificate.facts else {
        return Some("it cannot be read".to_owned());
    };
    // A root is trusted or not for itself.
    if shown.place > 0 && facts.self_signed {
        return None;
    }
    if facts.key.kind == KeyKind::Other {
        return Some("the kind of its key is not known".to_owned());
    }
    let signature = brief(&facts.signature, 60);
    hash(&facts.signature)
        .is_none()
        .then(|| format!("it is signed with {signature}, of which nothing is known"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{CertificateFacts, KeyFacts, TlsCertificate, TlsTrust, VersionState};

    fn facts() -> CertificateFacts {
        CertificateFacts {
            subject: "CN=hub".to_owned(),
            issuer: "CN=maker".to_owned(),
            self_signed: false,
            names: Vec::new(),
            not_before: jiff::civil::date(2026, 1, 1).at(0, 0, 0, 0),
            not_after: jiff::civil::date(2027, 1, 1).at(0, 0, 0, 0),
            key: KeyFacts {
                kind: KeyKind::Ec,
                bits: 256,
            },
            signature: "ecdsa-with-SHA256".to_owned(),
            authority: false,
            spki_sha256: String::new(),
            form: None,
        }
    }

    fn shown(place: usize, facts: Option<CertificateFacts>) -> ShownCertificate {
        ShownCertificate {
            place,
            versions: vec!["TLSv1.2".to_owned()],
            certificate: TlsCertificate {
                sha256: String::new(),
                der: String::new(),
                facts,
            },
        }
    }

    /// What is open of a service of this version and suite.
    fn open(version: TlsVersion, suite: &str, certificates: Vec<ShownCertificate>) -> Vec<String> {
        let audit = TlsAudit {
            versions: vec![VersionAudit {
                state: VersionState::Offered,
                suites: vec![suite.to_owned()],
                ..VersionAudit::unknown(version)
            }],
            certificates,
            connections: 0,
            max_concurrent: 0,
            seconds: 0.0,
            interrupted: None,
            stays_in_clear: None,
            name_refused: None,
            name_unanswered: None,
        };
        let told = unseen(&audit).into_iter();
        told.map(|(of, why)| {
            assert_eq!(of, version);
            why
        })
        .collect()
    }

    const CERTIFIED: &str = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";

    #[test]
    fn a_version_that_owes_a_certificate_and_showed_none_is_open() {
        let none = ["it takes suites with a certificate, and none was seen"];
        assert_eq!(open(TlsVersion::Tls12, CERTIFIED, vec![]), none);
        let of_13 = "TLS_AES_128_GCM_SHA256";
        let no_handshake = ["a handshake alone shows it, and none did"];
        assert_eq!(open(TlsVersion::Tls13, of_13, vec![]), no_handshake);
        // One of another version is none of this one.
        let other = vec![shown(0, Some(facts()))];
        assert_eq!(open(TlsVersion::Tls13, of_13, other), no_handshake);
        let behind = vec![shown(1, Some(facts()))];
        assert_eq!(open(TlsVersion::Tls12, CERTIFIED, behind), none);
    }

    #[test]
    fn who_owes_none_or_showed_a_good_one_leaves_nothing_open() {
        let nothing: [&str; 0] = [];
        let good = vec![shown(0, Some(facts()))];
        assert_eq!(open(TlsVersion::Tls12, CERTIFIED, good), nothing);
        for suite in [
            "TLS_PSK_WITH_AES_128_CCM_8",
            "TLS_DH_anon_WITH_AES_128_GCM_SHA256",
        ] {
            assert_eq!(open(TlsVersion::Tls12, suite, vec![]), nothing, "{suite}");
        }
    }

    /// A service of both versions whose certificate was seen with the older one.
    fn of_both() -> TlsAudit {
        let of = |version, suite: &str| VersionAudit {
            state: VersionState::Offered,
            suites: vec![suite.to_owned()],
            ..VersionAudit::unknown(version)
        };
        TlsAudit {
            versions: vec![
                of(TlsVersion::Tls12, CERTIFIED),
                of(TlsVersion::Tls13, "TLS_AES_128_GCM_SHA256"),
            ],
            certificates: vec![shown(0, Some(facts()))],
            connections: 0,
            max_concurrent: 0,
            seconds: 0.0,
            interrupted: None,
            stays_in_clear: None,
            name_refused: None,
            name_unanswered: None,
        }
    }

    fn handshake(session: TlsSession, chain: Vec<TlsCertificate>) -> Tls {
        Tls {
            offers: Vec::new(),
            session,
            chain,
            key_shown: true,
            trust: TlsTrust::Verified,
            names: Vec::new(),
        }
    }

    #[test]
    fn a_handshake_answers_for_its_own_version_only() {
        let completed = |version| {
            let suite = String::new();
            let session = TlsSession::Completed { version, suite };
            handshake(session, vec![shown(0, None).certificate])
        };
        let beside = |audit: &TlsAudit, handshake: Option<&Tls>| {
            let open = beside(audit, handshake, Transport::Tcp).into_iter();
            open.map(|(version, _)| version).collect::<Vec<_>>()
        };
        let audit = of_both();
        assert_eq!(beside(&audit, None), [TlsVersion::Tls13]);
        assert_eq!(beside(&audit, Some(&completed(TlsVersion::Tls13))), []);
        let tls12 = completed(TlsVersion::Tls12);
        assert_eq!(beside(&audit, Some(&tls12)), [TlsVersion::Tls13]);
        let mut none_at_12 = of_both();
        none_at_12.certificates[0].versions = vec!["TLSv1.3".to_owned()];
        let tls13 = completed(TlsVersion::Tls13);
        assert_eq!(beside(&none_at_12, Some(&tls13)), [TlsVersion::Tls12]);
    }

    #[test]
    fn a_handshake_that_failed_answers_for_no_version() {
        let failed = |chain| {
            let detail = "alert 116".to_owned();
            handshake(TlsSession::Failed { detail }, chain)
        };
        let open = |handshake: &Tls, transport| beside(&of_both(), Some(handshake), transport);
        let behind = failed(vec![shown(0, None).certificate]);
        assert_eq!(open(&behind, Transport::Tcp).len(), 1);
        let before = failed(Vec::new());
        assert_eq!(open(&before, Transport::Tcp).len(), 1);
        // Of DTLS 1.3 nobody can make one.
        assert_eq!(open(&before, Transport::Udp), []);
    }

    #[test]
    fn what_cannot_be_read_is_open() {
        let with = |place, change: fn(&mut CertificateFacts)| {
            let mut changed = facts();
            change(&mut changed);
            let all = vec![shown(0, Some(facts())), shown(place, Some(changed))];
            open(TlsVersion::Tls12, CERTIFIED, all)
        };
        let garbage = open(TlsVersion::Tls12, CERTIFIED, vec![shown(0, None)]);
        assert_eq!(garbage, ["certificate 0: it cannot be read"]);
        assert_eq!(
            with(0, |it| it.key.kind = KeyKind::Other),
            ["certificate 0: the kind of its key is not known"]
        );
        assert_eq!(
            with(1, |it| it.signature = "1.2.3".to_owned()),
            ["certificate 1: it is signed with 1.2.3, of which nothing is known"]
        );
        let root = with(1, |it| {
            (it.self_signed, it.signature) = (true, "1.2.3".to_owned());
        });
        assert_eq!(root, Vec::<String>::new());
    }
}
