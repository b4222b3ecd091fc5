//! A profile, `*.toml`: read, and bound to the test cases and provisions that exist.

use std::collections::BTreeSet;

use super::catalogue::{Catalogue, catalogue};
use super::model::{Profile, Provision, Requirement};
use super::raw::{RawProfile, RawRequirement};
use crate::case::{TEST_CASES, TestCase};
use crate::decode::{self, Document, Step, steps};
use crate::digest::sha256_hex;
use crate::error::InputError;
use crate::text::shown;
use crate::verdict::Obligation;

/// The format that this version reads.
///
/// - `proofmark-profile/1`: the first.
pub const PROFILE_FORMAT: &str = "proofmark-profile/1";

/// The profiles in the binary: id and text.
pub fn shipped() -> &'static [(&'static str, &'static str)] {
    &[
        (
            "iot-minimum",
            include_str!("../../profiles/iot-minimum.toml"),
        ),
        (
            "iot-minimum-hands-off",
            include_str!("../../profiles/iot-minimum-hands-off.toml"),
        ),
        (
            "iot-thorough",
            include_str!("../../profiles/iot-thorough.toml"),
        ),
    ]
}

/// Reads a profile from its text. `origin` is what errors call it.
///
/// # Errors
///
/// The first thing that is wrong, with its place and what is legal.
pub fn parse(text: &str, origin: &str) -> Result<Profile, InputError> {
    parse_with(text, origin, TEST_CASES)
}

/// The same, with other test cases than those of this tool.
///
/// # Errors
///
/// As for [`parse`].
pub fn parse_with(
    text: &str,
    origin: &str,
    cases: &[&'static TestCase],
) -> Result<Profile, InputError> {
    let document = Document::parse(origin, text, PROFILE_FORMAT, true)?;
    let raw: RawProfile = document.decode()?;
    let binder = Binder {
        document,
        cases,
        catalogue: catalogue(),
    };
    binder.header(&raw)?;
    let requirements = binder.requirements(raw.requirement)?;
    Ok(Profile {
        id: raw.id,
        version: raw.version,
        title: raw.title,
        summary: raw.summary,
        leaves_out: raw.leaves_out,
        decision_rule: raw.decision_rule,
        waivers: raw.waivers,
        pacing: raw.pacing,
        requirements,
        text: text.to_owned(),
        sha256: sha256_hex(text),
    })
}

/// What it takes to make a raw profile a [`Profile`].
struct Binder<'a> {
    document: Document<'a>,
    cases: &'a [&'static TestCase],
    catalogue: &'a Catalogue,
}

impl Binder<'_> {
    fn header(&self, raw: &RawProfile) -> Result<(), InputError> {
        self.document
            .check_id(steps!["id"], &raw.id, &mut BTreeSet::new())?;
        if !is_semantic_version(&raw.version) {
            let message = format!("`{}` is no semantic version", shown(&raw.version, 60));
            return Err(self.document.error(
                steps!["version"],
                message,
                "as in `1.0.0` or `1.0.0-rc.1`",
            ));
        }
        for (key, text) in [
            ("title", &raw.title),
            ("summary", &raw.summary),
            ("decision_rule", &raw.decision_rule),
        ] {
            self.document.check_filled(steps![key], text)?;
        }
        for (index, text) in raw.leaves_out.iter().enumerate() {
            self.document
                .check_filled(steps!["leaves_out", index], text)?;
        }
        let pacing = &raw.pacing;
        for (key, number, most) in [
            ("max_rate", pacing.max_rate, 100_000),
            (
                "login_attempts_per_minute",
                pacing.login_attempts_per_minute,
                6_000,
            ),
            ("deadline_minutes", pacing.deadline_minutes, 7 * 24 * 60),
        ] {
            if !(1..=most).contains(&number) {
                let at = steps!["pacing", key];
                return Err(self.document.error(
                    at,
                    format!("`{key}` is {number}"),
                    format!("1 to {most}"),
                ));
            }
        }
        Ok(())
    }

    fn requirements(&self, raw: Vec<RawRequirement>) -> Result<Vec<Requirement>, InputError> {
        let mut ids = BTreeSet::new();
        let mut requirements = Vec::new();
        for (index, raw) in raw.into_iter().enumerate() {
            self.document
                .check_id(steps!["requirement", index, "id"], &raw.id, &mut ids)?;
            requirements.push(self.requirement(index, raw)?);
        }
        let decides = |requirement: &Requirement| requirement.obligation == Obligation::Mandatory;
        if !requirements.iter().any(decides) {
            let message = "no requirement is mandatory: nothing would decide the outcome";
            return Err(self.document.error(
                &[],
                message,
                "at least one `[[requirement]]` with obligation `mandatory`",
            ));
        }
        Ok(requirements)
    }

    fn requirement(&self, index: usize, raw: RawRequirement) -> Result<Requirement, InputError> {
        let at = |key| [Step::Key("requirement"), Step::Index(index), Step::Key(key)];
        self.document.check_filled(&at("title"), &raw.title)?;
        let case = self.test_case(&at("test_case"), &raw.test_case)?;
        if raw.states.is_empty() {
            let message = format!("requirement `{}` binds no unit", raw.id);
            return Err(self.document.error(
                &at("states"),
                message,
                "at least one of `factory`, `initialised`, `reset`",
            ));
        }
        for (place, state) in raw.states.iter().enumerate() {
            if raw.states[..place].contains(state) {
                let message = format!("the state `{}` stands here twice", state.as_str());
                let at = steps!["requirement", index, "states", place];
                return Err(self.document.error(at, message, "each state once"));
            }
        }
        self.parameters(index, case, &raw.parameters)?;
        for code in raw.severity.keys() {
            self.code(
                steps!["requirement", index, "severity", code.as_str()],
                case,
                code,
            )?;
        }
        for (place, provision) in raw.provisions.iter().enumerate() {
            self.provision(index, place, provision)?;
            let same = |other: &Provision| {
                (&other.standard, &other.version, &other.id)
                    == (&provision.standard, &provision.version, &provision.id)
            };
            if raw.provisions[..place].iter().any(same) {
                let message = format!("the provision `{}` stands here twice", provision.id);
                let at = steps!["requirement", index, "provisions", place, "id"];
                return Err(self.document.error(at, message, "each provision once"));
            }
        }
        Ok(Requirement {
            id: raw.id,
            title: raw.title,
            obligation: raw.obligation,
            test_case: case,
            states: raw.states,
            when_absent: raw.when_absent,
            parameters: raw.parameters,
            severity: raw.severity,
            provisions: raw.provisions,
        })
    }

    fn test_case(&self, at: &[Step<'_>], id: &str) -> Result<&'static TestCase, InputError> {
        let found = self.cases.iter().copied().find(|case| case.id == id);
        found.ok_or_else(|| {
            let known: Vec<&str> = self.cases.iter().map(|case| case.id).collect();
            let message = format!(
                "unknown test case `{}`{}",
                shown(id, 60),
                decode::hint(id, &known)
            );
            self.document.error(at, message, decode::words(&known))
        })
    }

    /// The test case judges the table. Its complaint stands at the one key that brings it about alone,
    /// or else at the table.
    fn parameters(
        &self,
        index: usize,
        case: &TestCase,
        table: &toml::Table,
    ) -> Result<(), InputError> {
        let Err(message) = (case.check_parameters)(table) else {
            return Ok(());
        };
        let culprit = table.iter().find(|(key, value)| {
            let alone = toml::Table::from_iter([((*key).clone(), (*value).clone())]);
            (case.check_parameters)(&alone).as_ref() == Err(&message)
        });
        let legal = format!("what `proofmark explain {}` says", case.id);
        let message = shown(message, 300);
        Err(match culprit {
            Some((key, _)) => {
                let at = steps!["requirement", index, "parameters", key.as_str()];
                self.document.key_error(at, message, legal)
            }
            None => {
                let at = steps!["requirement", index, "parameters"];
                self.document.error(at, message, legal)
            }
        })
    }

    fn code(&self, at: &[Step<'_>], case: &TestCase, code: &str) -> Result<(), InputError> {
        let known: Vec<&str> = case.codes.iter().map(|code| code.id).collect();
        if known.contains(&code) {
            return Ok(());
        }
        let message = format!(
            "`{}` is no code of `{}`{}",
            shown(code, 60),
            case.id,
            decode::hint(code, &known)
        );
        Err(self.document.key_error(at, message, decode::words(&known)))
    }

    fn provision(
        &self,
        index: usize,
        place: usize,
        provision: &Provision,
    ) -> Result<(), InputError> {
        let at = |key| {
            [
                Step::Key("requirement"),
                Step::Index(index),
                Step::Key("provisions"),
                Step::Index(place),
                Step::Key(key),
            ]
        };
        let Provision {
            standard,
            version,
            id,
            ..
        } = provision;
        if self.catalogue.find(standard, version, id).is_some() {
            return Ok(());
        }
        let all = &self.catalogue.provisions;
        let standards = distinct(all.iter().map(|entry| entry.standard.as_str()));
        self.known(&at("standard"), "standard", standard, &standards)?;
        let of_standard = || all.iter().filter(|entry| entry.standard == *standard);
        let versions = distinct(of_standard().map(|entry| entry.version.as_str()));
        self.known(
            &at("version"),
            &format!("version of {standard}"),
            version,
            &versions,
        )?;
        let of_version = of_standard().filter(|entry| entry.version == *version);
        let ids = distinct(of_version.map(|entry| entry.id.as_str()));
        // Of 78 ids those of the same clause are the ones to read.
        let clause = |id: &str| id.rsplit_once('-').map(|(clause, _)| clause.to_owned());
        let near: Vec<&str> = ids
            .iter()
            .copied()
            .filter(|known| *known == id || clause(known) == clause(id))
            .collect();
        let legal = if near.is_empty() { &ids } else { &near };
        self.known(&at("id"), &format!("provision of {standard}"), id, legal)
    }

    fn known(
        &self,
        at: &[Step<'_>],
        what: &str,
        word: &str,
        known: &[&str],
    ) -> Result<(), InputError> {
        if known.contains(&word) {
            return Ok(());
        }
        let message = format!("unknown {what}: `{}`", shown(word, 60));
        Err(self.document.error(at, message, decode::words(known)))
    }
}

/// Words without their repetitions, in their order.
fn distinct<'a>(words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = BTreeSet::new();
    words.filter(|word| seen.insert(*word)).collect()
}

/// `MAJOR.MINOR.PATCH` and perhaps a pre-release (semver.org 2.0.0, items 2 and 9).
pub(crate) fn is_semantic_version(text: &str) -> bool {
    let (core, pre_release) = match text.split_once('-') {
        Some((core, pre_release)) => (core, Some(pre_release)),
        None => (text, None),
    };
    let number = |part: &str| {
        let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        digits && (part == "0" || !part.starts_with('0'))
    };
    let numeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let identifier = |part: &str| {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !part.is_empty() && part.bytes().all(legal) && (!numeric(part) || number(part))
    };
    core.split('.').count() == 3
        && core.split('.').all(number)
        && pre_release.is_none_or(|text| text.split('.').all(identifier))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_profiles_bind_and_are_named_after_their_id() {
        for (id, text) in shipped() {
            let profile = parse(text, id).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(profile.id, *id);
        }
    }

    #[test]
    fn versions_are_semantic() {
        for text in ["0.1.0", "10.20.30", "1.0.0-rc.1", "1.0.0-0", "1.0.0-a-b"] {
            assert!(is_semantic_version(text), "{text}");
        }
        for text in [
            "1", "1.0", "1.0.0.0", "01.0.0", "1.0.0-", "1.0.0-01", "v1.0.0", "1.0.x", "",
        ] {
            assert!(!is_semantic_version(text), "{text}");
        }
    }
}
