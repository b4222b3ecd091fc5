//! MCUboot images: what imgtool made is understood, and nothing that was changed passes for intact.

use proofmark::update::mcuboot::{
    Area, HashAlgorithm, Layer, Mutation, ParseError, Version, mutant, parse,
};
use proofmark::update::{
    Conclusion, HashCheck, Inspection, KeyKind, ProblemCode, PublicKey, SignatureCheck, inspect,
};
use ring::rand::SystemRandom;

use crate::root;

/// Each signed image, and the key that signed it.
const SIGNED: [(&str, &str); 13] = [
    ("ecdsa-p256-1.0.0", "ecdsa-p256"),
    ("ecdsa-p256-1.1.0", "ecdsa-p256"),
    ("ecdsa-p256-1.2.3", "ecdsa-p256"),
    ("ecdsa-p256-rich", "ecdsa-p256"),
    ("ecdsa-p256-pubkey", "ecdsa-p256"),
    ("ecdsa-p256-slot", "ecdsa-p256"),
    ("ecdsa-p384", "ecdsa-p384"),
    ("rsa-2048", "rsa-2048"),
    ("rsa-3072", "rsa-3072"),
    ("ed25519", "ed25519"),
    ("ed25519-pubkey", "ed25519"),
    ("ed25519-sha512", "ed25519"),
    ("ed25519-pure", "ed25519"),
];

fn image(name: &str) -> Vec<u8> {
    let path = root("lab/fixtures/mcuboot").join(format!("{name}.bin"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn key(name: &str) -> PublicKey {
    let path = root("lab/fixtures/mcuboot/keys").join(format!("{name}.pub.pem"));
    PublicKey::from_pem(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn codes(inspection: &Inspection) -> Vec<ProblemCode> {
    inspection.problems.iter().map(|it| it.code).collect()
}

fn signature_check(inspection: &Inspection) -> SignatureCheck {
    inspection
        .signature
        .as_ref()
        .map_or(SignatureCheck::Absent, |it| it.check)
}

#[test]
fn what_imgtool_signed_is_signed_and_intact() {
    for (name, signer) in SIGNED {
        let inspection = inspect(&image(name), Some(&key(signer))).unwrap();
        assert_eq!(inspection.conclusion, Conclusion::Intact, "{inspection:#?}");
        let named = inspection.key.unwrap();
        assert_eq!(named.is_given, Some(true), "{name}");
        let unchecked = inspect(&image(name), None).unwrap();
        assert_eq!(unchecked.conclusion, Conclusion::NotVerified, "{name}");
    }
}

#[test]
fn another_key_is_not_the_signers() {
    for (name, signer) in SIGNED {
        for other in ["stranger", "ecdsa-p384", "rsa-2048", "rsa-3072", "ed25519"] {
            if other == signer {
                continue;
            }
            let inspection = inspect(&image(name), Some(&key(other))).unwrap();
            assert_eq!(inspection.conclusion, Conclusion::Broken, "{name} {other}");
            assert_eq!(
                codes(&inspection),
                [ProblemCode::SignatureInvalid, ProblemCode::OtherKey]
            );
        }
    }
}

#[test]
fn every_part_of_an_inspection_is_what_the_image_says() {
    let inspection = inspect(&image("ecdsa-p256-1.2.3"), Some(&key("ecdsa-p256"))).unwrap();
    assert_eq!(inspection.version.as_deref(), Some("1.2.3+4"));
    assert_eq!(inspection.anti_rollback.security_counter, Some(7));
    assert_eq!(inspection.hash.unwrap().algorithm, "SHA-256");
    let signature = inspection.signature.unwrap();
    assert_eq!(signature.algorithm, Some(KeyKind::EcdsaP256));
    assert_eq!(
        inspection.key.unwrap().fingerprint,
        key("ecdsa-p256").fingerprint()
    );
    let kind = |name: &str| inspect(&image(name), None).unwrap().signature.unwrap();
    assert_eq!(kind("rsa-2048").algorithm, Some(KeyKind::Rsa2048));
    assert_eq!(kind("rsa-3072").algorithm, Some(KeyKind::Rsa3072));
    assert_eq!(kind("ecdsa-p384").algorithm, Some(KeyKind::EcdsaP384));
    assert_eq!(kind("ed25519").algorithm, Some(KeyKind::Ed25519));
    assert!(kind("ed25519-pure").pure && !kind("ed25519").pure);
    let slot = inspect(&image("ecdsa-p256-slot"), None).unwrap();
    assert_eq!(slot.anti_rollback.security_counter, None);
    assert!(slot.notes[0].ends_with("bytes of padding and a slot's trailer follow"));
}

#[test]
fn an_unsigned_image_is_said_to_be_so_whatever_the_key() {
    for key in [None, Some(&key("ecdsa-p256"))] {
        let inspection = inspect(&image("unsigned"), key).unwrap();
        assert_eq!(inspection.conclusion, Conclusion::Unsigned);
        assert_eq!(inspection.hash.unwrap().check, HashCheck::Intact);
    }
}

#[test]
fn an_encrypted_image_is_not_decided() {
    let inspection = inspect(&image("ecdsa-p256-encrypted"), Some(&key("ecdsa-p256"))).unwrap();
    assert_eq!(inspection.conclusion, Conclusion::Undecided);
    assert_eq!(inspection.flags, ["encrypted-aes-128"]);
    // Encryption is no excuse for a wrong key.
    let inspection = inspect(&image("ecdsa-p256-encrypted"), Some(&key("ed25519"))).unwrap();
    assert_eq!(inspection.conclusion, Conclusion::Broken);
}

#[test]
fn only_the_signature_tells_a_flipped_payload_whose_hash_was_repaired() {
    for (name, signer) in SIGNED {
        let flipped = made(&image(name), Mutation::PayloadFlipped);
        let inspection = inspect(&flipped, Some(&key(signer))).unwrap();
        assert_eq!(inspection.hash.as_ref().unwrap().check, HashCheck::Intact);
        assert_eq!(signature_check(&inspection), SignatureCheck::Invalid);
        assert_eq!(inspection.conclusion, Conclusion::Broken, "{name}");
        assert_eq!(codes(&inspection), [ProblemCode::SignatureInvalid]);
    }
    // Whoever gives no key must be told that nothing was shown, unless the image carries its key.
    let flipped = made(&image("ecdsa-p256-1.2.3"), Mutation::PayloadFlipped);
    let inspection = inspect(&flipped, None).unwrap();
    assert_eq!(signature_check(&inspection), SignatureCheck::NotChecked);
    assert_eq!(inspection.conclusion, Conclusion::NotVerified);
    let flipped = made(&image("ecdsa-p256-pubkey"), Mutation::PayloadFlipped);
    let inspection = inspect(&flipped, None).unwrap();
    assert_eq!(inspection.conclusion, Conclusion::Broken);
}

#[test]
fn each_mutant_differs_in_what_it_says_it_does() {
    for (name, signer) in SIGNED {
        let source = image(name);
        let signer = key(signer);
        let before = inspect(&source, Some(&signer)).unwrap();
        let rsa = matches!(signer.kind(), KeyKind::Rsa2048 | KeyKind::Rsa3072);
        for mutation in Mutation::ALL {
            let mutant = mutant(&source, mutation, &SystemRandom::new()).unwrap();
            let after = inspect(&mutant.bytes, Some(&signer)).unwrap();
            let (reaches, expected) = match mutation {
                Mutation::Truncated => (Layer::Structure, vec![ProblemCode::Malformed]),
                Mutation::SignatureStripped => {
                    (Layer::SignaturePresent, vec![ProblemCode::Unsigned])
                }
                Mutation::StrangerSigned => (
                    if rsa {
                        Layer::SignaturePresent
                    } else {
                        Layer::KeyTrusted
                    },
                    vec![ProblemCode::SignatureInvalid, ProblemCode::OtherKey],
                ),
                // The signature is over the content, and the hash is checked first.
                Mutation::HashKept => (
                    Layer::HashFits,
                    vec![ProblemCode::HashBroken, ProblemCode::SignatureInvalid],
                ),
                Mutation::SignatureFlipped | Mutation::PayloadFlipped => {
                    (Layer::SignatureValid, vec![ProblemCode::SignatureInvalid])
                }
            };
            let what = mutation.as_str();
            assert_eq!(mutant.reaches, reaches, "{name} {what}");
            assert_eq!(codes(&after), expected, "{name} {what}");
            if mutation != Mutation::Truncated {
                assert_eq!(after.version, Some(mutant.version.to_string()));
                let same = after.content_sha256 == before.content_sha256;
                let flips = matches!(mutation, Mutation::HashKept | Mutation::PayloadFlipped);
                assert_eq!(same, !flips, "{name} {what}");
            }
            let build = parse(&source).unwrap().header.version.build;
            let raised = mutant.version.build - build;
            assert_eq!(
                raised,
                match mutation {
                    Mutation::SignatureStripped => 1,
                    Mutation::StrangerSigned => 2,
                    Mutation::PayloadFlipped => 3,
                    _ => 0,
                }
            );
        }
    }
}

#[test]
fn a_strangers_signature_holds_by_the_strangers_key() {
    let stranger = made(&image("ecdsa-p256-pubkey"), Mutation::StrangerSigned);
    let inspection = inspect(&stranger, None).unwrap();
    assert_eq!(signature_check(&inspection), SignatureCheck::SelfConsistent);
    assert_eq!(inspection.conclusion, Conclusion::NotVerified);
    let again = made(&image("ecdsa-p256-pubkey"), Mutation::StrangerSigned);
    let fingerprint = |bytes: &[u8]| inspect(bytes, None).unwrap().key.unwrap().fingerprint;
    assert_ne!(
        fingerprint(&stranger),
        fingerprint(&again),
        "the key is not fresh"
    );
}

#[test]
fn what_is_no_control_is_not_mutated() {
    for name in ["unsigned", "ecdsa-p256-encrypted"] {
        for mutation in Mutation::ALL {
            assert!(
                mutant(&image(name), mutation, &SystemRandom::new()).is_err(),
                "{name}"
            );
        }
    }
}

#[test]
fn padding_is_flipped_rather_than_code() {
    let source = image("ecdsa-p256-1.2.3");
    let flipped = made(&source, Mutation::PayloadFlipped);
    let (before, after) = (parse(&source).unwrap(), parse(&flipped).unwrap());
    let changed: Vec<usize> = (0..before.body.len())
        .filter(|at| before.body[*at] != after.body[*at])
        .collect();
    let [at] = changed[..] else {
        panic!("{changed:?}")
    };
    assert!(before.body[at - 8..at + 8].iter().all(|byte| *byte == 0xff));
}

fn made(source: &[u8], mutation: Mutation) -> Vec<u8> {
    mutant(source, mutation, &SystemRandom::new())
        .unwrap()
        .bytes
}

/// An image put together by hand.
struct Parts {
    flags: u32,
    body: Vec<u8>,
    protected: Vec<(u16, Vec<u8>)>,
    unprotected: Vec<(u16, Vec<u8>)>,
}

fn parts() -> Parts {
    Parts {
        flags: 0,
        body: b"body".to_vec(),
        protected: vec![(0x50, 7_u32.to_le_bytes().to_vec())],
        unprotected: vec![(0x01, vec![1; 32]), (0x22, vec![0x30, 0])],
    }
}

impl Parts {
    fn covered(&self) -> Vec<u8> {
        let protected = area(0x6908, &self.protected);
        let size = if self.protected.is_empty() {
            0
        } else {
            protected.len()
        };
        let mut out = Vec::new();
        out.extend(0x96f3_b83d_u32.to_le_bytes());
        out.extend([0; 4]);
        out.extend(32_u16.to_le_bytes());
        out.extend(u16::try_from(size).unwrap().to_le_bytes());
        out.extend(u32::try_from(self.body.len()).unwrap().to_le_bytes());
        out.extend(self.flags.to_le_bytes());
        out.extend([1, 2, 3, 0, 4, 0, 0, 0, 0, 0, 0, 0]);
        out.extend(&self.body);
        out.extend(&protected[..size]);
        out
    }

    /// With the right hash before all other TLVs.
    fn bytes(&self) -> Vec<u8> {
        let mut out = self.covered();
        let mut tlvs = vec![(0x10, HashAlgorithm::Sha256.digest(&out))];
        tlvs.extend(self.unprotected.clone());
        out.extend(area(0x6907, &tlvs));
        out
    }

    fn problems(&self) -> Vec<ProblemCode> {
        codes(&inspect(&self.bytes(), None).unwrap())
    }
}

fn area(magic: u16, tlvs: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let size: usize = tlvs.iter().map(|(_, value)| 4 + value.len()).sum();
    let mut out = magic.to_le_bytes().to_vec();
    out.extend(u16::try_from(4 + size).unwrap().to_le_bytes());
    for (kind, value) in tlvs {
        out.extend(kind.to_le_bytes());
        out.extend(u16::try_from(value.len()).unwrap().to_le_bytes());
        out.extend(value);
    }
    out
}

#[test]
fn an_image_by_hand_is_as_good_as_imgtools() {
    let bytes = parts().bytes();
    let image = parse(&bytes).unwrap();
    assert_eq!((image.body, image.protected.len()), (&b"body"[..], 1));
    let version = Version {
        major: 1,
        minor: 2,
        revision: 3,
        build: 4,
    };
    assert_eq!(image.header.version, version);
    assert_eq!(parts().problems(), []);
}

#[test]
fn a_public_development_key_is_found_by_its_keyhash() {
    let keyhash = |hex: &str| -> Vec<u8> {
        (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect()
    };
    // MCUboot's root-ec-p256.pem, root-rsa-2048.pem (PKCS#1) and root-ed25519.pem.
    for (hex, kind, path) in [
        (
            "e30466f6b8470c1f29070b17f1e2d3e94d445e3f608087fdc711e4382bb538b6",
            0x22,
            "root-ec-p256.pem",
        ),
        (
            "fc5701dc6135e1323847bdc40f04d2e5bee5833b23c29f93593d00018cfa9994",
            0x20,
            "root-rsa-2048.pem",
        ),
        (
            "c1907fa4eac7fae3840a78902b6f0710b037e9968e5c6274a12a28790c7d4e3c",
            0x24,
            "root-ed25519.pem",
        ),
    ] {
        let mut parts = parts();
        parts.unprotected = vec![(0x01, keyhash(hex)), (kind, vec![0; 64])];
        let inspection = inspect(&parts.bytes(), None).unwrap();
        assert_eq!(inspection.conclusion, Conclusion::PublicKey, "{path}");
        let known = inspection.development_key.unwrap();
        assert!(known.paths.iter().any(|it| it == path), "{known:?}");
        // The key's name without a signature is no signature.
        parts.unprotected.pop();
        assert_eq!(parts.problems(), [ProblemCode::Unsigned]);
        // One bit beside it is another key.
        parts.unprotected[0].1[0] ^= 1;
        parts.unprotected.push((kind, vec![0; 64]));
        assert_eq!(parts.problems(), []);
    }
}

#[test]
fn a_public_development_key_is_found_where_it_signed_and_nowhere_else() {
    let public = key("mcuboot-root-ec-p256");
    let named = image("camera-1.1.0");
    let inspection = inspect(&named, Some(&public)).unwrap();
    assert_eq!(codes(&inspection), [ProblemCode::PublicKey]);
    // The same without its name, which stands right before the signature, and which nothing vouches for.
    let at = named.len() - 0x47 - 4 - 36;
    let total = u16::from_le_bytes([named[at - 38], named[at - 37]]) - 36;
    let mut nameless = [&named[..at], &named[at + 36..]].concat();
    nameless[at - 38..at - 36].copy_from_slice(&total.to_le_bytes());
    let inspection = inspect(&nameless, Some(&public)).unwrap();
    assert_eq!(signature_check(&inspection), SignatureCheck::Valid);
    assert!(codes(&inspection).contains(&ProblemCode::PublicKey));
    // Another key signed it: that the declared one is public says nothing of it.
    let inspection = inspect(&image("hub-2.5.0"), Some(&public)).unwrap();
    assert!(codes(&inspection).contains(&ProblemCode::OtherKey));
    assert!(!codes(&inspection).contains(&ProblemCode::PublicKey));
    assert_eq!(inspection.development_key, None);
}

#[test]
fn what_must_be_signed_counts_only_where_it_is_signed() {
    // CVE-2024-32883: dependency, security counter, boot record and whatever a manufacturer adds.
    for kind in [0x40, 0x50, 0x60, 0x70, 0xa0, 0x1234] {
        let mut parts = parts();
        parts.protected.clear();
        parts.unprotected.push((kind, vec![9, 0, 0, 0]));
        assert_eq!(parts.problems(), [ProblemCode::UnprotectedTlv], "{kind:#x}");
        let inspection = inspect(&parts.bytes(), None).unwrap();
        assert_eq!(inspection.anti_rollback.security_counter, None);
        assert_eq!(inspection.conclusion, Conclusion::Broken);
    }
}

#[test]
fn what_may_stand_there_once_stands_there_once() {
    use ProblemCode::{DuplicateTlv, UnprotectedTlv};
    for (kind, expected) in [
        (0x01, vec![DuplicateTlv]),
        (0x02, vec![DuplicateTlv]),
        (0x10, vec![DuplicateTlv]),
        (0x12, vec![DuplicateTlv]),
        (0x22, vec![DuplicateTlv]),
        (0x24, vec![DuplicateTlv]),
        (0x50, vec![UnprotectedTlv, DuplicateTlv]),
    ] {
        let mut parts = parts();
        parts.unprotected.push((kind, vec![0; 4]));
        assert_eq!(parts.problems(), expected, "{kind:#x}");
    }
    // Dependencies and a manufacturer's own may repeat.
    let mut parts = parts();
    for kind in [0x40, 0x40, 0xa0, 0xa0] {
        parts.protected.push((kind, vec![0; 12]));
    }
    assert_eq!(parts.problems(), []);
}

#[test]
fn values_of_another_length_are_told() {
    let mut counter = parts();
    counter.protected = vec![(0x50, vec![7, 0])];
    assert_eq!(counter.problems(), [ProblemCode::TlvLength]);
    let mut pure = parts();
    pure.unprotected.push((0x25, vec![2]));
    assert_eq!(pure.problems(), [ProblemCode::TlvLength]);
    let signature = inspect(&pure.bytes(), None).unwrap().signature;
    assert!(!signature.unwrap().pure, "only 1 means pure");
    let mut no_key = parts();
    no_key.unprotected.remove(0);
    assert_eq!(no_key.problems(), [ProblemCode::NoKeyNamed]);
    let mut old = parts();
    old.unprotected[1].0 = 0x21;
    assert_eq!(old.problems(), [ProblemCode::SignatureUnsupported]);
}

#[test]
fn what_follows_is_padding_or_a_problem() {
    let bytes = parts().bytes();
    let with = |more: &[u8]| {
        let inspection = inspect(&[&bytes[..], more].concat(), None).unwrap();
        (codes(&inspection), inspection.notes.len())
    };
    assert_eq!(with(&[]), (vec![], 0));
    assert_eq!(with(&[0xff; 9]), (vec![], 1));
    assert_eq!(with(b"more"), (vec![ProblemCode::TrailingBytes], 0));
}

#[test]
fn sizes_that_lie_are_told_with_their_place() {
    let bytes = parts().bytes();
    let error = |at: usize, value: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[at..at + value.len()].copy_from_slice(value);
        parse(&bytes).unwrap_err()
    };
    // Header 32, body 4, protected area 12, area 4 + 36 + 36 + 6.
    let (protected, unprotected) = (36, 48);
    assert_eq!(error(0, b"PK\x03\x04"), ParseError::NotMcuboot);
    assert_eq!(error(0, b"\x3c"), ParseError::OldLayout);
    assert_eq!(error(0, b"\x96\xf3\xb8\x3d"), ParseError::BigEndian);
    assert_eq!(error(8, &[31, 0]), ParseError::HeaderSize { claimed: 31 });
    assert!(matches!(
        error(8, &[0xff, 0xff]),
        ParseError::Truncated { part: "header", .. }
    ));
    assert!(matches!(
        error(12, &[0xff; 4]),
        ParseError::Truncated { part: "body", .. }
    ));
    // A body that overlaps the TLVs, or leaves bytes before them.
    for size in [3, 5] {
        assert!(matches!(
            error(12, &[size]),
            ParseError::AreaMagic {
                area: Area::Protected,
                ..
            }
        ));
    }
    assert_eq!(
        error(10, &[0]),
        ParseError::AreaMagic {
            area: Area::Unprotected,
            at: protected,
            found: 0x6908
        }
    );
    assert_eq!(
        error(10, &[13]),
        ParseError::ProtectedSize {
            header: 13,
            area: 12
        }
    );
    assert_eq!(
        error(unprotected + 2, &[3]),
        ParseError::AreaSize {
            area: Area::Unprotected,
            at: unprotected,
            claimed: 3
        }
    );
    assert!(matches!(
        error(unprotected + 2, &[0xff, 0xff]),
        ParseError::Truncated {
            part: "TLV area",
            ..
        }
    ));
    // The area ends within a TLV's head, and within a TLV.
    for size in [4 + 36 + 2, 4 + 36 + 20] {
        assert_eq!(
            error(unprotected + 2, &[size]),
            ParseError::TlvPastArea {
                area: Area::Unprotected,
                at: unprotected + 4 + 36
            }
        );
    }
    assert_eq!(
        error(protected + 6, &[5]),
        ParseError::TlvPastArea {
            area: Area::Protected,
            at: protected + 4
        }
    );
}

#[test]
fn no_truncation_passes() {
    for (name, signer) in SIGNED {
        let bytes = image(name);
        let key = key(signer);
        let end = bytes.len() - parse(&bytes).unwrap().trailing.len();
        for length in 0..end {
            let Ok(inspection) = inspect(&bytes[..length], Some(&key)) else {
                assert!(length < 4, "{name} {length}");
                continue;
            };
            assert_eq!(codes(&inspection), [ProblemCode::Malformed]);
            assert_eq!(inspection.conclusion, Conclusion::Broken, "{name} {length}");
        }
        let whole = inspect(&bytes[..end], Some(&key)).unwrap();
        assert_eq!(whole.conclusion, Conclusion::Intact, "{name}");
    }
}

/// Every single bit counts: of the image itself none is left that can be changed unseen.
#[test]
fn no_flipped_bit_passes() {
    let key = key("ed25519");
    let bytes = image("ed25519");
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1 << bit;
            if let Ok(inspection) = inspect(&bytes, Some(&key)) {
                // The flag that says it is encrypted makes it undecided, which is no better.
                let conclusion = inspection.conclusion;
                assert!(conclusion < Conclusion::NotVerified, "{at} {bit}");
            }
        }
    }
}

#[test]
fn no_mutation_passes() {
    const MUTATIONS: usize = 20_000;
    let survey = |(name, signer): (&str, &str)| {
        let bytes = image(name);
        let key = key(signer);
        let end = bytes.len() - parse(&bytes).unwrap().trailing.len();
        let mut random = Random(0x5eed ^ bytes.len() as u64);
        let mut parsed = 0;
        for round in 0..MUTATIONS {
            let damaged = damaged(&bytes[..end], &mut random);
            if damaged == bytes[..end] {
                continue;
            }
            if let Ok(inspection) = inspect(&damaged, Some(&key)) {
                let bad = inspection.conclusion < Conclusion::NotVerified;
                assert!(bad, "{name}, round {round}: {inspection:#?}");
                parsed += usize::from(codes(&inspection) != [ProblemCode::Malformed]);
            }
        }
        // Damage that is always, or never, seen by the parser would show nothing about the rest.
        let share = MUTATIONS / 20..MUTATIONS * 19 / 20;
        assert!(share.contains(&parsed), "{name}: {parsed} parsed");
    };
    std::thread::scope(|scope| {
        for half in SIGNED.chunks(SIGNED.len() / 2) {
            scope.spawn(move || half.iter().copied().for_each(survey));
        }
    });
}

/// One to three small damages, three quarters of them where the structure is and not in the body.
fn damaged(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let body = 0x40..0x40 + 1024;
    for _ in 0..=random.below(3) {
        let mut at = random.below(out.len());
        if body.contains(&at) && random.below(4) > 0 {
            at = (body.end + random.below(out.len() - body.end.min(out.len() - 1)))
                .min(out.len() - 1);
        }
        match random.below(7) {
            0 => out[at] ^= 1 << random.below(8),
            1 => out[at] = [0, 1, 4, 0x7f, 0x80, 0xff][random.below(6)],
            2 => drop(out.remove(at)),
            3 => out.insert(at, random.byte()),
            4 => {
                let end = (at + 1 + random.below(40)).min(out.len());
                let copy = out[at..end].to_vec();
                out.splice(at..at, copy);
            }
            5 => {
                let end = (at + 1 + random.below(40)).min(out.len());
                out.drain(at..end);
            }
            _ => out[at] = random.byte(),
        }
        if out.len() < 1200 {
            break;
        }
    }
    out
}

/// xorshift64: the same damage on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }
}
