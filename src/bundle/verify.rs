//! Checking a bundle: every file is what was signed, every signature is genuine, and the evidence still leads to the
//! verdicts.

use std::cmp::Ordering;
use std::path::Path;

use super::compare::{differences, other_thing, reworded};
use super::files::{self, ENVELOPE};
use super::statement::{Predicate, Statement};
use super::{Envelope, KeyId, PublicKeys};
use crate::certificate::{
    CERTIFICATE_FORMAT, Certificate, Judging, RULES_VERSION, assess, certificate_id, issue,
};
use crate::digest::sha256_hex;
use crate::error::Error;
use crate::evidence::{Run, RunState};
use crate::input::{recorded_job, recorded_profile, recorded_waivers};
use crate::profile::{self, Standing, is_semantic_version};
use crate::record_book::{self, ATTACHMENTS};
use crate::records::Records;
use crate::report;

/// No version of the tool has a longer number.
const LONGEST_VERSION: usize = 20;

/// Why a bundle is not to be believed: where, and what; safe to show.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Flaw(pub(super) String);

/// A bundle that is intact.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What was signed; none where nobody signed.
    pub statement: Option<Statement>,
    /// What the bundle says of itself.
    pub certificate: Certificate,
    /// What this version makes of the same evidence; none where the rules are newer than it.
    pub again: Option<Certificate>,
    /// In order of key.
    pub signers: Vec<Signer>,
    /// Keys that the reader named and that did not sign.
    pub missing: Vec<String>,
    pub rejudged: Rejudged,
    /// What keeps this version from confirming all of it, beside that; sentences without a full stop.
    pub doubts: Vec<String>,
}

/// Who signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    pub key: KeyId,
    /// What the reader calls the key.
    pub known_as: Option<String>,
}

/// What became of judging the evidence again.
///
/// `what` is which words and pages are not those that this version writes, whatever the version that they claim; empty: none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejudged {
    /// The same verdicts by the same rules, in the same words.
    Same,
    /// The same verdicts by the same rules, in other words.
    Reworded { what: Vec<String> },
    /// By older rules than this tool's; which now say the same, or differ there.
    OlderRules {
        rules: String,
        differences: Vec<String>,
        what: Vec<String>,
    },
    /// By newer rules, which this tool does not know.
    NewerRules { rules: String },
}

impl Rejudged {
    /// Whether this version would write the very same, but for the names of version and rules.
    pub fn is_confirmed(&self) -> bool {
        match self {
            Self::Same => true,
            Self::OlderRules {
                differences, what, ..
            } => differences.is_empty() && what.is_empty(),
            Self::Reworded { .. } | Self::NewerRules { .. } => false,
        }
    }
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
    let (statement, signers) = match files::is_signed(dir) {
        true => {
            let (_, payload, signers) = Envelope::open(&files::read(dir, ENVELOPE)?)?;
            let statement = Statement::read(&payload)?;
            matches_files(dir, &statement)?;
            (Some(statement), signers)
        }
        false => (None, Vec::new()),
    };
    let Contents {
        recorded: certificate,
        again,
        rejudged,
        doubts,
    } = contents(dir, statement.as_ref())?;
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
    pub(super) doubts: Vec<String>,
}

/// Whether the files say what the statement says, where there is one, and the evidence leads to the certificate.
pub(super) fn contents(dir: &Path, statement: Option<&Statement>) -> Result<Contents, Flaw> {
    let recorded = certificate(dir)?;
    if let Some(Statement { predicate, .. }) = statement
        && Predicate::of(&recorded, predicate.sealed_at) != *predicate
    {
        return Err(Flaw::at(
            "certificate.json",
            "is not what the signed statement says of it",
        ));
    }
    let run = Run::read(dir).map_err(|error| Flaw(format!("the run: {error}")))?;
    if let Some(statement) = statement {
        belong(&run, statement)?;
    }
    if recorded.judged_at < run.info.ended_at.unwrap_or(run.info.started_at) {
        return Err(Flaw::at(
            "certificate.json",
            "was judged before the run ended",
        ));
    }
    let rules = recorded.tool.rules.clone();
    let age = match (number(&rules), number(RULES_VERSION)) {
        (Some(theirs), Some(ours)) => theirs.cmp(&ours),
        _ => Ordering::Greater,
    };
    if age == Ordering::Greater {
        return Ok(Contents {
            recorded,
            again: None,
            rejudged: Rejudged::NewerRules { rules },
            doubts: Vec::new(),
        });
    }
    let records =
        record_book::read(dir, &run).map_err(|error| Flaw(format!("the records: {error}")))?;
    if let Some(statement) = statement {
        all_attached(&records, statement)?;
    }
    if records.later_than(recorded.judged_at).is_some() {
        return Err(Flaw::at(
            "certificate.json",
            "was judged before what people recorded",
        ));
    }
    let again = judge(dir, &run, &records, &recorded)?;
    if let Some(what) = other_thing(&recorded, &again.by_their_rules) {
        return Err(Flaw(format!(
            "differs: {what} is one thing in the certificate, another in the run"
        )));
    }
    let differences = differences(&recorded, &again.by_their_rules);
    let profile = &again.by_ours.profile;
    let doubts = profile::caution(&profile.id, &profile.version, &profile.sha256);
    let what = wording(dir, &recorded, &again.by_their_rules)?;
    let rejudged = match age {
        Ordering::Less => Rejudged::OlderRules {
            rules,
            differences,
            what,
        },
        _ if !differences.is_empty() => {
            return Err(Flaw(format!("differs: {}", differences.join("; "))));
        }
        _ if what.is_empty() => Rejudged::Same,
        _ => Rejudged::Reworded { what },
    };
    Ok(Contents {
        recorded,
        again: Some(again.by_ours),
        rejudged,
        doubts: doubts.into_iter().collect(),
    })
}

/// The number of a version of the rules, where it is written as we write it.
fn number(rules: &str) -> Option<u32> {
    let number: u32 = rules.parse().ok()?;
    (number.to_string() == rules).then_some(number)
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

/// A run that was judged again.
struct Again {
    by_ours: Certificate,
    /// The same under the names of version and rules that the old certificate has, so that nothing else can differ
    /// where nothing else changed.
    by_their_rules: Certificate,
}

fn judge(dir: &Path, run: &Run, records: &Records, recorded: &Certificate) -> Result<Again, Flaw> {
    let profile =
        recorded_profile(dir, run).map_err(|error| Flaw(format!("the profile: {error}")))?;
    let waivers = recorded_waivers(dir).map_err(|error| Flaw(format!("the waivers: {error}")))?;
    let job = recorded_job(dir).map_err(|error| Flaw(format!("the job: {error}")))?;
    let judging = Judging {
        run,
        profile: &profile,
        judged_at: recorded.judged_at,
        waivers: &waivers,
        records,
        job: job.as_ref(),
        assess,
    };
    let by_ours = issue(&judging);
    let mut by_their_rules = Certificate {
        id: certificate_id(&judging, &recorded.tool.rules),
        tool: recorded.tool.clone(),
        ..by_ours.clone()
    };
    // What this version does not know, the one that judged may have known.
    if profile.standing() == Standing::OtherVersion {
        let unknown = profile.caution();
        let theirs = &recorded.cautions;
        let cautions = &mut by_their_rules.cautions;
        cautions.retain(|text| Some(text) != unknown.as_ref() || theirs.contains(text));
    }
    Ok(Again {
        by_ours,
        by_their_rules,
    })
}

/// What this version would word otherwise, whichever version wrote it.
fn wording(dir: &Path, recorded: &Certificate, again: &Certificate) -> Result<Vec<String>, Flaw> {
    let mut what = Vec::new();
    let mut parts = reworded(recorded, again);
    // What stands there is the one thing that is not made again.
    let version = &recorded.tool.version;
    if !is_semantic_version(version) || version.len() > LONGEST_VERSION {
        parts.push("tool".to_owned());
    }
    if !parts.is_empty() {
        what.push(format!("certificate.json ({})", parts.join(", ")));
    }
    let pages: [(&str, fn(&Certificate) -> Result<String, Error>); 2] = [
        ("certificate.html", report::html),
        ("junit.xml", report::junit),
    ];
    for (name, render) in pages {
        if dir.join(name).exists() {
            let text = render(recorded)
                .map_err(|error| Flaw(format!("certificate.json: cannot be rendered: {error}")))?;
            if files::read(dir, name)? != text.as_bytes() {
                what.push(name.to_owned());
            }
        }
    }
    Ok(what)
}
