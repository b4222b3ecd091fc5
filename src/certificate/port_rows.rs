//! A port ledger in as few rows as say the same.

use super::model::PortRow;
use crate::observation::PortSpan;

/// As many rows of one ledger as a certificate holds. A device that lets every other port through would fill
/// 65,535 of them.
const ROWS: usize = 256;

/// The rows of a ledger, and how many more there are. Spans are in order of port and do not overlap.
pub(super) fn rows(spans: &[PortSpan]) -> (Vec<PortRow>, u32) {
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
    let left_out = rows.len().saturating_sub(ROWS);
    rows.truncate(ROWS);
    (rows, u32::try_from(left_out).unwrap_or(u32::MAX))
}

fn continues(row: &PortRow, span: &PortSpan) -> bool {
    u32::from(row.last) + 1 == u32::from(span.first)
        && (row.state, row.proof) == (span.state, span.proof)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{PortProof, PortState};

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
        let (rows, left_out) = rows(&spans);
        let told: Vec<_> = rows
            .iter()
            .map(|row| (row.first, row.last, row.asked))
            .collect();
        assert_eq!(told, [(1, 22, 1), (23, 23, 1), (24, 24, 2), (30, 65535, 2)]);
        assert_eq!(left_out, 0);
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let spans: Vec<_> = (1..=1000)
            .map(|port| match port % 2 {
                0 => span(port, port, PortState::Open, 1),
                _ => span(port, port, PortState::Closed, 1),
            })
            .collect();
        let (rows, left_out) = rows(&spans);
        assert_eq!((rows.len(), left_out), (256, 744));
    }
}
