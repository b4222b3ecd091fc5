//! The manifest, `*.device.toml`: read, checked and resolved into a [`Device`].

mod discloses;
mod documents;
mod paths;
mod places;
mod updates;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rustls::pki_types::DnsName;

use super::device::{
    AccessPolicy, Authority, DeclaredService, DeclaredTls, Device, Label, LoginLimits, Owner, Unit,
};
use super::raw::{RawLabel, RawManifest, RawOwner, RawSecret, RawService, RawTls, RawUnit};
use super::topic::is_topic_filter;
use super::{Address, Secret};
use crate::decode::{Document, Step, steps};
use crate::error::InputError;
use crate::observation::{Mechanism, Protocol, Transport};
use crate::text::shown;

/// The format that this version reads.
///
/// - `proofmark-device/1`: the first.
pub const MANIFEST_FORMAT: &str = "proofmark-device/1";

/// The largest file with a secret, in bytes.
const SECRET_LIMIT: usize = 4096;

/// The largest file with certificates, in bytes.
const CA_LIMIT: usize = 64 * 1024;

/// A manifest and the file that it was read from.
#[derive(Clone, Debug)]
pub struct ManifestFile {
    pub device: Device,
    /// As read; it may hold secrets.
    pub text: String,
    /// SHA-256 of the text, hex.
    pub sha256: String,
}

/// Reads a manifest from its text.
///
/// `origin` is what errors call it, `base` the directory of files that it names, `environment` looks
/// up a variable.
///
/// # Errors
///
/// The first thing that is wrong, with its place and what is legal.
pub fn parse(
    text: &str,
    origin: &str,
    base: &Path,
    environment: &dyn Fn(&str) -> Option<String>,
    allow_public: bool,
) -> Result<Device, InputError> {
    let document = Document::parse(origin, text, MANIFEST_FORMAT, false)?;
    places::refuse_texts(&document)?;
    let raw: RawManifest = document.decode()?;
    let resolver = Resolver {
        document,
        base,
        environment,
        allow_public,
    };
    resolver.device(raw)
}

/// The path of a key in an entry of an array: `service`, 2, `port`.
type At<'a> = [Step<'a>];

/// What it takes to make a raw manifest a [`Device`].
struct Resolver<'a> {
    document: Document<'a>,
    base: &'a Path,
    environment: &'a dyn Fn(&str) -> Option<String>,
    allow_public: bool,
}

impl Resolver<'_> {
    fn device(&self, raw: RawManifest) -> Result<Device, InputError> {
        let device = raw.device;
        self.document
            .check_filled(steps!["device", "manufacturer"], &device.manufacturer)?;
        self.document
            .check_filled(steps!["device", "model"], &device.model)?;
        let support_until = match &device.support_until {
            Some(value) => Some(self.date(steps!["device", "support-until"], value)?),
            None => None,
        };
        if let Some(designation) = &device.model_designation {
            self.document
                .check_filled(steps!["device", "model-designation"], designation)?;
        }
        let support_published = self.document("support-published", device.support_published)?;
        if support_published.is_some() && support_until.is_none() {
            let message = "`support-published` says where a date is published, and there is none";
            let at = steps!["device", "support-published"];
            return Err(self
                .document
                .key_error(at, message, "`support-until` beside it"));
        }
        let units = self.units(raw.unit)?;
        let services = self.services(raw.service)?;
        let identity = match raw.identity {
            Some(identity) => Some(self.identity(identity, &services)?),
            None => None,
        };
        let update = match raw.update {
            Some(update) => Some(self.update(update, &services)?),
            None => None,
        };
        for (index, connection) in raw.connection.iter().enumerate() {
            self.document
                .check_filled(steps!["connection", index, "host"], &connection.host)?;
            self.port(steps!["connection", index, "port"], connection.port)?;
        }
        Ok(Device {
            manufacturer: device.manufacturer,
            model: device.model,
            firmware: device.firmware,
            kind: device.kind,
            support_until,
            support_published,
            vulnerability_policy: self
                .document("vulnerability-policy", device.vulnerability_policy)?,
            security_txt: self.document("security-txt", device.security_txt)?,
            model_designation: device.model_designation,
            units,
            services,
            identity,
            connections: raw.connection,
            update,
        })
    }

    fn units(&self, raw: Vec<RawUnit>) -> Result<Vec<Unit>, InputError> {
        if raw.is_empty() {
            let message = "there is no unit to test";
            return Err(self.document.error(
                &[],
                message,
                "at least one `[[unit]]` with `id`, `addresses` and `state`",
            ));
        }
        let mut ids = BTreeSet::new();
        let mut addresses = BTreeMap::new();
        let mut units = Vec::new();
        for (index, raw) in raw.into_iter().enumerate() {
            self.document
                .check_id(steps!["unit", index, "id"], &raw.id, &mut ids)?;
            let unit = self.unit(index, raw)?;
            for (place, address) in unit.addresses.iter().enumerate() {
                // `::ffff:10.0.0.1` and `10.0.0.1` are one address.
                let key = (address.ip.to_canonical(), address.zone.clone());
                if let Some(other) = addresses.insert(key, unit.id.clone()) {
                    let message = format!("`{address}` is already an address of unit `{other}`");
                    let at = steps!["unit", index, "addresses", place];
                    return Err(self.document.error(at, message, "each address once"));
                }
            }
            units.push(unit);
        }
        Ok(units)
    }

    fn unit(&self, index: usize, raw: RawUnit) -> Result<Unit, InputError> {
        if raw.addresses.is_empty() {
            let message = format!("unit `{}` has no address", raw.id);
            let at = steps!["unit", index, "addresses"];
            return Err(self.document.error(at, message, "at least one"));
        }
        let addresses = raw.addresses.iter().enumerate();
        let addresses = addresses
            .map(|(place, text)| self.address(steps!["unit", index, "addresses", place], text))
            .collect::<Result<_, _>>()?;
        let mac = match &raw.mac {
            Some(text) => Some(self.mac(steps!["unit", index, "mac"], text)?),
            None => None,
        };
        let label = match raw.label {
            Some(label) => Some(self.label(index, &raw.id, label)?),
            None => None,
        };
        Ok(Unit {
            id: raw.id,
            serial: raw.serial,
            addresses,
            mac,
            state: raw.state,
            disposable: raw.disposable,
            label,
        })
    }

    fn label(&self, index: usize, unit: &str, raw: RawLabel) -> Result<Label, InputError> {
        let password = match raw.password {
            Some(secret) => {
                let at = steps!["unit", index, "label", "password"];
                Some(self.secret(at, format!("label-{unit}"), secret)?)
            }
            None => None,
        };
        Ok(Label {
            username: raw.username,
            password,
        })
    }

    fn services(&self, raw: Vec<RawService>) -> Result<Vec<DeclaredService>, InputError> {
        let mut ids = BTreeSet::new();
        let mut ports = BTreeMap::new();
        let mut services = Vec::new();
        for (index, raw) in raw.into_iter().enumerate() {
            self.document
                .check_id(steps!["service", index, "id"], &raw.id, &mut ids)?;
            self.port(steps!["service", index, "port"], raw.port)?;
            if let Some(other) = ports.insert((raw.transport, raw.port), raw.id.clone()) {
                let message = format!(
                    "{} port {} is already declared by service `{other}`",
                    raw.transport, raw.port
                );
                return Err(self.document.error(
                    steps!["service", index, "port"],
                    message,
                    "each port once",
                ));
            }
            self.document
                .check_filled(steps!["service", index, "purpose"], &raw.purpose)?;
            services.push(self.service(index, raw)?);
        }
        Ok(services)
    }

    fn service(&self, index: usize, mut raw: RawService) -> Result<DeclaredService, InputError> {
        let owner = match raw.owner.take() {
            Some(owner) => Some(self.owner(index, &raw, owner)?),
            None => None,
        };
        let tls = match raw.tls.take() {
            Some(tls) => Some(self.tls(index, &raw, tls)?),
            None => None,
        };
        self.paths(index, &raw)?;
        self.discloses(index, &raw)?;
        let mut login = LoginLimits::default();
        if let Some(raw) = raw.login {
            login.attempts_per_minute = raw.attempts_per_minute;
            login.lockout_threshold = raw.lockout_threshold;
            login.lockout_minutes = raw.lockout_minutes;
        }
        for (key, number) in [
            ("attempts_per_minute", login.attempts_per_minute),
            ("lockout_threshold", login.lockout_threshold),
            ("lockout_minutes", login.lockout_minutes),
        ] {
            if number == Some(0) {
                let at = steps!["service", index, "login", key];
                return Err(self.document.error(
                    at,
                    format!("`{key}` is 0"),
                    "1 or more; leave the key out where there is no limit",
                ));
            }
        }
        Ok(DeclaredService {
            id: raw.id,
            transport: raw.transport,
            port: raw.port,
            protocol: raw.protocol,
            purpose: raw.purpose,
            access: raw.access,
            paths: raw.paths,
            discloses: raw.discloses,
            login,
            owner,
            tls,
        })
    }

    fn tls(
        &self,
        index: usize,
        service: &RawService,
        raw: RawTls,
    ) -> Result<DeclaredTls, InputError> {
        let at = steps!["service", index, "tls"];
        let over_dtls = service.protocol == Protocol::Dtls;
        if service.transport != Transport::Tcp && !over_dtls {
            let message = format!(
                "service `{}` has a TLS table and is reached over {}",
                service.id, service.transport
            );
            let legal = "a service over `tcp`, or one over `udp` whose protocol is `dtls`";
            return Err(self.document.key_error(at, message, legal));
        }
        for (place, name) in raw.names.iter().enumerate() {
            let at = steps!["service", index, "tls", "names", place];
            if name.parse::<std::net::IpAddr>().is_ok() || DnsName::try_from(name.as_str()).is_err()
            {
                let message = format!("`{}` is no DNS name", shown(name, 60));
                let legal =
                    "as in `hub.local`; leave it out where the certificate is for the address";
                return Err(self.document.error(at, message, legal));
            }
        }
        let ca = match raw.ca {
            Some(file) => Some(self.authority(steps!["service", index, "tls", "ca"], file)?),
            None => None,
        };
        Ok(DeclaredTls {
            ca,
            names: raw.names,
        })
    }

    fn authority(&self, at: &At<'_>, file: String) -> Result<Authority, InputError> {
        let refused = |why: String| {
            let message = format!("the file `{}`: {why}", shown(&file, 120));
            let legal = format!("a PEM file with certificates, of at most {CA_LIMIT} bytes");
            self.document.error(at, message, legal)
        };
        let bytes = crate::input::bounded(&self.base.join(&file), CA_LIMIT)
            .map_err(|error| refused(format!("cannot read it: {error}")))?
            .ok_or_else(|| refused(format!("more than {CA_LIMIT} bytes")))?;
        Authority::read(file.clone(), &bytes).map_err(|why| refused(why.to_owned()))
    }

    fn owner(
        &self,
        index: usize,
        service: &RawService,
        raw: RawOwner,
    ) -> Result<Owner, InputError> {
        let at = |key| {
            [
                Step::Key("service"),
                Step::Index(index),
                Step::Key("owner"),
                Step::Key(key),
            ]
        };
        if service.access == AccessPolicy::Public {
            let message = format!(
                "service `{}` is public and has an owner's login",
                service.id
            );
            return Err(self.document.error(
                steps!["service", index, "access"],
                message,
                "`login`, or no `[service.owner]`",
            ));
        }
        if raw.mechanism == Mechanism::Coap {
            let message = "plain CoAP carries no login";
            let legal = "no `[service.owner]`; name what needs authentication in `paths`";
            return Err(self.document.error(&at("mechanism"), message, legal));
        }
        let protocol = raw.mechanism.protocol();
        let mechanism = raw.mechanism.as_str();
        let transport = raw.mechanism.transport();
        if (service.protocol, service.transport) != (protocol, transport) {
            let message = format!(
                "`{mechanism}` is no login of service `{}`, which speaks `{}` over {}",
                service.id,
                service.protocol.as_str(),
                service.transport
            );
            let legal = format!(
                "`{mechanism}` for a service that speaks `{}` over {transport}",
                protocol.as_str()
            );
            return Err(self.document.error(&at("mechanism"), message, legal));
        }
        match &raw.path {
            Some(path) if raw.mechanism.is_http() => self.path(&at("path"), path)?,
            Some(_) => {
                let message = format!("a `{mechanism}` login has no path");
                return Err(self.document.key_error(&at("path"), message, "no `path`"));
            }
            None => {}
        }
        if let Some(topic) = &raw.topic {
            self.topic(&at("topic"), raw.mechanism, topic)?;
        }
        if raw.mechanism == Mechanism::HttpBasic && raw.username.contains(':') {
            // RFC 7617 section 2: the first colon ends the user name.
            let message = "a user name of HTTP Basic has no `:`";
            return Err(self
                .document
                .error(&at("username"), message, "a user name without `:`"));
        }
        let id = format!("owner-{}", service.id);
        Ok(Owner {
            mechanism: raw.mechanism,
            username: raw.username,
            password: self.secret(&at("password"), id, raw.password)?,
            path: raw.path,
            topic: raw.topic,
            allow_cleartext: raw.allow_cleartext,
        })
    }

    fn topic(&self, at: &At<'_>, mechanism: Mechanism, topic: &str) -> Result<(), InputError> {
        if mechanism != Mechanism::Mqtt {
            let message = format!("a `{}` login has no topic", mechanism.as_str());
            return Err(self.document.key_error(at, message, "no `topic`"));
        }
        if is_topic_filter(topic) {
            return Ok(());
        }
        let message = format!("`{}` is no topic filter", shown(topic, 60));
        let legal =
            "levels between `/`, `+` for one level, `#` for all at the end, at most 256 bytes";
        Err(self.document.error(at, message, legal))
    }

    fn secret(&self, at: &At<'_>, id: String, raw: RawSecret) -> Result<Secret, InputError> {
        let value = match raw {
            RawSecret::Literal(value) => value,
            RawSecret::Env(name) => (self.environment)(&name).ok_or_else(|| {
                let message = format!("the environment variable `{}` is not set", shown(&name, 60));
                self.document.error(at, message, "a variable that is set")
            })?,
            RawSecret::File(file) => self.secret_file(at, &file)?,
        };
        if value.is_empty() {
            return Err(self
                .document
                .error(at, "the password is empty", "at least one character"));
        }
        if value.contains(char::is_control) {
            return Err(self.document.error(
                at,
                "the password has a control character",
                "one line of printable characters",
            ));
        }
        Ok(Secret::new(id, value))
    }

    fn secret_file(&self, at: &At<'_>, file: &str) -> Result<String, InputError> {
        let refused = |why: String| {
            let message = format!("the file `{}`: {why}", shown(file, 120));
            self.document.error(
                at,
                message,
                format!("a text file of at most {SECRET_LIMIT} bytes"),
            )
        };
        let bytes = crate::input::bounded(&self.base.join(file), SECRET_LIMIT)
            .map_err(|error| refused(format!("cannot read it: {error}")))?
            .ok_or_else(|| refused(format!("more than {SECRET_LIMIT} bytes")))?;
        // The value is a secret: an error never shows it.
        let text = String::from_utf8(bytes).map_err(|_| refused("not UTF-8".to_owned()))?;
        let line = text.strip_suffix('\n').unwrap_or(&text);
        Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
    }

    fn port(&self, at: &At<'_>, port: u16) -> Result<(), InputError> {
        match port {
            0 => Err(self.document.error(at, "0 is no port", "1 to 65535")),
            _ => Ok(()),
        }
    }

    /// The request target goes onto the wire as it stands: RFC 9112 section 3.2.1.
    fn path(&self, at: &At<'_>, path: &str) -> Result<(), InputError> {
        if path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(());
        }
        let message = format!("`{}` is no path", shown(path, 60));
        let legal = "`/` and then printable ASCII without spaces; write others as %XX";
        Err(self.document.error(at, message, legal))
    }

    fn address(&self, at: &At<'_>, text: &str) -> Result<Address, InputError> {
        let address: Address = text.parse().map_err(|message: String| {
            let legal = "an IP address, as in `192.0.2.10`, `fd00::10` or `fe80::1%eth0`";
            self.document.error(at, message, legal)
        })?;
        if address.is_public() && !self.allow_public {
            let message = format!("`{address}` is a public address");
            let legal = "an address of a test network; `--allow-public` permits others";
            return Err(self.document.error(at, message, legal));
        }
        Ok(address)
    }

    fn mac(&self, at: &At<'_>, text: &str) -> Result<String, InputError> {
        normalised_mac(text).ok_or_else(|| {
            let message = format!("`{}` is no MAC address of a device", shown(text, 60));
            self.document
                .error(at, message, "six bytes, as in `02:00:5e:10:00:01`")
        })
    }

    /// A TOML date, or the same in quotes.
    fn date(&self, at: &At<'_>, value: &toml::Value) -> Result<String, InputError> {
        let text = match value {
            toml::Value::String(text) => text.clone(),
            toml::Value::Datetime(date) => date.to_string(),
            other => other.to_string(),
        };
        // Only the one form: what stands in the certificate is what stands here.
        match text.parse::<jiff::civil::Date>() {
            Ok(date) if date.to_string() == text => Ok(text),
            _ => {
                let message = format!("`{}` is no date", shown(&text, 60));
                Err(self.document.error(at, message, "as in `2030-12-31`"))
            }
        }
    }
}

/// Lower case with colons. None: not six bytes, or the address of no single device (all zero, group bit).
fn normalised_mac(text: &str) -> Option<String> {
    let separator = if text.contains('-') { '-' } else { ':' };
    let bytes: Vec<u8> = text
        .split(separator)
        .map(|part| {
            let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
            digits.then(|| u8::from_str_radix(part, 16).ok()).flatten()
        })
        .collect::<Option<_>>()?;
    let single = bytes.len() == 6 && bytes[0] & 1 == 0 && bytes.iter().any(|byte| *byte != 0);
    let parts: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    single.then(|| parts.join(":"))
}
