//! The port ledger: for every port of an address, what was asked, what came back, what that proves.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is known of a port.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum PortState {
    /// It accepted a connection, or answered a datagram.
    Open,
    /// The device itself refused: a RST, or an ICMP error from its own address, was seen.
    Closed,
    /// Asked in several rounds, at a rate at which nothing else was lost, and never answered. Of a UDP
    /// port that shows nothing: an open one may keep silent too.
    Silent,
    /// None of the above could be shown.
    Unproven,
}

/// What shows the state of a port.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum PortProof {
    /// The connection was accepted.
    Accepted,
    /// A datagram came back (UDP).
    Answered,
    /// The connection was refused: by a RST, or, seen by connects that did not ask who ended them, by an ICMP port
    /// unreachable; for UDP, ICMP port unreachable.
    Refused,
    /// The address itself said by ICMP that the port is unreachable or prohibited.
    Rejected,
    /// No answer within the timeout.
    NoAnswer,
    /// An error that says host or network unreachable or prohibited. It may come from a filter or
    /// from our own neighbour discovery, so it shows nothing about the port.
    Unreachable,
    /// Our own side failed (descriptors, addresses).
    LocalFault,
    /// Never asked, or the sweep ended before the answer was due.
    NotAsked,
    /// Held by another program of this machine before the device was started; not the device's.
    Foreign,
    /// Another tool says so, in a file that was handed in ([`Engine::Imported`]). We did not see it.
    Imported,
}

/// Neighbouring ports of the same state for the same reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortSpan {
    pub first: u16,
    pub last: u16,
    pub state: PortState,
    pub proof: PortProof,
    /// How often each of them was asked at least; at 255 it stays.
    pub asked: u8,
}

impl PortSpan {
    /// The number of ports in it.
    pub fn count(&self) -> u32 {
        u32::from(self.last) - u32::from(self.first) + 1
    }
}

/// Which engine asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    /// Full TCP connections by the kernel; needs no privileges.
    Connect,
    /// Single SYN packets of our own, from raw sockets; needs CAP_NET_RAW. Open ports are never connected to.
    Raw,
    /// Nobody of us: another tool's scan stands in for the sweep, and only the rechecks are ours.
    Imported,
}

/// How the sweep went. Rates are connection attempts a second, times are seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// The seed of the order in which ports were asked.
    pub seed: u64,
    pub rounds: u32,
    /// Attempts, repeated ones included; canaries and rechecks are not.
    pub probes: u64,
    /// A port whose answers told whether anything was being lost: the first open one that was found,
    /// else the first that refused. There are several.
    pub canary: Option<u16>,
    pub canaries_sent: u32,
    /// Lost, or open ones that refused.
    pub canaries_lost: u32,
    /// How often nothing answered any more, or everything refused that had been open, so that the sweep waited.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub absences: u32,
    /// The greatest chance with which an open port could be among the silent ones: that each attempt at it was lost by
    /// chance, and none of the canaries around. None where no port is silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residual: Option<f64>,
    pub rate_start: f64,
    pub rate_peak: f64,
    pub rate_end: f64,
    pub rate_ceiling: f64,
    pub timeout_seconds: f64,
    pub seconds: f64,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// A port that was seen open, asked once more when the sweep was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recheck {
    pub port: u16,
    pub state: PortState,
    pub proof: PortProof,
}

/// The ledger of one address and transport.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortLedger {
    pub engine: Engine,
    /// Why this engine; empty in runs that could use no other.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub engine_because: String,
    /// Whose link addresses the kernel held for the address from the beginning to the end, each change a further one;
    /// none where it is not on a link of ours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub link_addresses: Vec<String>,
    /// In port order, without gap or overlap, over the whole range that was to be asked.
    pub spans: Vec<PortSpan>,
    pub rechecks: Vec<Recheck>,
    pub sweep: Sweep,
}

/// How many ports are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortCounts {
    pub open: u32,
    pub closed: u32,
    pub silent: u32,
    pub unproven: u32,
    /// Held by another program before the device was started ([`PortProof::Foreign`]); in no other count.
    pub excluded: u32,
}

impl PortCounts {
    /// All of them.
    pub fn total(&self) -> u32 {
        self.open + self.closed + self.silent + self.unproven + self.excluded
    }

    /// Counts by state. The reader of a run has checked that the spans do not overlap.
    pub fn of(spans: &[PortSpan]) -> Self {
        let mut counts = Self::default();
        for span in spans {
            let slot = match span.state {
                _ if span.proof == PortProof::Foreign => &mut counts.excluded,
                PortState::Open => &mut counts.open,
                PortState::Closed => &mut counts.closed,
                PortState::Silent => &mut counts.silent,
                PortState::Unproven => &mut counts.unproven,
            };
            *slot += span.count();
        }
        counts
    }
}

impl PortLedger {
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

    /// The span that covers a port.
    pub fn span(&self, port: u16) -> Option<&PortSpan> {
        self.spans
            .iter()
            .find(|span| (span.first..=span.last).contains(&port))
    }

    /// Whether the spans are in order and cover `first..=last` without gap or overlap.
    pub fn covers(&self, first: u16, last: u16) -> bool {
        if self.spans.is_empty() {
            return false;
        }
        let mut next = u32::from(first);
        for span in &self.spans {
            if u32::from(span.first) != next || span.last < span.first {
                return false;
            }
            next = u32::from(span.last) + 1;
        }
        next == u32::from(last) + 1
    }
}
