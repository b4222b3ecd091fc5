//! Source ports for packets of our own: ports that the kernel gives to nobody.

use std::ops::RangeInclusive;

/// Enough that no two attempts at one port that are out together share one.
const COUNT: u16 = 512;
/// Below are the ports of services.
const LOWEST: u16 = 1024;

/// A range of ports, in turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SourcePorts {
    first: u16,
    next: u16,
}

impl SourcePorts {
    /// The next one.
    pub(super) fn next(&mut self) -> u16 {
        self.next = (self.next + 1) % COUNT;
        self.first + self.next
    }
}

/// Ports outside of the range from which the kernel chooses.
pub(super) fn unused() -> SourcePorts {
    let setting = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range");
    SourcePorts {
        first: outside(&range(&setting.unwrap_or_default())),
        next: 0,
    }
}

/// ip(7): two numbers; a Linux as shipped where they cannot be read.
fn range(setting: &str) -> RangeInclusive<u16> {
    let mut numbers = setting.split_whitespace().map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(first)), Some(Ok(last))) => first..=last,
        _ => 32_768..=60_999,
    }
}

/// The first of as many free ports as high as there are. Where the kernel leaves none, the highest: what it happens to
/// give away meanwhile is told apart by sequence numbers all the same.
fn outside(kernel: &RangeInclusive<u16>) -> u16 {
    let highest = u16::MAX - COUNT + 1;
    if *kernel.end() < highest {
        highest
    } else if *kernel.start() >= LOWEST + COUNT {
        kernel.start() - COUNT
    } else {
        highest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_none_of_the_kernels() {
        assert_eq!(outside(&(32_768..=60_999)), 65_024);
        assert_eq!(outside(&(32_768..=65_000)), 65_024);
        assert_eq!(outside(&(20_000..=65_535)), 19_488);
        assert_eq!(outside(&(1536..=65_535)), 1024);
        assert_eq!(outside(&(1024..=65_535)), 65_024, "there are none");
        assert_eq!(range("32768\t60999\n"), 32_768..=60_999);
        assert_eq!(range("1024 65535"), 1024..=65_535);
        assert_eq!(range("nonsense"), 32_768..=60_999);
    }

    #[test]
    fn they_take_turns() {
        let mut ports = SourcePorts {
            first: 65_024,
            next: 0,
        };
        let mut seen: Vec<u16> = (0..COUNT).map(|_| ports.next()).collect();
        seen.sort_unstable();
        assert_eq!(seen, (65_024..=65_535).collect::<Vec<_>>());
    }
}
