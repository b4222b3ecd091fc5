//! What the beginning of a DTLS server is, and the faults that are switched on.

use serde::Deserialize;

/// The beginning of a DTLS server that takes a shared key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DtlsSpec {
    pub port: u16,
    /// The identity hint.
    #[serde(default)]
    pub hint: String,
    /// It takes a suite with forward secrecy too, and chooses it first.
    #[serde(default)]
    pub forward_secrecy: bool,
    #[serde(default)]
    pub switch: DtlsSwitches,
}

/// The faults of a DTLS server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DtlsSwitches {
    /// It demands no cookie.
    pub no_cookie: bool,
    /// It demands a cookie, and says nothing more to who brings it.
    pub mute_after_cookie: bool,
    /// The suite with forward secrecy is chosen where nothing else may be.
    pub forward_secrecy_last: bool,
}
