//! Which rules of a set the audit of a service breaks.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::observation::{
    CertificateFacts, Heartbeat, KeyKind, Preference, TlsAudit, TlsVersion, VersionAudit,
    VersionState,
};
use crate::profile::{Breach, Level, SuiteKind, TlsRule, TlsRules};
use crate::tls::{Authentication, Cipher, Exchange, SIGNATURES, Suite, group_named, suite_named};
use crate::verdict::Severity;

/// Names that a finding lists before it only counts.
const LISTED: usize = 6;

/// A rule that is broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TlsFinding {
    /// The rule's id.
    pub rule: String,
    /// The set that it is from.
    pub set: String,
    pub level: Level,
    pub severity: Severity,
    /// What would hold if it were kept.
    pub says: String,
    /// What was seen. Safe to show.
    pub detail: String,
}

/// The broken rules of these sets, worst first. What was not told breaks nothing, and keeps nothing either.
pub fn breaches(audit: &TlsAudit, sets: &[TlsRules]) -> Vec<TlsFinding> {
    let mut found: Vec<TlsFinding> = broken(audit, sets.iter(), TlsVersion::key)
        .map(Into::into)
        .collect();
    found.sort_by_key(|finding| {
        (
            finding.level == Level::Should,
            std::cmp::Reverse(finding.severity),
        )
    });
    found
}

/// A broken rule, for who judges by it.
#[derive(Clone, Debug)]
pub(super) struct Broken<'r> {
    pub set: &'r TlsRules,
    pub rule: &'r TlsRule,
    /// What was seen. Safe to show.
    pub detail: String,
}

impl Broken<'_> {
    /// What was seen, and what it breaks.
    pub(super) fn words(&self) -> String {
        let Self { set, rule, detail } = self;
        format!(
            "{detail}; this breaks {} of `{}`, by which this holds: {}",
            rule.id, set.id, rule.says
        )
    }
}

impl From<Broken<'_>> for TlsFinding {
    fn from(broken: Broken<'_>) -> Self {
        let Broken { set, rule, detail } = broken;
        Self {
            rule: rule.id.clone(),
            set: set.id.clone(),
            level: rule.level,
            severity: rule.severity,
            says: rule.says.clone(),
            detail,
        }
    }
}

/// The same as they come, by set and rule. `called` says what a version is called where it was spoken: over datagrams otherwise
/// than in a stream.
pub(super) fn broken<'r>(
    audit: &TlsAudit,
    sets: impl Iterator<Item = &'r TlsRules>,
    called: fn(TlsVersion) -> &'static str,
) -> impl Iterator<Item = Broken<'r>> {
    let rules = sets.flat_map(|set| set.rules.iter().map(move |rule| (set, rule)));
    rules.filter_map(move |(set, rule)| {
        let detail = breach(audit, &rule.breach, called)?;
        Some(Broken { set, rule, detail })
    })
}

/// What was seen that breaks it; none: nothing.
fn breach(
    audit: &TlsAudit,
    breach: &Breach,
    called: fn(TlsVersion) -> &'static str,
) -> Option<String> {
    let in_versions =
        |is_so: &dyn Fn(&VersionAudit) -> Option<bool>| in_versions(audit, called, is_so);
    match breach {
        Breach::Offers { versions } => {
            let named = |version: &TlsVersion| versions.iter().any(|it| it == version.key());
            let offered = audit.offered().map(|it| it.version);
            listed(offered.filter(named).map(called))
        }
        Breach::LacksVersions { versions } => lacks_versions(audit, versions, called),
        Breach::Suites { which } => suites(audit, |_, suite| is_of(suite, *which)),
        Breach::SuitesBelow { bits } => suites(audit, |_, suite| {
            // What encrypts nothing is a rule of its own.
            let weak = suite.bits().is_some_and(|it| it < *bits);
            weak && suite.cipher() != Cipher::Null
        }),
        Breach::SuitesBeyond {
            versions,
            suites: permitted,
        } => suites(audit, |version, suite| {
            versions.iter().any(|it| it == version.key())
                && permitted.iter().all(|it| it != suite.name)
        }),
        Breach::LacksForwardSecrecy => lacks_forward_secrecy(audit),
        Breach::MacThenEncrypt => {
            let in_use = audit.version(TlsVersion::Tls12)?;
            listed(in_use.mac_then_encrypt.iter().map(String::as_str))
        }
        Breach::LacksGroups { groups } => in_versions(&|version| {
            let taken = |group: &String| version.groups.contains(group);
            let known = !version.groups.is_empty() && version.untold.is_empty();
            known.then_some(!groups.iter().any(taken))
        }),
        Breach::GroupsBeyond { groups } => {
            let permitted = |name: &str| groups.iter().any(|it| it == name);
            listed(all_groups(audit).into_iter().filter(|it| !permitted(it)))
        }
        Breach::CurvesBelow { bits } => {
            let weak = |name: &str| group_named(name).is_some_and(|it| it.bits < *bits);
            listed(all_groups(audit).into_iter().filter(|name| weak(name)))
        }
        Breach::DhBelow { bits } => {
            let smallest = audit
                .offered()
                .filter_map(|version| version.dh_bits)
                .min()?;
            (smallest < *bits).then(|| format!("{smallest} bits"))
        }
        Breach::BrokenSignatures => {
            let used = audit.offered().flat_map(|version| &version.signatures);
            let broken = |name: &str| SIGNATURES.iter().any(|it| it.broken && it.name == name);
            listed(used.map(String::as_str).filter(|name| broken(name)))
        }
        Breach::Compression => in_versions(&|version| version.compression),
        Breach::NoSecureRenegotiation => {
            in_versions(&|version| version.secure_renegotiation.map(|it| !it))
        }
        Breach::NoExtendedMasterSecret => {
            in_versions(&|version| version.extended_master_secret.map(|it| !it))
        }
        Breach::EarlyData => in_versions(&|version| version.early_data.map(|it| it > 0)),
        Breach::NoFallbackProtection => {
            in_versions(&|version| version.refuses_fallback.map(|it| !it))
        }
        Breach::NoDowngradeSentinel => {
            in_versions(&|version| version.downgrade_sentinel.map(|it| !it))
        }
        Breach::ClientChooses { unless } => in_versions(&|version| {
            let other = |suite: &String| !unless.contains(suite);
            let others = version.suites.iter().any(other);
            let preference = version.preference?;
            Some(others && preference == Preference::Client)
        }),
        Breach::ForwardSecrecyNotPreferred => {
            in_versions(&|version| version.prefers_forward_secrecy.map(|it| !it))
        }
        Breach::Heartbleed => {
            in_versions(&|version| version.heartbeat.map(|it| it == Heartbeat::TellsMore))
        }
        Breach::HeartbeatAnswered => {
            in_versions(&|version| version.heartbeat.map(|it| it == Heartbeat::Answers))
        }
        Breach::HeartbeatOffered => {
            in_versions(&|version| version.heartbeat.map(|it| it != Heartbeat::NotOffered))
        }
        Breach::AnsweredUnasked => {
            let all = audit.versions.iter().filter(|it| !it.unasked.is_empty());
            let told = all.map(|it| format!("{}: {}", called(it.version), it.unasked.join(", ")));
            some_text(told.collect::<Vec<_>>().join("; "))
        }
        Breach::KeyBelow { key, bits } => certificates(audit, 0, |facts| {
            let weak = facts.key.kind == *key && (1..*bits).contains(&facts.key.bits);
            weak.then(|| format!("{} of {} bits", word(facts.key.kind), facts.key.bits))
        }),
        Breach::CertificateSignature { hashes } => certificates(audit, usize::MAX, |facts| {
            let algorithm = facts.signature.to_lowercase().replace('-', "");
            let bad = hashes.iter().any(|hash| says_hash(&algorithm, hash));
            (bad && !facts.self_signed).then(|| facts.signature.clone())
        }),
        Breach::LivesLonger { days } => certificates(audit, 0, |facts| {
            if facts.has_no_end() {
                return None;
            }
            let lives = facts.not_before.until(facts.not_after).ok()?.get_days();
            (i64::from(lives) > i64::from(*days)).then(|| format!("{lives} days"))
        }),
    }
}

/// Every group that is taken, once.
fn all_groups(audit: &TlsAudit) -> BTreeSet<&str> {
    let all = audit.offered().flat_map(|version| &version.groups);
    all.map(String::as_str).collect()
}

fn lacks_versions(
    audit: &TlsAudit,
    versions: &[String],
    called: fn(TlsVersion) -> &'static str,
) -> Option<String> {
    let named = || {
        let named = |it: &&VersionAudit| versions.iter().any(|key| key == it.version.key());
        audit.versions.iter().filter(named)
    };
    let refused = named().all(|version| version.state == VersionState::Refused);
    let speaks = audit.offered().next().is_some();
    let name = |key: &String| TlsVersion::of_key(key).map_or("?", called);
    let names = || versions.iter().map(name).collect::<Vec<_>>().join(" and ");
    (refused && speaks).then(|| format!("{} refused", names()))
}

fn lacks_forward_secrecy(audit: &TlsAudit) -> Option<String> {
    let mut suites = accepted(audit).peekable();
    suites.peek()?;
    let none = suites.all(|(_, suite)| !suite.is_forward_secret());
    let whole = audit.offered().all(|version| version.untold.is_empty());
    (none && whole).then(|| "no accepted suite has it".to_owned())
}

/// Accepted pairs whose suite the registry knows.
fn accepted(audit: &TlsAudit) -> impl Iterator<Item = (TlsVersion, &'static Suite)> {
    audit.offered().flat_map(|version| {
        let names = version.suites.iter();
        names.filter_map(|name| Some((version.version, suite_named(name)?)))
    })
}

fn suites(audit: &TlsAudit, breaks: impl Fn(TlsVersion, &Suite) -> bool) -> Option<String> {
    let mut names: Vec<&str> = Vec::new();
    for (version, suite) in accepted(audit) {
        if breaks(version, suite) && !names.contains(&suite.name) {
            names.push(suite.name);
        }
    }
    listed(names.into_iter())
}

fn is_of(suite: &Suite, which: SuiteKind) -> bool {
    match which {
        SuiteKind::Null => suite.cipher() == Cipher::Null,
        SuiteKind::Anonymous => suite.authentication() == Authentication::None,
        SuiteKind::Rc4 => suite.cipher() == Cipher::Rc4,
        SuiteKind::StaticRsa => {
            matches!(suite.exchange(), Exchange::StaticRsa | Exchange::RsaPsk)
        }
        SuiteKind::StaticDh => suite.exchange() == Exchange::StaticDh,
        SuiteKind::Dhe => {
            suite.exchange() == Exchange::Dhe && suite.authentication() != Authentication::None
        }
        SuiteKind::Cbc => suite.cipher() == Cipher::Cbc,
        SuiteKind::Ccm8 => suite.cipher() == Cipher::Ccm8,
        SuiteKind::PlainPsk => suite.exchange() == Exchange::Psk,
    }
}

/// The versions of which something is said to be so.
fn in_versions(
    audit: &TlsAudit,
    called: fn(TlsVersion) -> &'static str,
    is_so: &dyn Fn(&VersionAudit) -> Option<bool>,
) -> Option<String> {
    let so = audit
        .offered()
        .filter(|version| is_so(version) == Some(true));
    listed(so.map(|version| called(version.version)))
}

/// What is seen in certificates up to this place of a chain, each with its subject.
fn certificates(
    audit: &TlsAudit,
    last: usize,
    seen: impl Fn(&CertificateFacts) -> Option<String>,
) -> Option<String> {
    let shown = audit
        .certificates
        .iter()
        .filter(|shown| shown.place <= last);
    let told: Vec<String> = shown
        .filter_map(|shown| shown.certificate.facts.as_ref())
        .filter_map(|facts| Some(format!("{}: {}", facts.subject, seen(facts)?)))
        .collect();
    listed(told.iter().map(String::as_str))
}

/// Whether the name of a signature algorithm, in small letters and without hyphens, says this hash; `sha1` is not `sha1…` of
/// another length.
fn says_hash(algorithm: &str, hash: &str) -> bool {
    let after = algorithm.split_once(hash).map(|(_, after)| after);
    after.is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_digit()))
}

fn word(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Rsa => "RSA",
        KeyKind::Ec => "EC",
        KeyKind::Other => "another key",
    }
}

/// The first names, and how many more there are; none where there is none.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    let names: Vec<&str> = names.collect();
    let more = names.len().saturating_sub(LISTED);
    let mut text = names[..names.len() - more].join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    some_text(text)
}

fn some_text(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod datagrams;
#[cfg(test)]
mod order;
#[cfg(test)]
mod tests;
