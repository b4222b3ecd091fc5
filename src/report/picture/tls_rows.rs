//! The picture of what protects services: a row each.

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::svg::{Element, WIDTH, line, named, rect, text};
use super::tls::{Service, Validity, ending, utc, validity, within};
use crate::certificate::{
    Carried, SeenCertificate, SeenTls, SeenTrust, SeenVersion, ServiceProtection, VersionAnswer,
};
use crate::text::brief;

/// The versions that have a column of their own; those before TLS have one where anybody takes it, or may.
const COLUMNS: [&str; 6] = [
    "SSL 2.0", "SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3",
];
const BEFORE_TLS: usize = 2;
const CELLS_WIDTH: i64 = 2560;
const CELL_HEIGHT: i64 = 240;
/// Of cells with two lines, and from the middle to each of these.
const TALL_CELL_HEIGHT: i64 = 400;
const HALF_LINE: i64 = 90;
/// Where the bar of validity stands.
const BAR: i64 = 2720;
const BAR_WIDTH: i64 = WIDTH - BAR - 40;
const LINE: i64 = 230;

/// Days shown on each side of the judgement: what lies beyond shows as an arrow.
const DAYS: i64 = 730;

/// The rows, and their height.
pub fn draw(services: &[Service<'_>], judged_at: Timestamp) -> (Vec<Element>, i64) {
    let (mut inside, mut y) = (Vec::new(), 0);
    let may_be_taken = |column: &&str| {
        let seen = services.iter().filter_map(|it| it.seen.tls.as_ref());
        let mut answers = seen.filter_map(|tls| answer(tls, column));
        answers.any(|answer| answer != VersionAnswer::Refused)
    };
    let old = COLUMNS.iter().take(BEFORE_TLS).position(may_be_taken);
    let columns = &COLUMNS[old.unwrap_or(BEFORE_TLS)..];
    let height = match old {
        Some(_) => TALL_CELL_HEIGHT,
        None => CELL_HEIGHT,
    };
    for service in services {
        inside.push(line("rule", (0, y), (WIDTH, y)));
        let turns = match service.seen.carried {
            Carried::TurnsToTls => ", in clear until asked for TLS",
            _ => "",
        };
        let title = format!(
            "{} {}{turns}",
            service.seen.port,
            brief(&service.seen.protocol, 30)
        );
        inside.push(text("strong", 0, y + 150, title));
        y += 290;
        match &service.seen.tls {
            Some(tls) => {
                inside.extend(cells(tls, columns, y, height));
                if let Some(certificate) = &tls.certificate {
                    inside.extend(bar(certificate, judged_at, y, height));
                }
                y += height + 40;
            }
            None => {
                inside.push(band(service.seen.carried, y));
                y += CELL_HEIGHT + 40;
            }
        }
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
            SeenTrust::Unchecked => "perhaps by the declared authority".to_owned(),
        },
        (_, None) => "no certificate that could be read".to_owned(),
    }
}

fn answer(tls: &SeenTls, version: &str) -> Option<VersionAnswer> {
    let mut all = tls.versions.iter();
    all.find(|it: &&SeenVersion| it.version == version)
        .map(|it| it.answer)
}

fn cells(tls: &SeenTls, columns: &[&'static str], y: i64, height: i64) -> Vec<Element> {
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
        let cell = rect(class, x + 10, y, cell_width - 30, height);
        let cell = match class {
            "cell unclear" => cell.with("fill", "url(#fill-unproven)"),
            _ => cell,
        };
        out.push(named(cell, format!("{column}: {word}")));
        let sign = match class {
            "cell taken" => "✓",
            "cell unclear" => "?",
            _ => "",
        };
        let word = match class {
            "cell taken" => "tile on",
            "cell unclear" => "tile over",
            _ => "tile",
        };
        let (middle_x, middle_y) = (x + cell_width / 2 - 5, y + height / 2);
        match label(column, sign, height) {
            (only, none) if none.is_empty() => out.push(text(word, middle_x, middle_y, only)),
            (upper, lower) => out.extend([
                text(word, middle_x, middle_y - HALF_LINE, upper),
                text(word, middle_x, middle_y + HALF_LINE, lower),
            ]),
        }
        if class == "cell refused" {
            out.push(line(
                "strike",
                (x + 60, y + height - 40),
                (x + cell_width - 80, y + 40),
            ));
        }
    }
    out
}

/// What stands in a cell, in a line or two: `1.2✓`; where columns of SSL leave less room, `SSL` above `2✓`, and `1.2`
/// above `✓`. An empty second line: there is none.
fn label(column: &str, sign: &str, height: i64) -> (String, String) {
    let (protocol, version) = column.split_once(' ').unwrap_or(("", column));
    match (protocol, height) {
        ("SSL", _) => {
            let version = version.trim_end_matches(".0");
            (protocol.to_owned(), format!("{version}{sign}"))
        }
        (_, CELL_HEIGHT) => (format!("{version}{sign}"), String::new()),
        _ => (version.to_owned(), sign.to_owned()),
    }
}

/// A band in place of versions, for a service without TLS.
fn band(carried: Carried, y: i64) -> Element {
    let (class, fill, words) = match carried {
        Carried::Clear | Carried::TurnsToTls => {
            ("cell clear", Some("url(#fill-clear)"), "in clear")
        }
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
fn bar(certificate: &SeenCertificate, judged_at: Timestamp, y: i64, height: i64) -> Vec<Element> {
    let now = utc(judged_at);
    let x = |time: DateTime| {
        let days = time
            .date()
            .since(now.date())
            .map_or(0, |span| i64::from(span.get_days()));
        BAR + (days.clamp(-DAYS, DAYS) + DAYS) * BAR_WIDTH / (2 * DAYS)
    };
    let middle = y + height / 2;
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
    out.push(line("now", (x, y - 10), (x, y + height + 10)));
    out
}
