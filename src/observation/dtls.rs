//! What a DTLS service takes, and what it shows of itself while it is asked.

use serde::{Deserialize, Serialize};

use super::tag::alone;
use super::{TlsAudit, TlsVersion, VersionAudit, VersionState};
use crate::tls::{Authentication, suite_named};

/// An audit of one service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DtlsAudit {
    /// In the words of TLS, so that the same rules judge both: DTLS 1.0 is TLS 1.1 in datagrams, 1.2 is 1.2 and 1.3 is 1.3
    /// (RFC 6347, section 1; RFC 9147, section 1). Other versions there are none of. `connections` are conversations.
    pub tls: TlsAudit,
    /// None: no conversation got to a ServerHello.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cookie: Option<Cookie>,
}

impl DtlsAudit {
    /// The identity hint, of whatever version.
    pub fn hint(&self) -> Option<&str> {
        self.tls
            .versions
            .iter()
            .find_map(|it| it.psk_hint.as_deref())
    }

    /// The names of the suites that are taken, of whatever version.
    pub fn suites(&self) -> impl Iterator<Item = &str> {
        let versions = self.tls.offered();
        versions.flat_map(|version| version.suites.iter().map(String::as_str))
    }

    /// Why it is not known whether further suites are taken. None: everything was decided.
    pub fn undecided(&self) -> Option<String> {
        let untold = self.tls.offered().find_map(|version| {
            let untold = version.untold.iter().find(|it| it.what == "suites")?;
            let name = Self::name(version.version);
            Some(format!("cipher suites of {name}, {}", untold.why))
        });
        let ended = self.tls.interrupted.as_ref();
        let ended = || ended.map(|why| format!("the audit ended early: {why}"));
        let silent = || {
            let nothing = self.tls.offered().next().is_none();
            nothing.then(|| "no version was seen to be taken".to_owned())
        };
        untold.or_else(ended).or_else(silent)
    }

    /// Whether it was shown that it takes no suite with a shared key: whoever speaks has a certificate or nothing, and nothing is
    /// undecided, also whether another version is taken.
    pub fn takes_no_key(&self) -> bool {
        let known = |it: &VersionAudit| it.state != VersionState::Unknown;
        let keyless = |it: Authentication| it.has_certificate() || it == Authentication::None;
        self.undecided().is_none()
            && self.tls.versions.iter().all(known)
            && self
                .suites()
                .all(|name| authentication(name).is_some_and(keyless))
    }

    /// Whether it was seen to take a suite in which it shows a certificate.
    pub fn takes_certificates(&self) -> bool {
        let mut suites = self.suites();
        suites.any(|name| authentication(name).is_some_and(Authentication::has_certificate))
    }

    /// In a few words.
    pub fn summary(&self) -> String {
        let offered = self.tls.offered();
        let offered: Vec<String> = offered
            .map(|it| format!("{} with {} suites", Self::name(it.version), it.suites.len()))
            .collect();
        let offered = match offered.as_slice() {
            [] => "no version was seen to be taken".to_owned(),
            offered => offered.join(", "),
        };
        let cookie = match self.cookie {
            None => "",
            Some(Cookie::Demanded) => ", a cookie demanded",
            Some(Cookie::NotDemanded { .. }) => ", no cookie demanded",
        };
        format!("{offered}{cookie}")
    }

    /// The name in DTLS of a version of the audit.
    pub fn name(version: TlsVersion) -> &'static str {
        match version {
            TlsVersion::Tls13 => "DTLS 1.3",
            TlsVersion::Tls12 => "DTLS 1.2",
            _ => "DTLS 1.0",
        }
    }
}

fn authentication(name: &str) -> Option<Authentication> {
    suite_named(name).map(|suite| suite.authentication())
}

/// Whether whoever says hello has to show first that he is where he says (RFC 6347, section 4.2.1). One who need not can make
/// the service send to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Cookie {
    /// Always, before a ServerHello.
    #[serde(deserialize_with = "alone")]
    Demanded,
    /// At least once not.
    NotDemanded {
        /// Bytes of one hello.
        sent: u64,
        /// Bytes that came back for it: the most for each byte that was sent.
        received: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An audit that shows these suites of DTLS 1.2, and that nothing else is taken.
    fn audit(suites: &[&str]) -> DtlsAudit {
        let version = |version, suites: &[&str]| VersionAudit {
            state: match suites {
                [] => VersionState::Refused,
                _ => VersionState::Offered,
            },
            suites: suites.iter().map(|it| (*it).to_owned()).collect(),
            ..VersionAudit::unknown(version)
        };
        DtlsAudit {
            tls: TlsAudit {
                versions: vec![
                    version(TlsVersion::Tls11, &[]),
                    version(TlsVersion::Tls12, suites),
                    version(TlsVersion::Tls13, &[]),
                ],
                certificates: Vec::new(),
                connections: 9,
                max_concurrent: 1,
                seconds: 1.0,
                interrupted: None,
                stays_in_clear: None,
                name_refused: None,
                name_unanswered: None,
            },
            cookie: None,
        }
    }

    const KEY: &str = "TLS_PSK_WITH_AES_128_CCM_8";
    const CERTIFICATE: &str = "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8";

    #[test]
    fn that_no_key_is_taken_needs_everything_to_be_known() {
        assert!(audit(&[CERTIFICATE]).takes_no_key());
        for keyed in [
            &[KEY][..],
            &[CERTIFICATE, KEY],
            &["TLS_RSA_PSK_WITH_AES_128_GCM_SHA256"],
        ] {
            assert!(!audit(keyed).takes_no_key(), "{keyed:?}");
        }
        // Suites of DTLS 1.3, and those that nobody knows, may have keys.
        assert!(!audit(&["TLS_AES_128_GCM_SHA256"]).takes_no_key());
        assert!(!audit(&["0x1234"]).takes_no_key());
        assert!(!audit(&[]).takes_no_key());
        let mut untold = audit(&[CERTIFICATE]);
        untold.tls.versions[1].not_told("suites", "silence");
        let mut unknown = audit(&[CERTIFICATE]);
        unknown.tls.versions[2].state = VersionState::Unknown;
        let mut ended = audit(&[CERTIFICATE]);
        ended.tls.interrupted = Some("time".to_owned());
        for audit in [untold, unknown, ended] {
            assert!(!audit.takes_no_key());
        }
    }

    #[test]
    fn a_certificate_is_shown_by_suites_that_sign_with_it() {
        assert!(audit(&[KEY, CERTIFICATE]).takes_certificates());
        assert!(!audit(&[KEY, "TLS_DH_anon_WITH_AES_128_CBC_SHA"]).takes_certificates());
    }
}
