//! The ledger of UDP ports: of a list of them, or of all.
//!
//! A type of its own beside [`super::PortLedger`], so that nobody takes one for the other: it covers only
//! the ports that it names, and its silence proves nothing.

use std::net::IpAddr;

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
    /// The addresses of the tester's machine that asked in turns, where the user gave some; empty: one, which the
    /// kernel chose.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<AddressSpan>,
    /// Why none of the given ones was used; empty where none was given, or some were used.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sources_because: String,
}

/// Neighbouring addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddressSpan {
    pub first: IpAddr,
    pub last: IpAddr,
}

impl AddressSpan {
    /// Addresses in ranges.
    pub fn all(addresses: &[IpAddr]) -> Vec<Self> {
        let mut numbers: Vec<(bool, u128)> = addresses.iter().map(number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let mut spans: Vec<((bool, u128), u128)> = Vec::new();
        for (is_ipv6, number) in numbers {
            match spans.last_mut() {
                Some(((same, _), last))
                    if *same == is_ipv6 && last.checked_add(1) == Some(number) =>
                {
                    *last = number;
                }
                _ => spans.push(((is_ipv6, number), number)),
            }
        }
        let span = |((is_ipv6, first), last)| Self {
            first: address(is_ipv6, first),
            last: address(is_ipv6, last),
        };
        spans.into_iter().map(span).collect()
    }

    /// How many there are in it; none where it runs backwards.
    pub fn count(&self) -> u128 {
        let ((family, first), (other, last)) = (number(&self.first), number(&self.last));
        match (family == other, last.checked_sub(first)) {
            (true, Some(more)) => more.saturating_add(1),
            _ => 0,
        }
    }
}

fn number(address: &IpAddr) -> (bool, u128) {
    match address {
        IpAddr::V4(ip) => (false, u32::from(*ip).into()),
        IpAddr::V6(ip) => (true, (*ip).into()),
    }
}

fn address(is_ipv6: bool, number: u128) -> IpAddr {
    match is_ipv6 {
        true => std::net::Ipv6Addr::from(number).into(),
        // It came from one.
        false => std::net::Ipv4Addr::from(u32::try_from(number).unwrap_or_default()).into(),
    }
}

impl UdpLedger {
    /// From how many addresses of the tester's machine was asked.
    pub fn sources(&self) -> u128 {
        let spans = self.sweep.sources.iter();
        spans
            .fold(0, |sum: u128, span| sum.saturating_add(span.count()))
            .max(1)
    }

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

    /// Whether every port was to be asked.
    pub fn covers_all(&self) -> bool {
        self.counts().total() == u32::from(u16::MAX)
    }

    /// Whether the spans are in order and do not overlap.
    pub fn is_ordered(&self) -> bool {
        self.spans.iter().all(|span| span.first <= span.last)
            && self.spans.is_sorted_by(|a, b| a.last < b.first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_in_ranges() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let addresses = ["10.0.0.2", "10.0.0.1", "10.0.0.4", "fd00::1", "10.0.0.2"].map(ip);
        let spans = AddressSpan::all(&addresses);
        let found: Vec<_> = spans
            .iter()
            .map(|it| (it.first, it.last, it.count()))
            .collect();
        let wanted = [
            (ip("10.0.0.1"), ip("10.0.0.2"), 2),
            (ip("10.0.0.4"), ip("10.0.0.4"), 1),
            (ip("fd00::1"), ip("fd00::1"), 1),
        ];
        assert_eq!(found, wanted);
        let backwards = AddressSpan {
            first: ip("10.0.0.2"),
            last: ip("10.0.0.1"),
        };
        assert_eq!(backwards.count(), 0);
    }
}
