//! An image as an [`Inspection`].

use std::collections::BTreeSet;

use super::parse::{Image, ParseError, parse};
use super::tlv;
use super::verify::{Seals, Verification, seals, verify};
use crate::digest::sha256_hex;
use crate::update::development_keys::{DevelopmentKey, known_development_key};
use crate::update::inspection::{
    AntiRollback, Conclusion, Hash, HashCheck, INSPECTION_FORMAT, Inspection, KeyName, KeyNaming,
    NoPackage, PackageFormat, Problem, ProblemCode, Signature, SignatureCheck,
};
use crate::update::key::PublicKey;

/// How many problems of one kind are told.
const TOLD: usize = 10;

/// The last 14 bytes of a slot to which MCUboot writes: `boot_img_magic` in `bootutil_public.c`, of
/// which the first two bytes depend on the alignment.
const SLOT_MAGICS: [&[u8]; 2] = [
    b"\x77\xc2\x95\xf3\x60\xd2\xef\x7f\x35\x52\x50\x0f\x2c\xb6\x79\x80",
    b"\x2d\xe1\x5d\x29\x41\x0b\x8d\x77\x67\x9c\x11\x0f\x1f\x8a",
];

/// Describes an image.
///
/// # Errors
///
/// [`NoPackage`].
pub(in crate::update) fn describe(
    bytes: &[u8],
    key: Option<&PublicKey>,
) -> Result<Inspection, NoPackage> {
    match parse(bytes) {
        Ok(image) => Ok(described(bytes, &image, key)),
        Err(error) if error.is_foreign() => Err(NoPackage(error.to_string())),
        Err(error) => Ok(damaged(bytes, error, key)),
    }
}

fn damaged(bytes: &[u8], error: ParseError, key: Option<&PublicKey>) -> Inspection {
    let problems = vec![problem(ProblemCode::Malformed, error.to_string())];
    Inspection {
        format: INSPECTION_FORMAT.to_owned(),
        package: PackageFormat::McubootImage,
        size: bytes.len() as u64,
        sha256: sha256_hex(bytes),
        conclusion: Conclusion::of(&problems, SignatureCheck::NotChecked),
        version: None,
        content_sha256: None,
        hash: None,
        signature: None,
        key: None,
        checked_with: key.map(PublicKey::fingerprint),
        development_key: None,
        anti_rollback: AntiRollback::default(),
        flags: Vec::new(),
        problems,
        notes: Vec::new(),
    }
}

fn described(bytes: &[u8], image: &Image<'_>, key: Option<&PublicKey>) -> Inspection {
    let seals = seals(image);
    let verification = verify(image, key);
    let signer = key.filter(|_| verification.signature == SignatureCheck::Valid);
    let development_key = development_key(&seals, signer);
    let mut problems = seal_problems(&seals, verification, key);
    if let Some(known) = development_key.filter(|_| seals.signature.is_some()) {
        let message = format!(
            "the key is public: {} publishes its private half ({})",
            known.group,
            known.paths.join(", ")
        );
        problems.push(problem(ProblemCode::PublicKey, message));
    }
    problems.extend(tlv_problems(image));
    let mut notes = Vec::new();
    match trailing(image.trailing) {
        Trailing::None => {}
        Trailing::Harmless(what) => {
            notes.push(format!("{} bytes of {what} follow", image.trailing.len()));
        }
        Trailing::Unexplained => {
            let message = format!(
                "{} bytes follow the image, which nothing covers",
                image.trailing.len()
            );
            problems.push(problem(ProblemCode::TrailingBytes, message));
        }
    }
    Inspection {
        format: INSPECTION_FORMAT.to_owned(),
        package: PackageFormat::McubootImage,
        size: bytes.len() as u64,
        sha256: sha256_hex(bytes),
        conclusion: Conclusion::of(&problems, verification.signature),
        version: Some(image.header.version.to_string()),
        content_sha256: Some(sha256_hex(image.body)),
        hash: seals.hash.map(|(algorithm, _)| Hash {
            algorithm: algorithm.name().to_owned(),
            check: verification.hash,
        }),
        signature: seals.signature.map(|_| Signature {
            algorithm: seals.kind(),
            pure: seals.pure,
            check: verification.signature,
        }),
        key: key_name(&seals, key),
        checked_with: key.map(PublicKey::fingerprint),
        development_key: development_key.cloned(),
        anti_rollback: AntiRollback {
            security_counter: security_counter(image),
        },
        flags: tlv::flags(image.header.flags),
        problems,
        notes,
    }
}

fn key_name(seals: &Seals<'_>, key: Option<&PublicKey>) -> Option<KeyName> {
    Some(KeyName {
        naming: match seals.key?.kind {
            tlv::KEYHASH => KeyNaming::Keyhash,
            _ => KeyNaming::Pubkey,
        },
        fingerprint: seals.key_fingerprint()?,
        is_given: key.map(|key| seals.names(key)),
    })
}

/// The published key that the image names, or that is known to have signed it.
fn development_key(
    seals: &Seals<'_>,
    signer: Option<&PublicKey>,
) -> Option<&'static DevelopmentKey> {
    let named = seals.key_fingerprint();
    let signer = signer.map(PublicKey::fingerprint);
    let carried = seals.carried_key().map(|key| key.fingerprint());
    [named, carried, signer]
        .into_iter()
        .flatten()
        .find_map(|fingerprint| known_development_key(&fingerprint))
}

/// What is wrong with hash, signature and key.
fn seal_problems(
    seals: &Seals<'_>,
    verification: Verification,
    key: Option<&PublicKey>,
) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut tell = |code, message: &str| found.push(problem(code, message));
    match verification.hash {
        HashCheck::Absent if !seals.pure => tell(ProblemCode::NoHash, "there is no hash"),
        HashCheck::Broken => tell(
            ProblemCode::HashBroken,
            "the hash is not that of the content",
        ),
        HashCheck::Encrypted => tell(
            ProblemCode::Encrypted,
            "the content is encrypted, and hash and signature cover it before encryption",
        ),
        HashCheck::Absent | HashCheck::Intact => {}
    }
    match verification.signature {
        SignatureCheck::Absent => tell(ProblemCode::Unsigned, "there is no signature"),
        SignatureCheck::Invalid => tell(
            ProblemCode::SignatureInvalid,
            match key {
                Some(_) => "the signature is not that of the given key over this content",
                None => "the signature is not even that of the key that the image carries",
            },
        ),
        SignatureCheck::Unsupported => tell(
            ProblemCode::SignatureUnsupported,
            "the signature's algorithm is not supported, or not with this hash",
        ),
        _ => {}
    }
    if seals.signature.is_some() {
        match (seals.key, key) {
            (None, _) => tell(ProblemCode::NoKeyNamed, "the image names no key"),
            (Some(_), Some(key)) if !seals.names(key) => tell(
                ProblemCode::OtherKey,
                "the image names another key than the given one",
            ),
            _ => {}
        }
    }
    found
}

/// What is wrong with the TLVs, whatever they say.
fn tlv_problems(image: &Image<'_>) -> Vec<Problem> {
    let unprotected = image
        .unprotected
        .iter()
        .filter(|it| !tlv::may_be_unprotected(it.kind))
        .map(|it| {
            let message = format!("{} stands outside the signed part", tlv::shown(it.kind));
            problem(ProblemCode::UnprotectedTlv, message)
        });
    let mut seen = BTreeSet::new();
    let duplicates = image
        .protected
        .iter()
        .chain(&image.unprotected)
        .filter(|it| !tlv::may_repeat(it.kind) && !seen.insert(class(it.kind)))
        .map(|it| {
            let message = format!("{} is there more than once", tlv::shown(it.kind));
            problem(ProblemCode::DuplicateTlv, message)
        });
    let lengths = image
        .protected
        .iter()
        .chain(&image.unprotected)
        .filter(|it| match it.kind {
            tlv::SEC_CNT => it.value.len() != 4,
            tlv::SIG_PURE => it.value != [1],
            _ => false,
        })
        .map(|it| {
            let message = format!(
                "{} has {} bytes, or a value that it cannot have",
                tlv::shown(it.kind),
                it.value.len()
            );
            problem(ProblemCode::TlvLength, message)
        });
    let mut found: Vec<Problem> = unprotected.take(TOLD).collect();
    found.extend(duplicates.take(TOLD));
    found.extend(lengths.take(TOLD));
    found
}

/// Hashes, keys and signatures exclude each other: which of two a bootloader believes depends on it.
fn class(kind: u16) -> u16 {
    match kind {
        kind if tlv::is_hash(kind) => tlv::SHA256,
        kind if tlv::is_key(kind) => tlv::KEYHASH,
        kind if tlv::is_signature(kind) => tlv::ECDSA_SIG,
        kind => kind,
    }
}

/// Only the protected one counts: anybody can set another.
fn security_counter(image: &Image<'_>) -> Option<u32> {
    let counter = image.protected.iter().find(|it| it.kind == tlv::SEC_CNT)?;
    Some(u32::from_le_bytes(counter.value.try_into().ok()?))
}

enum Trailing {
    None,
    Harmless(&'static str),
    Unexplained,
}

/// An image that was read from a slot, or is to be written to one, has padding and a trailer after it.
fn trailing(bytes: &[u8]) -> Trailing {
    let padding = |bytes: &[u8]| bytes.iter().all(|byte| matches!(byte, 0 | 0xff));
    if bytes.is_empty() {
        Trailing::None
    } else if padding(bytes) {
        Trailing::Harmless("padding")
    } else if SLOT_MAGICS.iter().any(|magic| bytes.ends_with(magic)) {
        Trailing::Harmless("padding and a slot's trailer")
    } else {
        Trailing::Unexplained
    }
}

fn problem(code: ProblemCode, message: impl Into<String>) -> Problem {
    Problem {
        code,
        message: message.into(),
    }
}
