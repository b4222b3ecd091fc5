//! Public keys, whoever shows them: which key it is, and what is wrong with it. Pure; numbers here are public, so that
//! nothing has to take the same time for each.

mod blocklist;
mod encoding;
mod lookups;
mod public_key;
mod published;
mod roca;
mod rsa;
mod seen;
mod ssh;
mod weakness;

pub use blocklist::{Blocklist, BlocklistFile, Listed, NoBlocklist, RECORD};
pub use lookups::Lookups;
pub use public_key::{Curve, PublicKey, Unread};
pub use published::{Published, published};
pub use rsa::{FERMAT_STEPS, SMALL_PRIMES, share_factor};
pub use seen::{seen_in, shown_by};
pub use weakness::{Limits, Weakness, weaknesses};
