//! Attempts at what lies behind a login, whatever the protocol.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{MqttReply, Protocol, Transport};

/// How a login is made.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Mechanism {
    /// None: plain CoAP (RFC 7252) carries no login. What it gives to anyone is an attempt all the same.
    Coap,
    /// A shared key of DTLS (RFC 4279): the user name is the identity, the password the key. What lies behind it is asked for by CoAP.
    DtlsPsk,
    /// FTP's USER and PASS (RFC 959).
    Ftp,
    /// HTTP Basic (RFC 7617).
    HttpBasic,
    /// HTTP Digest (RFC 7616).
    HttpDigest,
    /// User name and password in CONNECT of MQTT, in whatever version.
    Mqtt,
    /// SSH with a password, by the method `password` (RFC 4252) or `keyboard-interactive` (RFC 4256).
    SshPassword,
    /// Login and password prompts in a Telnet session (RFC 854).
    Telnet,
}

impl Mechanism {
    /// Whether it asks for an HTTP path.
    pub fn is_http(self) -> bool {
        matches!(self, Self::HttpBasic | Self::HttpDigest)
    }

    /// The protocol that it is a login of.
    pub fn protocol(self) -> Protocol {
        match self {
            Self::Coap => Protocol::Coap,
            Self::DtlsPsk => Protocol::Dtls,
            Self::Ftp => Protocol::Ftp,
            Self::HttpBasic | Self::HttpDigest => Protocol::Http,
            Self::Mqtt => Protocol::Mqtt,
            Self::SshPassword => Protocol::Ssh,
            Self::Telnet => Protocol::Telnet,
        }
    }

    /// What it travels over.
    pub fn transport(self) -> Transport {
        match self {
            Self::Coap | Self::DtlsPsk => Transport::Udp,
            _ => Transport::Tcp,
        }
    }

    /// The word used in manifests and certificates.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Coap => "coap",
            Self::DtlsPsk => "dtls-psk",
            Self::Ftp => "ftp",
            Self::HttpBasic => "http-basic",
            Self::HttpDigest => "http-digest",
            Self::Mqtt => "mqtt",
            Self::SshPassword => "ssh-password",
            Self::Telnet => "telnet",
        }
    }
}

/// The part that an attempt plays in the proof.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum AccessStep {
    /// The owner's credential, before anything else: the login works at all.
    OwnerFirst,
    /// No credentials: is a login needed?
    Anonymous,
    /// A random account: what does a refusal look like?
    RandomAccount,
    /// A candidate's user name with a random password: what does a refusal look like?
    RandomPassword,
    /// A published default credential.
    Candidate,
    /// A credential that was just accepted, once more.
    CandidateAgain,
    /// The accepted user name with a random password: was it the password that opened the door?
    CandidateControl,
    /// The owner's user name with a random password, as often as the most tried account failed: would
    /// so many failures lock an account?
    OwnerControl,
    /// The owner's credential, after everything else: the login still works, nothing was locked.
    OwnerLast,
    /// No credentials, before an account of another service is tried in clear: is a login needed?
    TwinAnonymous,
    /// A random account, before that: what does a refusal look like?
    TwinControl,
    /// The account of another service, where it was accepted encrypted, once and in clear.
    TwinAccount,
}

impl AccessStep {
    /// Whether it belongs to the attempts with accounts of other services, which are no part of a trial of this one.
    pub fn is_twin(self) -> bool {
        matches!(
            self,
            Self::TwinAnonymous | Self::TwinControl | Self::TwinAccount
        )
    }
}

/// A user name and password as they were sent. A secret of the manifest stands as `{{secret:ID}}`;
/// random and published ones stand in clear.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    pub username: String,
    pub password: String,
}

/// What came back. Says what was seen; whether it means "accepted" is judged against the controls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccessOutcome {
    /// Content was served: an HTTP 2xx with no login form in it, a CoAP 2.05 with content, a terminal that
    /// ran our command, a message that an MQTT broker delivered, an SSH server that said so, an FTP server
    /// that showed its directory.
    Served,
    /// The credentials, or their lack, were accepted, and nothing was served: an MQTT CONNECT that was
    /// followed by no message, an FTP login that was followed by no directory.
    Admitted,
    /// Credentials are demanded, or those sent were refused: HTTP 401, CoAP 4.01 or 4.03, the login
    /// prompt again, an MQTT CONNACK that says so, SSH's USERAUTH_FAILURE, FTP's 530.
    Refused,
    /// A page with a password field.
    LoginForm,
    /// Sent elsewhere: HTTP 3xx.
    Redirected,
    /// Too many attempts: HTTP 429, 503 with Retry-After, a terminal that says so, FTP's 421.
    Throttled,
    /// HTTP 403: this may not be had, whatever the credentials.
    Forbidden,
    /// There is no such thing: HTTP 404 or 410, CoAP 4.04, a version of MQTT that is not spoken.
    NotFound,
    /// Anything else.
    Unclear,
}

impl AccessOutcome {
    /// Whether credentials that were answered so were accepted.
    pub fn accepts(self) -> bool {
        matches!(self, Self::Served | Self::Admitted)
    }
}

/// The answer to one attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessReply {
    pub outcome: AccessOutcome,
    /// What was seen, for a person: `401, Basic realm="IPCAM"`, `shell ran our command`. Safe to show.
    pub detail: String,
    /// HTTP status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Authentication schemes that the device offers, lower case (`basic`, `digest`); for SSH the methods
    /// that it offered to this user (`publickey`, `password`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schemes: Vec<String>,
    /// Where a redirect points, safe to show. Never followed off the unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// SHA-256 of the content served (HTTP body, CoAP payload), hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_sha256: Option<String>,
    /// Its length in bytes, as far as it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_length: Option<u64>,
    /// The page's title, safe to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What an MQTT broker allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mqtt: Option<MqttReply>,
}

impl AccessReply {
    /// What was seen, where nothing else can be told of it.
    pub fn new(outcome: AccessOutcome, detail: impl Into<String>) -> Self {
        Self {
            outcome,
            detail: detail.into(),
            status: None,
            schemes: Vec::new(),
            location: None,
            content_sha256: None,
            content_length: None,
            title: None,
            mqtt: None,
        }
    }

    /// Whether an SSH server named its methods to this user, and none of them takes a password.
    pub fn offers_no_password(&self) -> bool {
        let by_password =
            |method: &String| method == "password" || method == "keyboard-interactive";
        self.outcome == AccessOutcome::Refused
            && !self.schemes.is_empty()
            && !self.schemes.iter().any(by_password)
    }
}
