//! A network of our own, in which scenarios can open any port and meet nobody.
//!
//! The process leaves the host's network for an empty namespace and brings up loopback there. It
//! needs no tool and no privilege where the system permits user namespaces. The namespace ends with
//! its last process.

use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
use std::os::fd::AsRawFd;

use nix::errno::Errno;
use nix::sched::{CloneFlags, unshare};
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, recv, sendto, socket,
};
use nix::unistd::{Gid, Uid};

/// Proof that this process is in a network namespace of its own, with loopback up.
#[derive(Debug)]
pub struct Entered {
    _private: (),
}

/// Why there is no namespace to be had.
#[derive(Debug, thiserror::Error)]
#[error("no network namespace: {0}")]
pub struct Unavailable(String);

/// Moves this process into an empty network namespace whose loopback is up.
///
/// Call it at the start of `main`: a process with several threads cannot enter a user namespace, and
/// threads that exist already would stay on the host's network.
///
/// # Errors
///
/// [`Unavailable`] where there are other threads or where the system forbids it, with the reason.
pub fn enter() -> Result<Entered, Unavailable> {
    let threads = threads().map_err(|error| Unavailable(format!("/proc/self/task: {error}")))?;
    if threads != 1 {
        return Err(Unavailable(format!(
            "it must be entered before any thread is started, and there are {threads}"
        )));
    }
    leave_host()?;
    raise_loopback().map_err(|error| Unavailable(format!("loopback stays down: {error}")))?;
    TcpListener::bind((Ipv4Addr::new(127, 77, 0, 1), 0))
        .map_err(|error| Unavailable(format!("127.77.0.1 cannot be bound: {error}")))?;
    Ok(Entered { _private: () })
}

fn threads() -> std::io::Result<usize> {
    Ok(std::fs::read_dir("/proc/self/task")?.count())
}

/// Root needs no user namespace, unless it is root without privileges, as in a container.
fn leave_host() -> Result<(), Unavailable> {
    if Uid::effective().is_root() && unshare(CloneFlags::CLONE_NEWNET).is_ok() {
        return Ok(());
    }
    let (uid, gid) = (Uid::effective(), Gid::effective());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET).map_err(|errno| {
        Unavailable(format!(
            "unshare: {errno}; unprivileged user namespaces may be switched off \
             (kernel.apparmor_restrict_unprivileged_userns, kernel.unprivileged_userns_clone)"
        ))
    })?;
    // Without `deny`, an ordinary user may not write gid_map: user_namespaces(7).
    for (file, text) in [
        ("setgroups", "deny".to_owned()),
        ("uid_map", format!("0 {uid} 1")),
        ("gid_map", format!("0 {gid} 1")),
    ] {
        std::fs::write(format!("/proc/self/{file}"), text)
            .map_err(|error| Unavailable(format!("/proc/self/{file}: {error}")))?;
    }
    Ok(())
}

const NLMSG_ERROR: u16 = 2;
const RTM_NEWLINK: u16 = 16;
const NLM_F_REQUEST_ACK: u16 = 0x1 | 0x4;
const RTM_NEWADDR: u16 = 20;
const NLM_F_CREATE: u16 = 0x400;
const AF_INET6: u8 = 10;
const IFA_LOCAL: u16 = 2;
/// The address can be used at once.
const IFA_F_NODAD: u8 = 0x2;
const IFF_UP: u32 = 0x1;
/// Loopback is the first interface of every namespace.
const LOOPBACK_INDEX: i32 = 1;

/// Gives loopback another address, which is fd77:… so that it is nobody's. Only for a namespace of our own.
///
/// # Errors
///
/// [`Unavailable`] where the address is another or the kernel refuses: it may know no IPv6.
pub fn add_address(ip: Ipv6Addr) -> Result<(), Unavailable> {
    if ip.segments()[0] != 0xfd77 {
        return Err(Unavailable(format!("{ip} is none of the lab's addresses")));
    }
    match ask_kernel(&new_address_message(ip)) {
        Ok(()) | Err(Errno::EEXIST) => Ok(()),
        Err(errno) => Err(Unavailable(format!("{ip} cannot be added: {errno}"))),
    }
}

/// Asks the kernel for `ip link set lo up`: rtnetlink(7), without iproute2.
fn raise_loopback() -> Result<(), Errno> {
    ask_kernel(&link_up_message())
}

fn ask_kernel(message: &[u8]) -> Result<(), Errno> {
    let netlink = socket(
        AddressFamily::Netlink,
        SockType::Raw,
        SockFlag::SOCK_CLOEXEC,
        SockProtocol::NetlinkRoute,
    )?;
    let kernel = NetlinkAddr::new(0, 0);
    sendto(netlink.as_raw_fd(), message, &kernel, MsgFlags::empty())?;
    let mut answer = [0; 256];
    let received = recv(netlink.as_raw_fd(), &mut answer, MsgFlags::empty())?;
    acknowledged(answer.get(..received).unwrap_or_default())
}

/// `nlmsghdr` and `ifinfomsg` in native byte order.
fn link_up_message() -> Vec<u8> {
    let mut payload = Vec::new();
    payload.extend([0_u8, 0]); // family, padding
    payload.extend(0_u16.to_ne_bytes()); // device type
    payload.extend(LOOPBACK_INDEX.to_ne_bytes());
    payload.extend(IFF_UP.to_ne_bytes()); // flags
    payload.extend(IFF_UP.to_ne_bytes()); // which of them to change
    request(RTM_NEWLINK, NLM_F_REQUEST_ACK, &payload)
}

/// `nlmsghdr`, `ifaddrmsg` and one `rtattr`.
fn new_address_message(ip: Ipv6Addr) -> Vec<u8> {
    let mut payload = vec![AF_INET6, 128, IFA_F_NODAD, 0];
    payload.extend(LOOPBACK_INDEX.to_ne_bytes());
    payload.extend(20_u16.to_ne_bytes());
    payload.extend(IFA_LOCAL.to_ne_bytes());
    payload.extend(ip.octets());
    request(RTM_NEWADDR, NLM_F_REQUEST_ACK | NLM_F_CREATE, &payload)
}

fn request(kind: u16, flags: u16, payload: &[u8]) -> Vec<u8> {
    let mut message = Vec::new();
    message.extend((16 + payload.len() as u32).to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend(flags.to_ne_bytes());
    message.extend(1_u32.to_ne_bytes()); // sequence number
    message.extend(0_u32.to_ne_bytes()); // port id: the kernel fills it in
    message.extend(payload);
    message
}

/// An acknowledgement is an `NLMSG_ERROR` whose error is 0.
fn acknowledged(answer: &[u8]) -> Result<(), Errno> {
    let kind = answer.get(4..6).and_then(|bytes| bytes.try_into().ok());
    let error = answer.get(16..20).and_then(|bytes| bytes.try_into().ok());
    match (kind.map(u16::from_ne_bytes), error.map(i32::from_ne_bytes)) {
        (Some(NLMSG_ERROR), Some(0)) => Ok(()),
        (Some(NLMSG_ERROR), Some(error)) => Err(Errno::from_raw(-error)),
        _ => Err(Errno::EBADMSG),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_with_threads_is_refused() {
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let other = std::thread::spawn(move || wait.recv());
        let error = enter().unwrap_err().to_string();
        assert!(error.contains("before any thread"), "{error}");
        drop(go);
        assert!(other.join().unwrap().is_err());
    }

    #[test]
    fn only_an_error_of_zero_acknowledges() {
        let answer = |kind: u16, error: i32| {
            let mut bytes = vec![36, 0, 0, 0];
            bytes.extend(kind.to_ne_bytes());
            bytes.extend([0; 10]);
            bytes.extend(error.to_ne_bytes());
            bytes
        };
        assert_eq!(acknowledged(&answer(NLMSG_ERROR, 0)), Ok(()));
        assert_eq!(acknowledged(&answer(NLMSG_ERROR, -1)), Err(Errno::EPERM));
        assert_eq!(acknowledged(&answer(3, 0)), Err(Errno::EBADMSG));
        assert_eq!(acknowledged(&[0; 7]), Err(Errno::EBADMSG));
    }
}
