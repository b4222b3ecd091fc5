//! How a device is updated, by its supplier's statement, and the packages to try.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Device, VersionPlace};
use crate::update::Inspection;

/// How the device is updated, and what to try it with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Update {
    pub mechanism: UpdateMechanism,
    pub channel: UpdateChannel,
    /// Where the device says what is installed. None: where it says what it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installed: Option<InstalledSource>,
    /// Genuine packages newer than what is installed, oldest first; at most two.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub newer: Vec<Package>,
    /// A genuine package older than what is installed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub older: Option<Package>,
    /// The public key that packages are checked with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify_key: Option<VerifyKey>,
}

impl Update {
    /// The packages, the older one last.
    pub fn packages(&self) -> impl Iterator<Item = &Package> {
        self.newer.iter().chain(&self.older)
    }
}

/// A package format or update system. This version tries [`UpdateMechanism::Mcuboot`]; the others may be
/// declared, and lead to a verdict that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UpdateMechanism {
    /// Images for the bootloader MCUboot.
    Mcuboot,
    Esp32,
    Fit,
    Mender,
    NordicDfu,
    Openwrt,
    Rauc,
    Suit,
    Swupdate,
    Tuf,
    /// Any that has no word of its own here.
    Other,
}

impl UpdateMechanism {
    /// The word used in manifests and certificates.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mcuboot => "mcuboot",
            Self::Esp32 => "esp32",
            Self::Fit => "fit",
            Self::Mender => "mender",
            Self::NordicDfu => "nordic-dfu",
            Self::Openwrt => "openwrt",
            Self::Rauc => "rauc",
            Self::Suit => "suit",
            Self::Swupdate => "swupdate",
            Self::Tuf => "tuf",
            Self::Other => "other",
        }
    }
}

/// How a package reaches the device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateChannel {
    pub kind: ChannelKind,
    /// Of an `http-upload`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<HttpUpload>,
}

/// The ways. This version tries [`ChannelKind::HttpUpload`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelKind {
    /// A request to the device has the package in it.
    HttpUpload,
    Bluetooth,
    Coap,
    /// The device fetches it over HTTP from where it was told to.
    HttpFetch,
    Mqtt,
    /// The MCUmgr protocol.
    Smp,
    Ssh,
    Tftp,
    Usb,
    Other,
}

impl ChannelKind {
    /// The word used in manifests and certificates.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HttpUpload => "http-upload",
            Self::Bluetooth => "bluetooth",
            Self::Coap => "coap",
            Self::HttpFetch => "http-fetch",
            Self::Mqtt => "mqtt",
            Self::Smp => "smp",
            Self::Ssh => "ssh",
            Self::Tftp => "tftp",
            Self::Usb => "usb",
            Self::Other => "other",
        }
    }
}

/// A request that has a package in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpUpload {
    /// A declared service that speaks HTTP. The login of its owner is used, where it has one.
    pub service: String,
    pub path: String,
    pub method: UploadMethod,
    /// The field of `multipart/form-data`. None: the package is the whole body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form_field: Option<String>,
    /// The longest time that an installation takes, restarts included.
    pub settle_seconds: u32,
}

/// The method of the request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum UploadMethod {
    #[default]
    Post,
    Put,
}

impl UploadMethod {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

/// Where the device says what is installed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstalledSource {
    /// A declared service that speaks HTTP.
    pub service: String,
    pub path: String,
    pub firmware: VersionPlace,
    /// Something that is another whenever the installed bytes are others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<VersionPlace>,
}

/// An update package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// As the manifest names it.
    pub file: String,
    /// In bytes.
    pub size: u64,
    /// Hex.
    pub sha256: String,
    /// What the file says; none for a format that is not looked into, and of a device read back from a run,
    /// whose evidence has it.
    #[serde(skip)]
    pub inspection: Option<Inspection>,
    #[serde(skip)]
    pub bytes: PackageBytes,
}

/// The bytes of a package. They stay in memory: a run holds their digest.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PackageBytes(pub Arc<[u8]>);

impl std::fmt::Debug for PackageBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

/// The public key that packages are checked with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifyKey {
    /// As the manifest names it.
    pub file: String,
    /// SHA-256 of the SubjectPublicKeyInfo, hex; none of a key for a format that is not looked into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
}

impl Device {
    /// Where the device says what is installed: at the place of `[update.installed]`, else of `[identity]`.
    pub fn installed_source(&self) -> Option<InstalledSource> {
        let named = self.update.as_ref()?.installed.clone();
        named.or_else(|| {
            let identity = self.identity.clone()?;
            Some(InstalledSource {
                service: identity.service,
                path: identity.path,
                firmware: identity.firmware,
                content: None,
            })
        })
    }
}
