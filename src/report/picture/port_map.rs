//! All ports of an address as a map: a thousand to a row, so that a port is found by its digits.

use std::collections::BTreeMap;

use super::labels::{Point, Space, place};
use super::port_cells::{Cell, CellState};
use super::svg::{Element, LETTER, WIDTH, line, rect, text, text_width};

/// Ports in a row, and rows.
const ROW: i64 = 1000;
const ROWS: i64 = 66;
/// A port is so wide and so high.
pub const PORT_WIDTH: i64 = 4;
pub const PORT_HEIGHT: i64 = 40;

/// Where the map begins.
const LEFT: i64 = 640;
const TOP: i64 = 240;
const BOTTOM: i64 = TOP + ROWS * PORT_HEIGHT;

/// As many labels as a reader takes in.
const LABELS: usize = 24;

/// Something that is pointed out in the map.
#[derive(Clone, Debug)]
pub struct Mark {
    /// The first port, and the last.
    pub port: u16,
    pub last: u16,
    /// Its label in the picture.
    pub label: String,
    /// The same for whoever does not see how it is marked.
    pub words: String,
    pub kind: MarkKind,
}

/// How it is pointed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkKind {
    /// An open port that the manifest does not declare.
    Undeclared,
    /// Another open port.
    Open,
    /// Ports that are neither open nor closed, and so few that nobody would see them.
    Few,
    /// So many that their label is enough.
    Many,
}

/// The map, its height, and how many marks found no room for their label.
pub fn port_map(
    cells: &[Cell],
    marks: &[Mark],
    legend: &[LegendEntry],
) -> (Vec<Element>, i64, usize) {
    let mut inside = axes();
    inside.extend(areas(cells));
    let (labels, unlabelled) = labels(marks);
    inside.extend(labels);
    let (rows, height) = draw_legend(legend, BOTTOM + 200);
    inside.extend(rows);
    (inside, height, unlabelled)
}

fn axes() -> Vec<Element> {
    let mut axes = vec![rect(
        "ground",
        LEFT,
        TOP,
        ROW * PORT_WIDTH,
        ROWS * PORT_HEIGHT,
    )];
    for row in (0..ROWS).step_by(10) {
        let y = TOP + row * PORT_HEIGHT + PORT_HEIGHT / 2;
        let number = match row {
            0 => "0".to_owned(),
            _ => format!("{row},000"),
        };
        axes.push(text("axis ends", LEFT - 60, y, number));
        axes.push(line("tick", (LEFT - 40, y), (LEFT, y)));
    }
    for column in [0, 250, 500, 750] {
        let x = LEFT + column * PORT_WIDTH;
        axes.push(text("axis", x, TOP - 130, format!("+{column}")));
        axes.push(line("tick", (x, TOP - 40), (x, TOP)));
    }
    axes
}

/// One path a state: what is alike is drawn at once.
fn areas(cells: &[Cell]) -> Vec<Element> {
    let mut paths: BTreeMap<(CellState, bool), String> = BTreeMap::new();
    for cell in cells {
        let path = paths.entry((cell.state, cell.mixed)).or_default();
        draw(path, cell);
    }
    let areas = paths.into_iter().map(|((state, mixed), path)| {
        let area = Element::new("path").with(
            "class",
            match mixed {
                true => format!("{} mixed", state.class()),
                false => state.class().to_owned(),
            },
        );
        let area = match state.fill() {
            Some(fill) => area.with("fill", fill),
            None => area,
        };
        area.with("d", path)
    });
    areas.collect()
}

/// Ports of a cell: the end of a row, whole rows, the beginning of a row.
fn draw(path: &mut String, cell: &Cell) {
    let (mut at, end) = (i64::from(cell.first), i64::from(cell.last) + 1);
    while at < end {
        let column = at % ROW;
        let rows = if column == 0 { (end - at) / ROW } else { 0 };
        let (width, height, ports) = match rows {
            0 => {
                let width = (end - at).min(ROW - column);
                (width, 1, width)
            }
            rows => (ROW, rows, rows * ROW),
        };
        let (x, y) = corner(at);
        let (width, height) = (width * PORT_WIDTH, height * PORT_HEIGHT);
        path.push_str(&format!("M{x} {y}h{width}v{height}h-{width}z"));
        at += ports;
    }
}

fn corner(port: i64) -> (i64, i64) {
    (
        LEFT + port % ROW * PORT_WIDTH,
        TOP + port / ROW * PORT_HEIGHT,
    )
}

fn labels(marks: &[Mark]) -> (Vec<Element>, usize) {
    let mut chosen: Vec<&Mark> = marks.iter().collect();
    chosen.sort_by_key(|mark| (mark.kind, mark.port));
    chosen.truncate(LABELS);
    let points: Vec<Point> = chosen
        .iter()
        .map(|mark| {
            let (port, after) = (i64::from(mark.port), i64::from(mark.last) + 1);
            let (from, down_to) = match mark.kind {
                // Its whole rows.
                MarkKind::Many => ((port + ROW - 1) / ROW * ROW, Some(after / ROW - 1)),
                _ => (port, None),
            };
            let (x, y) = corner(from);
            Point {
                x: x + PORT_WIDTH / 2,
                y: y + PORT_HEIGHT / 2,
                down_to: down_to.map(|row| corner(row * ROW).1 + PORT_HEIGHT / 2),
                text: mark.label.clone(),
            }
        })
        .collect();
    let space = Space {
        left: LEFT,
        right: WIDTH,
        top: TOP - LETTER / 2,
        bottom: BOTTOM + LETTER / 2,
    };
    let places = place(&points, space);
    let labelled = places.iter().flatten().count();
    let (mut lines, mut dots, mut words) = (Vec::new(), Vec::new(), Vec::new());
    for ((mark, point), place) in chosen.iter().zip(&points).zip(places) {
        dots.extend(dot(mark.kind, point.x, point.y));
        let Some(place) = place else { continue };
        let short = if place.leftward { 30 } else { -30 };
        if !place.inside {
            let end = (place.x + short, place.y);
            lines.push(line("lead", (point.x, point.y), end));
        }
        let class = match (mark.kind, place.leftward) {
            (MarkKind::Undeclared, false) => "label undeclared",
            (MarkKind::Undeclared, true) => "label undeclared ends",
            (MarkKind::Open, false) => "label",
            (MarkKind::Open, true) => "label ends",
            (MarkKind::Few | MarkKind::Many, false) => "label",
            (MarkKind::Few | MarkKind::Many, true) => "label ends",
        };
        words.push(text(class, place.x, place.y, mark.label.clone()));
    }
    // What is not declared comes last, over its neighbours.
    lines.extend(dots.into_iter().rev());
    lines.extend(words);
    (lines, marks.len() - labelled)
}

/// A disc, a lozenge, a ring: told apart by their shape.
fn dot(kind: MarkKind, x: i64, y: i64) -> Option<Element> {
    let disc = |class| {
        let circle = Element::new("circle").with("class", class);
        circle.with("cx", x).with("cy", y).with("r", 45_i64)
    };
    match kind {
        MarkKind::Undeclared => Some(
            Element::new("path")
                .with("class", "dot undeclared")
                .with("d", format!("M{} {y}l65-65 65 65-65 65z", x - 65)),
        ),
        MarkKind::Open => Some(disc("dot")),
        MarkKind::Few => Some(disc("dot few")),
        MarkKind::Many => None,
    }
}

/// What an area or a mark means.
#[derive(Clone, Debug)]
pub struct LegendEntry {
    pub sign: Sign,
    pub text: String,
}

/// What is explained.
#[derive(Clone, Copy, Debug)]
pub enum Sign {
    Area(CellState, bool),
    Dot(MarkKind),
}

/// Two entries a row, or one where it is long. Returns the height down to which it reaches.
pub fn draw_legend(legend: &[LegendEntry], top: i64) -> (Vec<Element>, i64) {
    let half = WIDTH / 2;
    let (mut out, mut x, mut y) = (Vec::new(), 0, top);
    for entry in legend {
        let long = text_width(&entry.text) + 340 > half;
        if x > 0 && long {
            (x, y) = (0, y + 230);
        }
        out.extend(match entry.sign {
            Sign::Area(state, mixed) => Some(swatch(state, mixed, x + 20, y - 75)),
            Sign::Dot(kind) => dot(kind, x + 130, y),
        });
        out.push(text("", x + 320, y, entry.text.clone()));
        (x, y) = match x == 0 && !long {
            true => (half, y),
            false => (0, y + 230),
        };
    }
    let ended = if x == 0 { y } else { y + 230 };
    (out, ended - 60)
}

fn swatch(state: CellState, mixed: bool, x: i64, y: i64) -> Element {
    let class = match mixed {
        true => format!("{} mixed swatch", state.class()),
        false => format!("{} swatch", state.class()),
    };
    let area = Element::new("rect")
        .with("class", class)
        .with("x", x)
        .with("y", y)
        .with("width", 220_i64)
        .with("height", 150_i64);
    match state.fill() {
        Some(fill) => area.with("fill", fill),
        None => area,
    }
}
