//! `proofmark key`.

mod passphrase;

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

pub(super) use passphrase::Passphrase;

use super::out;
use crate::bundle::{KeyId, PrivateKey, PublicKeys, is_encrypted};
use crate::error::{Error, InputError};
use crate::exit::Exit;
use crate::input::{bounded, unreadable};

/// No file of keys is larger, bytes.
const LARGEST: usize = 1 << 20;

/// Make a key that signs bundles, or show whose key a file holds
#[derive(Debug, clap::Args)]
pub struct KeyArgs {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Debug, clap::Subcommand)]
enum KeyCommand {
    New(NewArgs),
    Show(ShowArgs),
}

/// Make an Ed25519 key: FILE, which stays with you (mode 0600), and FILE's public part, which you give away
#[derive(Debug, clap::Args)]
struct NewArgs {
    /// Where the private key goes, as in `lab.pem`; the public one goes beside it, `lab.pub.pem`
    file: PathBuf,
    /// Ask for a passphrase, and encrypt the key with it
    #[arg(long)]
    passphrase: bool,
    #[command(flatten)]
    given: Passphrase,
}

/// Show the public key of a file, for comparing it with what its owner says
#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// A public key, or an unencrypted private one
    file: PathBuf,
    #[command(flatten)]
    given: Passphrase,
}

/// Runs the command.
pub fn key(args: &KeyArgs) -> Result<Exit, Error> {
    match &args.command {
        KeyCommand::New(args) => new(args),
        KeyCommand::Show(args) => show(args),
    }
}

fn new(args: &NewArgs) -> Result<Exit, Error> {
    let public = public_name(&args.file);
    for file in [&args.file, &public] {
        if file.exists() {
            let message = "it exists, and no key is ever overwritten";
            return Err(wrong(file, message).legal("a name that is free").into());
        }
    }
    let passphrase = args.given.for_new_key(args.passphrase)?;
    let key = PrivateKey::generate().map_err(Error::Harness)?;
    let pem = key.to_pem(passphrase.as_deref()).map_err(Error::Harness)?;
    create(&args.file, pem.as_ref(), 0o600)?;
    create(&public, &key.id().pem(), 0o644)?;
    out::print(&format!(
        "{}\n{} signs{}; keep it. {} is for everybody who is to check what it signed.\n",
        key.id(),
        args.file.display(),
        match passphrase {
            Some(_) => ", with its passphrase",
            None => "",
        },
        public.display()
    ))?;
    Ok(Exit::Ok)
}

fn show(args: &ShowArgs) -> Result<Exit, Error> {
    let text = text(&args.file)?;
    let ids: Vec<KeyId> = match text.contains("PRIVATE KEY-----") {
        true => vec![open(&args.file, &text, &args.given)?.id()],
        false => public_keys(&args.file)?.keys,
    };
    let lines: String = ids.iter().map(|id| format!("{id}\n")).collect();
    out::print(&lines)?;
    Ok(Exit::Ok)
}

/// Reads a private key; asks for its passphrase where it has one.
pub(super) fn private_key(path: &Path, given: &Passphrase) -> Result<PrivateKey, Error> {
    open(path, &text(path)?, given)
}

fn open(path: &Path, text: &str, given: &Passphrase) -> Result<PrivateKey, Error> {
    let passphrase = match is_encrypted(text) {
        true => given.of_key(path)?,
        false => None,
    };
    PrivateKey::from_pem(text, passphrase.as_deref())
        .map_err(|message| wrong(path, message).legal(LEGAL).into())
}

const LEGAL: &str = "an Ed25519 private key in PKCS#8 and PEM, as `proofmark key new` and `openssl genpkey` make it";

/// Reads a file of public keys; the file's name is what they are called.
pub(super) fn public_keys(path: &Path) -> Result<PublicKeys, Error> {
    let name = path.file_name().unwrap_or(path.as_os_str());
    PublicKeys::from_pem(&name.to_string_lossy(), &text(path)?).map_err(|message| {
        wrong(path, message)
            .legal("one or more Ed25519 public keys in PEM")
            .into()
    })
}

fn text(path: &Path) -> Result<String, Error> {
    let bytes = bounded(path, LARGEST)
        .map_err(|error| unreadable(path, &error))?
        .ok_or_else(|| wrong(path, format!("is larger than {LARGEST} bytes")))?;
    Ok(crate::decode::utf8(&path.display().to_string(), bytes)?)
}

/// `lab.pem` → `lab.pub.pem`.
fn public_name(private: &Path) -> PathBuf {
    let stem = private.file_stem().unwrap_or_default().to_string_lossy();
    private.with_file_name(format!("{stem}.pub.pem"))
}

fn create(path: &Path, text: &str, mode: u32) -> Result<(), Error> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())
                .and_then(|()| file.sync_all())
        })
        .map_err(|error| Error::file(path, "cannot write", error))
}

fn wrong(path: &Path, message: impl Into<String>) -> InputError {
    InputError::new(path.display().to_string(), message)
}
