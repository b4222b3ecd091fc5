//! A device on a link of its own: a network behind a cable, with a link address, ARP and neighbour discovery.
//!
//! Only where our own network is one of ours ([`crate::namespace`]), because the cable ends there.

mod meddler;

use std::net::{IpAddr, Ipv4Addr};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;

use nix::sched::{CloneFlags, unshare};
use nix::unistd::gettid;
use serde::Deserialize;

use crate::real::{Missing, Tool};
use crate::standin::DeviceSpec;
use meddler::Meddler;

const IP: Tool = Tool {
    program: "ip",
    package: "iproute2",
};

/// The `[link]` of a scenario.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkSpec {
    /// The device's link address.
    pub mac: String,
    /// What the device offers at its IPv6 addresses, which are the ones that its link address makes.
    #[serde(rename = "on-ipv6")]
    pub on_ipv6: Option<DeviceSpec>,
    #[serde(default)]
    pub switch: LinkSwitches,
}

/// What goes wrong on a link.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinkSwitches {
    /// With every answer comes a storm of others that nobody asked for, in the device's name.
    pub storms: bool,
    /// Somebody else says of every SYN, by ICMP, that it is prohibited.
    pub strangers_refuse: bool,
    /// Somebody else answers every SYN with a SYN-ACK of the right number.
    pub strangers_accept: bool,
    /// After so many SYNs another link address has the device's address.
    pub moves_after_syns: Option<u32>,
}

/// A network of a device's own. It ends when this is dropped.
#[derive(Debug)]
pub struct Link {
    _meddler: Option<Meddler>,
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

type Job = Box<dyn FnOnce() + Send>;

/// Why there is no link.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error(transparent)]
    Missing(#[from] Missing),
    #[error("no link: {0}")]
    Failed(String),
}

/// Who has what on a link: the tester is the first of its network.
fn tester(device: Ipv4Addr) -> Ipv4Addr {
    let [a, b, c, _] = device.octets();
    Ipv4Addr::new(a, b, c, 1)
}

impl Link {
    /// Lays a cable to a device that will be at `ip`.
    ///
    /// # Errors
    ///
    /// [`LinkError`] where `ip` (the program) is missing or the kernel refuses.
    pub fn lay(spec: &LinkSpec, ip: IpAddr) -> Result<Self, LinkError> {
        let IpAddr::V4(ip) = ip else {
            return Err(LinkError::Failed(format!("{ip} is no IPv4 address")));
        };
        IP.command()?; // before anything is made
        let (tell, told) = mpsc::channel();
        let (jobs, work) = mpsc::channel::<Job>();
        let thread = std::thread::Builder::new()
            .name(format!("link {ip}"))
            .spawn(move || {
                let left = unshare(CloneFlags::CLONE_NEWNET).map(|()| gettid());
                if tell.send(left).is_ok() && left.is_ok() {
                    work.into_iter().for_each(|job| job());
                }
            })
            .map_err(|error| LinkError::Failed(error.to_string()))?;
        let mut link = Self {
            _meddler: None,
            jobs: Some(jobs),
            thread: Some(thread),
        };
        let there = told
            .recv()
            .map_err(|error| LinkError::Failed(error.to_string()))?
            .map_err(|errno| LinkError::Failed(errno.to_string()))?;
        let name = format!("pml{}", ip.octets()[2]);
        iproute(&format!(
            "link add {name} type veth peer name eth0 address {} netns {there}",
            spec.mac
        ))?;
        // Without, an IPv6 address cannot be used for a second or two.
        setting(&format!("ipv6/conf/{name}/accept_dad"), "0")?;
        iproute(&format!("address add {}/24 dev {name}", tester(ip)))?;
        iproute(&format!("link set {name} up"))?;
        link.run(move || far_end(ip))?;
        link._meddler = link.run({
            let switch = spec.switch.clone();
            move || Meddler::start(&switch, ip)
        })?;
        Ok(link)
    }

    /// Does something in the device's network. Threads that it starts stay there.
    ///
    /// # Panics
    ///
    /// Where the job does.
    pub fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> T {
        let (tell, told) = mpsc::channel();
        let job: Job = Box::new(move || {
            let _ = tell.send(job());
        });
        let sent = self.jobs.as_ref().map(|jobs| jobs.send(job));
        match (sent, told.recv()) {
            (Some(Ok(())), Ok(done)) => done,
            _ => panic!("the device's network is gone"),
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self._meddler = None;
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed already.
            let _ = thread.join();
        }
    }
}

fn far_end(ip: Ipv4Addr) -> Result<(), LinkError> {
    setting("ipv6/conf/eth0/accept_dad", "0")?;
    // What listens at all IPv6 addresses does not listen at the IPv4 ones.
    setting("ipv6/bindv6only", "1")?;
    // Whoever takes an address over says so.
    setting("ipv4/conf/eth0/arp_notify", "1")?;
    setting("ipv6/conf/eth0/ndisc_notify", "1")?;
    // A thousand refusals a second are many enough, and one a second to each tester would take all day.
    setting("ipv4/icmp_ratelimit", "0")?;
    setting("ipv6/icmp/ratelimit", "0")?;
    iproute("link set lo up")?;
    iproute(&format!("address add {ip}/24 dev eth0"))?;
    iproute(&format!(
        "address add {}/24 dev eth0",
        meddler::stranger(ip)
    ))?;
    iproute("link set eth0 up")
}

fn setting(name: &str, value: &str) -> Result<(), LinkError> {
    let path = format!("/proc/sys/net/{name}");
    std::fs::write(&path, value).map_err(|error| LinkError::Failed(format!("{path}: {error}")))
}

fn iproute(arguments: &str) -> Result<(), LinkError> {
    let mut command: Command = IP.command()?;
    let output = command
        .args(arguments.split_ascii_whitespace())
        .stdin(Stdio::null())
        .output()
        .map_err(|error| LinkError::Failed(error.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    let error = String::from_utf8_lossy(&output.stderr);
    Err(LinkError::Failed(format!(
        "ip {arguments}: {}",
        error.trim()
    )))
}
