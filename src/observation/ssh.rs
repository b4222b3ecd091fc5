//! What an SSH server offers and shows before anybody logs in.

use serde::{Deserialize, Serialize};

use super::Untold;

/// The SSH side of a port. Names of algorithms are visible ASCII (RFC 4251, section 6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ssh {
    /// Its first line, as in `SSH-2.0-OpenSSH_9.2p1`. Safe to show.
    pub banner: String,
    /// None: it did not say what it offers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<SshOffer>,
    /// One for each kind of key that could be had.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub host_keys: Vec<SshHostKey>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub untold: Vec<Untold>,
}

impl Ssh {
    /// The version of the protocol that its banner names, as in `2.0`.
    pub fn protocol(&self) -> Option<&str> {
        let rest = self.banner.strip_prefix("SSH-")?;
        rest.split_once('-').map(|(version, _)| version)
    }
}

/// What it offers (RFC 4253, section 7.1), in its order. What differs by direction stands together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SshOffer {
    pub key_exchange: Vec<String>,
    /// What it signs with.
    pub host_key: Vec<String>,
    pub ciphers: Vec<String>,
    pub macs: Vec<String>,
    pub compression: Vec<String>,
}

/// A host key that it showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SshHostKey {
    /// What it was asked to sign with.
    pub algorithm: String,
    /// The key as it was sent (RFC 4253, section 6.6), Base64.
    pub key: String,
}
