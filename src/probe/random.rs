//! Random values that a device cannot have seen before.

use super::wire::Fault;
use crate::digest::hex;
use crate::evidence::Absence;

/// `length` random bytes in hexadecimal, fresh for every use.
pub(super) fn random_hex(length: usize) -> Result<String, Fault> {
    let mut bytes = vec![0; length];
    fill(&mut bytes)?;
    Ok(hex(&bytes))
}

/// 32 random bytes.
pub(super) fn random_bytes() -> Result<[u8; 32], Fault> {
    let mut bytes = [0; 32];
    fill(&mut bytes)?;
    Ok(bytes)
}

fn fill(bytes: &mut [u8]) -> Result<(), Fault> {
    getrandom::fill(bytes)
        .map_err(|error| Fault::new(Absence::HarnessFault, format!("no random numbers: {error}")))
}
