//! Addresses of networks behind the device.

use std::net::{IpAddr, Ipv4Addr};

use super::{Found, Known};
use crate::observation::Disclosed;

/// Private addresses in a header, as of the server behind a proxy. What is not an address of its own of the
/// device is of somebody else's.
pub(super) fn in_header(value: &[u8], known: &Known) -> Option<Found> {
    let mut from = 0;
    for piece in value.split(|byte| !(byte.is_ascii_digit() || *byte == b'.')) {
        let at = from..from + piece.len();
        from = at.end + 1;
        let text = std::str::from_utf8(piece).unwrap_or_default();
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
