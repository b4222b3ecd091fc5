//! Random values that a device cannot have seen before.

use super::wire::Fault;
use crate::digest::hex;
use crate::evidence::Absence;

/// `length` random bytes in hexadecimal, fresh for every use.
pub(super) fn random_hex(length: usize) -> Result<String, Fault> {
    let mut bytes = vec![0; length];
    match getrandom::fill(&mut bytes) {
        Ok(()) => Ok(hex(&bytes)),
        Err(error) => Err(Fault::new(
            Absence::HarnessFault,
            format!("no random numbers: {error}"),
        )),
    }
}
