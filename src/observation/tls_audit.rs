//! What a TLS service takes, version by version, and what it shows of itself while it is asked.

use serde::{Deserialize, Serialize};

use super::{Protocol, TlsCertificate, TlsSession, TlsVersion};

/// Reasons that are kept of one thing that could not be told.
const REASONS: usize = 4;

/// A protocol that begins in clear and turns to TLS when it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StartTls {
    Ftp,
    Imap,
    Pop3,
    Smtp,
}

impl StartTls {
    /// The one that a service speaks in clear; none: it has no such turn, or none that is known here.
    pub fn of(protocol: Protocol) -> Option<Self> {
        match protocol {
            Protocol::Ftp => Some(Self::Ftp),
            Protocol::Imap => Some(Self::Imap),
            Protocol::Pop3 => Some(Self::Pop3),
            Protocol::Smtp => Some(Self::Smtp),
            _ => None,
        }
    }

    /// As people write it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Ftp => "FTP",
            Self::Imap => "IMAP",
            Self::Pop3 => "POP3",
            Self::Smtp => "SMTP",
        }
    }
}

/// An audit of one service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsAudit {
    /// Every version, oldest first.
    pub versions: Vec<VersionAudit>,
    /// Every certificate that was shown, once.
    pub certificates: Vec<ShownCertificate>,
    /// TCP connections that were opened, or tried to be.
    pub connections: u32,
    /// Of these at the same time.
    pub max_concurrent: u32,
    pub seconds: f64,
    /// Why it ended before everything was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interrupted: Option<String>,
    /// What it said where it plainly refused to turn to TLS. Safe to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stays_in_clear: Option<String>,
    /// How it refused every hello with the name that was to be sent (SNI), so that the rest was asked without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_refused: Option<String>,
    /// How hellos with that name were met by no answer at all, three times over, where the same without it was answered between
    /// them: the name may be why, and the rest was asked without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_unanswered: Option<String>,
}

impl TlsAudit {
    /// What is known of a version.
    pub fn version(&self, version: TlsVersion) -> Option<&VersionAudit> {
        self.versions.iter().find(|audit| audit.version == version)
    }

    /// The versions that are offered, oldest first.
    pub fn offered(&self) -> impl Iterator<Item = &VersionAudit> {
        let offered = |audit: &&VersionAudit| audit.state == VersionState::Offered;
        self.versions.iter().filter(offered)
    }

    /// Why the rest was asked without the name that was to be sent, in words that follow it. None: there was none, or all was
    /// asked with it. Not safe to show whole.
    pub fn nameless(&self) -> Option<String> {
        match (&self.name_refused, &self.name_unanswered) {
            (Some(how), _) => Some(format!("was refused ({how})")),
            (None, Some(how)) => Some(format!(
                "was met by {how}, and hellos without one were answered, so that it may be why"
            )),
            (None, None) => None,
        }
    }

    /// Version and suite: how many pairs were accepted.
    pub fn pairs(&self) -> usize {
        self.versions.iter().map(|audit| audit.suites.len()).sum()
    }
}

/// Whether a version is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VersionState {
    /// A ServerHello chose it.
    Offered,
    /// It was plainly refused, or an older one was chosen in its place.
    Refused,
    /// Neither was shown: silence, a reset, an alert that says something else.
    Unknown,
}

/// Who chooses among what both sides can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preference {
    Server,
    Client,
}

/// What a heartbeat (RFC 6520) brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Heartbeat {
    /// The server does not agree to heartbeats.
    NotOffered,
    /// It agrees, and kept silent on a request that says it is longer than it is, as it must.
    Silent,
    /// It answered such a request with nothing but what was truly sent, where it must keep silent.
    Answers,
    /// It answered such a request with more than was sent, or with something else: CVE-2014-0160.
    TellsMore,
}

/// What could not be told, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Untold {
    /// As in `groups`.
    pub what: String,
    /// Safe to show.
    pub why: String,
}

/// One version of one service. Lists stand in the order in which the server chose. `None` says that it was not asked, cannot
/// be asked of the version, or was not told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionAudit {
    pub version: TlsVersion,
    pub state: VersionState,
    /// What showed it, as in `alert 70`. Safe to show.
    pub because: String,
    /// Names of the IANA registry.
    pub suites: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preference: Option<Preference>,
    /// Whether it never chose one without forward secrecy where it might have chosen one with it; asked of who takes both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefers_forward_secrecy: Option<bool>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// With which the server signs its handshake.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signatures: Vec<String>,
    /// Bits of the smallest group of integers that it used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dh_bits: Option<u16>,
    /// CBC suites that it chose without encrypt-then-MAC (RFC 7366), though it was offered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mac_then_encrypt: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compression: Option<bool>,
    /// RFC 5746.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secure_renegotiation: Option<bool>,
    /// RFC 7627.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extended_master_secret: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_ticket: Option<bool>,
    /// Whether it says that it could do better (RFC 8446, section 4.1.3); asked of no server that could not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub downgrade_sentinel: Option<bool>,
    /// Whether it refuses a client that says it fell back to this version (RFC 7507).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refuses_fallback: Option<bool>,
    /// Whether it asks for a certificate of the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks_for_certificate: Option<bool>,
    /// What it says to whoever has no key yet (RFC 4279). Safe to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psk_hint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat: Option<Heartbeat>,
    /// A handshake to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<TlsSession>,
    /// The application protocol that it chose in that. Safe to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alpn: Option<String>,
    /// Bytes of early data that its tickets permit (TLS 1.3); 0: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub early_data: Option<u32>,
    /// What it chose that was never offered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unasked: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untold: Vec<Untold>,
}

impl VersionAudit {
    /// A version of which nothing is known.
    pub fn unknown(version: TlsVersion) -> Self {
        Self {
            version,
            state: VersionState::Unknown,
            because: "it was not asked".to_owned(),
            suites: Vec::new(),
            preference: None,
            prefers_forward_secrecy: None,
            groups: Vec::new(),
            signatures: Vec::new(),
            dh_bits: None,
            mac_then_encrypt: Vec::new(),
            compression: None,
            secure_renegotiation: None,
            extended_master_secret: None,
            session_ticket: None,
            downgrade_sentinel: None,
            refuses_fallback: None,
            asks_for_certificate: None,
            psk_hint: None,
            heartbeat: None,
            session: None,
            alpn: None,
            early_data: None,
            unasked: Vec::new(),
            untold: Vec::new(),
        }
    }

    /// Notes what could not be told. Of one thing the first reasons are enough: a server may give one a suite.
    pub fn not_told(&mut self, what: &str, why: impl Into<String>) {
        let known = self.untold.iter().filter(|it| it.what == what).count();
        if known < REASONS {
            let why = why.into();
            let what = what.to_owned();
            self.untold.push(Untold { what, why });
        }
    }

    /// Notes what was chosen and never offered, once.
    pub fn answered_unasked(&mut self, what: &str) {
        if self.unasked.iter().all(|it| it != what) {
            self.unasked.push(what.to_owned());
        }
    }
}

/// A certificate, and where it was shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownCertificate {
    /// 0: the server's own; 1: the one behind it, and so on.
    pub place: usize,
    /// As programs write them, oldest first.
    pub versions: Vec<String>,
    pub certificate: TlsCertificate,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_does_not_fill_an_audit_by_saying_the_same_of_every_suite() {
        let mut audit = VersionAudit::unknown(TlsVersion::Tls12);
        for suite in 0..300 {
            audit.not_told("certificate", format!("with suite {suite}"));
            audit.answered_unasked("a version that was not offered");
        }
        audit.not_told("groups", "silence");
        audit.answered_unasked("a suite that was not offered");
        let told: Vec<&str> = audit.untold.iter().map(|it| it.what.as_str()).collect();
        assert_eq!(told.len(), REASONS + 1);
        assert_eq!(told.last(), Some(&"groups"));
        assert_eq!(audit.unasked.len(), 2);
    }
}
