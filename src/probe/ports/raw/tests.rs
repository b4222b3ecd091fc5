//! UDP sockets in place of raw ones: no privilege, and a device that says whatever it likes.

use std::net::UdpSocket;
use std::time::Duration;

use super::super::engine::Role;
use super::super::icmp::tests::about;
use super::super::packet::SYN_LENGTH;
use super::*;

const ROLE: Role = Role::Recheck;

/// A device that gets our segments and sends its own, and its voice for ICMP.
struct Device {
    ip: IpAddr,
    segments: UdpSocket,
    control: UdpSocket,
    /// Where we listen for each.
    ours: [SocketAddr; 2],
}

/// A SYN that arrived.
struct Asked {
    from: u16,
    to: u16,
    sequence: u32,
}

fn pair(local: &str, remote: &str) -> (Raw, Device) {
    let [local, remote]: [IpAddr; 2] = [local, remote].map(|it| it.parse().unwrap());
    let bound = |ip: IpAddr| UdpSocket::bind((ip, 0)).unwrap();
    let device = [bound(remote), bound(remote)];
    let own = [bound(local), bound(local)];
    let ours = [0, 1].map(|index: usize| own[index].local_addr().unwrap());
    let [tcp, icmp] = own;
    tcp.connect(device[0].local_addr().unwrap()).unwrap();
    for socket in [&tcp, &icmp] {
        socket.set_nonblocking(true).unwrap();
    }
    let raw = Raw::over(tcp.into(), icmp.into(), local, remote).unwrap();
    let [segments, control] = device;
    let patience = Some(Duration::from_secs(5));
    segments.set_read_timeout(patience).unwrap();
    let ip = remote;
    let device = Device {
        ip,
        segments,
        control,
        ours,
    };
    (raw, device)
}

impl Device {
    fn asked(&self) -> Asked {
        let mut bytes = [0; 64];
        let length = self.segments.recv(&mut bytes).unwrap();
        assert_eq!(length, SYN_LENGTH);
        let short = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
        Asked {
            from: short(0),
            to: short(2),
            sequence: u32::from(short(4)) << 16 | u32::from(short(6)),
        }
    }

    /// A segment, as the kernel would hand it to us.
    fn packet(&self, from: u16, to: u16, acknowledges: u32, flags: u8) -> Vec<u8> {
        let mut bytes = Vec::new();
        if let (IpAddr::V4(ip), IpAddr::V4(ours)) = (self.ip, self.ours[0].ip()) {
            bytes.extend([0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0]);
            bytes.extend([ip.octets(), ours.octets()].concat());
        }
        bytes.extend([from.to_be_bytes(), to.to_be_bytes()].concat());
        bytes.extend([0, 0, 0, 5]);
        bytes.extend(acknowledges.to_be_bytes());
        bytes.extend([0x50, flags, 0, 0, 0, 0, 0, 0]);
        bytes
    }

    fn say(&self, bytes: &[u8]) {
        self.segments.send_to(bytes, self.ours[0]).unwrap();
    }

    /// An ICMP error, as the kernel would hand it to us, from some socket.
    fn complain(&self, from: &UdpSocket, asked: &Asked, kind: u8, code: u8) {
        let ends = Ends {
            local: self.ours[0].ip(),
            remote: self.ip,
            local_port: asked.from,
            remote_port: asked.to,
        };
        let mut bytes = Vec::new();
        if let (IpAddr::V4(ip), IpAddr::V4(ours)) = (self.ip, self.ours[0].ip()) {
            bytes.extend([0x45, 0, 0, 72, 0, 0, 0, 0, 64, 1, 0, 0]);
            bytes.extend([ip.octets(), ours.octets()].concat());
        }
        bytes.extend(about(&ends, asked.sequence, kind, code));
        from.send_to(&bytes, self.ours[1]).unwrap();
    }
}

fn ask(port: u16) -> Ask {
    Ask { port, role: ROLE }
}

/// The next that ends within a time in which no silence does.
async fn soon(raw: &mut Raw) -> Option<Ended> {
    let due = Instant::now() + Duration::from_millis(60);
    raw.ended_before(due).await
}

fn ended(port: u16, answer: PortAnswer) -> Option<Ended> {
    let ask = ask(port);
    Some(Ended { ask, answer })
}

const SYN_ACK: u8 = 0x12;
const RST_ACK: u8 = 0x14;
const RST: u8 = 0x04;

#[tokio::test]
async fn an_answer_ends_its_attempt_and_nothing_else_does() {
    for (local, remote) in [("127.0.0.1", "127.77.5.1"), ("::1", "::1")] {
        if UdpSocket::bind((local, 0)).is_err() {
            assert_eq!(local, "::1", "only IPv6 may be missing");
            continue;
        }
        let (mut raw, device) = pair(local, remote);
        raw.send(ask(80));
        raw.send(ask(81));
        let (one, two) = (device.asked(), device.asked());
        assert_eq!((one.to, two.to), (80, 81));
        assert_ne!(one.from, two.from);
        assert_ne!(
            two.sequence.wrapping_sub(one.sequence),
            1,
            "no stranger can tell"
        );
        let next = one.sequence.wrapping_add(1);
        let mut cut = device.packet(80, one.from, next, RST_ACK);
        cut.pop();
        for (what, packet) in [
            (
                "another number",
                device.packet(80, one.from, next.wrapping_add(1), SYN_ACK),
            ),
            ("no number", device.packet(80, one.from, 0, RST_ACK)),
            (
                "the other's number",
                device.packet(81, two.from, next, RST_ACK),
            ),
            (
                "another port of ours",
                device.packet(80, two.from, next, RST_ACK),
            ),
            ("another port", device.packet(82, one.from, next, SYN_ACK)),
            ("no acknowledgement", device.packet(80, one.from, next, RST)),
            ("too short", cut),
            ("nothing", Vec::new()),
        ] {
            device.say(&packet);
            assert_eq!(soon(&mut raw).await, None, "{what}");
        }
        device.say(&device.packet(80, one.from, next, SYN_ACK));
        assert_eq!(soon(&mut raw).await, ended(80, PortAnswer::Accepted));
        device.say(&device.packet(80, one.from, next, RST_ACK));
        assert_eq!(soon(&mut raw).await, None, "it has ended");
        let next = two.sequence.wrapping_add(1);
        device.say(&device.packet(81, two.from, next, RST_ACK));
        assert_eq!(soon(&mut raw).await, ended(81, PortAnswer::Refused));
        assert_eq!(raw.ended_some_time().await, None, "nothing is out");
    }
}

#[tokio::test]
async fn a_packet_from_another_address_is_none_of_the_devices() {
    let (mut raw, device) = pair("127.0.0.1", "127.77.5.2");
    raw.send(ask(80));
    let asked = device.asked();
    let mut packet = device.packet(80, asked.from, asked.sequence.wrapping_add(1), SYN_ACK);
    packet[15] ^= 1;
    device.say(&packet);
    assert_eq!(soon(&mut raw).await, None);
}

#[tokio::test]
async fn an_icmp_error_counts_where_it_quotes_a_packet_of_ours() {
    let (mut raw, device) = pair("127.0.0.1", "127.77.5.3");
    let stranger = UdpSocket::bind("127.77.5.4:0").unwrap();
    for port in [80, 81, 82] {
        raw.send(ask(port));
    }
    let [one, two, three] = [device.asked(), device.asked(), device.asked()];
    let forged = |change: fn(&mut Asked)| {
        let mut asked = Asked { ..one };
        change(&mut asked);
        asked
    };
    for forged in [
        forged(|it| it.sequence ^= 1),
        forged(|it| it.from ^= 1),
        forged(|it| it.to ^= 1),
    ] {
        device.complain(&device.control, &forged, 3, 13);
        assert_eq!(soon(&mut raw).await, None);
    }
    device.complain(&device.control, &one, 3, 4);
    assert_eq!(soon(&mut raw).await, None, "says nothing about the port");
    device.complain(&device.control, &one, 3, 13);
    assert_eq!(soon(&mut raw).await, ended(80, PortAnswer::Rejected));
    device.complain(&stranger, &two, 3, 13);
    assert_eq!(soon(&mut raw).await, ended(81, PortAnswer::Unreachable));
    device.complain(&device.control, &three, 3, 1);
    assert_eq!(soon(&mut raw).await, ended(82, PortAnswer::Unreachable));
}

#[tokio::test]
async fn a_storm_of_resets_ends_nothing_and_holds_up_nothing() {
    let (mut raw, device) = pair("127.0.0.1", "127.77.5.5");
    let begun = Instant::now();
    raw.send(ask(80));
    let asked = device.asked();
    let storm: Vec<_> = (0..100)
        .map(|n| device.packet(80, asked.from, n, RST_ACK))
        .collect();
    let silent = loop {
        storm.iter().for_each(|packet| device.say(packet));
        let due = Instant::now() + Duration::from_millis(1);
        if let Some(ended) = raw.ended_before(due).await {
            break ended;
        }
    };
    assert_eq!(Some(silent), ended(80, PortAnswer::NoAnswer));
    let took = begun.elapsed();
    assert!(took >= super::super::TIMEOUT, "{took:?}");
    // The storm has no end of its own; how soon is the machine's affair.
    assert!(took < 10 * super::super::TIMEOUT, "{took:?}");
}

#[tokio::test]
async fn silence_ends_it_in_time_and_a_late_answer_is_too_late() {
    let (mut raw, device) = pair("127.0.0.1", "127.77.5.6");
    let begun = Instant::now();
    raw.send(ask(80));
    let asked = device.asked();
    assert_eq!(raw.ended_some_time().await, ended(80, PortAnswer::NoAnswer));
    assert!(begun.elapsed() >= super::super::TIMEOUT);
    device.say(&device.packet(80, asked.from, asked.sequence.wrapping_add(1), SYN_ACK));
    assert_eq!(soon(&mut raw).await, None);
}

#[tokio::test]
async fn what_cannot_be_sent_is_our_own_fault() {
    let (mut raw, device) = pair("127.0.0.1", "127.77.5.7");
    // Nobody is there any more: the kernel says so with every second `send`, of the one before.
    drop(device);
    for port in 1..=20 {
        raw.send(ask(port));
    }
    assert!(raw.stillborn.is_empty(), "a stale error stops nothing");
    raw.tcp
        .get_ref()
        .shutdown(std::net::Shutdown::Write)
        .unwrap();
    raw.send(ask(80));
    assert_eq!(raw.stillborn, [ended(80, PortAnswer::LocalFault).unwrap()]);
}

/// Where raw sockets are permitted, as in the network namespaces of the scenarios.
#[tokio::test]
async fn the_kernel_answers_for_both_engines_alike() {
    for ip in ["127.77.5.8", "::1"] {
        let Ok(listener) = std::net::TcpListener::bind((ip, 0)) else {
            continue;
        };
        let open = listener.local_addr().unwrap();
        let Ok(mut raw) = Raw::new(open) else {
            return;
        };
        let mut dialler = super::super::dial::Dialler::new(open).unwrap();
        let closed = std::net::TcpListener::bind((ip, 0)).unwrap();
        let refusing = closed.local_addr().unwrap().port();
        drop(closed);
        for (port, answer) in [
            (open.port(), PortAnswer::Accepted),
            (refusing, PortAnswer::Refused),
        ] {
            raw.send(ask(port));
            assert_eq!(soon(&mut raw).await, ended(port, answer), "{ip}");
            dialler.send(ask(port));
            let due = Instant::now() + Duration::from_secs(1);
            assert_eq!(dialler.ended_before(due).await, ended(port, answer), "{ip}");
        }
    }
}
