//! What is wrong with a key, whoever shows it.

use num_bigint::BigUint;

use super::PublicKey;
use super::roca::is_roca;
use super::rsa::{FERMAT_STEPS, SMALL_PRIMES, close_primes, small_factor};

/// The largest RSA modulus that somebody is known to have taken apart: RSA-250, in 2020.
const FACTORED_BITS: u32 = 829;
/// Larger moduli are not examined for factors: nobody uses them, and it would take long.
const EXAMINED_BITS: u32 = 16_384;
/// FIPS 186-5, section 5.1: an exponent is above the first and below 2 to the power of the second.
const EXPONENT_ABOVE: u32 = 1 << 16;
const EXPONENT_BITS: u64 = 256;

/// What is asked of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The smallest RSA modulus, and prime of DSA.
    pub min_rsa_bits: u32,
    /// The smallest elliptic curve; Ed25519 counts as 256.
    pub min_elliptic_bits: u32,
}

impl Default for Limits {
    /// RFC 9325, section 4.5, and the curves of section 4.2.
    fn default() -> Self {
        Self {
            min_rsa_bits: 2048,
            min_elliptic_bits: 256,
        }
    }
}

/// Something that is wrong with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// The primes are so close that the modulus falls apart, in this step of Fermat's factorisation.
    ClosePrimes { step: u32 },
    /// This number divides the modulus.
    SmallFactor(u32),
    /// The fingerprint of a generator whose keys can be computed (CVE-2017-15361).
    Roca,
    /// A modulus of this size was taken apart before.
    Factored { bits: u32 },
    /// An exponent that makes no key: even, or 1.
    NoExponent,
    /// Less than the limit.
    Small { bits: u32, least: u32 },
    /// An exponent of 65,536 or less.
    SmallExponent(u32),
    /// An exponent of 256 bits or more.
    HugeExponent { bits: u64 },
    /// A modulus so large that it was not examined.
    NotExamined { bits: u32 },
}

impl Weakness {
    /// Whether whoever sees the public key can be its owner.
    pub fn is_fatal(&self) -> bool {
        matches!(
            self,
            Self::ClosePrimes { .. }
                | Self::SmallFactor(_)
                | Self::Roca
                | Self::Factored { .. }
                | Self::NoExponent
        )
    }
}

impl std::fmt::Display for Weakness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ClosePrimes { step } => write!(
                f,
                "its two primes are so close that Fermat's factorisation finds them, in step {} of {FERMAT_STEPS}",
                step + 1
            ),
            Self::SmallFactor(factor) => write!(f, "its modulus can be divided by {factor}"),
            Self::Roca => f.write_str(
                "its modulus has the fingerprint of ROCA (CVE-2017-15361): its primes can be computed",
            ),
            Self::Factored { bits } => write!(
                f,
                "its modulus has {bits} bits, and one of {FACTORED_BITS} was taken apart in 2020"
            ),
            Self::NoExponent => f.write_str("its exponent is even or 1, with which RSA hides nothing"),
            Self::Small { bits, least } => write!(f, "it has {bits} bits, fewer than {least}"),
            Self::SmallExponent(exponent) => write!(
                f,
                "its exponent is {exponent}, and FIPS 186-5 (section 5.1) asks for one above 65536"
            ),
            Self::HugeExponent { bits } => write!(
                f,
                "its exponent has {bits} bits, where FIPS 186-5 (section 5.1) permits {EXPONENT_BITS}: the private one may be small enough to be computed"
            ),
            Self::NotExamined { bits } => write!(
                f,
                "its modulus has {bits} bits, more than the {EXAMINED_BITS} that are examined"
            ),
        }
    }
}

/// What is wrong with a key, worst first. Factors below [`SMALL_PRIMES`] and primes as close as [`FERMAT_STEPS`] steps
/// reach are found, and no others.
pub fn weaknesses(key: &PublicKey, limits: &Limits) -> Vec<Weakness> {
    let bits = key.bits();
    let mut found = Vec::new();
    let least = match key {
        PublicKey::Rsa { modulus, exponent } => {
            rsa(modulus, exponent, bits, &mut found);
            limits.min_rsa_bits
        }
        PublicKey::Dsa { .. } => limits.min_rsa_bits,
        _ => limits.min_elliptic_bits,
    };
    if bits < least {
        found.push(Weakness::Small { bits, least });
    }
    found.sort_by_key(|weakness| !weakness.is_fatal());
    found
}

fn rsa(modulus: &[u8], exponent: &[u8], bits: u32, found: &mut Vec<Weakness>) {
    let exponent = BigUint::from_bytes_be(exponent);
    match u32::try_from(&exponent) {
        Ok(small) if small <= 1 || small % 2 == 0 => found.push(Weakness::NoExponent),
        Ok(small) if small <= EXPONENT_ABOVE => found.push(Weakness::SmallExponent(small)),
        Ok(_) => {}
        Err(_) if !exponent.bit(0) => found.push(Weakness::NoExponent),
        Err(_) if exponent.bits() > EXPONENT_BITS => found.push(Weakness::HugeExponent {
            bits: exponent.bits(),
        }),
        Err(_) => {}
    }
    if bits <= FACTORED_BITS {
        found.push(Weakness::Factored { bits });
    }
    if bits > EXAMINED_BITS {
        return found.push(Weakness::NotExamined { bits });
    }
    let modulus = BigUint::from_bytes_be(modulus);
    // Of a number this small everything is known already, and what follows presumes that there are factors to find.
    if modulus < BigUint::from(SMALL_PRIMES) {
        return;
    }
    if let Some(factor) = small_factor(&modulus) {
        found.push(Weakness::SmallFactor(factor));
    } else if let Some(step) = close_primes(&modulus) {
        found.push(Weakness::ClosePrimes { step });
    }
    if is_roca(&modulus) {
        found.push(Weakness::Roca);
    }
}

#[cfg(test)]
mod tests;
