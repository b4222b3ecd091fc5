//! A port ledger as cells that can be drawn: whatever a certificate says, a bounded number of them, and no port twice.

use crate::certificate::{BLOCK, PortBlock, PortCoverage, PortRow, blocks};
use crate::observation::{PortProof, PortState};

/// More rows than this are drawn in blocks. Certificates of ours hold fewer.
const ROWS: usize = 600;

/// What a cell shows of its ports, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CellState {
    Closed,
    Excluded,
    Silent,
    /// The certificate does not say.
    NotListed,
    Unproven,
    Open,
}

impl CellState {
    /// In the order of a legend.
    pub const ALL: [Self; 6] = [
        Self::Open,
        Self::Unproven,
        Self::Silent,
        Self::Excluded,
        Self::NotListed,
        Self::Closed,
    ];

    pub fn of(row: &PortRow) -> Self {
        match row.state {
            _ if row.proof == PortProof::Foreign => Self::Excluded,
            PortState::Open => Self::Open,
            PortState::Closed => Self::Closed,
            PortState::Silent => Self::Silent,
            PortState::Unproven => Self::Unproven,
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Unproven => "unproven",
            Self::Silent => "silent",
            Self::Excluded => "excluded",
            Self::NotListed => "not listed here",
            Self::Closed => "closed",
        }
    }

    /// The class of its areas, and the pattern that fills them.
    pub fn class(self) -> &'static str {
        match self {
            Self::Open => "p-open",
            Self::Unproven => "p-unproven",
            Self::Silent => "p-silent",
            Self::Excluded => "p-excluded",
            Self::NotListed => "p-unlisted",
            Self::Closed => "p-closed",
        }
    }

    /// What fills an area; none where its class does.
    pub fn fill(self) -> Option<&'static str> {
        match self {
            Self::Open | Self::Closed => None,
            Self::Unproven => Some("url(#fill-unproven)"),
            Self::Silent => Some("url(#fill-silent)"),
            Self::Excluded => Some("url(#fill-excluded)"),
            Self::NotListed => Some("url(#fill-unlisted)"),
        }
    }
}

/// Neighbouring ports that are drawn alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    pub first: u16,
    pub last: u16,
    pub state: CellState,
    /// Some of its ports are in another state, and none in a worse one.
    pub mixed: bool,
}

impl Cell {
    pub fn count(&self) -> u32 {
        u32::from(self.last) - u32::from(self.first) + 1
    }

    /// `80` or `80–83`.
    pub fn ports(&self) -> String {
        match self.first == self.last {
            true => self.first.to_string(),
            false => format!("{}–{}", self.first, self.last),
        }
    }
}

/// The cells of a ledger in order of port. Empty where the certificate holds no rows.
pub fn cells(ports: &PortCoverage) -> Vec<Cell> {
    let exact = |row: &PortRow| Cell {
        first: row.first,
        last: row.last,
        state: CellState::of(row),
        mixed: false,
    };
    let mut all: Vec<Cell> = match ports.ledger.len() {
        0 => return Vec::new(),
        count if count <= ROWS => ports.ledger.iter().map(exact).collect(),
        _ => blocks(&ports.ledger).iter().filter_map(coarse).collect(),
    };
    match ports.ledger_blocks.is_empty() {
        true => all.extend(unlisted(ports)),
        false => {
            let many = usize::from(u16::MAX / BLOCK) + 1;
            all.extend(ports.ledger_blocks.iter().take(many).filter_map(coarse));
        }
    }
    tidy(all)
}

/// The worst state in a block.
fn coarse(block: &PortBlock) -> Option<Cell> {
    let counts = [
        (CellState::Open, block.open),
        (CellState::Unproven, block.unproven),
        (CellState::Silent, block.silent),
        (CellState::Excluded, block.excluded),
        (CellState::Closed, block.closed),
    ];
    let mut there = counts.into_iter().filter(|(_, count)| *count > 0);
    let (state, _) = there.next()?;
    Some(Cell {
        first: block.first,
        last: block.last,
        state,
        mixed: there.next().is_some(),
    })
}

/// What earlier versions left out: all that the certificate says of it is which ports are open.
fn unlisted(ports: &PortCoverage) -> Vec<Cell> {
    let Some(after) = ports.ledger.last().filter(|_| ports.ledger_left_out > 0) else {
        return Vec::new();
    };
    let Some(first) = after.last.checked_add(1) else {
        return Vec::new();
    };
    let open = ports.open_ports.iter().filter(|port| **port >= first);
    let open = open.take(ROWS).map(|port| Cell {
        first: *port,
        last: *port,
        state: CellState::Open,
        mixed: false,
    });
    let mut all: Vec<Cell> = open.collect();
    let mut next = u32::from(first);
    for cell in all.clone() {
        all.extend(rest(next, u32::from(cell.first)));
        next = u32::from(cell.last) + 1;
    }
    all.extend(rest(next, u32::from(u16::MAX) + 1));
    all
}

fn rest(first: u32, end: u32) -> Option<Cell> {
    Some(Cell {
        first: u16::try_from(first).ok()?,
        last: u16::try_from(end.checked_sub(1)?).ok()?,
        state: CellState::NotListed,
        mixed: false,
    })
    .filter(|cell| cell.first <= cell.last)
}

/// In order, without overlap, and neighbours that look the same as one.
fn tidy(mut cells: Vec<Cell>) -> Vec<Cell> {
    cells.sort_by_key(|cell| cell.first);
    let mut tidy: Vec<Cell> = Vec::new();
    let mut next = 0;
    for mut cell in cells {
        cell.first = cell.first.max(u16::try_from(next).unwrap_or(u16::MAX));
        if u32::from(cell.first) < next || cell.last < cell.first {
            continue;
        }
        let follows = u32::from(cell.first) == next;
        next = u32::from(cell.last) + 1;
        match tidy.last_mut() {
            Some(last) if follows && (last.state, last.mixed) == (cell.state, cell.mixed) => {
                last.last = cell.last;
            }
            _ => tidy.push(cell),
        }
    }
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::Transport;

    fn row(first: u16, last: u16, state: PortState) -> PortRow {
        PortRow {
            first,
            last,
            state,
            proof: PortProof::Refused,
            asked: 1,
        }
    }

    fn coverage(ledger: Vec<PortRow>, left_out: u32, open_ports: Vec<u16>) -> PortCoverage {
        PortCoverage {
            unit: "a".to_owned(),
            address: "192.0.2.10".to_owned(),
            transport: Transport::Tcp,
            total: 65_535,
            open: 0,
            closed: 0,
            silent: 0,
            unproven: 0,
            excluded: 0,
            open_ports,
            ledger,
            ledger_left_out: left_out,
            ledger_blocks: Vec::new(),
            engine: String::new(),
            silent_rounds: 0,
            probes: 0,
            rate_peak: 0.0,
            seconds: 0.0,
            evidence: String::new(),
        }
    }

    fn told(cells: &[Cell]) -> Vec<(u16, u16, CellState, bool)> {
        let told = cells
            .iter()
            .map(|it| (it.first, it.last, it.state, it.mixed));
        told.collect()
    }

    #[test]
    fn rows_that_look_the_same_are_one_cell_and_no_port_is_drawn_twice() {
        let ledger = vec![
            row(1, 10, PortState::Closed),
            row(11, 20, PortState::Closed),
            row(15, 30, PortState::Open),
            row(18, 19, PortState::Silent),
            row(40, 39, PortState::Silent),
            row(65_000, 65_535, PortState::Closed),
            row(65_535, 65_535, PortState::Open),
        ];
        let expected = [
            (1, 20, CellState::Closed, false),
            (21, 30, CellState::Open, false),
            (65_000, 65_535, CellState::Closed, false),
        ];
        assert_eq!(told(&cells(&coverage(ledger, 0, vec![]))), expected);
    }

    #[test]
    fn too_many_rows_are_blocks_that_show_the_worst() {
        let state = |port| match (port, port % 2) {
            (500.., _) => PortState::Closed,
            (_, 0) => PortState::Silent,
            _ => PortState::Unproven,
        };
        let ledger = (1..=1000).map(|port| row(port, port, state(port)));
        let expected = [
            (1, 499, CellState::Unproven, true),
            (500, 1000, CellState::Closed, false),
        ];
        assert_eq!(
            told(&cells(&coverage(ledger.collect(), 0, vec![]))),
            expected
        );
    }

    #[test]
    fn what_an_earlier_version_left_out_is_not_taken_for_closed() {
        let ledger = vec![row(1, 99, PortState::Closed)];
        let expected = [
            (1, 99, CellState::Closed, false),
            (100, 199, CellState::NotListed, false),
            (200, 201, CellState::Open, false),
            (202, 65_534, CellState::NotListed, false),
            (65_535, 65_535, CellState::Open, false),
        ];
        let open = vec![80, 200, 201, 65_535];
        assert_eq!(told(&cells(&coverage(ledger, 9, open))), expected);
    }
}
