//! What speaks on a port, told from its own bytes. A port number never decides it.

mod ask;
mod greetings;
mod listen;
mod order;
mod product;
mod question;
mod questions;
mod tell;
#[cfg(test)]
mod tests;
mod web;

pub(super) use listen::banner;
pub use order::{Stranger, identify};
pub use tell::classify;
