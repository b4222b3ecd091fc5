//! What a newer version made. This one reads as much of it as no version changes: names, digests, signatures.
//!
//! Whoever writes `9.9.9` into a certificate makes it unreadable and not credible: nothing of it is then confirmed.

use std::cmp::Ordering;
use std::path::Path;

use serde_json::Value;

use super::files;
use super::statement::{BUNDLE_FORMAT, File, PREDICATE_TYPE, STATEMENT_TYPE};
use crate::certificate::{CERTIFICATE_FORMAT, RULES_VERSION};
use crate::evidence::RUN_FORMAT;

/// The files that a statement of a later format names, in order of name; none where its format is ours, or is none at all.
pub(super) fn subject(payload: &[u8]) -> Option<Vec<File>> {
    let statement: Value = serde_json::from_slice(payload).ok()?;
    let word = |at: &str| statement.pointer(at)?.as_str();
    let later = is_later(word("/predicateType")?, PREDICATE_TYPE)
        || word("/predicate/format").is_some_and(|format| is_later(format, BUNDLE_FORMAT));
    if word("/_type")? != STATEMENT_TYPE || !later {
        return None;
    }
    let subject: Vec<File> = serde_json::from_value(statement.get("subject")?.clone()).ok()?;
    let in_order = subject.is_sorted_by(|one, next| one.name < next.name);
    let plain = subject.iter().all(|file| files::is_plain(&file.name));
    (in_order && plain).then_some(subject)
}

/// Whether a directory says of itself that a later version made it: by the formats of its files, or by what judged it.
pub(super) fn is_newer(dir: &Path) -> bool {
    let read = |name| serde_json::from_slice::<Value>(&files::read(dir, name).ok()?).ok();
    let certificate = read("certificate.json").unwrap_or_default();
    let run = read("run.json").unwrap_or_default();
    let word = |value: &Value, at: &str| -> String {
        let word = value.pointer(at).and_then(Value::as_str);
        word.unwrap_or_default().to_owned()
    };
    let number = |text: &str| text.parse::<u32>().unwrap_or_default();
    is_later(&word(&certificate, "/format"), CERTIFICATE_FORMAT)
        || is_later(&word(&run, "/format"), RUN_FORMAT)
        || number(&word(&certificate, "/tool/rules")) > number(RULES_VERSION)
        || version(&word(&certificate, "/tool/version")) > version(env!("CARGO_PKG_VERSION"))
}

/// Whether a format or type is ours with a higher number, `name/2` or `name:2`.
fn is_later(found: &str, ours: &str) -> bool {
    let split = |text: &str| {
        let (name, number) = text.rsplit_once(['/', ':'])?;
        Some((name.to_owned(), number.parse::<u32>().ok()?))
    };
    match (split(found), split(ours)) {
        (Some((one, found)), Some((other, ours))) => {
            one == other && found.cmp(&ours) == Ordering::Greater
        }
        _ => false,
    }
}

/// The three numbers of a version, to be compared; of anything else none.
fn version(text: &str) -> Option<Vec<u32>> {
    let core = text.split('-').next().unwrap_or_default();
    let numbers: Option<Vec<u32>> = core.split('.').map(|part| part.parse().ok()).collect();
    numbers.filter(|numbers| numbers.len() == 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_higher_number_is_later() {
        for (found, later) in [
            ("proofmark-bundle/1", false),
            ("proofmark-bundle/0", false),
            ("proofmark-bundle/2", true),
            ("proofmark-bundle/10", true),
            ("other-bundle/2", false),
            ("proofmark-bundle/x", false),
            ("", false),
        ] {
            assert_eq!(is_later(found, "proofmark-bundle/1"), later, "{found}");
        }
        assert!(is_later(
            "urn:proofmark:predicate:certificate:2",
            PREDICATE_TYPE
        ));
        assert!(version("0.10.0") > version("0.9.9") && version("0.9.9-rc.1") > version("0.9.8"));
        assert!(version("best") < version("0.0.1"));
    }
}
