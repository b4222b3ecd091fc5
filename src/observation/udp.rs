//! The ledger of UDP ports: a list of them, not all, because each needs a question of its own.
//!
//! A type of its own beside [`super::PortLedger`], so that nobody takes one for the other: it covers only
//! the ports that it names, and its silence proves nothing.

use serde::{Deserialize, Serialize};

use super::{PortCounts, PortSpan, PortState};

/// The ledger of one address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UdpLedger {
    /// In port order, without overlap. What lies between two spans was not to be asked.
    pub spans: Vec<PortSpan>,
    pub sweep: UdpSweep,
}

/// How the asking went. Times are seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UdpSweep {
    /// Datagrams, repeated ones included; canaries are not.
    pub datagrams: u64,
    /// A port whose answer told whether others would have been heard: the first that refused, because a
    /// device may limit its refusals, else the first that answered. Others take turns with it.
    pub canary: Option<u16>,
    pub canaries_sent: u32,
    pub canaries_lost: u32,
    /// Between two datagrams, in the end: grows while refusals go missing.
    pub pause_seconds: f64,
    /// Datagrams a second: the highest rate that was reached.
    pub rate_peak: f64,
    pub seconds: f64,
}

impl UdpLedger {
    /// Counts by state.
    pub fn counts(&self) -> PortCounts {
        PortCounts::of(&self.spans)
    }

    /// Ports in a state, in order.
    pub fn ports(&self, state: PortState) -> impl Iterator<Item = u16> + '_ {
        self.spans
            .iter()
            .filter(move |span| span.state == state)
            .flat_map(|span| span.first..=span.last)
    }

    /// The span that covers a port. None: it was not to be asked.
    pub fn span(&self, port: u16) -> Option<&PortSpan> {
        self.spans
            .iter()
            .find(|span| (span.first..=span.last).contains(&port))
    }

    /// Whether the spans are in order and do not overlap.
    pub fn is_ordered(&self) -> bool {
        self.spans.iter().all(|span| span.first <= span.last)
            && self.spans.is_sorted_by(|a, b| a.last < b.first)
    }
}
