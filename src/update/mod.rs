//! Update packages: parsed, verified, described, and mutated. Pure: bytes in, facts or bytes out.
//!
//! A package is as hostile as a device. Every size in it is checked against what is there before it is
//! used, and nothing is taken for signed because it looks like it.

pub(crate) mod der;
mod development_keys;
mod inspection;
mod key;
pub mod mcuboot;

pub use development_keys::{DevelopmentKey, KeyRole, development_keys, known_development_key};
pub use inspection::{
    AntiRollback, Conclusion, Hash, HashCheck, INSPECTION_FORMAT, Inspection, KeyName, KeyNaming,
    NoPackage, PackageFormat, Problem, ProblemCode, Signature, SignatureCheck, inspect,
};
pub use key::{KeyError, KeyKind, PublicKey};
