//! A port ledger in as few rows as say the same.

use std::collections::BTreeMap;

use super::model::{PortBlock, PortRow};
use crate::observation::{PortProof, PortSpan, PortState};

/// As many rows of one ledger as a certificate holds. A device that lets every other port through would fill
/// 65,535 of them.
const ROWS: usize = 256;

/// Ports in a block of [`PortBlock`].
pub(crate) const BLOCK: u16 = 250;

/// The rows of a ledger, and the others in number and in blocks.
#[derive(Debug)]
pub(super) struct Rows {
    pub rows: Vec<PortRow>,
    pub left_out: u32,
    pub blocks: Vec<PortBlock>,
}

/// The rows of a ledger. Spans are in order of port and do not overlap.
pub(super) fn rows(spans: &[PortSpan]) -> Rows {
    let mut rows: Vec<PortRow> = Vec::new();
    for span in spans {
        match rows.last_mut() {
            Some(row) if continues(row, span) => {
                row.last = span.last;
                row.asked = row.asked.min(span.asked);
            }
            _ => rows.push(PortRow {
                first: span.first,
                last: span.last,
                state: span.state,
                proof: span.proof,
                asked: span.asked,
            }),
        }
    }
    let rest = rows.split_off(rows.len().min(ROWS));
    Rows {
        rows,
        left_out: u32::try_from(rest.len()).unwrap_or(u32::MAX),
        blocks: blocks(&rest),
    }
}

/// Rows in blocks of [`BLOCK`] ports, as many as there are ports in them.
pub(crate) fn blocks(rows: &[PortRow]) -> Vec<PortBlock> {
    let mut blocks: BTreeMap<u16, PortBlock> = BTreeMap::new();
    for row in rows {
        for number in row.first / BLOCK..=row.last / BLOCK {
            let first = row.first.max(number * BLOCK);
            let last = row.last.min((number * BLOCK).saturating_add(BLOCK - 1));
            let block = blocks.entry(number).or_insert(PortBlock {
                first,
                last,
                ..PortBlock::default()
            });
            block.first = block.first.min(first);
            block.last = block.last.max(last);
            let slot = match row.state {
                _ if row.proof == PortProof::Foreign => &mut block.excluded,
                PortState::Open => &mut block.open,
                PortState::Closed => &mut block.closed,
                PortState::Silent => &mut block.silent,
                PortState::Unproven => &mut block.unproven,
            };
            *slot = slot.saturating_add(u32::from(last - first) + 1);
        }
    }
    blocks.into_values().collect()
}

fn continues(row: &PortRow, span: &PortSpan) -> bool {
    u32::from(row.last) + 1 == u32::from(span.first)
        && (row.state, row.proof) == (span.state, span.proof)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(first: u16, last: u16, state: PortState, asked: u8) -> PortSpan {
        PortSpan {
            first,
            last,
            state,
            proof: PortProof::Refused,
            asked,
        }
    }

    #[test]
    fn neighbours_that_say_the_same_are_one_row_and_gaps_stay() {
        let spans = [
            span(1, 21, PortState::Closed, 3),
            span(22, 22, PortState::Closed, 1),
            span(23, 23, PortState::Open, 1),
            span(24, 24, PortState::Closed, 2),
            span(30, 65535, PortState::Closed, 2),
        ];
        let Rows {
            rows,
            left_out,
            blocks,
        } = rows(&spans);
        let told: Vec<_> = rows
            .iter()
            .map(|row| (row.first, row.last, row.asked))
            .collect();
        assert_eq!(told, [(1, 22, 1), (23, 23, 1), (24, 24, 2), (30, 65535, 2)]);
        assert_eq!((left_out, blocks), (0, vec![]));
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let spans: Vec<_> = (1..=1000)
            .map(|port| match port % 2 {
                0 => span(port, port, PortState::Open, 1),
                _ => span(port, port, PortState::Closed, 1),
            })
            .collect();
        let Rows {
            rows,
            left_out,
            blocks,
        } = rows(&spans);
        assert_eq!((rows.len(), left_out), (256, 744));
        let told: Vec<_> = blocks
            .iter()
            .map(|it| (it.first, it.last, it.open, it.closed))
            .collect();
        // 257 is the first that did not fit; 1000 stands in a block of its own.
        let expected = [
            (257, 499, 121, 122),
            (500, 749, 125, 125),
            (750, 999, 125, 125),
            (1000, 1000, 1, 0),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn the_last_block_ends_with_the_last_port() {
        let all = PortRow {
            first: 0,
            last: u16::MAX,
            state: PortState::Closed,
            proof: PortProof::Foreign,
            asked: 1,
        };
        let blocks = blocks(&[all]);
        assert_eq!(blocks.iter().map(|it| it.excluded).sum::<u32>(), 65_536);
        assert_eq!(blocks.last().unwrap().last, u16::MAX);
    }
}
