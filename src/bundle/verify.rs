//! Checking a bundle: every file is what was signed, every signature is genuine, and the evidence still leads to the
//! verdicts.

use std::path::Path;

use super::compare::{differences, other_thing};
use super::files::{self, ENVELOPE};
use super::statement::{Predicate, Statement};
use super::{Envelope, KeyId, PublicKeys};
use crate::certificate::{CERTIFICATE_FORMAT, Certificate, Judging, RULES_VERSION, assess, issue};
use crate::digest::sha256_hex;
use crate::evidence::{Run, RunState};
use crate::input::{recorded_job, recorded_profile, recorded_waivers};
use crate::record_book::{self, ATTACHMENTS};
use crate::records::Records;
use crate::report;

/// Why a bundle is not to be believed: where, and what; safe to show.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Flaw(pub(super) String);

/// A bundle that is intact.
#[derive(Clone, Debug)]
pub struct Checked {
    pub statement: Statement,
    /// What was signed.
    pub certificate: Certificate,
    /// What this version makes of the same evidence; none where the rules are newer than it.
    pub again: Option<Certificate>,
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
    /// The same verdicts by the same rules; by the same version of the tool also in the same words.
    Same,
    /// The same verdicts by the same rules, but words or pages that the version it names would not write.
    Reworded { what: Vec<String> },
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
    let Contents {
        recorded: certificate,
        again,
        rejudged,
        remarks,
    } = contents(dir, &statement)?;
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

/// What the files of a bundle say.
pub(super) struct Contents {
    pub(super) recorded: Certificate,
    pub(super) again: Option<Certificate>,
    pub(super) rejudged: Rejudged,
    pub(super) remarks: Vec<String>,
}

/// Whether the files say what the statement says, and the evidence leads to the certificate.
pub(super) fn contents(dir: &Path, statement: &Statement) -> Result<Contents, Flaw> {
    let recorded = certificate(dir)?;
    if Predicate::of(&recorded, statement.predicate.sealed_at) != statement.predicate {
        return Err(Flaw::at(
            "certificate.json",
            "is not what the signed statement says of it",
        ));
    }
    let run = Run::read(dir).map_err(|error| Flaw(format!("the run: {error}")))?;
    belong(&run, statement)?;
    if run
        .info
        .ended_at
        .is_some_and(|end| recorded.judged_at < end)
    {
        return Err(Flaw::at(
            "certificate.json",
            "was judged before the run ended",
        ));
    }
    let number = |rules: &str| rules.parse::<u32>().ok();
    let rules = recorded.tool.rules.clone();
    let (theirs, ours) = (number(&rules), number(RULES_VERSION));
    if theirs.is_none() || theirs > ours {
        return Ok(Contents {
            recorded,
            again: None,
            rejudged: Rejudged::NewerRules { rules },
            remarks: Vec::new(),
        });
    }
    let records =
        record_book::read(dir, &run).map_err(|error| Flaw(format!("the records: {error}")))?;
    all_attached(&records, statement)?;
    if records.later_than(recorded.judged_at).is_some() {
        return Err(Flaw::at(
            "certificate.json",
            "was judged before what people recorded",
        ));
    }
    let again = judge(dir, &run, &records, &recorded)?;
    if let Some(what) = other_thing(&recorded, &again) {
        return Err(Flaw(format!(
            "differs: {what} is one thing in the certificate, another in the run"
        )));
    }
    let differences = differences(&recorded, &again);
    let mut remarks = Vec::new();
    let rejudged = if theirs < ours {
        Rejudged::OlderRules { rules, differences }
    } else if !differences.is_empty() {
        return Err(Flaw(format!("differs: {}", differences.join("; "))));
    } else if recorded.tool.version != again.tool.version {
        remarks.push(format!(
            "written by version {}, so that words and layout were not compared",
            crate::text::shown(&recorded.tool.version, 40)
        ));
        Rejudged::Same
    } else {
        match wording(dir, &recorded, &again)? {
            what if what.is_empty() => Rejudged::Same,
            what => Rejudged::Reworded { what },
        }
    };
    Ok(Contents {
        recorded,
        again: Some(again),
        rejudged,
        remarks,
    })
}

/// Whether every blob and input is one that the run was closed with; a run that was killed never closed.
fn belong(run: &Run, statement: &Statement) -> Result<(), Flaw> {
    let killed = run.info.state == RunState::Running;
    let closed = |name: &String| {
        killed || !name.contains('/') || is_attached(name) || run.info.digests.contains_key(name)
    };
    let mut names = statement.subject.iter().map(|file| &file.name);
    match names.find(|name| !closed(name)) {
        Some(name) => Err(Flaw::at(name, "is no part of the run")),
        None => Ok(()),
    }
}

fn is_attached(name: &str) -> bool {
    name.split_once('/')
        .is_some_and(|(folder, _)| folder == ATTACHMENTS)
}

/// Whether every attachment is one that a record names. That those which are named are there was seen when they were read.
fn all_attached(records: &Records, statement: &Statement) -> Result<(), Flaw> {
    let named = records.attachments();
    let mut names = statement.subject.iter().map(|file| file.name.as_str());
    let stray = names.find(|name| {
        let sha256 = name.rsplit('/').next().unwrap_or_default();
        is_attached(name) && !named.contains_key(sha256)
    });
    match stray {
        Some(name) => Err(Flaw::at(name, "is attached to no record")),
        None => Ok(()),
    }
}

fn judge(
    dir: &Path,
    run: &Run,
    records: &Records,
    recorded: &Certificate,
) -> Result<Certificate, Flaw> {
    let profile =
        recorded_profile(dir, run).map_err(|error| Flaw(format!("the profile: {error}")))?;
    let waivers = recorded_waivers(dir).map_err(|error| Flaw(format!("the waivers: {error}")))?;
    let job = recorded_job(dir).map_err(|error| Flaw(format!("the job: {error}")))?;
    Ok(issue(&Judging {
        run,
        profile: &profile,
        judged_at: recorded.judged_at,
        waivers: &waivers,
        records,
        job: job.as_ref(),
        assess,
    }))
}

/// What this version would word otherwise, in a certificate that it wrote itself.
fn wording(dir: &Path, recorded: &Certificate, again: &Certificate) -> Result<Vec<String>, Flaw> {
    let mut what = Vec::new();
    if recorded != again {
        what.push("certificate.json words some things otherwise than this version".to_owned());
    }
    let rendered = |text: Result<String, crate::error::Error>| {
        text.map_err(|error| Flaw(format!("certificate.json: cannot be rendered: {error}")))
    };
    for (name, text) in [
        ("certificate.html", rendered(report::html(recorded))?),
        ("junit.xml", rendered(report::junit(recorded))?),
    ] {
        let signed = dir.join(name).exists();
        if signed && files::read(dir, name)? != text.as_bytes() {
            what.push(format!(
                "{name} is not what this version makes of certificate.json"
            ));
        }
    }
    Ok(what)
}
