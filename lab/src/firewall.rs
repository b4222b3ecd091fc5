//! A packet filter in front of a device: what it drops gets no answer at all.
//!
//! Only for a namespace of our own ([`crate::namespace`]): elsewhere it would change the host's rules.

use std::io::Write;
use std::net::IpAddr;
use std::process::Stdio;

use serde::Deserialize;

use crate::real::{Missing, Tool};

const NFT: Tool = Tool {
    program: "nft",
    package: "nftables",
};

/// The `[firewall]` of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Firewall {
    pub drop: Drops,
    #[serde(default)]
    pub when: When,
}

/// What is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Drops {
    /// Everything.
    All,
    /// TCP to every port but those of the device under test.
    OtherPorts,
    /// All of UDP.
    Udp,
    /// Refusals over UDP (ICMP), beyond six at once and then five a second. Linux permits one a second,
    /// but not on loopback, where it does not count.
    ManyRefusals,
}

/// When it is dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    #[default]
    Always,
    /// While a stand-in is down, so that a dead device is silent instead of refusing.
    Down,
}

/// Rules that are in force until this is dropped.
#[derive(Debug)]
pub struct Rules {
    table: String,
}

/// Why no rules are in force.
#[derive(Debug, thiserror::Error)]
pub enum FirewallError {
    #[error(transparent)]
    Missing(#[from] Missing),
    #[error("nft: {0}")]
    Failed(String),
}

impl Rules {
    /// Puts the rules for `ip` in force; `open` are the ports of the device.
    ///
    /// # Errors
    ///
    /// [`FirewallError`] where `nft` is missing or the kernel refuses.
    pub fn apply(drops: Drops, ip: IpAddr, open: &[u16]) -> Result<Self, FirewallError> {
        let table = table(ip);
        nft(&ruleset(&table, drops, ip, open))?;
        Ok(Self { table })
    }
}

impl Drop for Rules {
    fn drop(&mut self) {
        // The namespace takes the table with it in any case.
        let _ = nft(&format!("delete table inet {}\n", self.table));
    }
}

fn table(ip: IpAddr) -> String {
    let address = ip.to_string().replace(['.', ':'], "_");
    format!("proofmark_lab_{address}")
}

fn ruleset(table: &str, drops: Drops, ip: IpAddr, open: &[u16]) -> String {
    let family = if ip.is_ipv4() { "ip" } else { "ip6" };
    let rules = match drops {
        // What the device itself sends is dropped too: a FIN would tell that it is gone.
        Drops::All => format!("{family} daddr {ip} drop; {family} saddr {ip} drop;"),
        Drops::Udp => format!("{family} daddr {ip} meta l4proto udp drop;"),
        Drops::ManyRefusals => format!(
            "{family} saddr {ip} {} type destination-unreachable \
             limit rate over 5/second burst 6 packets drop;",
            if ip.is_ipv4() { "icmp" } else { "icmpv6" }
        ),
        Drops::OtherPorts if open.is_empty() => {
            format!("{family} daddr {ip} meta l4proto tcp drop;")
        }
        Drops::OtherPorts => {
            let open: Vec<String> = open.iter().map(u16::to_string).collect();
            let open = open.join(", ");
            format!("{family} daddr {ip} tcp dport != {{ {open} }} drop;")
        }
    };
    format!(
        "table inet {table} {{\n chain input {{\n  type filter hook input priority 0; \
         policy accept;\n  {rules}\n }}\n}}\n"
    )
}

fn nft(commands: &str) -> Result<(), FirewallError> {
    let failed = |error: std::io::Error| FirewallError::Failed(error.to_string());
    let mut child = NFT
        .command()?
        .args(["-f", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(commands.as_bytes()).map_err(failed)?;
    }
    let output = child.wait_with_output().map_err(failed)?;
    if output.status.success() {
        Ok(())
    } else {
        let error = String::from_utf8_lossy(&output.stderr);
        Err(FirewallError::Failed(error.trim().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_name_the_address_and_spare_the_device() {
        let ip = IpAddr::from([127, 77, 3, 10]);
        let text = ruleset(&table(ip), Drops::OtherPorts, ip, &[80, 23]);
        assert!(text.starts_with("table inet proofmark_lab_127_77_3_10 {"));
        assert!(text.contains("ip daddr 127.77.3.10 tcp dport != { 80, 23 } drop;"));
        let text = ruleset(&table(ip), Drops::All, ip, &[80]);
        assert!(text.contains("ip saddr 127.77.3.10 drop;"));
        let text = ruleset(&table(ip), Drops::Udp, ip, &[80]);
        assert!(text.contains("ip daddr 127.77.3.10 meta l4proto udp drop;"));
        let text = ruleset(&table(ip), Drops::ManyRefusals, ip, &[80]);
        assert!(text.contains("ip saddr 127.77.3.10 icmp type destination-unreachable limit"));
    }
}
