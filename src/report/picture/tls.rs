//! What carries each service: versions of TLS as a row of cells, the validity of its certificate, and what is in clear.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use minijinja::value::Value;
use serde::Serialize;

use super::svg::{Element, Picture, WIDTH, line, named, rect, text};
use crate::certificate::{
    Carried, Certificate, RequirementResult, SeenCertificate, SeenTls, SeenTrust, SeenVersion,
    ServiceProtection, VersionAnswer,
};
use crate::observation::Transport;
use crate::text::brief;
use crate::verdict::Severity;

/// As many services as a picture shows, so that it fits a printed page, and as many pictures as the report shows.
const ROWS: usize = 10;
const FIGURES: usize = 12;
/// Findings of a service that are named beside it.
const REMARKS: usize = 4;

/// The versions that have a column of their own; what is older has one where anybody takes it.
const COLUMNS: [&str; 5] = ["SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"];
const CELLS_WIDTH: i64 = 2560;
const CELL_HEIGHT: i64 = 240;
/// Where the bar of validity stands.
const BAR: i64 = 2720;
const BAR_WIDTH: i64 = WIDTH - BAR - 40;
const LINE: i64 = 230;

/// Days shown on each side of the judgement: what lies beyond shows as an arrow.
const DAYS: i64 = 730;

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
    certificate: Option<String>,
    validity: Option<String>,
    remarks: Vec<String>,
}

/// A service and what was found of it.
struct Service<'a> {
    seen: &'a ServiceProtection,
    remarks: Vec<String>,
    fails: bool,
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
    let kinds: [(&str, fn(Carried) -> bool); 4] = [
        ("in TLS", |it| {
            matches!(it, Carried::Tls | Carried::TlsAndClear)
        }),
        ("in clear", |it| {
            matches!(it, Carried::Clear | Carried::TlsAndClear)
        }),
        ("encrypted by a protocol of their own", |it| {
            it == Carried::Own
        }),
        ("not known", |it| it == Carried::NotKnown),
    ];
    let counts = kinds.into_iter().map(|(words, wanted)| {
        let count = all.iter().filter(|it| wanted(it.carried)).count();
        (count, words)
    });
    let told: Vec<String> = counts
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
        certificate: certificate.map(described),
        validity: certificate.map(|it| validity(it, judged_at)),
        remarks: service.remarks.clone(),
    }
}

fn carried(carried: Carried) -> &'static str {
    match carried {
        Carried::Tls => "TLS",
        Carried::TlsAndClear => "TLS, and in clear",
        Carried::Clear => "in clear",
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
enum Validity {
    NotYet,
    Valid,
    Expired,
}

fn within(certificate: &SeenCertificate, now: DateTime) -> Validity {
    match () {
        () if now < certificate.not_before => Validity::NotYet,
        () if now > certificate.not_after => Validity::Expired,
        () => Validity::Valid,
    }
}

fn utc(time: Timestamp) -> DateTime {
    time.to_zoned(TimeZone::UTC).datetime()
}

fn validity(certificate: &SeenCertificate, judged_at: Timestamp) -> String {
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
fn ending(certificate: &SeenCertificate, judged_at: Timestamp) -> String {
    let (from, until) = (certificate.not_before.date(), certificate.not_after.date());
    match within(certificate, utc(judged_at)) {
        Validity::NotYet => format!("valid from {from}"),
        Validity::Valid if until.year() == 9999 => "valid without end".to_owned(),
        Validity::Valid => format!("until {until}"),
        Validity::Expired => format!("expired {until}"),
    }
}

fn draw(services: &[Service<'_>], judged_at: Timestamp) -> (Vec<Element>, i64) {
    let (mut inside, mut y) = (Vec::new(), 0);
    let older = services.iter().any(|service| {
        let tls = service.seen.tls.as_ref();
        tls.is_some_and(|tls| answer(tls, COLUMNS[0]).is_some())
    });
    let columns = if older { &COLUMNS[..] } else { &COLUMNS[1..] };
    for service in services {
        inside.push(line("rule", (0, y), (WIDTH, y)));
        let title = format!(
            "{} {}",
            service.seen.port,
            brief(&service.seen.protocol, 30)
        );
        inside.push(text("strong", 0, y + 150, title));
        y += 290;
        match &service.seen.tls {
            Some(tls) => {
                inside.extend(cells(tls, columns, y));
                if let Some(certificate) = &tls.certificate {
                    inside.extend(bar(certificate, judged_at, y));
                }
            }
            None => inside.push(band(service.seen.carried, y)),
        }
        y += CELL_HEIGHT + 40;
        if service.seen.tls.is_some() {
            let words = tls_words(service.seen);
            inside.push(text("small", 0, y + 80, words));
            if let Some(certificate) = service
                .seen
                .tls
                .as_ref()
                .and_then(|it| it.certificate.as_ref())
            {
                let expired = within(certificate, utc(judged_at)) != Validity::Valid;
                let class = if expired { "small alarm" } else { "small" };
                inside.push(text(class, BAR, y + 80, ending(certificate, judged_at)));
            }
            y += LINE;
        }
        for remark in &service.remarks {
            let class = if service.fails { "alarm" } else { "doubt" };
            let sign = if service.fails { "✕" } else { "?" };
            inside.push(text(class, 0, y + 80, format!("{sign} {remark}")));
            y += LINE;
        }
        y += 80;
    }
    inside.push(line("rule", (0, y), (WIDTH, y)));
    (inside, y + 20)
}

fn tls_words(seen: &ServiceProtection) -> String {
    match (
        seen.carried,
        seen.tls.as_ref().and_then(|tls| tls.certificate.as_ref()),
    ) {
        (Carried::TlsAndClear, _) => "in TLS, and in clear too".to_owned(),
        (_, Some(certificate)) if certificate.self_signed => "signed by itself".to_owned(),
        (_, Some(certificate)) => match certificate.trust {
            SeenTrust::NotDeclared => "no authority is declared".to_owned(),
            SeenTrust::Verified => "by the declared authority".to_owned(),
            SeenTrust::Failed => "not by the declared authority".to_owned(),
        },
        (_, None) => "no certificate that could be read".to_owned(),
    }
}

fn answer(tls: &SeenTls, version: &str) -> Option<VersionAnswer> {
    let mut all = tls.versions.iter();
    all.find(|it: &&SeenVersion| it.version == version)
        .map(|it| it.answer)
}

fn cells(tls: &SeenTls, columns: &[&'static str], y: i64) -> Vec<Element> {
    let mut out = Vec::new();
    let cell_width = CELLS_WIDTH / i64::try_from(columns.len().max(1)).unwrap_or(1);
    for (column, index) in columns.iter().zip(0..) {
        let x = index * cell_width;
        let (class, word) = match answer(tls, column) {
            Some(VersionAnswer::Taken) => ("cell taken", "taken"),
            Some(VersionAnswer::Refused) => ("cell refused", "refused"),
            Some(VersionAnswer::Unclear) => ("cell unclear", "unclear"),
            None => ("cell unasked", "not asked"),
        };
        let cell = rect(class, x + 10, y, cell_width - 30, CELL_HEIGHT);
        let cell = match class {
            "cell unclear" => cell.with("fill", "url(#fill-unproven)"),
            _ => cell,
        };
        out.push(named(cell, format!("{column}: {word}")));
        // `1.2`; what is older than TLS keeps its name.
        let short = column.strip_prefix("TLS ").unwrap_or("SSL 3");
        let sign = match class {
            "cell taken" => format!("{short}✓"),
            "cell unclear" => format!("{short}?"),
            _ => short.to_owned(),
        };
        let middle = (x + cell_width / 2 - 5, y + CELL_HEIGHT / 2);
        let word = match class {
            "cell taken" => "tile on",
            "cell unclear" => "tile over",
            _ => "tile",
        };
        out.push(text(word, middle.0, middle.1, sign));
        if class == "cell refused" {
            out.push(line(
                "strike",
                (x + 60, y + CELL_HEIGHT - 40),
                (x + cell_width - 80, y + 40),
            ));
        }
    }
    out
}

/// A band in place of versions, for a service without TLS.
fn band(carried: Carried, y: i64) -> Element {
    let (class, fill, words) = match carried {
        Carried::Clear => ("cell clear", Some("url(#fill-clear)"), "in clear"),
        Carried::Own => ("cell own", None, "encrypted by its own protocol"),
        Carried::NotKnown => (
            "cell unclear",
            Some("url(#fill-unproven)"),
            "could not be told",
        ),
        Carried::Tls | Carried::TlsAndClear => ("cell unasked", None, "TLS, not looked at"),
    };
    let band = rect(class, 10, y, WIDTH - 50, CELL_HEIGHT);
    let band = match fill {
        Some(fill) => band.with("fill", fill),
        None => band,
    };
    let words = text("band", WIDTH / 2, y + CELL_HEIGHT / 2, words);
    Element::new("g").holding([band, words])
}

/// The validity of a certificate around the day of judgement, which is the line in the middle.
fn bar(certificate: &SeenCertificate, judged_at: Timestamp, y: i64) -> Vec<Element> {
    let now = utc(judged_at);
    let x = |time: DateTime| {
        let days = time
            .date()
            .since(now.date())
            .map_or(0, |span| i64::from(span.get_days()));
        BAR + (days.clamp(-DAYS, DAYS) + DAYS) * BAR_WIDTH / (2 * DAYS)
    };
    let middle = y + CELL_HEIGHT / 2;
    let (from, until) = (x(certificate.not_before), x(certificate.not_after));
    let class = match within(certificate, now) {
        Validity::Valid => "span valid",
        Validity::NotYet | Validity::Expired => "span invalid",
    };
    let arrow = |x: i64, way: i64| {
        Element::new("path").with("class", "arrow").with(
            "d",
            format!(
                "M{} {}l{} 55l{} 55",
                x - 50 * way,
                middle - 55,
                55 * way,
                -55 * way
            ),
        )
    };
    let mut out = vec![
        line("lane", (BAR, middle), (BAR + BAR_WIDTH, middle)),
        named(
            rect(class, from, middle - 60, (until - from).max(24), 120),
            validity(certificate, judged_at),
        ),
    ];
    if from == BAR {
        out.push(arrow(BAR, -1));
    }
    if until == BAR + BAR_WIDTH {
        out.push(arrow(BAR + BAR_WIDTH, 1));
    }
    let x = x(now);
    out.push(line("now", (x, y - 10), (x, y + CELL_HEIGHT + 10)));
    out
}
