//! The TCP ports of a host as a ledger. The rules have seen that the scan accounts for all of them.

use super::ranges;
use super::xml::{Host, State};
use crate::observation::{PortProof, PortSpan, PortState};

/// Every TCP port from 1 on, neighbours that say the same together. A port that is only counted among others is
/// silent unless all of those refused: that shows less.
pub fn of(host: &Host) -> Vec<PortSpan> {
    let extra = || host.extra.iter().filter(|extra| extra.tcp != Some(false));
    let all_refused = extra().all(|extra| extra.state == State::Closed);
    let rest = match all_refused {
        true => PortState::Closed,
        false => PortState::Silent,
    };
    let mut states = vec![rest; usize::from(u16::MAX) + 1];
    for extra in extra() {
        let told = extra.ports.iter().filter_map(|list| ranges(list));
        // No more than it counts: a file may name the same ports without end.
        let mut room = extra.count;
        for (first, last) in told.flatten() {
            let count = u64::from(last.saturating_sub(first)) + 1;
            if count > room {
                break;
            }
            room -= count;
            for port in first..=last {
                states[port as usize] = state(extra.state);
            }
        }
    }
    for port in host.ports.iter().filter(|port| port.tcp) {
        states[usize::from(port.id)] = state(port.state);
    }
    let mut spans: Vec<PortSpan> = Vec::new();
    for port in 1..=u16::MAX {
        let state = states[usize::from(port)];
        match spans.last_mut().filter(|span| span.state == state) {
            Some(span) => span.last = port,
            None => spans.push(PortSpan {
                first: port,
                last: port,
                state,
                proof: PortProof::Imported,
                asked: 0,
            }),
        }
    }
    spans
}

fn state(state: State) -> PortState {
    match state {
        State::Open => PortState::Open,
        State::Closed => PortState::Closed,
        State::Filtered => PortState::Silent,
        State::Unclear => PortState::Unproven,
    }
}
