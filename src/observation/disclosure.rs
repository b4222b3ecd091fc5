//! What a service gives to somebody who has not logged in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind of information that helps an attacker.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Disclosed {
    /// Which software runs there, with its version.
    SoftwareVersion,
    /// The version of the device's firmware.
    FirmwareVersion,
    SerialNumber,
    MacAddress,
    /// The name of a Wi-Fi network.
    WifiName,
    /// An address of the network behind the device, or of another host there.
    InternalAddress,
    /// The user name of an owner's login.
    UserName,
    /// A file that is no page: of a source repository, of the system, with settings of the environment.
    PrivateFile,
    /// A page about the insides of the server itself.
    ServerInternals,
    DirectoryListing,
    /// A stack trace or a debug page.
    ErrorDetails,
    PrivateKey,
    PasswordHash,
    /// A password, passphrase or token that the manifest does not know.
    Password,
    /// A secret that the manifest names.
    DeclaredSecret,
}

impl Disclosed {
    /// In words, for a message.
    pub fn words(self) -> &'static str {
        match self {
            Self::SoftwareVersion => "a software version",
            Self::FirmwareVersion => "the firmware version",
            Self::SerialNumber => "a serial number",
            Self::MacAddress => "a MAC address",
            Self::WifiName => "the name of a Wi-Fi network",
            Self::InternalAddress => "an address of an internal network",
            Self::UserName => "the owner's user name",
            Self::PrivateFile => "a file that is no page",
            Self::ServerInternals => "the insides of the server",
            Self::DirectoryListing => "the listing of a directory",
            Self::ErrorDetails => "the details of an error",
            Self::PrivateKey => "a private key",
            Self::PasswordHash => "the hash of a password",
            Self::Password => "a password",
            Self::DeclaredSecret => "a secret of the manifest",
        }
    }
}

/// One answer to somebody without credentials, and what was found in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disclosure {
    pub status: u16,
    /// Whether all of it was read.
    pub whole: bool,
    /// Why what was received could not be looked through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<Unread>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<DisclosedItem>,
}

/// Why a body could not be looked through, though its bytes came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unread {
    /// It is in a content coding that was not asked for, and does not decode within the bounds.
    Coding,
    /// It says that it is JSON or XML, and is nothing that can be read as such, nor as text.
    Form,
}

impl Unread {
    /// In words, for a message.
    pub fn words(self) -> &'static str {
        match self {
            Self::Coding => {
                "the answer came in a coding that was not asked for, and could not be decoded to its end"
            }
            Self::Form => {
                "the answer says that it is JSON or XML, and could not be read as such, nor as text"
            }
        }
    }
}

/// One piece of information, located.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisclosedItem {
    pub what: Disclosed,
    /// `body`, `banner`, or the name of a header.
    pub place: String,
    /// Where in the body it begins, in bytes, after any coding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// What it says, safe to show. Of a secret never its value.
    pub excerpt: String,
}
