//! What carries each service: versions of TLS as a row of cells, the validity of its certificate, and what is in clear.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use minijinja::value::Value;
use serde::Serialize;

use super::svg::Picture;
use super::tls_rows::draw;
use crate::certificate::{
    Carried, Certificate, RequirementResult, SeenCertificate, SeenTrust, ServiceProtection,
    VersionAnswer,
};
use crate::observation::Transport;
use crate::text::brief;
use crate::verdict::Severity;

/// As many services as a picture shows, so that it fits a printed page, and as many pictures as the report shows.
const ROWS: usize = 10;
const FIGURES: usize = 12;
/// Suites of a version that are named below the picture; the certificate has them all.
const SUITES: usize = 8;
/// Findings of a service that are named beside it.
const REMARKS: usize = 4;

/// The area of test cases whose findings stand beside a service.
const AREA: &str = "transport/";

/// What the template sees: the services of one address.
#[derive(Debug, Serialize)]
pub struct ProtectionFigure {
    picture: Value,
    name: String,
    caption: String,
    rows: Vec<Row>,
}

/// A service in words.
#[derive(Debug, Serialize)]
struct Row {
    port: u16,
    protocol: String,
    carried: &'static str,
    taken: String,
    refused: String,
    unclear: String,
    /// A line a version.
    suites: Vec<String>,
    certificate: Option<String>,
    validity: Option<String>,
    remarks: Vec<String>,
}

/// A service and what was found of it.
pub struct Service<'a> {
    pub seen: &'a ServiceProtection,
    pub remarks: Vec<String>,
    /// They are findings.
    pub fails: bool,
}

/// The figures, one for ten services of an address, and how many services are in none.
pub fn protection_figures(certificate: &Certificate) -> (Vec<ProtectionFigure>, usize) {
    let mut places: Vec<(&str, &str)> = Vec::new();
    for service in &certificate.protection {
        let place = (service.unit.as_str(), service.address.as_str());
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let mut figures = Vec::new();
    let mut left_out = certificate.protection.len();
    for place in places.into_iter().take(FIGURES) {
        let all: Vec<&ServiceProtection> = certificate
            .protection
            .iter()
            .filter(|it| (it.unit.as_str(), it.address.as_str()) == place)
            .collect();
        let parts = all.len().div_ceil(ROWS);
        for (index, part) in all.chunks(ROWS).enumerate() {
            if figures.len() < FIGURES {
                left_out -= part.len();
                let part = Part {
                    place,
                    number: (parts > 1).then_some((index + 1, parts)),
                    services: part.iter().map(|it| service(certificate, it)).collect(),
                };
                figures.push(figure(certificate, figures.len(), &all, &part));
            }
        }
    }
    (figures, left_out)
}

/// Services of an address that share a picture.
struct Part<'a> {
    place: (&'a str, &'a str),
    /// Which of how many.
    number: Option<(usize, usize)>,
    services: Vec<Service<'a>>,
}

fn figure(
    certificate: &Certificate,
    index: usize,
    all: &[&ServiceProtection],
    part: &Part<'_>,
) -> ProtectionFigure {
    let (unit, address) = part.place;
    let number = part.number.map_or(String::new(), |(number, of)| {
        format!(" (part {number} of {of})")
    });
    let place = format!("{}, unit {}{number}", brief(address, 60), brief(unit, 60));
    let told = counted(all);
    let (inside, height) = draw(&part.services, certificate.judged_at);
    let picture = Picture::new(
        &format!("picture-tls-{index}"),
        height,
        &format!("What protects the TCP services of {place}"),
        &format!("{told}. The table below the picture says the same."),
        inside,
    );
    let rows = part.services.iter();
    ProtectionFigure {
        picture: picture.into_value(),
        name: format!("TCP services of {place}"),
        caption: told,
        rows: rows.map(|it| row(it, certificate.judged_at)).collect(),
    }
}

/// `2 in TLS, 1 in clear`.
fn counted(all: &[&ServiceProtection]) -> String {
    let count = |these: &[Carried]| all.iter().filter(|it| these.contains(&it.carried)).count();
    let counts = [
        (count(&[Carried::Tls, Carried::TlsAndClear]), "in TLS"),
        (count(&[Carried::Clear, Carried::TlsAndClear]), "in clear"),
        (
            count(&[Carried::TurnsToTls]),
            "in clear until asked for TLS",
        ),
        (
            count(&[Carried::Own]),
            "encrypted by a protocol of their own",
        ),
        (count(&[Carried::NotKnown]), "not known"),
    ];
    let told: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    told.join(", ")
}

/// The service with the findings about it, or else with what is missing.
fn service<'a>(certificate: &Certificate, seen: &'a ServiceProtection) -> Service<'a> {
    let about = certificate
        .requirements
        .iter()
        .filter(|requirement| requirement.test_case.starts_with(AREA));
    let about: Vec<&RequirementResult> = about.collect();
    let here = |subject: &crate::verdict::Subject| {
        subject.unit == seen.unit
            && subject.address.as_deref() == Some(&seen.address)
            && subject.transport == Some(Transport::Tcp)
            && subject.port == Some(seen.port)
    };
    let found = about.iter().flat_map(|it| &it.findings);
    let found: Vec<_> = found
        .filter(|it| it.severity != Severity::Note && here(&it.subject))
        .collect();
    let fails = !found.is_empty();
    let mut remarks: Vec<String> = found
        .iter()
        .map(|it| format!("{}: {}", it.severity.as_str(), brief(&it.code, 40)))
        .collect();
    if !fails {
        let missing = about.iter().flat_map(|it| &it.gaps);
        let missing = missing.filter(|it| here(&it.subject));
        remarks.extend(missing.map(|it| format!("not decided: {}", it.reason.as_str())));
    }
    remarks.sort();
    remarks.dedup();
    let more = remarks.len().saturating_sub(REMARKS);
    remarks.truncate(REMARKS);
    if more > 0 {
        remarks.push(format!("and {more} more"));
    }
    Service {
        seen,
        remarks,
        fails,
    }
}

fn row(service: &Service<'_>, judged_at: Timestamp) -> Row {
    let tls = service.seen.tls.as_ref();
    let versions = |wanted: VersionAnswer| {
        let all = tls.map(|tls| tls.versions.as_slice()).unwrap_or_default();
        let these = all.iter().filter(|it| it.answer == wanted).take(16);
        let words: Vec<_> = these.map(|it| brief(&it.version, 20)).collect();
        words.join(", ")
    };
    let certificate = tls.and_then(|tls| tls.certificate.as_ref());
    Row {
        port: service.seen.port,
        protocol: brief(&service.seen.protocol, 40),
        carried: carried(service.seen.carried),
        taken: versions(VersionAnswer::Taken),
        refused: versions(VersionAnswer::Refused),
        unclear: versions(VersionAnswer::Unclear),
        suites: suites(service.seen),
        certificate: certificate.map(described),
        validity: certificate.map(|it| validity(it, judged_at)),
        remarks: service.remarks.clone(),
    }
}

/// The suites of each version that is taken, the preferred first: `TLS 1.3 (3): TLS_AES_256_GCM_SHA384, …`.
fn suites(seen: &ServiceProtection) -> Vec<String> {
    let versions = seen.tls.as_ref().map(|tls| tls.versions.as_slice());
    let asked = versions.unwrap_or_default().iter().rev().take(16);
    let asked = asked.filter(|it| !it.suites.is_empty());
    asked
        .map(|it| {
            let listed: Vec<_> = it
                .suites
                .iter()
                .take(SUITES)
                .map(|it| brief(it, 60))
                .collect();
            let more = match it.suites.len().saturating_sub(SUITES) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let (version, count) = (brief(&it.version, 20), it.suites.len());
            format!("{version} ({count}): {}{more}", listed.join(", "))
        })
        .collect()
}

fn carried(carried: Carried) -> &'static str {
    match carried {
        Carried::Tls => "TLS",
        Carried::TlsAndClear => "TLS, and in clear",
        Carried::Clear => "in clear",
        Carried::TurnsToTls => "in clear until asked for TLS",
        Carried::Own => "encrypted by its own protocol",
        Carried::NotKnown => "not known",
    }
}

fn described(certificate: &SeenCertificate) -> String {
    let issuer = match certificate.self_signed {
        true => "signed by itself".to_owned(),
        false => format!("issued by {}", brief(&certificate.issuer, 120)),
    };
    let trust = match certificate.trust {
        SeenTrust::NotDeclared => "no authority is declared",
        SeenTrust::Verified => "leads to the declared authority",
        SeenTrust::Failed => "does not lead to the declared authority",
        SeenTrust::Unchecked => "not checked against the declared authority",
    };
    let name = match certificate.name_matches {
        None => "",
        Some(true) => "; for a name of the service",
        Some(false) => "; for no name of the service",
    };
    format!(
        "{}, {issuer}; {}, {}; {trust}{name}",
        brief(&certificate.subject, 120),
        brief(&certificate.key, 40),
        brief(&certificate.signature, 60)
    )
}

/// Where the day of judgement lies in a certificate's validity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    NotYet,
    Valid,
    Expired,
}

pub fn within(certificate: &SeenCertificate, now: DateTime) -> Validity {
    match () {
        () if now < certificate.not_before => Validity::NotYet,
        () if now > certificate.not_after => Validity::Expired,
        () => Validity::Valid,
    }
}

pub fn utc(time: Timestamp) -> DateTime {
    time.to_zoned(TimeZone::UTC).datetime()
}

pub fn validity(certificate: &SeenCertificate, judged_at: Timestamp) -> String {
    let from = certificate.not_before.date();
    let until = match certificate.not_after.year() {
        9999 => "without end".to_owned(),
        _ => format!("until {}", certificate.not_after.date()),
    };
    let state = match within(certificate, utc(judged_at)) {
        Validity::NotYet => ": not yet valid",
        Validity::Valid => "",
        Validity::Expired => ": expired",
    };
    format!("{from} {until}{state}")
}

/// The same in the few letters that a picture has room for.
pub fn ending(certificate: &SeenCertificate, judged_at: Timestamp) -> String {
    let (from, until) = (certificate.not_before.date(), certificate.not_after.date());
    match within(certificate, utc(judged_at)) {
        Validity::NotYet => format!("valid from {from}"),
        Validity::Valid if until.year() == 9999 => "valid without end".to_owned(),
        Validity::Valid => format!("until {until}"),
        Validity::Expired => format!("expired {until}"),
    }
}
