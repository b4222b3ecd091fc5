//! `proofmark verify`.

use std::path::PathBuf;

use serde_json::json;

use super::{key, out};
use crate::bundle::{Checked, Flaw, Opened, PublicKeys, Rejudged, Signer, verify as check};
use crate::certificate::Certificate;
use crate::error::Error;
use crate::exit::Exit;
use crate::text::shown;

/// Say whether a signed run is to be believed: nothing was changed, who signed, and the evidence leads to the verdicts
///
/// Works offline. Exit status: 0 intact, signed by every key that you named, and the same when judged again; 1 broken;
/// 2 intact, but you named no key, or one that did not sign, or this version cannot confirm what was signed.
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
    let checked = Opened::open(&args.bundle)?.and_then(|opened| check(opened.dir(), &keys));
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
        Ok(checked) if checked.is_known() && stands(&checked.rejudged) => Exit::Ok,
        Ok(_) => Exit::NotCertifiable,
    }
}

/// Whether the evidence leads to what was signed, as far as this version can tell.
fn stands(rejudged: &Rejudged) -> bool {
    match rejudged {
        Rejudged::Same => true,
        Rejudged::OlderRules { differences, .. } => differences.is_empty(),
        Rejudged::Reworded { .. } | Rejudged::NewerRules { .. } => false,
    }
}

/// One line that says whether to believe it, and what the certificate says below.
fn text(checked: &Checked) -> String {
    let mut lines = vec![format!(
        "Intact, {}; {}",
        signed(checked),
        rejudged(&checked.rejudged)
    )];
    // What this version finds, and not what somebody wrote: the words of a certificate are its signer's.
    lines.extend(checked.again.as_ref().map(found));
    lines.push(format!(
        "certificate {}, profile {} {}, judged {}",
        shown(&checked.certificate.id, 40),
        shown(&checked.certificate.profile.id, 60),
        shown(&checked.certificate.profile.version, 40),
        checked.certificate.judged_at.strftime("%-d %B %Y")
    ));
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
    lines.extend(
        checked
            .remarks
            .iter()
            .map(|remark| format!("note: {remark}")),
    );
    lines.join("\n") + "\n"
}

fn found(certificate: &Certificate) -> String {
    let device = &certificate.device;
    let firmware = device
        .firmware
        .as_ref()
        .map(|it| format!(", firmware {}", shown(&it.value, 80)));
    format!(
        "{} {}{}: {}. {}",
        shown(&device.manufacturer.value, 80),
        shown(&device.model.value, 80),
        firmware.unwrap_or_default(),
        certificate.outcome.as_str(),
        shown(&certificate.statement, 400)
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
        (_, [missing, ..]) => format!("but NOT signed by {}", shown(missing, 80)),
        ([], []) => "but the signer is not known: name a key that you trust with --key".to_owned(),
        (known, []) => format!("signed by {}", known.join(" and ")),
    }
}

fn rejudged(rejudged: &Rejudged) -> String {
    match rejudged {
        Rejudged::Same => "judged again from its evidence: the same".to_owned(),
        Rejudged::Reworded { what } => format!(
            "the verdicts are the same when judged again, but do NOT trust its words: {}",
            what.join("; ")
        ),
        Rejudged::NewerRules { rules } => format!(
            "judged by newer rules ({}) than this version knows: take a newer version to judge it again",
            shown(rules, 20)
        ),
        Rejudged::OlderRules { rules, differences } if differences.is_empty() => {
            format!(
                "judged by older rules ({}); by today's: the same",
                shown(rules, 20)
            )
        }
        Rejudged::OlderRules { rules, differences } => format!(
            "judged by older rules ({}); by today's it differs: {}",
            shown(rules, 20),
            differences.join("; ")
        ),
    }
}

/// `state` is `intact` or `broken`; what is not known of a broken bundle is null.
fn document(checked: &Result<Checked, Flaw>, exit: Exit) -> String {
    let document = match checked {
        Err(flaw) => json!({ "state": "broken", "flaw": flaw.to_string(), "exit": exit.status() }),
        Ok(checked) => {
            let (word, differences) = match &checked.rejudged {
                Rejudged::Same => ("same", &[][..]),
                Rejudged::Reworded { what } => ("reworded", &what[..]),
                Rejudged::NewerRules { .. } => ("newer-rules", &[][..]),
                Rejudged::OlderRules { differences, .. } if differences.is_empty() => {
                    ("same", &[][..])
                }
                Rejudged::OlderRules { differences, .. } => ("differs", &differences[..]),
            };
            let signers: Vec<_> = checked
                .signers
                .iter()
                .map(|it| json!({ "key": it.key.to_string(), "known_as": it.known_as }))
                .collect();
            json!({
                "state": "intact",
                "flaw": null,
                "signers": signers,
                "missing": checked.missing,
                "rejudged": word,
                "rules": checked.certificate.tool.rules,
                "differences": differences,
                "remarks": checked.remarks,
                "statement": checked.statement.predicate,
                "files": checked.statement.subject.len(),
                "exit": exit.status(),
            })
        }
    };
    format!("{document:#}\n")
}
