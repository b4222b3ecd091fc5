//! What the manifest says of a device, to be looked for word by word.

use std::net::IpAddr;

use super::{Found, find, word};
use crate::dut::{Device, Secret};
use crate::evidence::encodings;
use crate::observation::Disclosed;
use crate::profile::candidates;

/// So many characters of a name are no accident.
const TELLING: usize = 5;
/// So many characters of a password are none either.
const TELLING_SECRET: usize = 8;
/// So far before a version it may be called the firmware's, and a password one.
const NAMED_WITHIN: usize = 40;

/// What is known of a device.
#[derive(Clone, Debug, Default)]
pub struct Known {
    serials: Vec<String>,
    macs: Vec<String>,
    pub(super) firmware: Option<String>,
    pub(super) users: Vec<String>,
    /// Addresses of the device, and of whoever asks it.
    pub(super) own: Vec<IpAddr>,
    /// Placeholder, and the forms in which the secret may stand in a text.
    secrets: Vec<(String, Vec<Vec<u8>>)>,
    placeholders: Vec<String>,
}

impl Known {
    /// What a manifest says, for what a device has just said.
    pub fn of(device: &Device) -> Self {
        let units = || device.units.iter();
        let labels = units().filter_map(|unit| unit.label.as_ref());
        let owners = device.services.iter().filter_map(|it| it.owner.as_ref());
        let users = owners
            .map(|owner| owner.username.clone())
            .chain(labels.filter_map(|label| label.username.clone()));
        Self {
            serials: units()
                .filter_map(|unit| unit.serial.clone())
                .filter(|serial| serial.len() >= TELLING && has_digit(serial))
                .collect(),
            macs: units()
                .filter_map(|unit| unit.mac.as_deref())
                .flat_map(notations)
                .collect(),
            firmware: device
                .firmware
                .clone()
                .filter(|version| version.len() >= 3 && has_digit(version)),
            users: users.filter(|user| !is_published(user)).collect(),
            own: units()
                .flat_map(|unit| unit.addresses.iter().map(|address| address.ip))
                .collect(),
            secrets: device
                .secrets()
                .filter_map(|secret| {
                    let value = secret.expose()?;
                    let forms = is_telling(value, device).then(|| encodings(value, &[]))?;
                    Some((secret.placeholder(), forms))
                })
                .collect(),
            placeholders: Vec::new(),
        }
    }

    /// The same for texts of a run, in which a secret stands as its placeholder. How long it was, and whether
    /// it stood there by chance, cannot be told any more: it counts where it is called a password.
    pub fn in_run(device: &Device) -> Self {
        Self {
            secrets: Vec::new(),
            placeholders: device.secrets().map(Secret::placeholder).collect(),
            ..Self::of(device)
        }
    }

    /// The same, told to somebody at this address: to repeat it gives nothing away.
    pub fn asked_from(mut self, asker: Option<IpAddr>) -> Self {
        self.own.extend(asker);
        self
    }

    /// Whether a secret stands in a text.
    pub fn has_secret(&self, text: &[u8]) -> bool {
        self.find(text)
            .iter()
            .any(|found| found.what == Disclosed::DeclaredSecret)
    }

    /// What the manifest names, wherever it stands.
    pub(super) fn find(&self, text: &[u8]) -> Vec<Found> {
        let serials = self.serials.iter().filter_map(|serial| {
            let at = word(text, serial.as_bytes(), b"")?;
            Some(Found::text(Disclosed::SerialNumber, at))
        });
        let macs = self.macs.iter().filter_map(|mac| {
            // Six bytes in the middle of a longer row are a fingerprint.
            let joint = mac.bytes().find(|byte| !byte.is_ascii_hexdigit());
            let at = word(text, mac.as_bytes(), joint.as_slice())?;
            Some(Found::text(Disclosed::MacAddress, at))
        });
        let mut found: Vec<Found> = serials.chain(macs).collect();
        for (placeholder, forms) in &self.secrets {
            let exactly =
                |form: &Vec<u8>| word(text, form, b"").filter(|at| text[at.clone()] == form[..]);
            if let Some(at) = forms.iter().find_map(exactly) {
                found.push(Found {
                    what: Disclosed::DeclaredSecret,
                    at,
                    says: Some(placeholder.clone()),
                });
            }
        }
        for placeholder in &self.placeholders {
            let at = word(text, placeholder.as_bytes(), b"");
            if let Some(at) = at.filter(|at| is_called_password(text, at.start)) {
                found.push(Found::text(Disclosed::DeclaredSecret, at));
            }
        }
        found
    }

    /// The firmware's version where it is called that.
    pub(super) fn firmware_in(&self, text: &[u8]) -> Option<Found> {
        let version = self.firmware.as_ref()?;
        [version.clone(), format!("v{version}")]
            .iter()
            .find_map(|version| named_firmware(text, version.as_bytes()))
    }
}

fn named_firmware(text: &[u8], version: &[u8]) -> Option<Found> {
    const NAMES: &[&str] = &["firmware", "fw ver", "fwver", "software version"];
    let mut from = 0;
    loop {
        let at = word(text.get(from..)?, version, b".-_")?;
        let at = from + at.start..from + at.end;
        let before = &text[at.start.saturating_sub(NAMED_WITHIN)..at.start];
        let named = |name: &&str| find(before, name.as_bytes()).is_some();
        if NAMES.iter().any(named) {
            return Some(Found::text(Disclosed::FirmwareVersion, at));
        }
        from = at.end;
    }
}

fn is_called_password(text: &[u8], at: usize) -> bool {
    let before = &text[at.saturating_sub(NAMED_WITHIN)..at];
    ["pass", "pwd", "psk", "secret"]
        .iter()
        .any(|name| find(before, name.as_bytes()).is_some())
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}

/// A name that half the world's devices have gives nothing away.
fn is_published(user: &str) -> bool {
    user.len() < TELLING
        || candidates()
            .iter()
            .any(|one| one.username.eq_ignore_ascii_case(user))
}

/// A password that could stand in a text by chance is not looked for; a published one is found by its login.
fn is_telling(value: &str, device: &Device) -> bool {
    let product = format!("{} {}", device.manufacturer, device.model);
    value.len() >= TELLING_SECRET
        && find(product.as_bytes(), value.as_bytes()).is_none()
        && candidates().iter().all(|one| one.password != value)
}

/// The ways in which a MAC address is written: of `02:00:5e:10:00:01` also `02-00-5e-10-00-01`,
/// `0200.5e10.0001` and `02005e100001`.
fn notations(mac: &str) -> Vec<String> {
    let bytes: Vec<&str> = mac.split(':').collect();
    let pairs: Vec<String> = bytes.chunks(2).map(<[&str]>::concat).collect();
    vec![
        mac.to_owned(),
        bytes.join("-"),
        pairs.join("."),
        bytes.concat(),
    ]
}
