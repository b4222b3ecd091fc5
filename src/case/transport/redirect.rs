//! Redirects of web servers in clear.

use std::net::IpAddr;

use crate::case::facts::Facts;
use crate::dut::Unit;
use crate::observation::{AccessOutcome, AccessReply};

/// Whether an answer only sends the client to a port of the unit that was shown to speak TLS, by one of
/// its addresses or a name that the manifest declares.
pub fn redirects_to_https(reply: &AccessReply, unit: &Unit, facts: &Facts<'_>) -> bool {
    let target = reply.location.as_deref().and_then(https_target);
    let Some((host, port)) = target.filter(|_| reply.outcome == AccessOutcome::Redirected) else {
        return false;
    };
    let speaks_tls = facts
        .open_ports(&unit.id)
        .iter()
        .any(|open| open.port == port && open.service.is_some_and(|service| service.tls));
    let mut names = facts
        .device
        .services
        .iter()
        .filter_map(|service| service.tls.as_ref())
        .flat_map(|tls| &tls.names);
    let on_the_unit = match host.parse::<IpAddr>() {
        Ok(ip) => unit.addresses.iter().any(|address| address.ip == ip),
        Err(_) => names.any(|name| name.eq_ignore_ascii_case(host)),
    };
    speaks_tls && on_the_unit
}

/// The host of an `https` URI (RFC 3986, section 3.2), without brackets, and the port.
fn https_target(location: &str) -> Option<(&str, u16)> {
    let (scheme, rest) = location.split_at_checked("https://".len())?;
    let authority = rest.split(['/', '?', '#']).next()?;
    if !scheme.eq_ignore_ascii_case("https://") || authority.contains(['@', '\\']) {
        return None;
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    match port.strip_prefix(':') {
        None | Some("") => Some((host, 443)),
        Some(port) => Some((host, port.parse().ok()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_has_a_target() {
        for (location, target) in [
            ("https://192.0.2.1/", Some(("192.0.2.1", 443))),
            ("HTTPS://hub.local:8443/a?b", Some(("hub.local", 8443))),
            ("https://[fd00::1]:444", Some(("fd00::1", 444))),
            ("https://hub.local:/", Some(("hub.local", 443))),
            ("https://hub.local:99999/", None),
            ("https://192.0.2.1@evil.test/", None),
            ("https://192.0.2.1\\@evil.test/", None),
            ("http://192.0.2.1/", None),
            ("/login", None),
            ("//192.0.2.1/", None),
        ] {
            assert_eq!(https_target(location), target, "{location}");
        }
    }
}
