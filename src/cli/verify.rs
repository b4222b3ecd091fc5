//! `proofmark verify`.

use std::path::PathBuf;

use serde_json::json;

use super::{key, out};
use crate::bundle::{Checked, Flaw, Opened, PublicKeys, Rejudged, Signer, verify as check};
use crate::error::Error;
use crate::exit::Exit;
use crate::text::shown;

/// Say whether a signed run is to be believed: nothing was changed, who signed, and the evidence leads to the verdicts
///
/// Works offline. Exit status: 0 intact and signed by every key that you named; 1 broken; 2 intact, but you named no
/// key, or one that did not sign.
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
        Ok(checked) if matches!(checked.rejudged, Rejudged::NewerRules { .. }) => {
            Exit::NotCertifiable
        }
        Ok(checked) if checked.is_known() => Exit::Ok,
        Ok(_) => Exit::NotCertifiable,
    }
}

/// One line that says whether to believe it, and what the certificate says below.
fn text(checked: &Checked) -> String {
    let (certificate, device) = (&checked.certificate, &checked.certificate.device);
    let mut lines = vec![format!(
        "Intact, {}; {}",
        signed(checked),
        rejudged(&checked.rejudged)
    )];
    let firmware = device
        .firmware
        .as_ref()
        .map(|it| format!(", firmware {}", shown(&it.value, 80)));
    lines.push(format!(
        "{} {}{}: {}. {}",
        shown(&device.manufacturer.value, 80),
        shown(&device.model.value, 80),
        firmware.unwrap_or_default(),
        certificate.outcome.as_str(),
        shown(&certificate.statement, 400)
    ));
    lines.push(format!(
        "certificate {}, profile {} {}, judged {}",
        shown(&certificate.id, 40),
        shown(&certificate.profile.id, 60),
        shown(&certificate.profile.version, 40),
        certificate.judged_at.strftime("%-d %B %Y")
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
