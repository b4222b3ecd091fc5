//! What a trial needs to know, whom it tells, and how it ends.

use std::time::Instant;

use super::super::pace::Lockout;
use crate::dut::{Owner, Secret};
use crate::error::Error;
use crate::evidence::Exchange;
use crate::observation::{Account, Asked, Mechanism, MqttVersion};
use crate::probe::Endpoint;
use crate::profile::Candidate;

/// One login of a unit.
#[derive(Clone, Debug)]
pub struct Door {
    pub endpoint: Endpoint,
    pub mechanism: Mechanism,
    /// What is asked for behind an HTTP login, `/` where none is named; a terminal has none.
    pub path: Option<String>,
    /// The version of MQTT in which it is tried to the end; none for anything else.
    pub version: Option<MqttVersion>,
    /// What an MQTT broker is asked for; everything where none is named.
    pub topic: Option<String>,
    /// The login that must work, where the manifest names one for this mechanism.
    pub owner: Option<OwnerLogin>,
}

impl Door {
    /// The HTTP path that is asked for.
    pub(super) fn http_path(&self) -> Option<&str> {
        let path = self.path.as_deref().unwrap_or("/");
        self.mechanism.is_http().then_some(path)
    }

    /// The version of MQTT that is spoken.
    pub(super) fn mqtt_version(&self) -> MqttVersion {
        self.version.unwrap_or(MqttVersion::V3)
    }

    /// Whether attempts travel encrypted. Nobody is kept from pretending to be the device, so that a
    /// password is safe from listeners only; who runs the harness runs the network as well.
    pub fn encrypted(&self) -> bool {
        self.endpoint.tls || matches!(self.mechanism, Mechanism::DtlsPsk | Mechanism::SshPassword)
    }
}

/// The owner's login.
#[derive(Clone, Debug)]
pub struct OwnerLogin {
    pub credential: Credential,
    /// Whether it may be sent unencrypted.
    pub allow_cleartext: bool,
}

impl From<&Owner> for OwnerLogin {
    fn from(owner: &Owner) -> Self {
        Self {
            credential: Credential::secret(&owner.username, &owner.password),
            allow_cleartext: owner.allow_cleartext,
        }
    }
}

/// What is sent, and what is written down instead of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    pub username: String,
    pub password: String,
    /// `{{secret:ID}}` for a secret of the manifest, the password itself for a random or published one.
    pub shown_password: String,
}

impl Credential {
    /// One that may be read by all.
    pub fn clear(username: &str, password: &str) -> Self {
        Self {
            username: username.to_owned(),
            password: password.to_owned(),
            shown_password: password.to_owned(),
        }
    }

    /// One of the manifest. Without a value (a device read back from a run) it would send an empty
    /// password, so callers have a live manifest.
    pub fn secret(username: &str, password: &Secret) -> Self {
        Self {
            username: username.to_owned(),
            password: password.expose().unwrap_or_default().to_owned(),
            shown_password: password.placeholder(),
        }
    }

    /// Whether it is one of the manifest.
    pub fn is_secret(&self) -> bool {
        self.password != self.shown_password
    }

    pub(super) fn account(&self) -> Account {
        Account {
            username: self.username.clone(),
            password: self.shown_password.clone(),
        }
    }
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.username, self.shown_password)
    }
}

/// How far a trial may go.
#[derive(Clone, Debug)]
pub struct TrialPolicy<'a> {
    /// Likeliest first.
    pub candidates: &'a [Candidate],
    pub max_candidates: usize,
    /// Within any minute and for each account.
    pub attempts_per_minute: u32,
    /// When an account is locked, where the manifest says so. The trial stays below.
    pub lockout: Option<Lockout>,
}

/// Takes down what happens, as it happens.
pub trait Recorder: Send {
    /// One attempt ended.
    ///
    /// # Errors
    ///
    /// It could not be written down; the trial ends, because an attempt off the record is worthless.
    fn record(&mut self, asked: Asked, exchange: Exchange) -> Result<(), Error>;

    /// Nothing will happen until then, for this reason.
    fn waiting(&mut self, until: Instant, why: &str);
}

/// Why a trial ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was served without credentials.
    NoLoginNeeded,
    /// It demands no login of a kind that can be tried.
    NoLoginToTry,
    /// A random credential opened it.
    AcceptsAnything,
    /// A published default opened it, twice, and a random password did not.
    DefaultFound,
    /// Every candidate that may be tried was tried.
    CandidatesTried,
    /// The device asked for fewer attempts.
    Throttled,
    /// Two attempts in a row brought no answer.
    Lost,
    /// Somebody stopped the run.
    Stopped,
}

impl Ended {
    /// Whether the owner's login is still to be tried: where refusals were collected that it makes
    /// count, or where it may have been locked out.
    pub(super) fn owner_follows(self) -> bool {
        match self {
            Self::DefaultFound | Self::CandidatesTried | Self::Throttled | Self::Lost => true,
            Self::NoLoginNeeded | Self::NoLoginToTry | Self::AcceptsAnything | Self::Stopped => {
                false
            }
        }
    }
}
