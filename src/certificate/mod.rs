//! The outcome of one evaluation, with everything needed to check it.

mod model;

pub use model::*;
