//! Keys of RSA that give each other away.

use super::shown_keys::ShownKey;
use crate::keys::{PublicKey, share_factor};

/// Moduli of one run that are compared with each other.
const COMPARED: usize = 16;

/// A key whose modulus has a prime in common with that of another.
#[derive(Debug)]
pub struct CommonPrime<'k> {
    pub shown: &'k ShownKey,
    with: &'k ShownKey,
}

impl CommonPrime<'_> {
    /// What is wrong with it.
    pub fn words(&self) -> String {
        format!(
            "{}: its modulus has a prime in common with that of {} (unit {}), so that both can be computed",
            self.shown.words(),
            self.with.words(),
            self.with.subject.unit
        )
    }

    /// Ids of the evidence for both.
    pub fn evidence(&self) -> Vec<String> {
        [&self.shown.evidence[..], &self.with.evidence].concat()
    }
}

/// Two moduli with a common factor give each other away: each of such a pair, with the other.
pub fn common_primes(all: &[ShownKey]) -> Vec<CommonPrime<'_>> {
    let mut moduli: Vec<(&ShownKey, &[u8])> = Vec::new();
    for shown in all {
        if let PublicKey::Rsa { modulus, .. } = &shown.key
            && moduli.iter().all(|(_, known)| *known != modulus.as_slice())
        {
            moduli.push((shown, modulus));
        }
    }
    moduli.truncate(COMPARED);
    let mut pairs = Vec::new();
    for (index, (one, modulus)) in moduli.iter().enumerate() {
        for (other, factor) in &moduli[index + 1..] {
            if share_factor(modulus, factor) {
                let pair = |shown, with| CommonPrime { shown, with };
                pairs.extend([pair(*one, *other), pair(*other, *one)]);
            }
        }
    }
    pairs
}
