//! Probes ask the device and judge nothing. Async lives here and in the runner, nowhere else.

pub mod access;
mod again;
pub mod coap;
pub mod disclosure;
pub mod dtls;
mod endpoint;
#[cfg(test)]
mod fake;
pub mod ftp;
pub mod heartbeat;
mod html;
pub mod http;
pub mod identify;
pub mod identity;
mod mqtt;
mod name;
pub mod neighbours;
pub mod onlink;
mod opened;
mod pace;
pub mod ports;
mod random;
pub mod reach;
pub mod ssh;
mod stop;
pub mod telnet;
pub mod tls;
pub mod udp;
pub mod update;
mod wire;

pub use again::again;
pub use endpoint::Endpoint;
pub use stop::{Stop, Stopper};

/// A probe, for plans and lists.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    /// Kebab-case; stands in evidence.
    pub id: &'static str,
    /// What it asks, in one sentence.
    pub asks: &'static str,
}

/// Every probe, least intrusive first: the order in which a run uses them.
pub const PROBES: &[Probe] = &[
    Probe {
        id: "documents",
        asks: "nothing of the device: what the supplier states, and what its documents say",
    },
    Probe {
        id: "packages",
        asks: "nothing of the device: what the declared update packages say of themselves",
    },
    Probe {
        id: "reach",
        asks: "whether anything answers at the unit's addresses",
    },
    Probe {
        id: "on-link",
        asks: "everybody on the unit's link, whether further addresses answer with the link address that the manifest declares",
    },
    Probe {
        id: "identity",
        asks: "what the device says that it is, at the start and at the end",
    },
    Probe {
        id: "ports",
        asks: "the state of every TCP port",
    },
    Probe {
        id: "udp-ports",
        asks: "the state of the UDP ports on which devices are known to listen, and of declared ones",
    },
    Probe {
        id: "identify",
        asks: "what speaks on each open port",
    },
    Probe {
        id: "tls",
        asks: "which TLS versions each port that speaks TLS takes, and what certificate it shows",
    },
    Probe {
        id: "tls-audit",
        asks: "which versions, suites, groups and signatures of TLS each port takes, also behind STARTTLS, and what protects them; one connection at a time, at most 40 more than it accepts pairs of version and suite",
    },
    Probe {
        id: "dtls",
        asks: "which versions, suites, curves and signatures of DTLS each UDP port that speaks DTLS takes, what certificate it shows in a handshake, and whether it sends to whoever says hello",
    },
    Probe {
        id: "ssh",
        asks: "what each SSH server offers, and its host keys, without a login",
    },
    Probe {
        id: "disclosure",
        asks: "what each web server gives to anyone, before any login",
    },
    Probe {
        id: "access",
        asks: "what opens without a login, with a wrong one, with a published one and with the owner's",
    },
    Probe {
        id: "coap",
        asks: "what CoAP services give to anyone, in clear or inside DTLS to a client without a certificate",
    },
    Probe {
        id: "twin",
        asks: "whether an account that one service takes encrypted is taken in clear by another of the unit: once at each login in clear, where `allow_cleartext` permits it",
    },
    Probe {
        id: "update",
        asks: "which update packages a disposable unit installs: genuine, changed, signed by a stranger, older",
    },
    Probe {
        id: "heartbeat",
        asks: "whether the device is still there, after every other probe",
    },
];
