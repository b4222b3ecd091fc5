//! Somebody on the same network who is not the device, and speaks as if it were about the device.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd;

use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, SockaddrIn, bind, sendto, socket,
};

/// Sends a datagram from an address that is not the device's, and from the port that was asked.
pub(super) fn answer(from: SocketAddrV4, to: SocketAddr, datagram: &[u8]) -> io::Result<()> {
    UdpSocket::bind(from)?.send_to(datagram, to).map(|_| ())
}

/// Says by ICMP (RFC 792, type 3, code 3) that the port of `device` that `peer` asked is unreachable. Needs a raw
/// socket, which a namespace of our own permits.
pub(super) fn refuse(from: Ipv4Addr, peer: SocketAddrV4, device: SocketAddrV4) -> io::Result<()> {
    let raw = socket(
        AddressFamily::Inet,
        SockType::Raw,
        SockFlag::SOCK_CLOEXEC,
        SockProtocol::Icmp,
    )?;
    bind(
        raw.as_raw_fd(),
        &SockaddrIn::from(SocketAddrV4::new(from, 0)),
    )?;
    let to = SockaddrIn::from(SocketAddrV4::new(*peer.ip(), 0));
    let flags = MsgFlags::MSG_DONTWAIT;
    sendto(raw.as_raw_fd(), &unreachable(peer, device), &to, flags)?;
    Ok(())
}

/// The error with what it quotes: an IPv4 header and the first eight bytes of the datagram.
fn unreachable(peer: SocketAddrV4, device: SocketAddrV4) -> Vec<u8> {
    let mut message = vec![3, 3, 0, 0, 0, 0, 0, 0];
    message.extend([0x45, 0, 0, 28, 0, 0, 0x40, 0, 64, 17, 0, 0]);
    message.extend(peer.ip().octets());
    message.extend(device.ip().octets());
    message.extend(peer.port().to_be_bytes());
    message.extend(device.port().to_be_bytes());
    message.extend([0, 8, 0, 0]);
    let sum = checksum(&message).to_be_bytes();
    message[2..4].copy_from_slice(&sum);
    message
}

/// RFC 1071.
fn checksum(bytes: &[u8]) -> u16 {
    let word = |it: &[u8]| u32::from(it[0]) << 8 | u32::from(*it.get(1).unwrap_or(&0));
    let mut sum: u32 = bytes.chunks(2).map(word).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_quotes_what_was_sent_and_has_its_checksum() {
        let end = |last: u8, port| SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, last), port);
        let message = unreachable(end(1, 0x1234), end(2, 0x0035));
        assert_eq!(message.len(), 36);
        assert_eq!(message[20..28], [127, 0, 0, 1, 127, 0, 0, 2]);
        assert_eq!(message[28..32], [0x12, 0x34, 0, 0x35]);
        assert_eq!(
            checksum(&message),
            0,
            "with its checksum it sums up to nothing"
        );
    }
}
