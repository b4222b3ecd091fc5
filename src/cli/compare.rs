//! `proofmark compare`.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::certificate_file::Place;
use super::{out, session};
use crate::bundle::Rejudged;
use crate::certificate::{Certificate, Judging, RULES_VERSION, assess, issue};
use crate::compare::{Compared, Sample, changes, comparable, sample};
use crate::error::{Error, InputError};
use crate::evidence::Run;
use crate::exit::Exit;
use crate::input::{self, Judged};
use crate::profile::Profile;
use crate::record_book;
use crate::report::{self, Look};
use crate::text::shown;

/// Put runs side by side: several devices, or one device before and after
///
/// Two runs of one device show what regressed, what is fixed and what is new; any other choice is a matrix of
/// requirements and devices. Runs that were judged by different profiles or rules are judged again first, by
/// the newest profile among them, from their evidence.
///
/// Exit status: 0 compared, and nothing regressed; 1 something regressed from the first run to the second.
#[derive(Debug, clap::Args)]
pub struct CompareArgs {
    /// Run directories, bundles in one file, or `certificate.json` files; of two runs of one device, the older one first
    #[arg(required = true, num_args = 2.., value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// Judge all of them again by this profile: a shipped profile's id or a file
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    /// Show what changed, even where the two runs are of different samples or models
    #[arg(long)]
    changes: bool,
    /// The format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For a terminal
    Text,
    /// One file, for a browser
    Html,
    /// For a spreadsheet
    Csv,
}

/// What was read of one argument: a run with its evidence, a certificate, or both.
struct Source {
    name: String,
    place: Place,
    run: Option<Run>,
    certificate: Option<Certificate>,
    /// Whether the certificate is another one than the run had.
    judged_again: bool,
}

/// Runs the command.
pub fn compare(args: &CompareArgs) -> Result<Exit, Error> {
    if args.changes && args.runs.len() != 2 {
        let message = format!("takes two runs, not {}", args.runs.len());
        return Err(InputError::new("--changes", message).into());
    }
    let sources = args
        .runs
        .iter()
        .map(|path| read(path))
        .collect::<Result<Vec<_>, _>>()?;
    let runs = side_by_side(sources, args.profile.as_deref())?;
    let look = Look {
        width: 96,
        colour: true,
    };
    if let [before, after] = runs.as_slice()
        && (args.changes || one_device(before, after))
    {
        let changes = changes(&before.certificate, &after.certificate);
        out::print(&match args.format {
            Format::Text => report::changes_terminal(&changes, &runs, look),
            Format::Html => report::changes_html(&changes, &runs)?,
            Format::Csv => report::changes_csv(&changes),
        })?;
        return Ok(if changes.regressed() {
            Exit::NonConformant
        } else {
            Exit::Ok
        });
    }
    out::print(&match args.format {
        Format::Text => report::matrix_terminal(&runs, look),
        Format::Html => report::matrix_html(&runs)?,
        Format::Csv => report::matrix_csv(&runs),
    })?;
    Ok(Exit::Ok)
}

fn one_device(one: &Compared, other: &Compared) -> bool {
    matches!(
        sample(&one.certificate, &other.certificate),
        Sample::Same(_) | Sample::Unknown
    )
}

/// A run directory is read whole and checked. Of a certificate beside it counts what follows from the evidence; one that is alone
/// is called that.
fn read(path: &Path) -> Result<Source, Error> {
    let mut name = shown(path.display().to_string(), 200);
    let place = Place::open(path)?;
    let run = place.run().map(Run::read).transpose()?;
    let (certificate, judged_again) = match &run {
        None => {
            let certificate = place.alone()?;
            anstream::eprintln!("note: {name}: not checked against its evidence");
            name.push_str(" (not checked against its evidence)");
            (Some(certificate), false)
        }
        Some(_) if !place.certificate().exists() => (None, false),
        Some(_) => confirmed(&place)?,
    };
    Ok(Source {
        name,
        place,
        run,
        certificate,
        judged_again,
    })
}

/// What this version makes of a run that was judged, and whether by other rules than then.
fn confirmed(place: &Place) -> Result<(Option<Certificate>, bool), Error> {
    let Some(checked) = place.check()? else {
        return Ok((None, false));
    };
    let judged_again = matches!(checked.rejudged, Rejudged::OlderRules { .. });
    match checked.again {
        Some(again) => Ok((Some(again), judged_again)),
        None => Err(place.newer("it cannot be judged again")),
    }
}

/// Certificates by one profile and the same rules: as they are, or judged again.
fn side_by_side(sources: Vec<Source>, profile: Option<&str>) -> Result<Vec<Compared>, Error> {
    let certificates: Option<Vec<&Certificate>> = sources
        .iter()
        .map(|source| source.certificate.as_ref())
        .collect();
    let differ = match certificates.as_deref().map(comparable) {
        None => "some of them were never judged".to_owned(),
        Some(Err(why)) => why,
        Some(Ok(())) => String::new(),
    };
    if differ.is_empty() && profile.is_none() {
        return Ok(sources.into_iter().filter_map(as_it_is).collect());
    }
    let profile = match profile {
        Some(name) => session::named_profile(name)?,
        None => newest(&sources)?,
    };
    sources
        .into_iter()
        .map(|source| again(source, &profile, &differ))
        .collect()
}

fn as_it_is(source: Source) -> Option<Compared> {
    Some(Compared {
        name: source.name,
        certificate: source.certificate?,
        judged_again: source.judged_again,
    })
}

/// By this profile: the certificate, if it is by it and by the rules of this version, or else one that is issued now, for
/// the time of the old one.
fn again(source: Source, profile: &Profile, differ: &str) -> Result<Compared, Error> {
    let fits = |certificate: &Certificate| {
        certificate.profile.sha256 == profile.sha256 && certificate.tool.rules == RULES_VERSION
    };
    if source.certificate.as_ref().is_some_and(fits)
        && let Some(certificate) = source.certificate
    {
        return Ok(Compared {
            name: source.name,
            certificate,
            judged_again: source.judged_again,
        });
    }
    let Some(run) = &source.run else {
        let why = match differ {
            "" => "its certificate is by another profile or by other rules",
            why => why,
        };
        let message =
            format!("cannot be judged again, because its evidence is not there, and {why}");
        let origin = source.name;
        return Err(InputError::new(origin, message)
            .legal("the run directory that holds `run.json`, or runs judged by one profile and the same rules")
            .into());
    };
    let dir = source.place.run().unwrap_or(Path::new(""));
    let judged = Judged::read(dir);
    let waivers = input::recorded_waivers(dir, &judged)?;
    let records = record_book::read(dir, run)?;
    let job = input::recorded_job(dir)?;
    let lookups = input::recorded_lookups(dir, &judged)?;
    let judged_at = source.certificate.map(|certificate| certificate.judged_at);
    Ok(Compared {
        name: source.name,
        certificate: issue(&Judging {
            run,
            profile,
            judged_at: judged_at.unwrap_or_else(Timestamp::now),
            waivers: &waivers,
            records: &records,
            job: job.as_ref(),
            lookups: lookups.as_ref(),
            assess,
        }),
        judged_again: true,
    })
}

/// The newest of the profiles that the runs were judged by. Which that is can be told only of one
/// profile's versions.
fn newest(sources: &[Source]) -> Result<Profile, Error> {
    let mut newest: Option<Profile> = None;
    for source in sources {
        let (Some(run), Some(dir)) = (&source.run, source.place.run()) else {
            continue;
        };
        let profile = input::recorded_profile(dir, run, &Judged::read(dir))?;
        let Some(best) = &newest else {
            newest = Some(profile);
            continue;
        };
        if best.id != profile.id {
            let message = format!(
                "was judged by `{}`, another run by `{}`",
                profile.id, best.id
            );
            return Err(choose(&source.name, message));
        }
        match by_version(&profile.version, &best.version) {
            Ordering::Greater => newest = Some(profile),
            Ordering::Equal if profile.sha256 != best.sha256 => {
                let message = format!(
                    "its profile and that of another run are both `{}` {}, and are not the same",
                    profile.id, profile.version
                );
                return Err(choose(&source.name, message));
            }
            Ordering::Equal | Ordering::Less => {}
        }
    }
    newest.ok_or_else(|| {
        let message = "none of the runs has its evidence, so that none can be judged again";
        InputError::new("RUN", message)
            .legal("run directories that hold `run.json`")
            .into()
    })
}

fn choose(name: &str, message: String) -> Error {
    InputError::new(name, message)
        .legal("`--profile` says which profile judges all of them")
        .into()
}

/// Semantic versions by their three numbers; a pre-release comes before its release (semver.org 2.0.0, item 11).
fn by_version(one: &str, other: &str) -> Ordering {
    let key = |text: &str| {
        let (core, pre_release) = match text.split_once('-') {
            Some((core, pre_release)) => (core, Some(pre_release.to_owned())),
            None => (text, None),
        };
        let numbers: Vec<u64> = core
            .split('.')
            .map(|part| part.parse().unwrap_or(0))
            .collect();
        (numbers, pre_release.is_none(), pre_release)
    };
    key(one).cmp(&key(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_by_their_numbers() {
        for (less, greater) in [
            ("0.9.0", "0.10.0"),
            ("1.0.0-rc.1", "1.0.0"),
            ("1.0.0-rc.1", "1.0.0-rc.2"),
            ("0.3.1", "1.0.0-rc.1"),
        ] {
            assert_eq!(by_version(less, greater), Ordering::Less);
        }
        assert_eq!(by_version("1.2.3", "1.2.3"), Ordering::Equal);
    }
}
