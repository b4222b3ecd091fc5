//! The manifest as written: serde shapes and nothing else. [`super::manifest`] resolves them.
//!
//! The doc comments are the descriptions of `schemas/device.schema.json`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::{Deserialize, Deserializer};

use super::device::{AccessPolicy, Connection, UnitState, VersionPlace};
use super::discloses::Discloses;
use super::update::{ChannelKind, UpdateMechanism, UploadMethod};
use crate::observation::{Mechanism, Protocol, Transport};

/// A device under test, declared by its supplier.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
#[schemars(title = "Proofmark device manifest")]
pub(crate) struct RawManifest {
    /// `proofmark-device/1`.
    #[serde(rename = "format")]
    #[schemars(extend("const" = super::MANIFEST_FORMAT))]
    pub(super) _format: String,
    pub(super) device: RawDevice,
    /// The physical samples that are tested.
    #[serde(default)]
    #[schemars(required, length(min = 1))]
    pub(super) unit: Vec<RawUnit>,
    /// Every service that the product needs. An open port that is not here is a finding.
    #[serde(default)]
    pub(super) service: Vec<RawService>,
    pub(super) identity: Option<RawIdentity>,
    /// What the device is meant to reach by itself.
    #[serde(default)]
    pub(super) connection: Vec<Connection>,
    pub(super) update: Option<RawUpdate>,
}

/// The product.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    expecting = "a table `[device]`"
)]
#[schemars(rename = "Device")]
pub(super) struct RawDevice {
    pub(super) manufacturer: String,
    pub(super) model: String,
    /// The firmware version under test, as the device itself writes it.
    pub(super) firmware: Option<String>,
    /// What sort of product it is, as in `camera`.
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    /// The end of the support period, `YYYY-MM-DD`.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub(super) support_until: Option<toml::Value>,
    /// Where that is published.
    pub(super) support_published: Option<RawDocument>,
    /// The vulnerability disclosure policy.
    pub(super) vulnerability_policy: Option<RawDocument>,
    /// The `security.txt` (RFC 9116).
    pub(super) security_txt: Option<RawDocument>,
    /// What the product is recognised by, on its label or where it shows itself; `model` where it is not said.
    pub(super) model_designation: Option<String>,
}

/// One physical sample.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table `[[unit]]`")]
#[schemars(rename = "Unit")]
pub(super) struct RawUnit {
    #[schemars(regex(pattern = ID), length(max = 40))]
    pub(super) id: String,
    pub(super) serial: Option<String>,
    /// IP addresses; an IPv6 link-local one names its interface, as in `fe80::1%eth0`.
    #[schemars(length(min = 1))]
    pub(super) addresses: Vec<String>,
    /// As in `02:00:5e:10:00:01`.
    pub(super) mac: Option<String>,
    pub(super) state: UnitState,
    /// Whether tests may change or ruin it.
    #[serde(default)]
    pub(super) disposable: bool,
    pub(super) label: Option<RawLabel>,
}

/// The login that is printed on the unit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table `{ username, password }`")]
#[schemars(rename = "Label")]
pub(super) struct RawLabel {
    pub(super) username: Option<String>,
    pub(super) password: Option<RawSecret>,
}

/// A service that the product needs.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table `[[service]]`")]
#[schemars(rename = "Service")]
pub(super) struct RawService {
    #[schemars(regex(pattern = ID), length(max = 40))]
    pub(super) id: String,
    pub(super) transport: Transport,
    #[schemars(range(min = 1))]
    pub(super) port: u16,
    pub(super) protocol: Protocol,
    /// Why the product needs it.
    pub(super) purpose: String,
    /// Who may use it.
    #[serde(default = "login")]
    pub(super) access: AccessPolicy,
    /// What only an authorised client may read, for CoAP; without it whatever the service lists.
    #[serde(default)]
    #[schemars(inner(regex(pattern = "^/[!-~]*$")))]
    pub(super) paths: Vec<String>,
    /// What it must tell whoever asks, before any login, and why.
    #[serde(default)]
    pub(super) discloses: Vec<Discloses>,
    pub(super) login: Option<RawLogin>,
    pub(super) owner: Option<RawOwner>,
    pub(super) tls: Option<RawTls>,
}

fn login() -> AccessPolicy {
    AccessPolicy::Login
}

/// How fast, and how often, logins may be tried.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table `[service.login]`")]
#[schemars(rename = "Login")]
pub(super) struct RawLogin {
    /// Attempts a minute and account that do no harm; without it the profile's pace.
    #[schemars(range(min = 1))]
    pub(super) attempts_per_minute: Option<u32>,
    /// Failed attempts after which the device locks an account; the tests stay below.
    #[schemars(range(min = 1))]
    pub(super) lockout_threshold: Option<u32>,
    /// Minutes after which the device forgets failed attempts; the tests wait as long as it takes.
    #[schemars(range(min = 1))]
    pub(super) lockout_minutes: Option<u32>,
}

/// A login that must work: without one a refused default password proves nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table `[service.owner]`")]
#[schemars(rename = "Owner")]
pub(super) struct RawOwner {
    pub(super) mechanism: Mechanism,
    pub(super) username: String,
    pub(super) password: RawSecret,
    /// A page that only a logged-in user may read, for HTTP.
    #[schemars(regex(pattern = "^/[!-~]*$"))]
    pub(super) path: Option<String>,
    /// A topic filter that only a logged-in user may subscribe to, for MQTT; without one `#` and `$SYS/#`.
    #[schemars(length(min = 1, max = 256))]
    pub(super) topic: Option<String>,
    /// Whether the password may be sent unencrypted: to this service where it speaks in clear, and, where it was accepted encrypted,
    /// once to each login of the unit that is in clear.
    #[serde(default)]
    pub(super) allow_cleartext: bool,
}

/// What the certificate of a service that speaks TLS must be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table `[service.tls]`")]
#[schemars(rename = "Tls")]
pub(super) struct RawTls {
    /// A PEM file beside the manifest: the authority that the certificate leads to.
    pub(super) ca: Option<String>,
    /// The DNS names that it is for, as in `hub.local`; without one it is for the address.
    #[serde(default)]
    pub(super) names: Vec<String>,
}

/// Where the device itself says what it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table `[identity]`")]
#[schemars(rename = "Identity")]
pub(super) struct RawIdentity {
    /// The id of a service that speaks HTTP.
    pub(super) service: String,
    #[schemars(regex(pattern = "^/[!-~]*$"))]
    pub(super) path: String,
    /// Where in the answer the firmware version stands.
    pub(super) firmware: VersionPlace,
    /// Where in it the model designation stands.
    pub(super) model: Option<VersionPlace>,
}

/// How the device is updated, and packages to try.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table `[update]`")]
#[schemars(rename = "Update")]
pub(super) struct RawUpdate {
    /// The package format or update system. Leave the whole table out where there is none.
    pub(super) mechanism: UpdateMechanism,
    pub(super) channel: RawChannel,
    pub(super) installed: Option<RawInstalled>,
    /// Genuine packages newer than what is installed, oldest first: files beside the manifest.
    #[serde(default)]
    #[schemars(length(max = 2))]
    pub(super) newer: Vec<String>,
    /// A genuine package older than what is installed.
    pub(super) older: Option<String>,
    /// The public key that signs packages, a PEM file beside the manifest.
    pub(super) verify_key: Option<String>,
}

/// How a package reaches the device.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table `[update.channel]`")]
#[schemars(rename = "UpdateChannel")]
pub(super) struct RawChannel {
    pub(super) kind: ChannelKind,
    /// The id of a service that speaks HTTP; the login of its owner is used.
    pub(super) service: Option<String>,
    #[schemars(regex(pattern = "^/[!-~]*$"))]
    pub(super) path: Option<String>,
    /// `POST` where it is not said.
    pub(super) method: Option<UploadMethod>,
    /// The field of `multipart/form-data`; without it the package is the whole body.
    #[schemars(regex(pattern = "^[!#-~]+$"))]
    pub(super) form_field: Option<String>,
    /// The longest time that an installation takes, restarts included; 60 where it is not said.
    #[schemars(range(min = 1, max = 3600))]
    pub(super) settle_seconds: Option<u32>,
}

/// Where the device says what is installed; without it `[identity]` says so.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table `[update.installed]`")]
#[schemars(rename = "Installed")]
pub(super) struct RawInstalled {
    /// The id of a service that speaks HTTP.
    pub(super) service: String,
    #[schemars(regex(pattern = "^/[!-~]*$"))]
    pub(super) path: String,
    /// Where in the answer the installed version stands.
    pub(super) firmware: VersionPlace,
    /// Where something stands that is another whenever the installed bytes are others, as a digest is.
    pub(super) content: Option<VersionPlace>,
}

/// The pattern of an id, for the schema; [`crate::decode::Document::check_id`] is the check.
const ID: &str = "^[a-z0-9]+(-[a-z0-9]+)*$";

/// A secret, or where it is.
#[derive(Debug)]
pub(super) enum RawSecret {
    Literal(String),
    /// An environment variable.
    Env(String),
    /// A file beside the manifest.
    File(String),
}

impl<'de> Deserialize<'de> for RawSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecretVisitor)
    }
}

struct SecretVisitor;

impl<'de> serde::de::Visitor<'de> for SecretVisitor {
    type Value = RawSecret;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(SECRET_SHAPE)
    }

    fn visit_str<E>(self, text: &str) -> Result<RawSecret, E> {
        Ok(RawSecret::Literal(text.to_owned()))
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<RawSecret, A::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Place {
            env: Option<String>,
            file: Option<String>,
        }
        match Place::deserialize(MapAccessDeserializer::new(map))? {
            Place {
                env: Some(name),
                file: None,
            } => Ok(RawSecret::Env(name)),
            Place {
                env: None,
                file: Some(path),
            } => Ok(RawSecret::File(path)),
            _ => Err(serde::de::Error::custom(format_args!(
                "a secret has one place, expected {SECRET_SHAPE}"
            ))),
        }
    }
}

const SECRET_SHAPE: &str = "\"…\", { env = \"NAME\" } or { file = \"PATH\" }";

impl JsonSchema for RawSecret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A secret, or where it is: an environment variable, or a file beside the manifest.",
            "oneOf": [
                { "type": "string", "minLength": 1 },
                {
                    "type": "object",
                    "properties": { "env": { "type": "string" } },
                    "required": ["env"],
                    "additionalProperties": false
                },
                {
                    "type": "object",
                    "properties": { "file": { "type": "string" } },
                    "required": ["file"],
                    "additionalProperties": false
                }
            ]
        })
    }
}

/// A document of the supplier, or where it is.
#[derive(Debug)]
pub(super) enum RawDocument {
    /// A URL and nothing else.
    Plain(String),
    Url(String),
    /// A file beside the manifest.
    File {
        file: String,
        published: Option<String>,
    },
}

impl<'de> Deserialize<'de> for RawDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DocumentVisitor)
    }
}

struct DocumentVisitor;

impl<'de> serde::de::Visitor<'de> for DocumentVisitor {
    type Value = RawDocument;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(DOCUMENT_SHAPE)
    }

    fn visit_str<E>(self, text: &str) -> Result<RawDocument, E> {
        Ok(RawDocument::Plain(text.to_owned()))
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<RawDocument, A::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Place {
            url: Option<String>,
            file: Option<String>,
            published: Option<String>,
        }
        match Place::deserialize(MapAccessDeserializer::new(map))? {
            Place {
                url: Some(url),
                file: None,
                published: None,
            } => Ok(RawDocument::Url(url)),
            Place {
                url: None,
                file: Some(file),
                published,
            } => Ok(RawDocument::File { file, published }),
            _ => Err(serde::de::Error::custom(format_args!(
                "a document has one place, expected {DOCUMENT_SHAPE}"
            ))),
        }
    }
}

const DOCUMENT_SHAPE: &str =
    "\"https://…\", { url = \"https://…\" } or { file = \"PATH\", published = \"https://…\" }";

impl JsonSchema for RawDocument {
    fn schema_name() -> Cow<'static, str> {
        "Document".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A document of the supplier: where it is published, or a file beside the manifest and where that is published.",
            "oneOf": [
                { "type": "string", "pattern": "^https://" },
                {
                    "type": "object",
                    "properties": { "url": { "type": "string", "pattern": "^https://" } },
                    "required": ["url"],
                    "additionalProperties": false
                },
                {
                    "type": "object",
                    "properties": {
                        "file": { "type": "string" },
                        "published": { "type": "string", "pattern": "^https://" }
                    },
                    "required": ["file"],
                    "additionalProperties": false
                }
            ]
        })
    }
}
