//! The figures of a certificate: pictures, with their captions and the same in words.

use minijinja::value::Value;
use serde::Serialize;

use super::port_cells::{Cell, CellState, cells};
use super::port_list::{TILES, port_list};
use super::port_map::{LegendEntry, Mark, MarkKind, Sign, port_map};
use super::svg::Picture;
use super::timeline::{TimelineFigure, timeline_figure};
use super::tls::{ProtectionFigure, protection_figures};
use crate::certificate::{Certificate, PortCoverage, ServiceCoverage};
use crate::report::words::grouped;
use crate::text::brief;

/// As many pictures of one kind as a page shows.
const PORT_FIGURES: usize = 8;
const TIMELINES: usize = 6;

/// As many open ports of a list as are named in its picture.
const NAMED: usize = 12;

/// As many lines as stand below a picture.
const LINES: usize = 60;

/// What the template sees.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// There is nothing to look at.
    is_empty: bool,
    ports: Vec<PortFigure>,
    ports_left_out: usize,
    timelines: Vec<TimelineFigure>,
    timelines_left_out: usize,
    protection: Vec<ProtectionFigure>,
    protection_left_out: usize,
}

/// The ledger of an address.
#[derive(Debug, Serialize)]
struct PortFigure {
    picture: Value,
    name: String,
    caption: String,
    /// A map, which needs an explanation, or a list.
    map: bool,
    /// Whether a block of it shows only the worst state.
    mixed: bool,
    /// Open ports that stand only below the picture.
    unlabelled: usize,
    lines: Vec<String>,
    lines_left_out: usize,
}

/// Every figure of a certificate.
pub fn figures(certificate: &Certificate) -> Figures {
    let ledgers = certificate.coverage.ports.iter();
    let mut ports: Vec<PortFigure> = ledgers
        .enumerate()
        .filter_map(|(index, ports)| port_figure(certificate, index, ports))
        .collect();
    let ports_left_out = ports.len().saturating_sub(PORT_FIGURES);
    ports.truncate(PORT_FIGURES);
    let units = certificate.timeline.iter().take(TIMELINES).enumerate();
    let timelines = units.map(|(index, unit)| timeline_figure(certificate, index, unit));
    let protection = protection_figures(certificate);
    let timelines: Vec<TimelineFigure> = timelines.collect();
    Figures {
        is_empty: ports.is_empty() && timelines.is_empty() && protection.0.is_empty(),
        ports,
        ports_left_out,
        timelines,
        timelines_left_out: certificate.timeline.len().saturating_sub(TIMELINES),
        protection_left_out: protection.1,
        protection: protection.0,
    }
}

fn port_figure(
    certificate: &Certificate,
    index: usize,
    ports: &PortCoverage,
) -> Option<PortFigure> {
    let cells = cells(ports);
    if cells.is_empty() {
        return None;
    }
    let services: Vec<&ServiceCoverage> = certificate
        .coverage
        .services
        .iter()
        .filter(|it| {
            (&it.unit, &it.address, it.transport) == (&ports.unit, &ports.address, ports.transport)
        })
        .collect();
    let map = cells.iter().map(Cell::count).fold(0, u32::saturating_add) > TILES;
    let marks = marks(&cells, &services);
    let legend = legend(ports, &cells, &marks, map);
    let (inside, height, unlabelled) = match map {
        true => port_map(&cells, &clustered(&marks), &legend),
        false => {
            let (inside, height) = port_list(&cells, &legend);
            (inside, height, 0)
        }
    };
    let mut lines: Vec<String> = marks.iter().map(|mark| mark.words.clone()).collect();
    let lines_left_out = lines.len().saturating_sub(LINES);
    lines.truncate(LINES);
    let place = format!(
        "{} ports of {}, unit {}",
        ports.transport,
        brief(&ports.address, 60),
        brief(&ports.unit, 60)
    );
    let told = counts(ports)
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(state, count)| format!("{} {}", grouped(count.into()), state.words()))
        .collect::<Vec<_>>()
        .join(", ");
    let what = if map { "Map of the " } else { "List of the " };
    let picture = Picture::new(
        &format!("picture-ports-{index}"),
        height,
        &format!("{what}{place}"),
        &format!("{told}. What is not closed stands in words below the picture."),
        inside,
    );
    Some(PortFigure {
        picture: picture.into_value(),
        name: place,
        caption: told,
        map,
        mixed: cells.iter().any(|cell| cell.mixed),
        unlabelled,
        lines,
        lines_left_out,
    })
}

fn counts(ports: &PortCoverage) -> [(CellState, u32); 5] {
    [
        (CellState::Open, ports.open),
        (CellState::Closed, ports.closed),
        (CellState::Silent, ports.silent),
        (CellState::Unproven, ports.unproven),
        (CellState::Excluded, ports.excluded),
    ]
}

/// What is pointed out: each open port, or many in a row as one, and what is neither open nor closed.
fn marks(cells: &[Cell], services: &[&ServiceCoverage]) -> Vec<Mark> {
    let mut marks = Vec::new();
    for cell in cells {
        match cell.state {
            CellState::Closed => {}
            CellState::Open if few(cell) => {
                marks.extend((cell.first..=cell.last).map(|port| open_port(port, services)));
            }
            _ => marks.push(range(cell)),
        }
    }
    marks
}

/// More marks than this are too many for a map: neighbours become one.
const CROWD: usize = 24;

/// Ports that are no further apart are neighbours then.
const NEAR: u16 = 64;

fn clustered(marks: &[Mark]) -> Vec<Mark> {
    if marks.len() <= CROWD {
        return marks.to_vec();
    }
    let mut clusters: Vec<(Mark, usize)> = Vec::new();
    for mark in marks {
        match clusters.last_mut() {
            Some((last, count))
                if last.kind == mark.kind
                    && mark.kind != MarkKind::Many
                    && mark.port.saturating_sub(last.last) <= NEAR =>
            {
                last.last = mark.last;
                *count += 1;
            }
            _ => clusters.push((mark.clone(), 1)),
        }
    }
    let named = clusters.into_iter().map(|(mark, count)| Mark {
        label: match (count, mark.kind) {
            (1, _) => mark.label,
            (_, MarkKind::Few) => format!("{}–{}, {count} places", mark.port, mark.last),
            _ => format!("{}–{}, {count} open", mark.port, mark.last),
        },
        ..mark
    });
    named.collect()
}

/// A row of ports that are pointed out as one.
fn range(cell: &Cell) -> Mark {
    let words = match cell.mixed {
        true => format!("{} {} and others", cell.ports(), cell.state.words()),
        false => format!("{} {}", cell.ports(), cell.state.words()),
    };
    Mark {
        port: cell.first,
        last: cell.last,
        kind: match (cell.state, cell.count()) {
            (_, 2000..) => MarkKind::Many,
            (CellState::Open, _) => MarkKind::Open,
            _ => MarkKind::Few,
        },
        // The pattern of a large area says what it is.
        label: match cell.count() {
            2000.. if !cell.mixed => cell.ports(),
            _ => words.clone(),
        },
        words,
    }
}

/// So few ports in a row that each has a mark of its own.
fn few(cell: &Cell) -> bool {
    cell.count() <= 8 && !cell.mixed
}

fn open_port(port: u16, services: &[&ServiceCoverage]) -> Mark {
    let service = services.iter().find(|it| it.port == port);
    let label = match service {
        Some(service) => format!("{port} {}", brief(&service.protocol, 24)),
        None => format!("{port} open"),
    };
    let undeclared = service.is_some_and(|it| it.declared.is_none());
    Mark {
        port,
        last: port,
        words: match undeclared {
            true => format!("{label}, not declared"),
            false => label.clone(),
        },
        label,
        kind: match undeclared {
            true => MarkKind::Undeclared,
            false => MarkKind::Open,
        },
    }
}

/// What the areas mean, and the marks; where ports stand in a list, the open ones with their services.
fn legend(ports: &PortCoverage, cells: &[Cell], marks: &[Mark], map: bool) -> Vec<LegendEntry> {
    // A few open ports are seen by their marks alone.
    let seen = |it: &&Cell| !map || it.state != CellState::Open || !few(it);
    let there = |state, mixed| {
        let mut cells = cells.iter().filter(seen);
        cells.any(|it| (it.state, it.mixed) == (state, mixed))
    };
    let counts = counts(ports);
    let number = |wanted: CellState| {
        let found = counts.iter().find(|(state, _)| *state == wanted);
        found.map_or(String::new(), |(_, count)| {
            format!(": {}", grouped((*count).into()))
        })
    };
    let entry = |sign, text: &str| LegendEntry {
        sign,
        text: text.to_owned(),
    };
    let kinds = [
        (MarkKind::Open, "open"),
        (MarkKind::Undeclared, "open, not declared"),
    ];
    let dots = kinds
        .into_iter()
        .filter(|(kind, _)| marks.iter().any(|mark| mark.kind == *kind));
    let dots: Vec<LegendEntry> = match map {
        true => dots
            .map(|(kind, words)| entry(Sign::Dot(kind), words))
            .collect(),
        false => marks
            .iter()
            .filter(|mark| matches!(mark.kind, MarkKind::Open | MarkKind::Undeclared))
            .take(NAMED)
            .map(|mark| entry(Sign::Dot(mark.kind), &mark.words))
            .collect(),
    };
    let areas = CellState::ALL.into_iter().flat_map(|state| {
        let words = format!("{}{}", state.words(), number(state));
        let mixed = format!("worst of a block: {}", state.words());
        [(false, words), (true, mixed)]
            .into_iter()
            .filter(move |(mixed, _)| there(state, *mixed))
            .map(move |(mixed, words)| (Sign::Area(state, mixed), words))
    });
    dots.into_iter()
        .chain(areas.map(|(sign, words)| entry(sign, &words)))
        .collect()
}
