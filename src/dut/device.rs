//! The manifest, resolved and checked. This is what the rest of the tool sees, and what `device.json` holds.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Address, DeclaredDocument, Discloses, Secret, Update};
use crate::observation::{Mechanism, Protocol, Transport};

/// The device under test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    pub manufacturer: String,
    pub model: String,
    /// The firmware version that the supplier states.
    pub firmware: Option<String>,
    /// What sort of product it is (`camera`, `hub`), in the supplier's words.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The end of the support period that the supplier states, `YYYY-MM-DD`.
    pub support_until: Option<String>,
    /// Where that is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub support_published: Option<DeclaredDocument>,
    /// The vulnerability disclosure policy.
    pub vulnerability_policy: Option<DeclaredDocument>,
    /// RFC 9116.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_txt: Option<DeclaredDocument>,
    /// What the product is recognised by, where that is not its `model`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_designation: Option<String>,
    pub units: Vec<Unit>,
    pub services: Vec<DeclaredService>,
    pub identity: Option<IdentitySource>,
    pub connections: Vec<Connection>,
    pub update: Option<Update>,
}

impl Device {
    /// The declared service on a port.
    pub fn service_at(&self, transport: Transport, port: u16) -> Option<&DeclaredService> {
        self.services
            .iter()
            .find(|service| service.transport == transport && service.port == port)
    }

    /// What the manifest says in free words, and of what: nothing that a device could be known by.
    pub fn notes(&self) -> impl Iterator<Item = (String, &str)> {
        let services = self.services.iter().flat_map(|service| {
            let told = service.discloses.iter().map(|it| &it.purpose);
            let purposes = std::iter::once(&service.purpose).chain(told);
            purposes.map(|text| {
                (
                    format!("purpose at service `{}`", service.id),
                    text.as_str(),
                )
            })
        });
        let connections = self.connections.iter();
        let connections =
            connections.map(|it| ("purpose of a connection".to_owned(), it.purpose.as_str()));
        let documents = self.documents().flat_map(|(kind, document)| {
            let places = document.file().into_iter().chain(document.url());
            places.map(move |text| (format!("place of {}", kind.words()), text))
        });
        services.chain(connections).chain(documents)
    }

    /// Every secret of the manifest.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        let owners = self
            .services
            .iter()
            .filter_map(|service| service.owner.as_ref())
            .map(|owner| &owner.password);
        let labels = self
            .units
            .iter()
            .filter_map(|unit| unit.label.as_ref())
            .filter_map(|label| label.password.as_ref());
        owners.chain(labels)
    }
}

/// One physical sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    pub id: String,
    pub serial: Option<String>,
    /// At least one.
    pub addresses: Vec<Address>,
    /// Lower case with colons.
    pub mac: Option<String>,
    pub state: UnitState,
    /// Whether tests may change or ruin it.
    pub disposable: bool,
    pub label: Option<Label>,
}

/// The state in which a unit is tested.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum UnitState {
    /// As it leaves the box.
    Factory,
    /// Set up for use.
    Initialised,
    /// After a factory reset.
    Reset,
}

impl UnitState {
    /// The word used in manifests and certificates.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Factory => "factory",
            Self::Initialised => "initialised",
            Self::Reset => "reset",
        }
    }
}

/// What is printed on the unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    pub username: Option<String>,
    pub password: Option<Secret>,
}

/// A service that the supplier declares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredService {
    pub id: String,
    pub transport: Transport,
    pub port: u16,
    pub protocol: Protocol,
    /// Why the product needs it.
    pub purpose: String,
    pub access: AccessPolicy,
    /// What only an authorised client may read (CoAP), absolute paths. None: whatever the service lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// What anyone may read of it, by the supplier's statement, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discloses: Vec<Discloses>,
    pub login: LoginLimits,
    pub owner: Option<Owner>,
    /// What is said about its TLS. None: nothing, and whether it speaks TLS is observed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<DeclaredTls>,
}

impl DeclaredService {
    /// The name under which clients know it, for TLS and HTTP.
    pub fn server_name(&self) -> Option<&str> {
        self.tls.as_ref()?.names.first().map(String::as_str)
    }

    /// Whether the supplier states that TLS is spoken there.
    pub fn is_tls(&self) -> bool {
        self.tls.is_some() || self.protocol == Protocol::Tls
    }
}

/// What the supplier states about the TLS of a service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredTls {
    /// The authority that its certificate leads to.
    pub ca: Option<Authority>,
    /// The DNS names that its certificate is for. None: it is for the address.
    pub names: Vec<String>,
}

/// Certificates that are trusted, from a file beside the manifest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    /// As whoever handed it in names it.
    pub file: String,
    /// Each DER, in Base64; at least one.
    pub certificates: Vec<String>,
}

impl Authority {
    /// Reads a PEM file.
    ///
    /// # Errors
    ///
    /// Why it is none with certificates that can be trusted.
    pub(crate) fn read(file: String, pem: &[u8]) -> Result<Self, &'static str> {
        let mut certificates = Vec::new();
        for der in CertificateDer::pem_slice_iter(pem) {
            let der = der.map_err(|_| "a certificate in it is no PEM")?;
            // What cannot be an anchor would make every chain fail, and nobody would know why.
            webpki::anchor_from_trusted_cert(&der)
                .map_err(|_| "a certificate in it cannot be read")?;
            certificates.push(STANDARD.encode(&der));
        }
        if certificates.is_empty() {
            return Err("no certificate in it");
        }
        Ok(Self { file, certificates })
    }

    /// The certificates as DER.
    pub fn der(&self) -> Vec<Vec<u8>> {
        self.certificates
            .iter()
            .filter_map(|text| STANDARD.decode(text).ok())
            .collect()
    }
}

/// Who may use a service, by the supplier's statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AccessPolicy {
    /// Only after a login. What is served without one is a finding.
    Login,
    /// Anyone may; there is no login.
    Public,
}

/// How fast the supplier permits login attempts, and how many.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginLimits {
    /// Attempts a minute and account that do no harm. None: the profile's pace.
    pub attempts_per_minute: Option<u32>,
    /// Failed attempts after which the device locks an account. The harness stays below.
    pub lockout_threshold: Option<u32>,
    /// Minutes after which it forgets failed attempts. None: it does not say.
    pub lockout_minutes: Option<u32>,
}

/// A login that must work: the control that makes a refusal count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owner {
    pub mechanism: Mechanism,
    pub username: String,
    pub password: Secret,
    /// What only a logged-in user may read (HTTP), an absolute path.
    pub path: Option<String>,
    /// What only a logged-in user may subscribe to (MQTT), a topic filter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Whether the password may be sent unencrypted, here and to other services of the unit.
    pub allow_cleartext: bool,
}

/// Where the device itself says what it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentitySource {
    /// A declared service that speaks HTTP.
    pub service: String,
    pub path: String,
    pub firmware: VersionPlace,
    /// Where the model designation stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<VersionPlace>,
}

/// Where in an answer the version stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum VersionPlace {
    /// A JSON Pointer (RFC 6901) to a string.
    Json(String),
    /// The text between two literal strings.
    Between(String, String),
}

/// Something that the device is meant to reach.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    pub host: String,
    pub port: u16,
    pub protocol: String,
    pub purpose: String,
}
