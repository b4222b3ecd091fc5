//! What types cannot say of the evidence for TLS and DTLS: it answers its own question, has its bytes, and is whole.

use super::{BlobRole, Evidence};
use crate::observation::{Asked, DtlsAudit, Observation, TlsAudit, TlsVersion, Transport};

/// Those of DTLS, in the words of TLS, oldest first.
const OF_DTLS: [TlsVersion; 3] = [TlsVersion::Tls11, TlsVersion::Tls12, TlsVersion::Tls13];

/// Why a forged run alone says so. None: nothing is wrong with it.
pub(super) fn contradiction(item: &Evidence) -> Option<String> {
    let wrong = if !dtls_was_asked(item) {
        "an audit of DTLS answers something else, or without its bytes"
    } else if !certificates_were_asked_for(item) {
        "a handshake over UDP answers something else, or without its bytes"
    } else if !audits_were_asked_for(item) {
        "a TLS audit answers something else"
    } else {
        return item.observations().iter().find_map(not_whole);
    };
    Some(wrong.to_owned())
}

/// What is wrong with the list of versions of an audit: each stands there, once, also one of which nothing is known. What is
/// left out would not be missed by who looks for what is taken.
fn not_whole(fact: &Observation) -> Option<String> {
    let (what, all, audit, name): (_, &[TlsVersion], &TlsAudit, fn(TlsVersion) -> String) =
        match fact {
            Observation::TlsAudit(audit) => ("TLS", &TlsVersion::ALL, audit, |it| it.to_string()),
            Observation::Dtls(DtlsAudit { tls, .. }) => {
                ("DTLS", &OF_DTLS, tls, |it| DtlsAudit::name(it).to_owned())
            }
            _ => return None,
        };
    let has = audit.versions.iter().map(|it| it.version);
    if has.clone().eq(all.iter().copied()) {
        return None;
    }
    let missing = all.iter().filter(|it| has.clone().all(|has| has != **it));
    let missing: Vec<String> = missing.map(|it| name(*it)).collect();
    Some(match missing.as_slice() {
        [] => format!("an audit of {what} has other versions than there are, or in another order"),
        missing => format!(
            "an audit of {what} says nothing of {}, not even that it is not known",
            missing.join(", ")
        ),
    })
}

/// Whether an audit of TLS is the answer to the question for one, of a TCP port.
fn audits_were_asked_for(item: &Evidence) -> bool {
    let audit = |fact: &Observation| matches!(fact, Observation::TlsAudit(_));
    let asked = matches!(item.asked, Asked::TlsAudit { .. });
    let over_tcp = item.target.transport == Some(Transport::Tcp);
    !item.observations().iter().any(audit) || (asked && over_tcp && refusals_were_heard(item))
}

/// Whether who refused to turn to TLS was asked to, was heard, and took none.
fn refusals_were_heard(item: &Evidence) -> bool {
    let asked = matches!(
        item.asked,
        Asked::TlsAudit {
            starttls: Some(_),
            ..
        }
    );
    let received = item
        .blobs
        .iter()
        .any(|blob| blob.role == BlobRole::Received);
    item.observations().iter().all(|fact| match fact {
        Observation::TlsAudit(audit) if audit.stays_in_clear.is_some() => {
            asked && received && audit.offered().next().is_none()
        }
        _ => true,
    })
}

/// Whether an audit of DTLS was asked for over UDP, speaks of its versions, and has bytes where it saw any.
fn dtls_was_asked(item: &Evidence) -> bool {
    let received = item
        .blobs
        .iter()
        .any(|blob| blob.role == BlobRole::Received);
    item.observations().iter().all(|fact| match fact {
        Observation::Dtls(dtls) => {
            let asked = matches!(item.asked, Asked::Dtls { .. });
            let over_udp = item.target.transport == Some(Transport::Udp);
            let saw = dtls.cookie.is_some() || dtls.tls.offered().next().is_some();
            asked && over_udp && (received || !saw)
        }
        _ => true,
    })
}

/// Whether what a handshake over UDP shows was asked for, and its bytes were kept.
fn certificates_were_asked_for(item: &Evidence) -> bool {
    let mut blobs = item.blobs.iter();
    let received = blobs.any(|blob| blob.role == BlobRole::Received);
    let over_udp = item.target.transport == Some(Transport::Udp);
    item.observations().iter().all(|fact| match fact {
        Observation::Tls(tls) if over_udp => {
            matches!(item.asked, Asked::Tls { .. }) && (received || tls.chain.is_empty())
        }
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audit_speaks_of_every_version() {
        let fact = |kind: &str, versions: &[&str]| {
            let version = |name: &&str| {
                format!(r#"{{"version":"{name}","state":"refused","because":"it","suites":[]}}"#)
            };
            let versions: Vec<String> = versions.iter().map(version).collect();
            let audit = format!(
                r#"{{"versions":[{}],"certificates":[],"connections":1,"max_concurrent":1,"seconds":0.1}}"#,
                versions.join(",")
            );
            let value = match kind {
                "dtls" => format!(r#"{{"tls":{audit}}}"#),
                _ => audit,
            };
            let text = format!(r#"{{"kind":"{kind}","value":{value}}}"#);
            not_whole(&serde_json::from_str(&text).unwrap()).unwrap_or_default()
        };
        let all = [
            "SSL 2.0", "SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3",
        ];
        assert_eq!(fact("tls-audit", &all), "");
        assert_eq!(fact("dtls", &all[3..]), "");
        let of_tls = fact("tls-audit", &all[4..]);
        assert!(
            of_tls.contains("of SSL 2.0, SSL 3.0, TLS 1.0, TLS 1.1, not even"),
            "{of_tls}"
        );
        let of_dtls = fact("dtls", &all[4..]);
        assert!(of_dtls.contains("of DTLS 1.0, not even"), "{of_dtls}");
        let mut twice = all.to_vec();
        twice.push("TLS 1.3");
        assert!(fact("tls-audit", &twice).contains("in another order"));
        twice.swap(0, 6);
        assert!(fact("tls-audit", &twice[..6]).contains("nothing of SSL 2.0"));
        assert!(fact("dtls", &all).contains("in another order"));
    }

    #[test]
    fn an_audit_is_the_answer_to_the_question_for_one() {
        let text = r#"{"id":"e0001","probe":"tls-audit","unit":"a",
            "target":{"address":"127.0.0.1","transport":"tcp","port":443},
            "asked":{"kind":"tls-audit"},
            "started_at":"2026-01-02T03:04:05Z","observed_at":"2026-01-02T03:04:05Z",
            "outcome":{"kind":"observed","observations":[{"kind":"tls-audit","value":{"versions":[],
            "certificates":[],"connections":0,"max_concurrent":0,"seconds":0.0}}]}}"#;
        let holds = |text: &str| audits_were_asked_for(&serde_json::from_str(text).unwrap());
        assert!(holds(text));
        for (right, wrong) in [
            (r#"{"kind":"tls-audit"},"#, r#"{"kind":"tls"},"#),
            (r#""tcp""#, r#""udp""#),
        ] {
            assert!(text.contains(right));
            assert!(!holds(&text.replace(right, wrong)), "{wrong}");
        }
    }

    #[test]
    fn who_refused_to_turn_to_tls_was_asked_to_and_was_heard() {
        let text = r#"{"id":"e0001","probe":"tls-audit","unit":"a",
            "target":{"address":"127.0.0.1","transport":"tcp","port":21},
            "asked":{"kind":"tls-audit","starttls":"ftp"},
            "started_at":"2026-01-02T03:04:05Z","observed_at":"2026-01-02T03:04:05Z",
            "outcome":{"kind":"observed","observations":[{"kind":"tls-audit","value":{"versions":[
            {"version":"TLS 1.2","state":"unknown","because":"it","suites":[]}],
            "certificates":[],"connections":1,"max_concurrent":1,"seconds":0.0,"stays_in_clear":"502 no"}}]},
            "blobs":[{"role":"received","sha256":"","length":1}]}"#;
        let holds = |text: &str| audits_were_asked_for(&serde_json::from_str(text).unwrap());
        assert!(holds(text));
        for (right, wrong) in [
            (r#","starttls":"ftp""#, ""),
            (r#""received""#, r#""sent""#),
            (r#""unknown""#, r#""offered""#),
        ] {
            assert!(text.contains(right));
            assert!(!holds(&text.replace(right, wrong)), "{wrong}");
        }
    }
}
