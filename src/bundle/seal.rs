//! Signing: first every file is named by its digest, then one key after another signs that.

use std::path::Path;

use jiff::Timestamp;

use super::contents::{certificate, contents};
use super::files::{self, ENVELOPE};
use super::statement::{Digest, File, Predicate, Statement};
use super::verify::are_the_files;
use super::{Envelope, Flaw, PrivateKey, Rejudged};
use crate::certificate::RULES_VERSION;
use crate::digest::sha256_hex;

/// A bundle that was signed.
#[derive(Debug)]
pub struct Sealed {
    pub statement: Statement,
    /// The bytes of the envelope, [`ENVELOPE`].
    pub envelope: Vec<u8>,
    /// How many signatures it has now.
    pub signatures: usize,
}

/// Signs a bundle directory; a second key signs what the first one signed. Writes nothing.
///
/// `now` is the time that a bundle gets which nobody signed before.
///
/// # Errors
///
/// What [`super::verify`] would find: a signature that nobody can verify is not made.
pub fn seal(dir: &Path, key: &PrivateKey, now: Timestamp) -> Result<Sealed, Flaw> {
    let (mut envelope, statement) = match files::is_signed(dir) {
        true => {
            let (envelope, payload, _) = Envelope::open(&files::read(dir, ENVELOPE)?)?;
            let statement = Statement::read(&payload)?;
            are_the_files(dir, &statement.subject, files::is_legal)?;
            (envelope, statement)
        }
        false => {
            let statement = state(dir, now)?;
            (Envelope::new(&statement.bytes()), statement)
        }
    };
    let found = contents(dir, Some(&statement))?;
    if now < statement.predicate.certificate.judged_at {
        let message = "was judged later than now, says this machine's clock";
        return Err(Flaw::at("certificate.json", message));
    }
    // Whoever signs answers for every word: the first signature is only for what this version itself wrote.
    let version = &statement.predicate.tool.version;
    match found.rejudged {
        Rejudged::NewerVersion { why } => {
            return Err(Flaw(format!(
                "a newer version of Proofmark wrote it: {why}"
            )));
        }
        Rejudged::Same if version == env!("CARGO_PKG_VERSION") => {}
        Rejudged::Same if !envelope.signatures.is_empty() => {}
        Rejudged::Same => {
            let version = crate::text::shown(version, 20);
            return Err(Flaw(format!(
                "it was judged by version {version} of Proofmark"
            )));
        }
        Rejudged::Reworded { what } => {
            let what = what.join(", ");
            return Err(Flaw(format!(
                "other words than this version writes: {what}"
            )));
        }
        Rejudged::OlderRules { rules, .. } | Rejudged::NewerRules { rules } => {
            let rules = crate::text::shown(&rules, 20);
            return Err(Flaw(format!(
                "it was judged by version {rules} of the rules, and this is version {RULES_VERSION}"
            )));
        }
    }
    envelope.sign(&statement.bytes(), key);
    Ok(Sealed {
        envelope: envelope.bytes(),
        signatures: envelope.signatures.len(),
        statement,
    })
}

/// The statement about a directory as it is.
fn state(dir: &Path, now: Timestamp) -> Result<Statement, Flaw> {
    let certificate = certificate(dir)?;
    let file = |name: String| {
        let sha256 = sha256_hex(files::read(dir, &name)?);
        Ok(File {
            name,
            digest: Digest { sha256 },
        })
    };
    let subject = files::list(dir)?
        .into_iter()
        .map(file)
        .collect::<Result<_, Flaw>>()?;
    Ok(Statement::new(subject, Predicate::of(&certificate, now)))
}
