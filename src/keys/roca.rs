//! ROCA (CVE-2017-15361): primes of the form `k * M + (65537^a mod M)`, with M the product of the first primes, as a library
//! of smart cards made them. A modulus of two such primes is a power of 65537 modulo M as well, which a random one is not.
//!
//! Source: M. Nemec and others, *The Return of Coppersmith's Attack* (ACM CCS 2017), section 3. M is here the smallest that
//! they name, of keys of 512 bits; larger keys use multiples of it.

use std::sync::LazyLock;

use num_bigint::BigUint;
use num_integer::Integer as _;

use super::rsa::{PRIMES, remainder};

const GENERATOR: u32 = 65_537;
/// The primes whose product is M: 2 to 167.
const COUNT: usize = 39;

/// M, and the order of the generator modulo M with the prime powers that it consists of.
struct Group {
    modulus: BigUint,
    order: u64,
    powers: Vec<u64>,
}

static GROUP: LazyLock<Group> = LazyLock::new(|| {
    let primes = &PRIMES[..COUNT];
    let order = primes
        .iter()
        .map(|prime| order_modulo(*prime))
        .fold(1_u64, |order, one| order.lcm(&one));
    Group {
        modulus: primes.iter().map(|prime| BigUint::from(*prime)).product(),
        order,
        powers: prime_powers(order),
    }
});

/// How often the generator is multiplied by itself until it is 1.
fn order_modulo(prime: u32) -> u64 {
    let generator = u64::from(GENERATOR % prime);
    let mut value = generator;
    let mut order = 1;
    // A prime below 168 has no element of a larger order.
    while value != 1 && order < u64::from(prime) {
        value = value * generator % u64::from(prime);
        order += 1;
    }
    order
}

/// The highest powers of primes that divide a number without large prime factors.
fn prime_powers(mut number: u64) -> Vec<u64> {
    let mut powers = Vec::new();
    for prime in PRIMES.iter().copied().map(u64::from) {
        let mut power = 1;
        while number.is_multiple_of(prime) {
            number /= prime;
            power *= prime;
        }
        if power > 1 {
            powers.push(power);
        }
    }
    powers
}

/// Whether a modulus is a power of 65537 modulo M. Of random ones about one in 2^154 is.
pub(super) fn is_roca(modulus: &BigUint) -> bool {
    // Modulo each prime alone first: that ends the matter for nearly all.
    PRIMES[1..COUNT]
        .iter()
        .all(|prime| is_power(modulus, *prime))
        && has_logarithm(modulus)
}

fn is_power(modulus: &BigUint, prime: u32) -> bool {
    let wanted = remainder(modulus, prime);
    let mut value = 1 % prime;
    for _ in 0..prime {
        if value == wanted {
            return true;
        }
        value = value * (GENERATOR % prime) % prime;
    }
    false
}

/// The discrete logarithm exists where it exists in each subgroup whose order is a power of a prime (Pohlig and Hellman).
fn has_logarithm(modulus: &BigUint) -> bool {
    let group = &*GROUP;
    let element = modulus % &group.modulus;
    let generator = BigUint::from(GENERATOR);
    let one = BigUint::from(1_u32);
    let raised = |number: &BigUint, exponent: u64| number.modpow(&exponent.into(), &group.modulus);
    raised(&element, group.order) == one
        && group.powers.iter().all(|power| {
            let step = raised(&generator, group.order / power);
            let wanted = raised(&element, group.order / power);
            let mut value = one.clone();
            (0..*power).any(|_| {
                let found = value == wanted;
                value = &value * &step % &group.modulus;
                found
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `k * M + (65537^a mod M)`; that it is prime is not what the fingerprint looks at.
    fn made(k: u64, a: u64) -> BigUint {
        let m = &GROUP.modulus;
        m * k + BigUint::from(GENERATOR).modpow(&a.into(), m)
    }

    #[test]
    fn the_group_is_that_of_the_paper() {
        // Table 1 there: for 512 bits M has 219.19 bits and the generator an order of 61.09 bits.
        assert_eq!(GROUP.modulus.bits(), 220);
        assert_eq!(64 - GROUP.order.leading_zeros(), 62);
        assert_eq!(GROUP.powers.iter().product::<u64>(), GROUP.order);
    }

    #[test]
    fn products_of_such_numbers_are_found() {
        for (k, a, l, b) in [(3, 5, 11, 7), (1 << 40, 1 << 50, 12_345_678_901, 99)] {
            assert!(is_roca(&(made(k, a) * made(l, b))), "{k} {a} {l} {b}");
        }
        assert!(!is_roca(&(made(3, 5) * made(11, 7) + 2_u32)));
        // 2 modulo 5, which only odd powers are, and 1 modulo 3, which only even ones are: a power modulo each prime
        // alone, and not modulo all of them.
        let others = &GROUP.modulus / 5_u32;
        let mixed = (1_u32..5)
            .map(|times| &others * times + 1_u32)
            .find(|it| remainder(it, 5) == 2)
            .unwrap();
        assert!(PRIMES[1..COUNT].iter().all(|it| is_power(&mixed, *it)));
        assert!(!is_roca(&mixed));
    }

    #[test]
    fn ordinary_numbers_are_not() {
        let mut number = BigUint::from(0x9e37_79b9_7f4a_7c15_u64);
        for _ in 0..200 {
            number = &number * &number + 1_u32;
            number %= BigUint::from(3_u32).pow(1200);
            assert!(!is_roca(&number));
        }
    }
}
