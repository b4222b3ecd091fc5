//! Moduli of 2048 bits, made as the broken generators make them.

use super::*;

/// Two neighbouring primes: `p`, and the next prime above it.
const CLOSE: &str = concat!(
    "b672e8cfabbad0126a36cbfd6ddfc32b630c97e703868be47a2b1732a0d99a5073d000ab982789da898bc2a3bd8b70d7e1b3",
    "e436bfb4b59929b4f4095511b3368f579922399c237454907f2aed6e5239b4a7a94b1d473cf2c4db41b21c0949737a153502",
    "2e61596c216914793aa6ef7bc700e4bbfaaaf8bc355c9b520186032a86b9a95dbb375823c77286d08a60ab234da8262b4f18",
    "edfa5c617d8786ac22272e2be45b5e2e7ffad08737ae087919447d0749f63f0abb367994de73947d3ab1ad0139038b01bdce",
    "aae9dcb46b2860d34b3a860ee95001f7bd0e009833b5b6ddabfec0c52c875e12dd21eada08b738bfd96a6272dac11b2c402b",
    "a8c2b2d1b451",
);

/// Two primes `k * M + (65537^a mod M)`, with M the product of the first 126 primes, as for keys of this size.
const ROCA: &str = concat!(
    "cdf6cdd54d8f41627081ff4e5bb45261075df9b8288a16a7548d97432c9e810cf2492dec4c4a97dab425d158913cd5e13159",
    "883da891ea6a8e94a27053c0a42a532e4c35dddb8e5ab9032ec2ad3771c56d3f278b580a15ac6772d349a2e76368d5aabf39",
    "3e1cb6b4f1366d5aecc4d64c9336891fe3ec841fade00a212bc0104848cbd15ca5396bc9672c6be3eaacaed7ecd3de77eee5",
    "c53eb102dba045345ea0ebf16953785f470bb2ae9b4cbf9382f025ecd203e3d9e1c2aa63ee911a19fe4463de87e94c8381a0",
    "5e5c543da590f32808a5565e8c4217df1f25cad83ff21e944c4f894e98588544fab7b8b06c1249d0ec5606d6d2611480a9e7",
    "dfee959ffad1",
);

/// Two primes that chance chose: `openssl genrsa 2048`.
const SOUND: &str = concat!(
    "f29d2b1d20abe6aafedbfa37d705ab97cc4db36904e1f68174852b1d5d1e6e4016ba84304893825d5bf2f33d9b88a7a9bf58",
    "87cd2b74539eb6820f43d95cf79a2abe6221d7ab013f4a256cc29e86faaa1e09a40af7093e3d2fce1b1e1cbc27e8730bdcee",
    "4e4265bf93d3291bfeef9f594d44c9263aea6e139199d1aa0cfc5470154f2e49e44901112a6e97711565bec6a9a67c8513f2",
    "14a84b5fc55a3dd35e9eaf0aa7e626e8c7f9aadad6a27a78e9c34e7a470ad642dfc086ebde8e9a6944a2ccecb56eca2d7ff2",
    "0e29364cbc85e62d0bf04df1a3a2bd7aa520bbe74ec300bf2e850505b7eabc0968615b9c2359a67ad03b45141ca1f3f6cebb",
    "c324069face7",
);

fn number(hex: &str) -> BigUint {
    BigUint::parse_bytes(hex.as_bytes(), 16).unwrap()
}

fn key(modulus: &BigUint, exponent: u128) -> PublicKey {
    PublicKey::Rsa {
        modulus: modulus.to_bytes_be(),
        exponent: BigUint::from(exponent).to_bytes_be(),
    }
}

fn found(key: &PublicKey) -> Vec<Weakness> {
    weaknesses(key, &Limits::default())
}

#[test]
fn a_sound_key_has_no_weakness() {
    assert_eq!(found(&key(&number(SOUND), 65_537)), []);
    assert_eq!(found(&PublicKey::Ed25519(vec![7; 32])), []);
}

#[test]
fn keys_of_broken_generators_are_recognised() {
    assert_eq!(
        found(&key(&number(CLOSE), 65_537)),
        [Weakness::ClosePrimes { step: 0 }]
    );
    assert_eq!(found(&key(&number(ROCA), 65_537)), [Weakness::Roca]);
    let squared = number(SOUND).sqrt();
    let squared = &squared * &squared;
    let found = found(&key(&squared, 65_537));
    assert!(
        found.iter().any(|it| matches!(
            it,
            Weakness::ClosePrimes { step: 0 } | Weakness::SmallFactor(_)
        )),
        "{found:?}"
    );
}

#[test]
fn primes_are_close_up_to_the_last_step_and_no_further() {
    // n = a² - b² with the root of n just below a: step k needs b² to be about 2ak.
    let half = BigUint::from(3_u32) << 1022_u32;
    let steps_to = |gap: &BigUint| {
        let n = (&half + gap) * (&half - gap);
        close_primes(&n)
    };
    let gap_for = |step: u32| (&half * step * 2_u32).sqrt();
    assert_eq!(steps_to(&BigUint::from(1_000_u32)), Some(0));
    assert_eq!(steps_to(&(gap_for(50) - 2_u32)), Some(49));
    assert_eq!(
        steps_to(&(gap_for(FERMAT_STEPS) - 2_u32)),
        Some(FERMAT_STEPS - 1)
    );
    assert_eq!(steps_to(&(gap_for(FERMAT_STEPS) + 2_u32)), None);
}

#[test]
fn small_factors_are_found_up_to_the_bound() {
    let sound = number(SOUND);
    for factor in [2_u32, 3, 251, 9_973] {
        let found = found(&key(&(&sound * factor), 65_537));
        assert!(
            found.contains(&Weakness::SmallFactor(factor)),
            "{factor}: {found:?}"
        );
    }
    assert_eq!(found(&key(&(&sound * 10_007_u32), 65_537)), []);
}

#[test]
fn exponents_are_odd_and_of_the_usual_size() {
    let with = |exponent| found(&key(&number(SOUND), exponent));
    for none in [0, 1, 2, 65_536, 1 << 90] {
        assert_eq!(with(none), [Weakness::NoExponent], "{none}");
    }
    assert_eq!(with(3), [Weakness::SmallExponent(3)]);
    assert_eq!(with(65_535), [Weakness::SmallExponent(65_535)]);
    assert_eq!(with((1 << 90) + 1), []);
    let huge = PublicKey::Rsa {
        modulus: number(SOUND).to_bytes_be(),
        exponent: vec![0xff; 33],
    };
    assert_eq!(found(&huge), [Weakness::HugeExponent { bits: 264 }]);
}

#[test]
fn sizes_are_what_the_limits_say() {
    let small = number(SOUND) >> 1024_u32 | BigUint::from(1_u32);
    let found_there = found(&key(&small, 65_537));
    assert!(found_there.contains(&Weakness::Small {
        bits: 1024,
        least: 2048
    }));
    let tiny = number(SOUND) >> 1536_u32 | BigUint::from(1_u32);
    assert!(found(&key(&tiny, 65_537))[0].is_fatal());
    // Numbers that are hardly any are no trouble.
    for number in 0..300_u32 {
        assert!(!found(&key(&number.into(), 65_537)).is_empty());
    }
    let vast = BigUint::from(1_u32) << 20_000_u32;
    assert!(found(&key(&vast, 65_537)).contains(&Weakness::NotExamined { bits: 20_001 }));
}

#[test]
fn moduli_with_a_common_prime_give_each_other_away() {
    use crate::keys::share_factor;
    let prime = BigUint::from((1_u128 << 127) - 1);
    let [one, other] = [&prime * 1_000_003_u32, &prime * 1_000_033_u32].map(|it| it.to_bytes_be());
    assert!(share_factor(&one, &other));
    assert!(!share_factor(&one, &one));
    assert!(!share_factor(
        &number(SOUND).to_bytes_be(),
        &number(ROCA).to_bytes_be()
    ));
    assert!(!share_factor(&[], &one));
}
