//! MCUboot images as imgtool sees them: our parser agrees with `imgtool dumpinfo`, and `imgtool verify`
//! accepts each image and refuses each mutant of it for the reason that the mutant was made for.
//!
//! `lab/test` fetches imgtool. Where it is missing these tests are ignored with the reason; in CI
//! (`CI=true`) that is a failure.

#![expect(
    clippy::expect_used,
    reason = "a test without libtest, which clippy does not know for one"
)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;

use base64::Engine as _;
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use proofmark::update::mcuboot::{Layer, Mutation, Tlv, mutant, parse, seals};
use ring::rand::SystemRandom;
use serde_json::Value;

/// Each image, and the key that signed it.
const IMAGES: [(&str, Option<&str>); 18] = [
    ("ecdsa-p256-1.0.0", Some("ecdsa-p256")),
    ("ecdsa-p256-1.1.0", Some("ecdsa-p256")),
    ("ecdsa-p256-1.2.3", Some("ecdsa-p256")),
    ("ecdsa-p256-rich", Some("ecdsa-p256")),
    ("ecdsa-p256-pubkey", Some("ecdsa-p256")),
    ("ecdsa-p256-slot", Some("ecdsa-p256")),
    ("ecdsa-p256-encrypted", None),
    ("ecdsa-p384", Some("ecdsa-p384")),
    ("rsa-2048", Some("rsa-2048")),
    ("rsa-3072", Some("rsa-3072")),
    ("ed25519", Some("ed25519")),
    ("ed25519-pubkey", Some("ed25519")),
    ("ed25519-sha512", Some("ed25519")),
    ("ed25519-pure", Some("ed25519")),
    ("unsigned", None),
    ("hub-2.5.0", Some("hub")),
    ("hub-unsigned-2.5.0", None),
    ("camera-1.1.0", Some("mcuboot-root-ec-p256")),
];

/// What is tried with imgtool, whose path it gets.
type Test = Box<dyn FnOnce(&Path) -> Result<(), Failed> + Send>;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let imgtool = Arc::new(Imgtool::find());
    let trial = |name: String, test: Test| {
        let imgtool = Arc::clone(&imgtool);
        Trial::ignorable_test(name, move || match &*imgtool {
            Some(Imgtool(path)) => test(path).map(|()| Completion::Completed),
            None => missing(),
        })
    };
    let mut trials = Vec::new();
    for (image, key) in IMAGES {
        let name = format!("dumpinfo::{image}");
        trials.push(trial(name, Box::new(move |tool| agrees(tool, image))));
        let Some(key) = key else { continue };
        let name = format!("accepts::{image}");
        trials.push(trial(name, Box::new(move |tool| accepts(tool, image, key))));
        for mutation in Mutation::ALL {
            let name = format!("refuses::{image}::{}", mutation.as_str());
            let test = move |tool: &Path| refuses(tool, image, key, mutation);
            trials.push(trial(name, Box::new(test)));
        }
    }
    for image in ["ecdsa-p256-pubkey", "ed25519-pubkey"] {
        let test = move |tool: &Path| a_stranger_signs_properly(tool, image);
        trials.push(trial(format!("stranger::{image}"), Box::new(test)));
    }
    let naive = |tool: &Path| a_naive_flip_tests_the_hash(tool);
    trials.push(trial("naive-flip".to_owned(), Box::new(naive)));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A missing tool proves nothing, so that CI must have it.
fn missing() -> Result<Completion, Failed> {
    let reason = "imgtool is missing; `lab/test --install` fetches it";
    if std::env::var_os("CI").is_some_and(|value| value == "true") {
        return Err(format!("ignored, which CI does not allow: {reason}").into());
    }
    Ok(Completion::ignored_with(reason))
}

struct Imgtool(PathBuf);

impl Imgtool {
    /// The one that `lab/test` fetched, else the first on the search path.
    fn find() -> Option<Self> {
        let tools = std::env::var_os("PROOFMARK_LAB_TOOLS")
            .map_or_else(|| root().join("target/lab-tools"), PathBuf::from);
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::iter::once(tools.join("imgtool/bin"))
            .chain(std::env::split_paths(&path))
            .map(|directory| directory.join("imgtool"))
            .find(|program| program.is_file())
            .map(Self)
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn fixture(name: &str) -> PathBuf {
    root()
        .join("lab/fixtures/mcuboot")
        .join(format!("{name}.bin"))
}

/// What imgtool prints, and whether it is content.
fn imgtool(tool: &Path, arguments: &[&str], file: &Path) -> Result<(String, bool), Failed> {
    let output = Command::new(tool).args(arguments).arg(file).output()?;
    let text = [&output.stdout[..], &output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    Ok((text, output.status.success()))
}

fn verify(tool: &Path, key: &str, image: &[u8]) -> Result<(String, bool), Failed> {
    let mut file = tempfile::NamedTempFile::with_suffix(".bin")?;
    file.write_all(image)?;
    imgtool(tool, &["verify", "-k", key], file.path())
}

fn key_path(key: &str) -> Result<String, Failed> {
    let path = root().join(format!("lab/fixtures/mcuboot/keys/{key}.pub.pem"));
    Ok(path
        .to_str()
        .ok_or("the path of the key is no text")?
        .to_owned())
}

fn agrees(tool: &Path, image: &str) -> Result<(), Failed> {
    let (text, _) = imgtool(tool, &["dumpinfo", "--format", "json"], &fixture(image))?;
    let start = text.find('{').ok_or("imgtool printed no JSON")?;
    let theirs: Value = serde_json::from_str(&text[start..])?;
    let bytes = std::fs::read(fixture(image))?;
    let ours = parse(&bytes)?;
    let header = serde_json::json!({
        "magic": 0x96f3_b83d_u32,
        "load_addr": ours.header.load_address,
        "hdr_size": ours.header.header_size,
        "protected_tlv_size": ours.header.protected_size,
        "img_size": ours.header.body_size,
        "flags": ours.header.flags,
        "version": ours.header.version.to_string(),
    });
    same("header", &theirs["header"], &header)?;
    let area = &theirs["tlv_area"];
    same("protected", &area["tlvs_prot"], &tlvs(&ours.protected))?;
    same("unprotected", &area["tlvs"], &tlvs(&ours.unprotected))
}

fn same(what: &str, theirs: &Value, ours: &Value) -> Result<(), Failed> {
    if theirs == ours {
        return Ok(());
    }
    Err(format!("{what}: imgtool says {theirs:#}, we say {ours:#}").into())
}

/// As imgtool writes them; its names are without what follows `RSA` and `ECDSA`.
fn tlvs(tlvs: &[Tlv<'_>]) -> Value {
    let one = |tlv: &Tlv<'_>| {
        serde_json::json!({
            "type": tlv.kind,
            "type_name": their_name(tlv.kind),
            "len": tlv.value.len(),
            "data": proofmark::digest::hex(tlv.value),
        })
    };
    tlvs.iter().map(one).collect()
}

fn their_name(kind: u16) -> String {
    let name = proofmark::update::mcuboot::tlv_name(kind).unwrap_or("UNKNOWN");
    match name {
        "ECDSA_SIG" => "ECDSASIG".to_owned(),
        "ENC_KW" | "ENC_RSA2048" | "ENC_EC256" | "ENC_X25519" | "ENC_X25519_SHA512" => {
            name.replacen("ENC_", "ENC", 1)
        }
        name => name.trim_end_matches("_PSS").to_owned(),
    }
}

fn accepts(tool: &Path, image: &str, key: &str) -> Result<(), Failed> {
    let (text, content) = verify(tool, &key_path(key)?, &std::fs::read(fixture(image))?)?;
    if content && text.contains("Image was correctly validated") {
        return Ok(());
    }
    Err(text.into())
}

fn refuses(tool: &Path, image: &str, key: &str, mutation: Mutation) -> Result<(), Failed> {
    let source = std::fs::read(fixture(image))?;
    let mutant = mutant(&source, mutation, &SystemRandom::new())?;
    let (text, content) = verify(tool, &key_path(key)?, &mutant.bytes)?;
    let hash = text.contains("Image has an invalid hash");
    let signature = text.contains("No signature found for the given key");
    // imgtool has no word for a file that ends too early: it fails to unpack what is not there.
    let structure = text.contains("struct.error") || text.contains("Invalid TLV info magic");
    let intended = match mutant.reaches {
        Layer::Structure => structure && !hash && !signature,
        Layer::HashFits => hash && !signature,
        Layer::SignaturePresent | Layer::SignatureValid | Layer::KeyTrusted => signature && !hash,
    };
    if !content && intended {
        return Ok(());
    }
    Err(format!(
        "made for {}, and imgtool says: {text}",
        mutant.reaches.as_str()
    )
    .into())
}

/// Only whose key it is makes a stranger's image other than the manufacturer's.
fn a_stranger_signs_properly(tool: &Path, image: &str) -> Result<(), Failed> {
    let source = std::fs::read(fixture(image))?;
    let mutant = mutant(&source, Mutation::StrangerSigned, &SystemRandom::new())?;
    let parsed = parse(&mutant.bytes)?;
    let key = seals(&parsed).key.ok_or("it carries no key")?;
    let base64 = base64::engine::general_purpose::STANDARD.encode(key.value);
    let mut file = tempfile::NamedTempFile::with_suffix(".pem")?;
    writeln!(
        file,
        "-----BEGIN PUBLIC KEY-----\n{base64}\n-----END PUBLIC KEY-----"
    )?;
    let path = file.path().to_str().ok_or("the path is no text")?;
    match verify(tool, path, &mutant.bytes)? {
        (_, true) => Ok(()),
        (text, false) => Err(text.into()),
    }
}

/// Why mutants repair the hash: without that it is the hash that refuses them, which anybody can repair.
fn a_naive_flip_tests_the_hash(tool: &Path) -> Result<(), Failed> {
    let mut image = std::fs::read(fixture("ecdsa-p256-1.2.3"))?;
    let body = usize::from(parse(&image)?.header.header_size);
    *image.get_mut(body).expect("the image has a body") ^= 1;
    let (text, content) = verify(tool, &key_path("ecdsa-p256")?, &image)?;
    if !content && text.contains("Image has an invalid hash") {
        return Ok(());
    }
    Err(text.into())
}
