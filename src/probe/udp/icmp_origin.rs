//! What came back by ICMP, about which port, and from whom: Linux keeps that in a socket's error queue (ip(7),
//! IP_RECVERR), and needs no privilege to tell. Only what the device itself says counts, because anybody on the
//! way, and many a stranger, can send an error.

use std::io;
use std::io::IoSliceMut;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsFd, AsRawFd};

use nix::errno::Errno;
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt,
};

use super::net::Heard;
use crate::probe::ports::icmp::{Family, Meaning, meaning};

/// Where the kernel says that an error came from: linux/errqueue.h.
const SO_EE_ORIGIN_LOCAL: u8 = 1;
const SO_EE_ORIGIN_ICMP: u8 = 2;
const SO_EE_ORIGIN_ICMP6: u8 = 3;

/// Asks the kernel to keep ICMP errors.
pub(super) fn keep(socket: &impl AsFd, host: IpAddr) -> nix::Result<()> {
    match host {
        IpAddr::V4(_) => setsockopt(socket, sockopt::Ipv4RecvErr, &true),
        IpAddr::V6(_) => setsockopt(socket, sockopt::Ipv6RecvErr, &true),
    }
}

/// The next error of a socket that asks `host`: the port that was asked, and what the error means; none where
/// it means nothing.
///
/// # Errors
///
/// `WouldBlock` where there is no more.
pub(super) fn next(socket: &impl AsRawFd, host: IpAddr) -> io::Result<Option<(u16, Heard)>> {
    let mut payload = [0; 64];
    let mut iov = [IoSliceMut::new(&mut payload)];
    let mut control = nix::cmsg_space!([u8; 64]);
    let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
    let message =
        recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut iov, Some(&mut control), flags)?;
    let Some(port) = message.address.as_ref().and_then(port) else {
        return Ok(None);
    };
    for part in message.cmsgs().map_err(io::Error::from)? {
        let heard = match part {
            ControlMessageOwned::Ipv4RecvErr(error, from) => {
                let from = from.map(|it| Ipv4Addr::from(u32::from_be(it.sin_addr.s_addr)).into());
                heard(Family::V4, error, from, host)
            }
            ControlMessageOwned::Ipv6RecvErr(error, from) => {
                let from = from.map(|it| Ipv6Addr::from(it.sin6_addr.s6_addr).into());
                heard(Family::V6, error, from, host)
            }
            _ => continue,
        };
        return Ok(heard.map(|heard| (port, heard)));
    }
    Ok(None)
}

fn port(address: &SockaddrStorage) -> Option<u16> {
    let v4 = address.as_sockaddr_in().map(|it| it.port());
    v4.or_else(|| address.as_sockaddr_in6().map(|it| it.port()))
}

fn heard(
    family: Family,
    error: nix::libc::sock_extended_err,
    from: Option<IpAddr>,
    host: IpAddr,
) -> Option<Heard> {
    match error.ee_origin {
        SO_EE_ORIGIN_ICMP | SO_EE_ORIGIN_ICMP6 => {
            told(family, error.ee_type, error.ee_code, from == Some(host))
        }
        SO_EE_ORIGIN_LOCAL => match Errno::from_raw(error.ee_errno.cast_signed()) {
            Errno::EMSGSIZE => None,
            _ => Some(Heard::LocalFault),
        },
        _ => None,
    }
}

fn told(family: Family, kind: u8, code: u8, from_device: bool) -> Option<Heard> {
    let port_unreachable = matches!(
        (family, kind, code),
        (Family::V4, 3, 3) | (Family::V6, 1, 4)
    );
    Some(match meaning(family, kind, code, from_device)? {
        Meaning::Rejected if port_unreachable => Heard::Refused,
        Meaning::Rejected => Heard::Rejected,
        Meaning::Unreachable => Heard::Unreachable,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_device_itself_refuses() {
        for (family, kind, code, own, others) in [
            (
                Family::V4,
                3,
                3,
                Some(Heard::Refused),
                Some(Heard::Unreachable),
            ),
            (
                Family::V4,
                3,
                13,
                Some(Heard::Rejected),
                Some(Heard::Unreachable),
            ),
            (
                Family::V4,
                3,
                1,
                Some(Heard::Unreachable),
                Some(Heard::Unreachable),
            ),
            (Family::V4, 3, 4, None, None),
            (
                Family::V6,
                1,
                4,
                Some(Heard::Refused),
                Some(Heard::Unreachable),
            ),
            (
                Family::V6,
                1,
                1,
                Some(Heard::Rejected),
                Some(Heard::Unreachable),
            ),
            (Family::V6, 2, 0, None, None),
        ] {
            assert_eq!(
                told(family, kind, code, true),
                own,
                "{family:?} {kind}/{code}"
            );
            assert_eq!(
                told(family, kind, code, false),
                others,
                "{family:?} {kind}/{code}"
            );
        }
    }
}
