//! `proofmark inspect`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::out;
use crate::decode;
use crate::error::{Error, InputError};
use crate::exit::Exit;
use crate::input;
use crate::update::{
    self, Conclusion, HashCheck, Inspection, KeyNaming, PublicKey, Signature, SignatureCheck,
};

/// The largest update package, in bytes.
const PACKAGE_LIMIT: usize = 64 << 20;
/// The largest key file, in bytes.
const KEY_LIMIT: usize = 64 << 10;

/// Say of an update package whether it is signed and intact
///
/// Exit status: 0 signed and intact, the signature checked only with --key; 1 not signed, signed by a
/// public development key, or broken; 2 cannot be decided; 64 no package.
#[derive(Debug, clap::Args)]
pub struct InspectArgs {
    /// The package: an MCUboot image
    file: PathBuf,
    /// The manufacturer's public key, in PEM; without it the signature is not checked
    #[arg(long, value_name = "PUBLIC.pem")]
    key: Option<PathBuf>,
    /// The result as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn inspect(args: &InspectArgs) -> Result<Exit, Error> {
    let key = args.key.as_deref().map(public_key).transpose()?;
    let package = bytes(&args.file, PACKAGE_LIMIT)?;
    let inspection = update::inspect(&package, key.as_ref()).map_err(|error| {
        InputError::new(args.file.display().to_string(), error.to_string())
            .legal("an MCUboot image, which begins with the bytes 3d b8 f3 96")
    })?;
    out::print(&if args.json {
        json(&inspection)?
    } else {
        text(&inspection)
    })?;
    Ok(exit(inspection.conclusion))
}

fn exit(conclusion: Conclusion) -> Exit {
    match conclusion {
        Conclusion::Intact | Conclusion::NotVerified => Exit::Ok,
        Conclusion::Undecided => Exit::NotCertifiable,
        Conclusion::Broken | Conclusion::Unsigned | Conclusion::PublicKey => Exit::NonConformant,
    }
}

fn public_key(path: &Path) -> Result<PublicKey, Error> {
    let origin = path.display().to_string();
    let pem = decode::utf8(&origin, bytes(path, KEY_LIMIT)?)?;
    PublicKey::from_pem(&pem).map_err(|error| {
        InputError::new(origin, error.to_string())
            .legal(
                "a PEM file with `BEGIN PUBLIC KEY`: ECDSA P-256 or P-384, RSA-2048 or -3072, Ed25519, \
                 as `imgtool getpub -e pem` or `openssl pkey -pubout` writes it",
            )
            .into()
    })
}

fn bytes(path: &Path, limit: usize) -> Result<Vec<u8>, Error> {
    let origin = || path.display().to_string();
    if path.is_dir() {
        return Err(InputError::new(origin(), "a directory")
            .legal("a file")
            .into());
    }
    let bytes = input::bounded(path, limit)
        .map_err(|error| Error::file(path, "cannot read it", error))?
        .ok_or_else(|| decode::too_large(&origin(), limit))?;
    Ok(bytes)
}

fn json(inspection: &Inspection) -> Result<String, Error> {
    let mut json = serde_json::to_string_pretty(inspection)
        .map_err(|error| Error::Harness(error.to_string()))?;
    json.push('\n');
    Ok(json)
}

/// The result for a person. All of it is ours, numbers or hex: nothing needs to be escaped.
fn text(inspection: &Inspection) -> String {
    let mut text = format!("{}\n", inspection.package.name());
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<14} {value}");
    };
    row("conclusion", inspection.conclusion.words());
    if let Some(version) = &inspection.version {
        row("version", version);
    }
    match &inspection.hash {
        Some(hash) => row(
            "hash",
            &format!("{}, {}", hash.algorithm, hash_check(hash.check)),
        ),
        None if inspection.version.is_some() => row("hash", "none"),
        None => {}
    }
    match &inspection.signature {
        Some(signature) => row("signature", &signature_text(signature)),
        None if inspection.version.is_some() => row("signature", "none"),
        None => {}
    }
    if let Some(key) = &inspection.key {
        let naming = match key.naming {
            KeyNaming::Keyhash => "KEYHASH",
            KeyNaming::Pubkey => "carried whole, SHA-256",
        };
        row("key", &format!("{naming} {}", key.fingerprint));
    }
    if let Some(given) = &inspection.checked_with {
        row("given key", &format!("SHA-256 {given}"));
    }
    if inspection.signature.is_some() && inspection.development_key.is_none() {
        row("published", "none of the published development keys");
    }
    if inspection.version.is_some() {
        let counter = match inspection.anti_rollback.security_counter {
            Some(counter) => format!("security counter {counter}"),
            None => "no security counter; only the version can be compared".to_owned(),
        };
        row("anti-rollback", &counter);
    }
    if !inspection.flags.is_empty() {
        row("flags", &inspection.flags.join(", "));
    }
    for problem in &inspection.problems {
        row("problem", &problem.message);
    }
    for note in &inspection.notes {
        row("note", note);
    }
    text
}

fn hash_check(check: HashCheck) -> &'static str {
    match check {
        HashCheck::Absent => "none",
        HashCheck::Intact => "intact (anybody can repair it)",
        HashCheck::Broken => "not that of the content",
        HashCheck::Encrypted => "of the content before encryption",
    }
}

fn signature_text(signature: &Signature) -> String {
    let algorithm = signature
        .algorithm
        .map_or("unknown algorithm", update::KeyKind::name);
    let covers = if signature.pure {
        " over the content"
    } else {
        ""
    };
    let check = match signature.check {
        SignatureCheck::Absent => "none",
        SignatureCheck::Valid => "valid by the given key",
        SignatureCheck::SelfConsistent => {
            "valid by the key that the package carries, whoever's it is"
        }
        SignatureCheck::Invalid => "not valid",
        SignatureCheck::NotChecked => "not checked",
        SignatureCheck::Encrypted => "of the content before encryption",
        SignatureCheck::Unsupported => "not supported",
    };
    format!("{algorithm}{covers}, {check}")
}
