//! Sees every SYN that reaches a device, and meddles: a stranger, or a storm in the device's name.

use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, SockaddrIn, bind, recv, sendto,
    setsockopt, socket, sockopt,
};
use nix::sys::time::{TimeVal, TimeValLike};

use super::{LinkError, LinkSwitches, iproute};

const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;
/// The link address of whoever takes over.
const ANOTHER: &str = "02:50:4d:ff:00:66";
/// Segments of a storm for every SYN.
const GUSTS: u32 = 3;

/// Meddles until it is dropped.
#[derive(Debug)]
pub(super) struct Meddler {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Somebody else on the device's link.
pub(super) fn stranger(device: Ipv4Addr) -> Ipv4Addr {
    let [a, b, c, _] = device.octets();
    Ipv4Addr::new(a, b, c, 66)
}

impl Meddler {
    /// To be called in the device's network. None: nothing is switched on.
    pub(super) fn start(
        switch: &LinkSwitches,
        device: Ipv4Addr,
    ) -> Result<Option<Self>, LinkError> {
        if *switch == LinkSwitches::default() {
            return Ok(None);
        }
        let failed = |error: io::Error| LinkError::Failed(error.to_string());
        let mut trouble = Trouble {
            switch: switch.clone(),
            device,
            ears: raw(SockProtocol::Tcp, device).map_err(failed)?,
            segments: raw(SockProtocol::Tcp, stranger(device)).map_err(failed)?,
            errors: raw(SockProtocol::Icmp, stranger(device)).map_err(failed)?,
            syns: 0,
        };
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name(format!("meddler {device}"))
            .spawn(move || {
                while !told.load(Ordering::Relaxed) {
                    trouble.next();
                }
            })
            .map_err(failed)?;
        Ok(Some(Self {
            stop,
            thread: Some(thread),
        }))
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A raw socket that hears what comes for, and speaks as, one address; it wakes now and then.
fn raw(protocol: SockProtocol, ip: Ipv4Addr) -> io::Result<OwnedFd> {
    let fd = socket(
        AddressFamily::Inet,
        SockType::Raw,
        SockFlag::SOCK_CLOEXEC,
        protocol,
    )?;
    let [a, b, c, d] = ip.octets();
    bind(fd.as_raw_fd(), &SockaddrIn::new(a, b, c, d, 0))?;
    setsockopt(&fd, sockopt::ReceiveTimeout, &TimeVal::milliseconds(100))?;
    Ok(fd)
}

struct Trouble {
    switch: LinkSwitches,
    device: Ipv4Addr,
    /// The device's.
    ears: OwnedFd,
    /// The stranger's.
    segments: OwnedFd,
    errors: OwnedFd,
    syns: u32,
}

impl Trouble {
    fn next(&mut self) {
        let mut packet = [0; 128];
        let Ok(length) = recv(self.ears.as_raw_fd(), &mut packet, MsgFlags::empty()) else {
            return;
        };
        let packet = packet.get(..length).unwrap_or_default();
        let Some(syn) = Syn::read(packet) else {
            return;
        };
        self.syns += 1;
        if self.switch.storms {
            for gust in 1..=GUSTS {
                let wrong = syn.sequence.wrapping_add(gust * 0x0100_0001);
                for flags in [RST | ACK, SYN | ACK, RST] {
                    let segment = syn.answer(self.device, flags, wrong);
                    say(&self.ears, &segment, syn.from);
                }
            }
        }
        if self.switch.strangers_accept {
            let next = syn.sequence.wrapping_add(1);
            let segment = syn.answer(stranger(self.device), SYN | ACK, next);
            say(&self.segments, &segment, syn.from);
        }
        if self.switch.strangers_refuse {
            // RFC 1812 section 5.2.7.1: communication administratively prohibited.
            let mut error = vec![3, 13, 0, 0, 0, 0, 0, 0];
            error.extend(packet);
            let sum = checksum(&error).to_be_bytes();
            error[2..4].copy_from_slice(&sum);
            say(&self.errors, &error, syn.from);
        }
        if self.switch.moves_after_syns == Some(self.syns) {
            // Where that fails, the scenario goes red.
            let _ = iproute(&format!("link set eth0 address {ANOTHER}"));
        }
    }
}

fn say(socket: &OwnedFd, bytes: &[u8], to: Ipv4Addr) {
    let [a, b, c, d] = to.octets();
    let to = SockaddrIn::new(a, b, c, d, 0);
    // What cannot be sent is no trouble to anybody.
    let _ = sendto(socket.as_raw_fd(), bytes, &to, MsgFlags::empty());
}

/// What a stranger can see of a SYN.
#[derive(Debug, PartialEq, Eq)]
struct Syn {
    from: Ipv4Addr,
    from_port: [u8; 2],
    to_port: [u8; 2],
    sequence: u32,
}

impl Syn {
    /// Reads an IPv4 packet.
    fn read(packet: &[u8]) -> Option<Self> {
        let header = usize::from(packet.first()? & 0x0f) * 4;
        let from: [u8; 4] = packet.get(12..16)?.try_into().ok()?;
        let segment: &[u8; 20] = packet.get(header..)?.first_chunk()?;
        let asks = segment[13] & (SYN | ACK) == SYN;
        asks.then(|| Self {
            from: from.into(),
            from_port: [segment[0], segment[1]],
            to_port: [segment[2], segment[3]],
            sequence: u32::from_be_bytes([segment[4], segment[5], segment[6], segment[7]]),
        })
    }

    /// A segment that says it is an answer.
    fn answer(&self, speaker: Ipv4Addr, flags: u8, acknowledges: u32) -> Vec<u8> {
        let mut segment = [self.to_port, self.from_port].concat();
        segment.extend([0, 0, 0, 1]);
        segment.extend(acknowledges.to_be_bytes());
        segment.extend([0x50, flags, 0x10, 0, 0, 0, 0, 0]);
        let mut whole = [speaker.octets(), self.from.octets()].concat();
        whole.extend([0, 6, 0, 20]);
        whole.extend(&segment);
        let sum = checksum(&whole).to_be_bytes();
        segment[16..18].copy_from_slice(&sum);
        segment
    }
}

/// RFC 1071.
fn checksum(bytes: &[u8]) -> u16 {
    let pairs = bytes.chunks(2);
    let mut sum: u64 = pairs
        .map(|pair| u64::from(pair[0]) << 8 | u64::from(pair.get(1).copied().unwrap_or(0)))
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_syn_is_read_and_its_answers_add_up() {
        let mut packet = vec![
            0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 77, 1, 1, 10, 77, 1, 10,
        ];
        packet.extend([
            0xf0, 1, 0, 80, 0, 0, 1, 0, 0, 0, 0, 0, 0x50, SYN, 0, 0, 0, 0, 0, 0,
        ]);
        let syn = Syn::read(&packet).unwrap();
        assert_eq!((syn.from, syn.sequence), (Ipv4Addr::new(10, 77, 1, 1), 256));
        assert_eq!((syn.from_port, syn.to_port), ([0xf0, 1], [0, 80]));
        let device = Ipv4Addr::new(10, 77, 1, 10);
        let segment = syn.answer(device, SYN | ACK, 257);
        assert_eq!(segment[..4], [0, 80, 0xf0, 1]);
        assert_eq!(segment[8..14], [0, 0, 1, 1, 0x50, SYN | ACK]);
        // Over what carries its sum, the sum is nothing.
        let mut whole = [device.octets(), syn.from.octets()].concat();
        whole.extend([0, 6, 0, 20]);
        whole.extend(&segment);
        assert_eq!(checksum(&whole), 0);
        packet[33] = SYN | ACK;
        assert_eq!(Syn::read(&packet), None);
        packet[33] = SYN;
        for length in 0..packet.len() {
            assert_eq!(Syn::read(&packet[..length]), None, "{length}");
        }
    }
}
