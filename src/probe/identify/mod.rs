//! What speaks on a port, told from its own bytes. A port number never decides it.

mod listen;
mod order;
mod product;
mod tell;
#[cfg(test)]
mod tests;

pub(super) use listen::banner;
pub use order::identify;
pub use tell::classify;
