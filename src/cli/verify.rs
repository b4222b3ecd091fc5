//! `proofmark verify`.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{key, out};
use crate::bundle::{Checked, Flaw, Opened, PublicKeys, Rejudged, Signer, verify as check};
use crate::certificate::Certificate;
use crate::error::Error;
use crate::exit::Exit;
use crate::profile::{Standing, standing};
use crate::report;
use crate::text::shown;

/// Say whether a signed run is to be believed: nothing was changed, who signed, and the evidence leads to the verdicts
///
/// Works offline. Exit status: 0 intact, signed by every key that you named, and the same word by word when judged again; 1
/// broken; 2 intact, but nobody signed it, you named no key or one that did not sign, or this version cannot confirm
/// all of it.
#[derive(Debug, clap::Args)]
pub struct VerifyArgs {
    /// A run directory, or a bundle in one file
    bundle: PathBuf,
    /// A public key that must have signed; of a file of several, one of them. May be given several times
    #[arg(long, value_name = "PUBLIC.pem")]
    key: Vec<PathBuf>,
    /// The result as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn verify(args: &VerifyArgs) -> Result<Exit, Error> {
    let keys = args
        .key
        .iter()
        .map(|path| key::public_keys(path))
        .collect::<Result<Vec<PublicKeys>, Error>>()?;
    let mut checked = Opened::open(&args.bundle)?.and_then(|opened| check(opened.dir(), &keys));
    if let Ok(checked) = &mut checked {
        let doubts = from_the_future(checked, Timestamp::now());
        checked.doubts.extend(doubts);
    }
    let exit = exit(&checked);
    out::print(&match (&checked, args.json) {
        (Ok(checked), false) => text(checked),
        (Err(flaw), false) => format!("BROKEN. Believe nothing of it: {flaw}\n"),
        (_, true) => document(&checked, exit),
    })?;
    Ok(exit)
}

fn exit(checked: &Result<Checked, Flaw>) -> Exit {
    match checked {
        Err(_) => Exit::NonConformant,
        Ok(checked) if checked.is_known() && checked.is_confirmed() => Exit::Ok,
        Ok(_) => Exit::NotCertifiable,
    }
}

/// Times that have not come yet. Clocks differ; by more than a little only where one is wrong.
fn from_the_future(checked: &Checked, now: Timestamp) -> Option<String> {
    let sealed_at = checked.statement.as_ref().map(|it| it.predicate.sealed_at);
    let judged_at = checked.certificate.as_ref().map(|it| it.judged_at);
    let latest = sealed_at.max(judged_at)?;
    (latest.duration_since(now) > CLOCKS_DIFFER).then(|| {
        format!("it says that it was judged or signed at {latest}, and it is {now} by the clock of this machine")
    })
}

const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(10);

/// One line that says whether to believe it, and what the certificate says below.
fn text(checked: &Checked) -> String {
    let mut first = format!("{}; {}", signed(checked), rejudged(checked));
    for doubt in &checked.doubts {
        first.push_str(&format!("; but {doubt}"));
    }
    let mut lines = vec![first];
    // What this version finds, and not what somebody wrote: the words of a certificate are its signer's.
    lines.extend(checked.again.as_ref().map(found));
    lines.extend(checked.certificate.as_ref().map(named));
    for Signer { key, known_as } in &checked.signers {
        lines.push(match known_as {
            Some(name) => format!("signed by {} ({key})", shown(name, 80)),
            None => format!("signed by {key}, which you did not name"),
        });
    }
    let missing = checked
        .missing
        .iter()
        .map(|name| format!("not signed by {}", shown(name, 80)));
    lines.extend(missing);
    lines.extend(checked.notes.iter().map(|note| format!("note: {note}")));
    lines.join("\n") + "\n"
}

fn found(certificate: &Certificate) -> String {
    let device = &certificate.device;
    let firmware = device
        .firmware
        .as_ref()
        .map(|it| format!(", firmware {}", shown(&it.value, 80)));
    format!(
        "{} {}{}: {}.\n{}",
        shown(&device.manufacturer.value, 80),
        shown(&device.model.value, 80),
        firmware.unwrap_or_default(),
        report::outcome(certificate),
        out::paragraph(&certificate.statement)
    )
}

fn named(certificate: &Certificate) -> String {
    let profile = &certificate.profile;
    format!(
        "certificate {}, profile {} {}{}, judged {}",
        shown(&certificate.id, 40),
        shown(&profile.id, 60),
        shown(&profile.version, 40),
        match standing(&profile.id, &profile.version, &profile.sha256) {
            Standing::Shipped => " as Proofmark ships it",
            Standing::Own => ", which Proofmark does not ship",
            Standing::Changed => ", which is NOT the one that Proofmark ships",
            Standing::OtherVersion => ", which this version does not know",
        },
        certificate.judged_at.strftime("%-d %B %Y")
    )
}

fn signed(checked: &Checked) -> String {
    let known: Vec<_> = checked
        .signers
        .iter()
        .filter_map(|signer| signer.known_as.as_deref())
        .map(|name| shown(name, 80))
        .collect();
    match (known.as_slice(), checked.missing.as_slice()) {
        _ if checked.signers.is_empty() => "Not signed by anybody".to_owned(),
        (_, [missing, ..]) => format!("Intact, but NOT signed by {}", shown(missing, 80)),
        ([], []) => {
            "Intact, but the signer is not known: name a key that you trust with --key".to_owned()
        }
        (known, []) => format!("Intact, signed by {}", known.join(" and ")),
    }
}

fn rejudged(checked: &Checked) -> String {
    let words = |what: &[String]| {
        format!(
            "do NOT trust its words and pages, which this version cannot confirm: {}",
            what.join("; ")
        )
    };
    match &checked.rejudged {
        Rejudged::Same => "judged again from its evidence: the same".to_owned(),
        Rejudged::Reworded { what } => format!(
            "the verdicts are the same when judged again, but {}{}",
            words(what),
            checked
                .certificate
                .as_ref()
                .map(other_writer)
                .unwrap_or_default()
        ),
        Rejudged::NewerRules { rules } => format!(
            "judged by newer rules ({}) than this version knows: take a newer version to judge it again",
            shown(rules, 20)
        ),
        Rejudged::NewerVersion { why } => format!(
            "made by a newer version of Proofmark than this one ({}), which cannot judge it again ({why}): take a newer version",
            env!("CARGO_PKG_VERSION")
        ),
        Rejudged::OlderRules {
            rules,
            differences,
            what,
        } => {
            let rules = shown(rules, 20);
            let verdicts = match differences.as_slice() {
                [] => "the same".to_owned(),
                differences => format!("it differs: {}", differences.join("; ")),
            };
            let words = match what.as_slice() {
                [] => String::new(),
                what => format!("; but {}", words(what)),
            };
            format!("judged by older rules ({rules}); by today's: {verdicts}{words}")
        }
    }
}

/// Who may have written other words than this program in good faith.
fn other_writer(certificate: &Certificate) -> String {
    match shown(&certificate.tool.version, 20) {
        version if version == env!("CARGO_PKG_VERSION") => format!(
            " (another build of version {version} may have written them, or whoever signed)"
        ),
        version => format!(" (it claims to be written by version {version})"),
    }
}

/// `state` is `intact`, `unsigned` or `broken`; what is not known of a broken bundle is null.
///
/// `found` is what this version finds in the evidence. `claimed` is what was signed: only where `confirmed` is true has this
/// version found the same, word by word.
fn document(checked: &Result<Checked, Flaw>, exit: Exit) -> String {
    let document = match checked {
        Err(flaw) => json!({ "state": "broken", "flaw": flaw.to_string(), "exit": exit.status() }),
        Ok(checked) => {
            let none = &[][..];
            let (word, differences, what) = match &checked.rejudged {
                Rejudged::Same => ("same", none, none),
                Rejudged::Reworded { what } => ("reworded", none, &what[..]),
                Rejudged::NewerRules { .. } => ("newer-rules", none, none),
                Rejudged::NewerVersion { .. } => ("newer-version", none, none),
                Rejudged::OlderRules {
                    differences, what, ..
                } => match (differences.as_slice(), what.as_slice()) {
                    ([], []) => ("same", none, none),
                    ([], what) => ("reworded", none, what),
                    (differences, what) => ("differs", differences, what),
                },
            };
            let signers: Vec<_> = checked
                .signers
                .iter()
                .map(|it| json!({ "key": it.key.to_string(), "known_as": it.known_as }))
                .collect();
            let certificate = checked.certificate.as_ref();
            let standing = certificate.map(|certificate| {
                let profile = &certificate.profile;
                standing(&profile.id, &profile.version, &profile.sha256).as_str()
            });
            let state = match checked.signers.is_empty() {
                false => "intact",
                true => "unsigned",
            };
            json!({
                "state": state,
                "flaw": null,
                "signers": signers,
                "missing": checked.missing,
                "rejudged": word,
                "rules": certificate.map(|it| &it.tool.rules),
                "differences": differences,
                "unconfirmed": what,
                "doubts": checked.doubts,
                "notes": checked.notes,
                "confirmed": checked.is_confirmed(),
                "profile": standing,
                "found": checked.again.as_ref().map(|again| json!({
                    "outcome": again.outcome,
                    "statement": again.statement,
                    "cautions": again.cautions,
                })),
                "claimed": checked.statement.as_ref().map(|it| &it.predicate),
                "files": checked.statement.as_ref().map(|it| it.subject.len()),
                "exit": exit.status(),
            })
        }
    };
    format!("{document:#}\n")
}
