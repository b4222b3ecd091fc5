//! The device under test as its supplier declares it: identity, units, ICS and IXIT.

mod address;
mod cidr;
mod device;
mod discloses;
mod documents;
mod draft;
mod manifest;
mod raw;
mod secret;
mod shared_key;
mod topic;
mod update;

pub use address::{Address, is_public};
pub use cidr::Cidr;
pub use device::{
    AccessPolicy, Authority, Connection, DeclaredService, DeclaredTls, Device, IdentitySource,
    Label, LoginLimits, Owner, Unit, UnitState, VersionPlace,
};
pub use discloses::{Disclosable, Discloses};
pub use documents::{DeclaredDocument, DocumentBytes};
pub use draft::{Found, draft};
pub use manifest::{MANIFEST_FORMAT, ManifestFile, parse};
pub(crate) use raw::RawManifest;
pub use secret::Secret;
pub use shared_key::key_bytes;
pub use update::{
    ChannelKind, HttpUpload, InstalledSource, Package, PackageBytes, Update, UpdateChannel,
    UpdateMechanism, UploadMethod, VerifyKey,
};
