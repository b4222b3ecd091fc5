//! Addresses of networks behind the device.

use std::net::{IpAddr, Ipv4Addr};

use super::{Found, Known};
use crate::observation::Disclosed;

/// Headers in whose names one of these stands say versions, which may look like an address.
const VERSIONS: &[&str] = &[
    "version",
    "server",
    "powered",
    "generator",
    "build",
    "release",
    "firmware",
    "revision",
    "etag",
];

/// Private addresses in a header, as of the server behind a proxy. What is not an address of its own of the
/// device is of somebody else's.
pub(super) fn in_header(name: &str, value: &[u8], known: &Known) -> Option<Found> {
    if VERSIONS.iter().any(|word| name.contains(word)) {
        return None;
    }
    let mut from = 0;
    for piece in value.split(|byte| !(byte.is_ascii_digit() || *byte == b'.')) {
        let at = from..from + piece.len();
        from = at.end + 1;
        let text = std::str::from_utf8(piece).unwrap_or_default();
        // `v10.4.2.17`, `agent/10.4.2.17`; but `http://10.4.2.17`.
        let before = &value[..at.start];
        let of_software = before.last().is_some_and(u8::is_ascii_alphabetic)
            || (before.ends_with(b"/") && !before.ends_with(b"//"));
        if of_software {
            continue;
        }
        if text
            .parse::<Ipv4Addr>()
            .is_ok_and(|ip| is_internal(IpAddr::V4(ip), known))
        {
            return Some(Found::text(Disclosed::InternalAddress, at));
        }
    }
    None
}

/// RFC 1918 and RFC 4193, but for the device's own.
pub(super) fn is_internal(ip: IpAddr, known: &Known) -> bool {
    let private = match ip {
        IpAddr::V4(ip) => ip.is_private(),
        IpAddr::V6(ip) => ip.is_unique_local(),
    };
    private && !known.own.contains(&ip)
}
