//! Who said by ICMP that a connect is hopeless: Linux keeps that in a socket's error queue (ip(7), IP_RECVERR), and
//! needs no privilege to tell.

use std::io::IoSliceMut;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::AsRawFd;

use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt,
};
use socket2::Socket;

use super::icmp::{self, Family, Meaning};

/// Where the kernel says that an error came from: linux/errqueue.h.
const SO_EE_ORIGIN_ICMP: u8 = 2;
const SO_EE_ORIGIN_ICMP6: u8 = 3;

/// Asks the kernel to keep ICMP errors, before the connect.
pub(super) fn keep(socket: &Socket, address: IpAddr) {
    // Without it a rejection is taken for an unreachable, which proves less, and nothing more.
    let _ = match address {
        IpAddr::V4(_) => setsockopt(socket, sockopt::Ipv4RecvErr, &true),
        IpAddr::V6(_) => setsockopt(socket, sockopt::Ipv6RecvErr, &true),
    };
}

/// What the ICMP error means that ended a connect to `address`; none where it was no ICMP error.
pub(super) fn meaning(socket: &Socket, address: IpAddr) -> Option<Meaning> {
    let mut payload = [0; 64];
    let mut iov = [IoSliceMut::new(&mut payload)];
    let mut control = nix::cmsg_space!([u8; 64]);
    let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
    let message =
        recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut iov, Some(&mut control), flags).ok()?;
    for part in message.cmsgs().ok()? {
        match part {
            ControlMessageOwned::Ipv4RecvErr(error, from)
                if error.ee_origin == SO_EE_ORIGIN_ICMP =>
            {
                let from = from.map(|it| Ipv4Addr::from(u32::from_be(it.sin_addr.s_addr)).into());
                return icmp::meaning(
                    Family::V4,
                    error.ee_type,
                    error.ee_code,
                    from == Some(address),
                );
            }
            ControlMessageOwned::Ipv6RecvErr(error, from)
                if error.ee_origin == SO_EE_ORIGIN_ICMP6 =>
            {
                let from = from.map(|it| Ipv6Addr::from(it.sin6_addr.s6_addr).into());
                return icmp::meaning(
                    Family::V6,
                    error.ee_type,
                    error.ee_code,
                    from == Some(address),
                );
            }
            _ => {}
        }
    }
    None
}
