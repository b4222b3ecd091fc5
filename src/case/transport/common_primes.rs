//! Keys of RSA that give each other away.

use std::collections::HashSet;

use super::shown_keys::ShownKey;
use crate::keys::{PublicKey, share_factor};

/// Moduli of one run that are compared with each other.
const COMPARED: usize = 64;

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
    let mut moduli = moduli(all);
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

/// One key for each modulus beyond those that are compared.
pub fn not_compared(all: &[ShownKey]) -> Vec<&ShownKey> {
    let beyond = moduli(all).into_iter().skip(COMPARED);
    beyond.map(|(shown, _)| shown).collect()
}

/// The different moduli, each with the first key that has it.
fn moduli(all: &[ShownKey]) -> Vec<(&ShownKey, &[u8])> {
    let mut seen = HashSet::new();
    let keys = all.iter().filter_map(|shown| match &shown.key {
        PublicKey::Rsa { modulus, .. } => Some((shown, modulus.as_slice())),
        _ => None,
    });
    keys.filter(|(_, modulus)| seen.insert(*modulus)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::transport::shown_keys::Holder;
    use crate::verdict::Subject;

    fn shown(number: u16) -> ShownKey {
        ShownKey {
            key: PublicKey::Rsa {
                modulus: [&[0x80, 0], &number.to_be_bytes()[..], &[1]].concat(),
                exponent: vec![1, 0, 1],
            },
            holder: Holder::Certificate,
            subject: Subject::default(),
            place: format!("TCP port {number}"),
            evidence: vec![],
        }
    }

    #[test]
    fn moduli_beyond_those_that_are_compared_are_named_once() {
        let count = u16::try_from(COMPARED).unwrap();
        let mut all: Vec<ShownKey> = (0..count).chain(0..count).map(shown).collect();
        assert!(not_compared(&all).is_empty());
        all.extend([shown(count), shown(count), shown(7)]);
        let left_out = not_compared(&all);
        assert_eq!(left_out.len(), 1);
        assert_eq!(left_out[0].place, format!("TCP port {count}"));
    }
}
