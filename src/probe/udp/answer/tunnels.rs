//! Answers of what is encrypted, and of a few old servers: DTLS, IKE, OpenVPN, TFTP, memcached, echo.

use super::Told;
use super::bytes::{be32, part, same, text};
use crate::observation::Protocol;

/// A DTLS record (RFC 6347, section 4.1) with an alert, a ServerHello or a HelloVerifyRequest.
pub(super) fn dtls(_: &[u8], received: &[u8]) -> Option<Told> {
    let answers = match received.get(..14)? {
        [21, 0xfe, 0xfd | 0xff, ..] => true,
        [22, 0xfe, 0xfd | 0xff, rest @ ..] => matches!(rest.last(), Some(2 | 3)),
        _ => false,
    };
    answers.then(|| Told::new(Protocol::Dtls, None))
}

/// RFC 7296, section 3.1: a response with our SPI; behind four zeros where it came through the port for NAT (RFC 3948,
/// section 2.2).
pub(super) fn ike(sent: &[u8], received: &[u8]) -> Option<Told> {
    let (sent, received) = (bare(sent), bare(received));
    let response = same(sent, received, 0, 8) && received.get(19)? & 0x20 != 0;
    let whole = be32(received, 24).is_some_and(|length| length as usize == received.len());
    if !response || !whole {
        return None;
    }
    let version = received[17];
    let product = format!("IKE version {}.{}", version >> 4, version & 15);
    Some(Told::new(Protocol::Ike, Some(product)))
}

fn bare(message: &[u8]) -> &[u8] {
    match message {
        [0, 0, 0, 0, rest @ ..] => rest,
        message => message,
    }
}

/// OpenVPN's reliability layer: a hard reset by the server that acknowledges our session.
pub(super) fn openvpn(sent: &[u8], received: &[u8]) -> Option<Told> {
    let acknowledged = usize::from(*received.get(9)?);
    let session = part(received, 10 + 4 * acknowledged, 8);
    let answers = received[0] >> 3 == 8 && acknowledged > 0 && session == part(sent, 1, 8);
    answers.then(|| Told::new(Protocol::Openvpn, None))
}

/// RFC 1350, section 5: data, or an error.
pub(super) fn tftp(_: &[u8], received: &[u8]) -> Option<Told> {
    matches!(received, [0, 3 | 5, _, _, ..]).then(|| Told::new(Protocol::Tftp, None))
}

/// memcached's protocol.txt: our request id, and a version.
pub(super) fn memcached(sent: &[u8], received: &[u8]) -> Option<Told> {
    let version = received.get(8..)?.strip_prefix(b"VERSION ")?;
    let version = text(version.split(|byte| *byte == b'\r').next()?);
    let product = || Some(format!("memcached {version}"));
    same(sent, received, 0, 2).then(|| Told::new(Protocol::Memcached, product()))
}

/// RFC 862: what was sent comes back.
pub(super) fn echo(sent: &[u8], received: &[u8]) -> Option<Told> {
    (sent == received).then(|| Told::new(Protocol::Echo, None))
}
