//! `proofmark sign`.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{key, out};
use crate::bundle::{ENVELOPE, Envelope, Opened, pack, seal, test_result};
use crate::error::{Error, InputError};
use crate::exit::Exit;
use crate::output::write_whole;

/// Sign a judged run, so that a third party can check it; a second key signs what the first one signed
///
/// Before anything is signed all of it is checked as `verify` would check it. In a directory the signatures go into
/// statement.dsse.json.
#[derive(Debug, clap::Args)]
pub struct SignArgs {
    /// A run directory with its certificate, or a bundle in one file
    run: PathBuf,
    /// The private key, as `proofmark key new` makes it
    #[arg(long, value_name = "KEY.pem")]
    key: PathBuf,
    #[command(flatten)]
    passphrase: key::Passphrase,
    /// Write the signed bundle as one file too, as in `camera.proofmark`
    #[arg(long, value_name = "FILE")]
    pack: Option<PathBuf>,
    /// Write the outcome as a signed in-toto test-result/v0.1 too, for tools of the software supply chain
    #[arg(long, value_name = "FILE")]
    test_result: Option<PathBuf>,
}

/// Runs the command.
pub fn sign(args: &SignArgs) -> Result<Exit, Error> {
    let wrong = |message: String| InputError::new(args.run.display().to_string(), message);
    for target in args.pack.iter().chain(&args.test_result) {
        if target.exists() {
            let message = "it exists, and nothing is ever overwritten";
            return Err(InputError::new(target.display().to_string(), message).into());
        }
    }
    if args.pack.is_some() && args.pack == args.test_result {
        return Err(InputError::new("--test-result", "is the file of --pack").into());
    }
    let inside = |target: &&PathBuf| {
        let folder = target.parent().unwrap_or(Path::new("")).join(".");
        let of = |path: &Path| std::fs::canonicalize(path).ok();
        of(&folder).is_some_and(|it| of(&args.run).is_some_and(|run| it.starts_with(run)))
    };
    if let Some(target) = args.pack.iter().chain(&args.test_result).find(inside) {
        let message = "lies inside the run, where it would be one file too many";
        return Err(InputError::new(target.display().to_string(), message)
            .legal("a place outside")
            .into());
    }
    let key = key::private_key(&args.key, &args.passphrase)?;
    let opened = Opened::open(&args.run)?.map_err(|flaw| wrong(flaw.to_string()))?;
    let sealed = seal(opened.dir(), &key, Timestamp::now()).map_err(|flaw| {
        wrong(format!("nothing was signed: {flaw}")).legal(
            "a run that is complete and judged by this version, as `proofmark run` leaves it",
        )
    })?;
    write_whole(&opened.dir().join(ENVELOPE), &sealed.envelope)?;
    if opened.is_one_file() {
        pack(opened.dir(), &args.run)?;
    }
    if let Some(target) = &args.pack {
        pack(opened.dir(), target)?;
    }
    if let Some(target) = &args.test_result {
        let checked =
            crate::bundle::verify(opened.dir(), &[]).map_err(|flaw| wrong(flaw.to_string()))?;
        let device = sealed
            .statement
            .subject
            .iter()
            .find(|file| file.name == "device.json");
        let device = device
            .map(|file| file.digest.sha256.as_str())
            .unwrap_or_default();
        let certificate = checked
            .certificate
            .ok_or_else(|| wrong("a newer version wrote it".to_owned()))?;
        let payload = test_result(&certificate, device).to_string().into_bytes();
        let mut envelope = Envelope::new(&payload);
        envelope.sign(&payload, &key);
        write_whole(target, &envelope.bytes())?;
    }
    let short = &sealed.statement.predicate;
    out::print(&format!(
        "signed by {}\n{} files, certificate {}:\n{}\n{}\n",
        key.id(),
        sealed.statement.subject.len(),
        short.certificate.id,
        out::paragraph(&short.certificate.statement),
        match sealed.signatures {
            1 => "1 signature".to_owned(),
            several => format!("{several} signatures"),
        },
    ))?;
    Ok(Exit::Ok)
}
