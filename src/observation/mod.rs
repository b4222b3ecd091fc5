//! The facts that probes bring home, serde only: what was asked, what came back, nothing judged.
//!
//! These types are the format of `evidence.jsonl`. A change to them is a change of the run format
//! ([`crate::evidence::RUN_FORMAT`]); the snapshot test in `tests/integration` shows it.

mod access;
mod asked;
mod blocklist;
mod connack;
mod disclosure;
mod document;
mod dtls;
mod health;
mod identity;
mod imported;
mod mqtt;
mod mud;
mod onlink;
mod ports;
mod reach;
mod service;
mod ssh;
mod tag;
mod tls;
mod tls_audit;
mod transport;
mod udp;
mod update;

pub use access::{AccessOutcome, AccessReply, AccessStep, Account, Mechanism};
pub use blocklist::{LookedUp, LookedUpKey};
pub use connack::connack;
pub use disclosure::{Disclosed, DisclosedItem, Disclosure, Unread};
pub use document::{
    Armour, Document, DocumentKind, DocumentText, Fetched, SecurityField, SecurityTxt, Statements,
    Topic,
};
pub use dtls::{Cookie, DtlsAudit};
pub use health::Alive;
pub use identity::{Identity, Moment};
pub use imported::{ImportedPort, ImportedPorts};
pub use mqtt::{MqttReply, MqttSubscription, MqttVersion};
pub use mud::{ImportedMud, IpFamily, MudDirection, MudPeer, MudRule};
pub use onlink::OnLink;
pub use ports::{Engine, PortCounts, PortLedger, PortProof, PortSpan, PortState, Recheck, Sweep};
pub use reach::{Reach, ReachAnswer};
pub use service::{FIRST_BYTES, Protocol, Service};
pub use ssh::{Ssh, SshHostKey, SshOffer};
pub use tls::{
    CertificateFacts, CertificateForm, KeyFacts, KeyKind, NameMatch, OfferAnswer, Tls,
    TlsCertificate, TlsOffer, TlsSession, TlsTrust, TlsVersion,
};
pub use tls_audit::{
    Heartbeat, Preference, ShownCertificate, StartTls, TlsAudit, Untold, VersionAudit, VersionState,
};
pub use transport::Transport;
pub use udp::{AddressSpan, UdpLedger, UdpSweep};
pub use update::{
    Installed, InstalledAt, PackageFacts, UpdateAttempt, UpdateOffer, UpdateStep, Upload,
};

use serde::{Deserialize, Serialize};
use tag::alone;

/// What a probe asked. Recorded with every attempt, so that an attempt without an answer still says
/// what it was about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    remote = "Self",
    tag = "kind",
    rename_all = "kebab-case",
    deny_unknown_fields
)]
pub enum Asked {
    /// Does anything answer at this address?
    #[serde(deserialize_with = "alone")]
    Reach,
    /// What does the device say that it is?
    Identity { moment: Moment },
    /// Which further addresses on the unit's link answer with this link address?
    OnLink { mac: String },
    /// The state of every TCP port from `first` to `last`.
    PortSweep { first: u16, last: u16 },
    /// The state of every TCP port as an imported scan has it, which stands in for a sweep. Only the ports that it
    /// saw open, and declared ones, were asked by us.
    PortsFromImport {
        /// The file, by its path in the run directory.
        source: String,
    },
    /// The state of every UDP port of this list, and of those that the manifest declares.
    UdpPorts { list: String },
    /// What speaks on this open port?
    #[serde(deserialize_with = "alone")]
    Identify,
    /// Which versions and suites of DTLS does this UDP port take, and what does it show before it knows who asks?
    Dtls {
        /// The server name that was sent; none where the manifest declares none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        server_name: Option<String>,
    },
    /// Which TLS versions does this port take, and what certificate does it show?
    Tls {
        /// The server name that was sent; none where the manifest declares none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        server_name: Option<String>,
        /// What was spoken in clear to get there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        starttls: Option<StartTls>,
    },
    /// What does this port take of TLS: versions, suites, groups, and what protects them?
    TlsAudit {
        /// The server name that was sent; none where the manifest declares none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        server_name: Option<String>,
        /// What was spoken in clear to get there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        starttls: Option<StartTls>,
    },
    /// What does this SSH server offer, and which host keys does it show before anybody logs in?
    #[serde(deserialize_with = "alone")]
    Ssh,
    /// Which keys of the unit stand on a list of compromised keys that was handed in? Nothing was sent for it.
    Blocklist {
        /// SHA-256 of the list, hex.
        sha256: String,
    },
    /// One attempt to get what lies behind a login, or what should.
    Access {
        mechanism: Mechanism,
        /// The HTTP or CoAP path that was asked for; none for a terminal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        path: Option<String>,
        /// The version of MQTT that was spoken; none for anything else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<MqttVersion>,
        step: AccessStep,
        /// The order of the attempts at one login, from 1.
        sequence: u32,
        /// None: asked without credentials.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<Account>,
        /// Whether the attempt travelled encrypted.
        encrypted: bool,
        /// The declared service, by its id in the manifest, whose owner's account was sent to this other one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account_of: Option<String>,
    },
    /// What does this HTTP path give to somebody without credentials?
    Disclosure { path: String },
    /// Does the device install this package?
    Update(UpdateOffer),
    /// What does this declared package say? Nothing was sent for it.
    UpdatePackage {
        /// As the manifest names it.
        file: String,
    },
    /// Is the device still there, after `during`?
    Heartbeat {
        /// What was done since the last sign of life, in words.
        during: String,
        /// Evidence gathered since the last sign of life.
        since: Vec<String>,
        /// The last heartbeat of the run.
        last: bool,
    },
    /// What does the manifest state of the product? Nothing was sent for it.
    #[serde(deserialize_with = "alone")]
    Statements,
    /// What does a document of the supplier say? Nothing was sent to the device for it.
    Document {
        document: DocumentKind,
        /// As the manifest names it, where it was handed in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<String>,
        /// Where it is published, by the manifest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
    },
    /// What does the manufacturer's MUD file say? Nothing was sent for it.
    ImportedMud {
        /// The file, by its path in the run directory.
        source: String,
    },
    /// What does a file say that somebody else observed? Nothing was sent for it.
    ImportedPorts {
        /// The file, by its path in the run directory.
        source: String,
    },
}

/// One fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    content = "value",
    rename_all = "kebab-case",
    deny_unknown_fields
)]
pub enum Observation {
    Reach(Reach),
    Identity(Identity),
    OnLink(OnLink),
    PortLedger(PortLedger),
    UdpLedger(UdpLedger),
    Service(Service),
    Tls(Tls),
    Dtls(DtlsAudit),
    TlsAudit(TlsAudit),
    Ssh(Ssh),
    LookedUp(LookedUp),
    Access(AccessReply),
    Alive(Alive),
    Disclosure(Disclosure),
    Document(Document),
    ImportedMud(ImportedMud),
    ImportedPorts(ImportedPorts),
    Statements(Statements),
    Update(UpdateAttempt),
    UpdatePackage(PackageFacts),
}
