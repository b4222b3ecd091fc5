//! What the files of a bundle say, and whether the evidence among them leads to it.

use std::cmp::Ordering;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::compare::{differences, other_thing, reworded};
use super::statement::{Predicate, Statement};
use super::{Flaw, files, future};
use crate::certificate::{
    CERTIFICATE_FORMAT, Certificate, Judging, RULES_VERSION, WaiverState, assess, certificate_id,
    issue,
};
use crate::error::Error;
use crate::evidence::{Run, RunState};
use crate::input::{Judged, recorded_job, recorded_lookups, recorded_profile, recorded_waivers};
use crate::job::JobFile;
use crate::keys::Lookups;
use crate::profile::{Profile, Standing, Waivers, is_semantic_version};
use crate::record_book::{self, ATTACHMENTS};
use crate::records::Records;
use crate::report;

/// No version of the tool has a longer number.
const LONGEST_VERSION: usize = 20;

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
    /// By a newer version, which wrote what this one cannot read: why not.
    NewerVersion { why: String },
}

impl Rejudged {
    /// Whether this version would write the very same, but for the names of version and rules.
    pub fn is_confirmed(&self) -> bool {
        match self {
            Self::Same => true,
            Self::OlderRules {
                differences, what, ..
            } => differences.is_empty() && what.is_empty(),
            Self::Reworded { .. } | Self::NewerRules { .. } | Self::NewerVersion { .. } => false,
        }
    }
}

/// What the files of a bundle say.
pub(super) struct Contents {
    pub(super) recorded: Option<Certificate>,
    pub(super) again: Option<Certificate>,
    pub(super) rejudged: Rejudged,
    pub(super) doubts: Vec<String>,
    pub(super) notes: Vec<String>,
}

impl Contents {
    /// What a newer version says, and this one cannot read.
    pub(super) fn newer(why: String) -> Self {
        Self::unjudged(None, Rejudged::NewerVersion { why })
    }

    fn unjudged(recorded: Option<Certificate>, rejudged: Rejudged) -> Self {
        Self {
            recorded,
            again: None,
            rejudged,
            doubts: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// Whether the files say what the statement says, where there is one, and the evidence leads to the certificate.
pub(super) fn contents(dir: &Path, statement: Option<&Statement>) -> Result<Contents, Flaw> {
    match read(dir) {
        Ok(read) => judged_again(dir, read, statement),
        Err(flaw) if future::is_newer(dir) => Ok(Contents::newer(flaw.0)),
        Err(flaw) => Err(flaw),
    }
}

/// Everything that is judged, and what came of it.
struct ReadBack {
    recorded: Certificate,
    run: Run,
    records: Records,
    profile: Profile,
    waivers: Waivers,
    job: Option<JobFile>,
    lookups: Option<Lookups>,
}

fn read(dir: &Path) -> Result<ReadBack, Flaw> {
    let flaw = |what: &str, error: Error| Flaw(format!("{what}: {error}"));
    let recorded = certificate(dir)?;
    let run = Run::read(dir).map_err(|error| flaw("the run", error))?;
    let judged = Judged::read(dir);
    Ok(ReadBack {
        records: record_book::read(dir, &run).map_err(|error| flaw("the records", error))?,
        profile: recorded_profile(dir, &run, &judged)
            .map_err(|error| flaw("the profile", error))?,
        waivers: recorded_waivers(dir, &judged).map_err(|error| flaw("the waivers", error))?,
        job: recorded_job(dir).map_err(|error| flaw("the job", error))?,
        lookups: recorded_lookups(dir, &judged)
            .map_err(|error| flaw("what a list said of the keys", error))?,
        recorded,
        run,
    })
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

fn judged_again(
    dir: &Path,
    read: ReadBack,
    statement: Option<&Statement>,
) -> Result<Contents, Flaw> {
    let ReadBack {
        recorded,
        run,
        records,
        ..
    } = &read;
    let certificate = |message: &str| Err(Flaw::at("certificate.json", message));
    if let Some(statement) = statement {
        let signed = &statement.predicate;
        if Predicate::of(recorded, signed.sealed_at) != *signed {
            return certificate("is not what the signed statement says of it");
        }
        belong(run, statement)?;
        all_attached(records, statement)?;
    }
    if recorded.judged_at < run.info.ended_at.unwrap_or(run.info.started_at) {
        return certificate("was judged before the run ended");
    }
    if records.later_than(recorded.judged_at).is_some() {
        return certificate("was judged before what people recorded");
    }
    let rules = recorded.tool.rules.clone();
    let age = match (number(&rules), number(RULES_VERSION)) {
        (Some(theirs), Some(ours)) => theirs.cmp(&ours),
        _ => Ordering::Greater,
    };
    if age == Ordering::Greater {
        let newer = Rejudged::NewerRules { rules };
        return Ok(Contents::unjudged(Some(read.recorded), newer));
    }
    let again = judge(&read);
    if let Some(what) = other_thing(recorded, &again.by_their_rules) {
        return Err(Flaw(format!(
            "differs: {what} is one thing in the certificate, another in the run"
        )));
    }
    let differences = differences(recorded, &again.by_their_rules);
    if age == Ordering::Equal && !differences.is_empty() {
        return Err(Flaw(format!("differs: {}", differences.join("; "))));
    }
    let what = wording(dir, recorded, &again.by_their_rules)?;
    let rejudged = match age {
        Ordering::Less => Rejudged::OlderRules {
            rules,
            differences,
            what,
        },
        _ if what.is_empty() => Rejudged::Same,
        _ => Rejudged::Reworded { what },
    };
    let sealed_at = statement.map(|it| it.predicate.sealed_at);
    let doubts = read.profile.caution().into_iter();
    Ok(Contents {
        doubts: doubts.chain(too_early(recorded, sealed_at)).collect(),
        notes: spent_since(&again.by_ours, sealed_at),
        recorded: Some(read.recorded),
        again: Some(again.by_ours),
        rejudged,
    })
}

/// The number of a version of the rules, where it is written as we write it.
fn number(rules: &str) -> Option<u32> {
    let number: u32 = rules.parse().ok()?;
    (number.to_string() == rules).then_some(number)
}

/// That somebody signed before there was anything to sign.
fn too_early(recorded: &Certificate, sealed_at: Option<Timestamp>) -> Option<String> {
    let (sealed_at, judged_at) = (sealed_at?, recorded.judged_at);
    (sealed_at < judged_at).then(|| {
        format!(
            "it says that it was signed at {sealed_at}, before it was judged, at {judged_at}: a clock was wrong, or a time was made up"
        )
    })
}

/// The waivers that held on the day for which a run was judged, and no more on the day on which that was signed.
fn spent_since(again: &Certificate, sealed_at: Option<Timestamp>) -> Vec<String> {
    let (Some(waivers), Some(sealed_at)) = (&again.waivers, sealed_at) else {
        return Vec::new();
    };
    let day = sealed_at.to_zoned(TimeZone::UTC).date();
    let spent = waivers.list.iter();
    let spent = spent.filter(|it| it.state == WaiverState::Active && it.until < day);
    spent
        .map(|it| {
            format!(
                "the waiver of {} in {} ended on {} and counts, because the run was judged for {}; it was signed later",
                it.code, it.requirement, it.until, again.judged_at
            )
        })
        .collect()
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

fn judge(read: &ReadBack) -> Again {
    let (recorded, profile) = (&read.recorded, &read.profile);
    let judging = Judging {
        run: &read.run,
        profile,
        judged_at: recorded.judged_at,
        waivers: &read.waivers,
        records: &read.records,
        job: read.job.as_ref(),
        lookups: read.lookups.as_ref(),
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
    Again {
        by_ours,
        by_their_rules,
    }
}

/// Makes a page of a certificate.
type Render = fn(&Certificate) -> Result<String, Error>;

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
    let pages: [(&str, Render); 2] = [
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
