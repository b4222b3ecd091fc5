//! Policy as data: which requirements bind, with which parameters, decided by which test case.

mod bind;
mod catalogue;
mod model;

pub use bind::{PROFILE_FORMAT, ProfileFile, load, parse, shipped};
pub use catalogue::{Catalogue, EvidenceClass, ProvisionEntry, catalogue};
pub use model::{Coverage, Pacing, Profile, Provision, Requirement, WhenAbsent};
