//! Wrong input: what is changed, to what, and the error that a user reads.

mod blocklists;
mod device;
mod documents;
mod identity;
mod jobs;
mod owners;
mod profiles;
mod services;
mod tls;
mod units;
mod updates;

pub(crate) use device::DEVICE;
pub(crate) use identity::IDENTITY;
pub(crate) use jobs::JOBS;
pub(crate) use owners::OWNERS;
pub(crate) use profiles::PROFILES;
pub(crate) use services::SERVICES;
pub(crate) use units::UNITS;
pub(crate) use updates::{UPDATE, UPDATES};
