//! Certificates beside each other: of several devices, or of one device before and after. Pure.
//!
//! Only what was judged by one profile and the same rules is put side by side. Nothing is added up: a profile
//! that defines no score gets none.

mod changes;
mod compared;
mod sample;

pub use changes::{Change, Changed, Changes, Located, changes};
pub use compared::{Compared, comparable};
pub use sample::{Sample, sample};
