//! Waivers: a known failure, in one place, that somebody accepts for a while and says why.
//!
//! A waiver hides nothing and changes no verdict: the requirement shows as *FAIL (waived)*. It covers one code in
//! one place, so that it can never cover a failure that nobody knew when it was written. Whether waived failures
//! count towards the outcome is the profile's decision ([`WaiverPolicy`]), never that of whoever writes a waiver.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::Profile;
use crate::decode::{self, Document, steps};
use crate::digest::sha256_hex;
use crate::error::InputError;
use crate::observation::Transport;
use crate::text::shown;
use crate::verdict::Subject;

/// The format that this version reads.
///
/// - `proofmark-waivers/1`: the first.
pub const WAIVERS_FORMAT: &str = "proofmark-waivers/1";

/// What a profile makes of waived failures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WaiverPolicy {
    /// They are shown, and count as failures.
    #[default]
    Shown,
    /// They are shown, and do not decide the outcome.
    Allowed,
}

/// The waivers of a file, or none.
#[derive(Clone, Debug, Default)]
pub struct Waivers {
    pub list: Vec<Waiver>,
    /// The file as read; `waivers.toml` of a run.
    pub text: String,
    /// SHA-256 of the text, hex.
    pub sha256: String,
}

impl Waivers {
    /// Nobody handed in a file.
    pub fn is_none(&self) -> bool {
        self.text.is_empty()
    }
}

/// One waiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// The requirement's id.
    pub requirement: String,
    /// The code of the finding.
    pub code: String,
    /// Where.
    pub subject: Subject,
    pub reason: String,
    /// Who accepts it.
    pub by: String,
    /// The last day on which it holds, UTC.
    pub until: Date,
}

impl Waiver {
    /// Whether it speaks of a finding. Unit and port must be the same, so that a finding without a port is covered only by
    /// a waiver without one; address and service only if the waiver names them, because they may change.
    pub fn covers(&self, requirement: &str, code: &str, subject: &Subject) -> bool {
        let own = &self.subject;
        let named = |own: &Option<String>, other: &Option<String>| own.is_none() || own == other;
        self.requirement == requirement
            && self.code == code
            && own.unit == subject.unit
            && (own.transport, own.port) == (subject.transport, subject.port)
            && named(&own.address, &subject.address)
            && named(&own.service, &subject.service)
    }

    /// Whether its last day was over.
    pub fn expired(&self, at: Timestamp) -> bool {
        TimeZone::UTC.to_datetime(at).date() > self.until
    }
}

/// Reads waivers from their text, as they were recorded: what they name need not exist, and then they match nothing. `origin`
/// is what errors call the text.
///
/// # Errors
///
/// The first thing that is wrong, with its place and what is legal.
pub fn recorded_waivers(text: &str, origin: &str) -> Result<Waivers, InputError> {
    read(text, origin, None)
}

/// Reads waivers that somebody hands in for this profile: its requirements and their codes are known.
///
/// # Errors
///
/// As for [`recorded_waivers`], and a requirement or code that the profile does not have.
pub fn waivers(text: &str, origin: &str, profile: &Profile) -> Result<Waivers, InputError> {
    read(text, origin, Some(profile))
}

fn read(text: &str, origin: &str, profile: Option<&Profile>) -> Result<Waivers, InputError> {
    let document = Document::parse(origin, text, WAIVERS_FORMAT, false)?;
    let raw: RawWaivers = document.decode()?;
    let mut list: Vec<Waiver> = Vec::new();
    for (index, raw) in raw.waiver.into_iter().enumerate() {
        let waiver = check(&document, index, raw)?;
        if let Some(profile) = profile {
            known(&document, index, &waiver, profile)?;
        }
        let same = |other: &Waiver| {
            (&other.requirement, &other.code, &other.subject)
                == (&waiver.requirement, &waiver.code, &waiver.subject)
        };
        if list.iter().any(same) {
            let message = "a waiver for the same code in the same place stands here twice";
            return Err(document.error(steps!["waiver", index, "subject"], message, "each once"));
        }
        list.push(waiver);
    }
    Ok(Waivers {
        list,
        text: text.to_owned(),
        sha256: sha256_hex(text),
    })
}

fn check(document: &Document<'_>, index: usize, raw: RawWaiver) -> Result<Waiver, InputError> {
    let subject = raw.subject;
    for (key, text) in [
        ("requirement", &raw.requirement),
        ("code", &raw.code),
        ("reason", &raw.reason),
        ("by", &raw.by),
    ] {
        document.check_filled(steps!["waiver", index, key], text)?;
    }
    document.check_filled(steps!["waiver", index, "subject", "unit"], &subject.unit)?;
    if subject.transport.is_some() != subject.port.is_some() {
        let message = "a port has a transport, and a transport a port";
        let at = steps!["waiver", index, "subject"];
        return Err(document.error(at, message, "both `transport` and `port`, or none of them"));
    }
    if subject.port == Some(0) {
        let at = steps!["waiver", index, "subject", "port"];
        return Err(document.error(at, "there is no port 0", "1 to 65535"));
    }
    Ok(Waiver {
        until: date(document, index, &raw.until)?,
        requirement: raw.requirement,
        code: raw.code,
        subject: Subject {
            unit: subject.unit,
            address: subject.address,
            transport: subject.transport,
            port: subject.port,
            service: subject.service,
        },
        reason: raw.reason,
        by: raw.by,
    })
}

/// A TOML date, or the same in quotes.
fn date(document: &Document<'_>, index: usize, value: &toml::Value) -> Result<Date, InputError> {
    let text = match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Datetime(date) => date.to_string(),
        other => other.to_string(),
    };
    match text.parse::<Date>() {
        Ok(date) if date.to_string() == text => Ok(date),
        _ => {
            let message = format!("`{}` is no date", shown(&text, 60));
            Err(document.error(
                steps!["waiver", index, "until"],
                message,
                "as in `2030-12-31`",
            ))
        }
    }
}

/// A typo must not wait for the end of a run to show.
fn known(
    document: &Document<'_>,
    index: usize,
    waiver: &Waiver,
    profile: &Profile,
) -> Result<(), InputError> {
    let found = profile
        .requirements
        .iter()
        .find(|requirement| requirement.id == waiver.requirement);
    let Some(requirement) = found else {
        let ids: Vec<&str> = profile
            .requirements
            .iter()
            .map(|it| it.id.as_str())
            .collect();
        let word = &waiver.requirement;
        let message = format!(
            "`{}` is no requirement of {}{}",
            shown(word, 60),
            profile.id,
            decode::hint(word, &ids)
        );
        let at = steps!["waiver", index, "requirement"];
        return Err(document.error(at, message, decode::words(&ids)));
    };
    let codes: Vec<&str> = requirement
        .test_case
        .codes
        .iter()
        .map(|code| code.id)
        .collect();
    if codes.contains(&waiver.code.as_str()) {
        return Ok(());
    }
    let message = format!(
        "`{}` is no code of `{}`{}",
        shown(&waiver.code, 60),
        requirement.test_case.id,
        decode::hint(&waiver.code, &codes)
    );
    Err(document.error(
        steps!["waiver", index, "code"],
        message,
        decode::words(&codes),
    ))
}

/// Known failures that somebody accepts for a while.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
#[schemars(title = "Proofmark waivers")]
pub(crate) struct RawWaivers {
    /// `proofmark-waivers/1`.
    #[serde(rename = "format")]
    #[schemars(extend("const" = WAIVERS_FORMAT))]
    _format: String,
    #[serde(default)]
    waiver: Vec<RawWaiver>,
}

/// One code in one place.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table `[[waiver]]`")]
#[schemars(rename = "Waiver")]
struct RawWaiver {
    /// The requirement's id.
    requirement: String,
    /// The code of the finding.
    code: String,
    subject: RawSubject,
    /// Why it is accepted, for whoever reads the certificate.
    reason: String,
    /// Who accepts it.
    by: String,
    /// The last day on which it holds (UTC), `YYYY-MM-DD`.
    #[schemars(with = "String", extend("format" = "date"))]
    until: toml::Value,
}

/// Where: the unit, and the port if the finding names one. An address or service narrows it down further.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
#[schemars(rename = "Subject")]
struct RawSubject {
    /// The manifest's unit id.
    unit: String,
    transport: Option<Transport>,
    port: Option<u16>,
    address: Option<String>,
    service: Option<String>,
}
