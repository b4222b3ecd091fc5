//! Checking a bundle: every file is what was signed, every signature is genuine, and the evidence still leads to the
//! verdicts.

use std::path::Path;

use super::compare::differences;
use super::files::{self, ENVELOPE};
use super::statement::{Predicate, Statement};
use super::{Envelope, KeyId, PublicKeys};
use crate::certificate::{CERTIFICATE_FORMAT, Certificate, Judging, RULES_VERSION, assess, issue};
use crate::digest::sha256_hex;
use crate::evidence::Run;
use crate::profile;
use crate::report;

/// Why a bundle is not to be believed: where, and what; safe to show.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Flaw(pub(super) String);

/// A bundle that is intact.
#[derive(Clone, Debug)]
pub struct Checked {
    pub statement: Statement,
    pub certificate: Certificate,
    /// In order of key.
    pub signers: Vec<Signer>,
    /// Keys that the reader named and that did not sign.
    pub missing: Vec<String>,
    pub rejudged: Rejudged,
    /// What a reader should know; nothing of it makes the bundle broken.
    pub remarks: Vec<String>,
}

/// Who signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    pub key: KeyId,
    /// What the reader calls the key.
    pub known_as: Option<String>,
}

/// What became of judging the evidence again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejudged {
    /// The same verdicts by the same rules.
    Same,
    /// By older rules than this tool's; which now say the same, or differ there.
    OlderRules {
        rules: String,
        differences: Vec<String>,
    },
    /// By newer rules, which this tool does not know.
    NewerRules { rules: String },
}

impl Checked {
    /// Whether every key that the reader named has signed, and he named one.
    pub fn is_known(&self) -> bool {
        self.missing.is_empty() && self.signers.iter().any(|signer| signer.known_as.is_some())
    }
}

/// Checks a bundle directory against the keys that a reader knows.
///
/// # Errors
///
/// The first thing that makes it broken: a file that was changed, added or taken away, a signature that is not
/// genuine, a certificate that does not follow from the evidence.
pub fn verify(dir: &Path, known: &[PublicKeys]) -> Result<Checked, Flaw> {
    let (_, payload, signers) = Envelope::open(&files::read(dir, ENVELOPE)?)?;
    let statement = Statement::read(&payload)?;
    matches_files(dir, &statement)?;
    let (certificate, rejudged, remarks) = contents(dir, &statement)?;
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
        rejudged,
        remarks,
    })
}

/// Whether a directory has exactly the files that were signed, as they were.
pub(super) fn matches_files(dir: &Path, statement: &Statement) -> Result<(), Flaw> {
    let digest = |name: String| {
        let sha256 = sha256_hex(files::read(dir, &name)?);
        Ok((name, sha256))
    };
    let found = files::list(dir)?.into_iter().map(digest);
    statement.names_exactly(&found.collect::<Result<_, Flaw>>()?)
}

/// `certificate.json` of a directory.
pub(super) fn certificate(dir: &Path) -> Result<Certificate, Flaw> {
    let name = "certificate.json";
    let certificate: Certificate =
        serde_json::from_slice(&files::read(dir, name)?).map_err(|error| Flaw::at(name, error))?;
    if certificate.format != CERTIFICATE_FORMAT {
        return Err(Flaw::at(
            name,
            format!("is not in format `{CERTIFICATE_FORMAT}`"),
        ));
    }
    Ok(certificate)
}

/// Whether the files say what the statement says, and the evidence leads to the certificate.
pub(super) fn contents(
    dir: &Path,
    statement: &Statement,
) -> Result<(Certificate, Rejudged, Vec<String>), Flaw> {
    let recorded = certificate(dir)?;
    if Predicate::of(&recorded, statement.predicate.sealed_at) != statement.predicate {
        return Err(Flaw::at(
            "certificate.json",
            "is not what the signed statement says of it",
        ));
    }
    let run = Run::read(dir).map_err(|error| Flaw(format!("the run: {error}")))?;
    let profile = profile::parse(&run.profile_text, "profile.toml");
    let number = |rules: &str| rules.parse::<u32>().ok();
    let rules = recorded.tool.rules.clone();
    let (theirs, ours) = (number(&rules), number(RULES_VERSION));
    if theirs.is_none() || theirs > ours {
        return Ok((recorded, Rejudged::NewerRules { rules }, Vec::new()));
    }
    let profile = profile.map_err(|error| Flaw(format!("the profile: {error}")))?;
    let again = issue(&Judging {
        run: &run,
        profile: &profile,
        judged_at: recorded.judged_at,
        assess,
    });
    let differences = differences(&recorded, &again);
    if theirs < ours {
        return Ok((
            recorded,
            Rejudged::OlderRules { rules, differences },
            Vec::new(),
        ));
    }
    if !differences.is_empty() {
        return Err(Flaw(format!("differs: {}", differences.join("; "))));
    }
    let remarks = wording(dir, &recorded, &again)?;
    Ok((recorded, Rejudged::Same, remarks))
}

/// What this version would word otherwise. Only the same version words things alike.
fn wording(dir: &Path, recorded: &Certificate, again: &Certificate) -> Result<Vec<String>, Flaw> {
    if recorded.tool.version != again.tool.version {
        return Ok(vec![format!(
            "written by version {}, so that words and layout were not compared",
            crate::text::shown(&recorded.tool.version, 40)
        )]);
    }
    let mut remarks = Vec::new();
    if recorded != again {
        remarks
            .push("certificate.json words some things otherwise than this version does".to_owned());
    }
    let rendered = |text: Result<String, crate::error::Error>| {
        text.map_err(|error| Flaw(format!("certificate.json: cannot be rendered: {error}")))
    };
    for (name, text) in [
        ("certificate.html", rendered(report::html(recorded))?),
        ("junit.xml", rendered(report::junit(recorded))?),
    ] {
        if files::read(dir, name).is_ok_and(|bytes| bytes != text.as_bytes()) {
            remarks.push(format!(
                "{name} is not what this version makes of certificate.json: trust the latter, and render it with `proofmark report`"
            ));
        }
    }
    Ok(remarks)
}
