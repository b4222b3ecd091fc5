//! What can be computed of an RSA modulus by whoever sees it.

use std::sync::LazyLock;

use num_bigint::BigUint;
use num_integer::Integer as _;

/// Primes below this are tried as factors.
pub const SMALL_PRIMES: u32 = 10_000;

/// Steps of Fermat's factorisation. Each covers a wider gap between the primes; the generators that are known to be
/// broken so (CVE-2022-26320) are found in the first few.
pub const FERMAT_STEPS: u32 = 100;

/// The primes below [`SMALL_PRIMES`].
pub(super) static PRIMES: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let mut primes: Vec<u32> = Vec::new();
    for number in 2..SMALL_PRIMES {
        let mut factors = primes.iter().take_while(|prime| *prime * *prime <= number);
        if factors.all(|prime| !number.is_multiple_of(*prime)) {
            primes.push(number);
        }
    }
    primes
});

/// The smallest prime below [`SMALL_PRIMES`] that divides it.
pub(super) fn small_factor(modulus: &BigUint) -> Option<u32> {
    // Two at a time fit into the division by one digit, which is what takes the time.
    PRIMES.chunks(2).find_map(|pair| {
        let rest = remainder(modulus, pair.iter().product());
        pair.iter()
            .copied()
            .find(|prime| rest.is_multiple_of(*prime))
    })
}

/// What is left of a division by a small number.
pub(super) fn remainder(number: &BigUint, by: u32) -> u32 {
    let by = u64::from(by);
    let digits = number.iter_u32_digits().rev();
    let rest = digits.fold(0_u64, |rest, digit| (rest << 32 | u64::from(digit)) % by);
    // It is less than `by`, which has 32 bits.
    u32::try_from(rest).unwrap_or_default()
}

/// Whether two factors that are close to each other were found, in [`FERMAT_STEPS`] steps: with `n = a² - b²` they
/// are `a + b` and `a - b`. The step, from 0; a square is found in the first.
pub(super) fn close_primes(modulus: &BigUint) -> Option<u32> {
    let mut a = modulus.sqrt();
    if &a * &a < *modulus {
        a += 1_u32;
    }
    let mut rest = &a * &a - modulus;
    for step in 0..FERMAT_STEPS {
        if is_square(&rest) {
            // Otherwise the factors are 1 and itself.
            let b = rest.sqrt();
            return (&a - b != BigUint::from(1_u32)).then_some(step);
        }
        // (a + 1)² - n
        rest += (&a << 1_u32) + 1_u32;
        a += 1_u32;
    }
    None
}

fn is_square(number: &BigUint) -> bool {
    // 12 of 64 remainders are those of squares; most roots need not be drawn.
    let low = number.iter_u32_digits().next().unwrap_or_default() % 64;
    let possible = matches!(low, 0 | 1 | 4 | 9 | 16 | 17 | 25 | 33 | 36 | 41 | 49 | 57);
    possible && {
        let root = number.sqrt();
        &root * &root == *number
    }
}

/// Whether two moduli, highest byte first, are different and have a factor in common: then both are known.
pub fn share_factor(one: &[u8], other: &[u8]) -> bool {
    let [one, other] = [one, other].map(BigUint::from_bytes_be);
    let zero = BigUint::ZERO;
    one != other && one != zero && other != zero && one.gcd(&other) > BigUint::from(1_u32)
}
