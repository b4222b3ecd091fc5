//! Checking a bundle: every file is what was signed, every signature is genuine, and the evidence still leads to the
//! verdicts.

use std::path::Path;

use super::contents::{Contents, Rejudged, contents};
use super::files::{self, ENVELOPE};
use super::statement::{File, Statement, names_exactly};
use super::{Envelope, KeyId, PublicKeys, future};
use crate::certificate::Certificate;
use crate::digest::sha256_hex;

/// Why a bundle is not to be believed: where, and what; safe to show.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Flaw(pub(super) String);

/// A bundle that is intact.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What was signed; none where nobody signed, or by a version whose statements this one cannot read.
    pub statement: Option<Statement>,
    /// What the bundle says of itself; none where a newer version said it in a way that this one cannot read.
    pub certificate: Option<Certificate>,
    /// What this version makes of the same evidence; none where rules or version are newer than it.
    pub again: Option<Certificate>,
    /// In order of key; empty where nobody signed.
    pub signers: Vec<Signer>,
    /// Keys that the reader named and that did not sign.
    pub missing: Vec<String>,
    pub rejudged: Rejudged,
    /// What keeps this version from confirming all of it, beside that; sentences without a full stop.
    pub doubts: Vec<String>,
    /// What a reader should know; it keeps nothing from being confirmed.
    pub notes: Vec<String>,
}

/// Who signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    pub key: KeyId,
    /// What the reader calls the key.
    pub known_as: Option<String>,
}

impl Checked {
    /// Whether every key that the reader named has signed, and he named one.
    pub fn is_known(&self) -> bool {
        self.missing.is_empty() && self.signers.iter().any(|signer| signer.known_as.is_some())
    }

    /// Whether this version confirms everything that stands in it, whoever signed it.
    pub fn is_confirmed(&self) -> bool {
        self.rejudged.is_confirmed() && self.doubts.is_empty()
    }
}

/// Checks a bundle directory against the keys that a reader knows. A run that nobody signed is judged again all the same.
///
/// # Errors
///
/// The first thing that makes it broken: a file that was changed, added or taken away, a signature that is not
/// genuine, a certificate that does not follow from the evidence.
pub fn verify(dir: &Path, known: &[PublicKeys]) -> Result<Checked, Flaw> {
    let Opened {
        signers,
        statement,
        readable,
    } = match files::is_signed(dir) {
        true => open(dir)?,
        false => Opened {
            signers: Vec::new(),
            statement: None,
            readable: true,
        },
    };
    let Contents {
        recorded: certificate,
        again,
        rejudged,
        doubts,
        notes,
    } = match readable {
        true => contents(dir, statement.as_ref())?,
        false => Contents::newer("its bundle has a later format".to_owned()),
    };
    let name_of = |key: &KeyId| {
        let file = known.iter().find(|file| file.keys.contains(key))?;
        Some(file.name.clone())
    };
    let signed = |file: &&PublicKeys| file.keys.iter().any(|key| signers.contains(key));
    Ok(Checked {
        missing: known
            .iter()
            .filter(|file| !signed(file))
            .map(|file| file.name.clone())
            .collect(),
        signers: signers
            .iter()
            .map(|key| Signer {
                key: *key,
                known_as: name_of(key),
            })
            .collect(),
        statement,
        certificate,
        again,
        rejudged,
        doubts,
        notes,
    })
}

/// What stands in an envelope, of which every signature is genuine and every file the one that was signed.
struct Opened {
    signers: Vec<KeyId>,
    /// None where a newer version wrote it.
    statement: Option<Statement>,
    readable: bool,
}

fn open(dir: &Path) -> Result<Opened, Flaw> {
    let (_, payload, signers) = Envelope::open(&files::read(dir, ENVELOPE)?)?;
    if let Some(subject) = future::subject(&payload) {
        are_the_files(dir, &subject, files::is_plain)?;
        return Ok(Opened {
            signers,
            statement: None,
            readable: false,
        });
    }
    let statement = Statement::read(&payload)?;
    are_the_files(dir, &statement.subject, files::is_legal)?;
    Ok(Opened {
        signers,
        statement: Some(statement),
        readable: true,
    })
}

/// Whether a directory has exactly the files that were signed, as they were.
pub(super) fn are_the_files(
    dir: &Path,
    subject: &[File],
    legal: fn(&str) -> bool,
) -> Result<(), Flaw> {
    let digest = |name: String| {
        let sha256 = sha256_hex(files::read(dir, &name)?);
        Ok((name, sha256))
    };
    let found = files::list_of(dir, legal)?.into_iter().map(digest);
    names_exactly(subject, &found.collect::<Result<_, Flaw>>()?)
}
