//! The part of a web server that installs updates, as wrong as its switches say.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ring::digest::{SHA256, digest};
use serde::Deserialize;

use super::mcuboot::{Image, Key, Version};
use crate::files::{package, packages};

/// No package is larger.
pub(super) const MAX_PACKAGE: usize = 1 << 20;

/// An updater that takes MCUboot images. Without a switch it installs only newer ones that its vendor signed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateSpec {
    /// Where the owner sends them.
    #[serde(default = "default_path")]
    pub path: String,
    /// The file of the vendor's public key, one of the lab's packages.
    pub key: String,
    /// The image that is installed, one of the lab's packages.
    pub installed: String,
    /// How long an installation goes on after its package was accepted.
    #[serde(default)]
    pub install_ms: u64,
    #[serde(default)]
    pub switch: UpdateSwitches,
}

fn default_path() -> String {
    "/api/update".to_owned()
}

/// The faults of an updater.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UpdateSwitches {
    /// Takes packages from anybody.
    pub asks_no_login: bool,
    /// Neither hash nor signature is looked at.
    pub no_signature_check: bool,
    /// The hash is looked at, the signature is not.
    pub hash_only: bool,
    /// What is cut off is installed as far as it goes; nothing else of it is looked at.
    pub takes_half: bool,
    /// There must be a signature, whoever's.
    pub trusts_any_key: bool,
    /// There must be a signature, and the vendor's key must be named; whether it is valid is not looked at.
    pub compares_key_name_only: bool,
    /// The signature is checked over the hash in the package, which is not compared with the content.
    pub trusts_hash_in_package: bool,
    /// Older releases are as good as newer ones.
    pub no_rollback_check: bool,
    /// Refuses what is wrong, and has installed it all the same.
    pub says_failure_but_installs: bool,
    /// Says 200 to everything, and installs what is right.
    pub always_200: bool,
    /// After its first refusal it says 202 to everything, and installs nothing.
    pub stops_after_refusal: bool,
    /// The whole device stops serving when a package is refused.
    pub dies_on_refusal: bool,
}

/// What becomes of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) status: &'static str,
    pub(super) says: String,
    /// This was the end of the device.
    pub(super) dies: bool,
}

/// A running updater.
#[derive(Debug)]
pub(super) struct Updater {
    spec: UpdateSpec,
    key: Key,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Nothing has been installed since the device was made.
    original: bool,
    installed: Firmware,
    installing: Option<(Instant, Firmware)>,
    has_refused: bool,
}

#[derive(Clone, Debug)]
struct Firmware {
    version: Version,
    /// SHA-256 of the body, as hex.
    content: String,
}

/// What a device shows of its firmware.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// None: what it was made with.
    pub(super) version: Option<String>,
    pub(super) content: String,
}

impl UpdateSpec {
    /// None: key or image are not among the lab's packages, or are something else.
    pub(super) fn updater(&self) -> Option<Updater> {
        let installed = Image::parse(package(&self.installed)?)?;
        Some(Updater {
            spec: self.clone(),
            key: Key::from_pem(package(&self.key)?)?,
            state: Mutex::new(State {
                original: true,
                installed: Firmware::of(&installed),
                installing: None,
                has_refused: false,
            }),
        })
    }
}

impl Updater {
    pub(super) fn path(&self) -> &str {
        &self.spec.path
    }

    /// Whether whoever sends a package needs no login.
    pub(super) fn is_open(&self) -> bool {
        self.spec.switch.asks_no_login
    }

    /// What is installed now.
    pub(super) fn shown(&self) -> Shown {
        let state = self.state();
        Shown {
            version: (!state.original).then(|| state.installed.version.to_string()),
            content: state.installed.content.clone(),
        }
    }

    /// Installs a package, or says why not.
    pub(super) fn offer(&self, package: &[u8]) -> Outcome {
        let switch = &self.spec.switch;
        let mut state = self.state();
        if switch.stops_after_refusal && state.has_refused {
            return Outcome::says("202 Accepted", "queued");
        }
        if state.installing.is_some() {
            return Outcome::says("409 Conflict", "an update is being installed");
        }
        let part = || Image::parse_part(package).filter(|_| switch.takes_half);
        let image = Image::parse(package).or_else(part);
        let refusal = match &image {
            None => Some("this is no image for this device"),
            Some(image) => self.objection(image, state.installed.version),
        };
        if let Some(image) = image.filter(|_| refusal.is_none() || switch.says_failure_but_installs)
        {
            let until = Instant::now() + Duration::from_millis(self.spec.install_ms);
            state.installing = Some((until, Firmware::of(&image)));
        }
        match refusal {
            None => Outcome::says("200 OK", "accepted"),
            Some(why) => {
                state.has_refused = true;
                let says = match switch.always_200 {
                    true => Outcome::says("200 OK", "accepted"),
                    false => Outcome::says("422 Unprocessable Content", why),
                };
                Outcome {
                    dies: switch.dies_on_refusal,
                    ..says
                }
            }
        }
    }

    /// What speaks against installing it.
    fn objection(&self, image: &Image<'_>, installed: Version) -> Option<&'static str> {
        let switch = &self.spec.switch;
        let looks_at_signature =
            !switch.no_signature_check && !switch.hash_only && !image.is_part();
        let looks_at_hash =
            !switch.no_signature_check && !switch.trusts_hash_in_package && !image.is_part();
        if looks_at_hash && !image.is_whole() {
            Some("its hash is wrong")
        } else if looks_at_signature && !self.takes_signature_of(image) {
            Some("it is not signed by the vendor")
        } else if !switch.no_rollback_check && image.version <= installed {
            Some("it is not newer than what is installed")
        } else {
            None
        }
    }

    fn takes_signature_of(&self, image: &Image<'_>) -> bool {
        let switch = &self.spec.switch;
        if switch.trusts_any_key {
            image.has_signature()
        } else if switch.compares_key_name_only {
            image.has_signature() && image.names(&self.key)
        } else if switch.trusts_hash_in_package {
            // Of what the vendor once signed, hash and signature fit each other; more is not looked at.
            let mut releases = packages().filter_map(Image::parse);
            releases.any(|it| it.is_signed_by(&self.key) && it.has_seals_of(image))
        } else {
            image.is_signed_by(&self.key)
        }
    }

    /// The state as of now: an installation that has had its time is done.
    fn state(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let done = |(until, _): &mut (Instant, Firmware)| *until <= Instant::now();
        if let Some((_, firmware)) = state.installing.take_if(done) {
            state.installed = firmware;
            state.original = false;
        }
        state
    }
}

impl Firmware {
    fn of(image: &Image<'_>) -> Self {
        let content = digest(&SHA256, image.body);
        let hex = content.as_ref().iter().map(|byte| format!("{byte:02x}"));
        Self {
            version: image.version,
            content: hex.collect(),
        }
    }
}

impl Outcome {
    fn says(status: &'static str, says: &str) -> Self {
        Self {
            status,
            says: says.to_owned(),
            dies: false,
        }
    }
}
