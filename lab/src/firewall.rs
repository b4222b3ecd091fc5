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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Firewall {
    pub drop: Option<Drops>,
    /// How TCP to every port but those of the device under test is refused.
    pub reject: Option<Rejects>,
    /// TCP to every port but those of the device under test is led to this one of them: all are open.
    pub lead_to: Option<u16>,
    /// More SYN packets a second, to whatever port, are dropped; a tenth of a second's worth may come at once.
    pub syns_per_second: Option<u32>,
    /// Keeps out for a while who knocks too fast.
    pub block: Option<Block>,
    #[serde(default)]
    pub when: When,
}

/// More SYN packets a second than this, and every further one is turned away for so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    pub syns_per_second: u32,
    pub seconds: u32,
    /// Absent: they are dropped.
    pub reject: Option<Rejects>,
}

/// What is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Drops {
    /// Everything.
    All,
    /// TCP to every port but those of the device under test.
    OtherPorts,
    /// The RSTs of the device itself: whoever sees what arrives sees every SYN, and nobody gets a refusal.
    Refusals,
    /// All of UDP.
    Udp,
    /// Refusals over UDP (ICMP), beyond six at once and then five a second. Linux permits one a second,
    /// but not on loopback, where it does not count.
    ManyRefusals,
    /// The same, for each peer, beyond six at once and then twenty a second.
    ManyRefusalsToOnePeer,
}

/// How a port is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rejects {
    /// With a RST.
    Reset,
    /// With an ICMP error: prohibited by an administrator.
    Icmp,
}

/// When it is in force.
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
    pub fn apply(firewall: &Firewall, ip: IpAddr, open: &[u16]) -> Result<Self, FirewallError> {
        let table = table(ip);
        nft(&ruleset(&table, firewall, ip, open))?;
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

fn ruleset(table: &str, firewall: &Firewall, ip: IpAddr, open: &[u16]) -> String {
    let family = if ip.is_ipv4() { "ip" } else { "ip6" };
    let others = match open {
        [] => format!("{family} daddr {ip} meta l4proto tcp"),
        open => {
            let open: Vec<String> = open.iter().map(u16::to_string).collect();
            format!("{family} daddr {ip} tcp dport != {{ {} }}", open.join(", "))
        }
    };
    let limit = firewall.syns_per_second.map(|rate| {
        let burst = (rate / 10).max(5);
        format!(
            "{family} daddr {ip} tcp flags & (syn | ack) == syn limit rate over {rate}/second burst {burst} packets drop;"
        )
    });
    let icmp = if ip.is_ipv4() { "icmp" } else { "icmpv6" };
    let icmp = format!("{icmp} type destination-unreachable");
    let peers = match (firewall.drop, ip) {
        (Some(Drops::ManyRefusalsToOnePeer), IpAddr::V4(_)) => "ipv4_addr",
        (Some(Drops::ManyRefusalsToOnePeer), IpAddr::V6(_)) => "ipv6_addr",
        _ => "",
    };
    let peers = match peers {
        "" => String::new(),
        kind => format!(" set peers {{ type {kind}; flags dynamic; size 1024; }}\n"),
    };
    let drop = firewall.drop.map(|drops| match drops {
        // What the device itself sends is dropped too: a FIN would tell that it is gone.
        Drops::All => format!("{family} daddr {ip} drop; {family} saddr {ip} drop;"),
        Drops::OtherPorts => format!("{others} drop;"),
        Drops::Refusals => String::new(),
        Drops::Udp => format!("{family} daddr {ip} meta l4proto udp drop;"),
        Drops::ManyRefusalsToOnePeer => {
            format!("{family} saddr {ip} {icmp} update @peers {{ {family} daddr limit rate over 20/second burst 6 packets }} drop;")
        }
        Drops::ManyRefusals => format!(
            "{family} saddr {ip} {icmp} limit rate over 5/second burst 6 packets drop;"
        ),
    });
    let reject = firewall.reject.map(|rejects| match rejects {
        Rejects::Reset => format!("{others} reject with tcp reset;"),
        Rejects::Icmp => format!("{others} reject with icmpx type admin-prohibited;"),
    });
    let lead = firewall.lead_to.map(|port| {
        format!(
            " chain output {{\n  type nat hook output priority -100; policy accept;\n  \
             {others} dnat {family} to {ip}:{port};\n }}\n"
        )
    });
    let answers = match firewall.drop {
        Some(Drops::Refusals) => format!(
            " chain answers {{\n  type filter hook output priority 0; policy accept;\n  \
             {family} saddr {ip} tcp flags & rst == rst drop;\n }}\n"
        ),
        _ => String::new(),
    };
    let (set, block) = firewall
        .block
        .map(|block| blocking(&block, family, ip))
        .unzip();
    let rules: Vec<String> = [block, limit, drop, reject].into_iter().flatten().collect();
    let rules = rules.join("\n  ");
    let set = set.unwrap_or_default();
    format!(
        "table inet {table} {{\n{set}{peers} chain input {{\n  type filter hook input priority 0; \
         policy accept;\n  {rules}\n }}\n{answers}{}}}\n",
        lead.unwrap_or_default()
    )
}

/// The set of who is kept out, which here are addresses of devices: everybody knocks from one address. And the rules.
fn blocking(block: &Block, family: &str, ip: IpAddr) -> (String, String) {
    let Block {
        syns_per_second: rate,
        seconds,
        reject,
    } = block;
    let kind = if ip.is_ipv4() {
        "ipv4_addr"
    } else {
        "ipv6_addr"
    };
    let set = format!(
        " set blocked {{\n  type {kind}; flags dynamic, timeout; timeout {seconds}s;\n }}\n"
    );
    let turn_away = match reject {
        None => "drop",
        Some(Rejects::Reset) => "reject with tcp reset",
        Some(Rejects::Icmp) => "reject with icmpx type admin-prohibited",
    };
    let syn = "tcp flags & (syn | ack) == syn";
    let rules = format!(
        "{syn} {family} daddr @blocked {turn_away};\n  {family} daddr {ip} {syn} \
         limit rate over {rate}/second burst {rate} packets add @blocked {{ {family} daddr }} drop;"
    );
    (set, rules)
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
        let rules = |firewall: Firewall, open: &[u16]| ruleset(&table(ip), &firewall, ip, open);
        let drops = |drops| Firewall {
            drop: Some(drops),
            ..Firewall::default()
        };
        let text = rules(drops(Drops::OtherPorts), &[80, 23]);
        assert!(text.starts_with("table inet proofmark_lab_127_77_3_10 {"));
        assert!(text.contains("ip daddr 127.77.3.10 tcp dport != { 80, 23 } drop;"));
        let text = rules(drops(Drops::OtherPorts), &[]);
        assert!(text.contains("ip daddr 127.77.3.10 meta l4proto tcp drop;"));
        let text = rules(drops(Drops::All), &[80]);
        assert!(text.contains("ip saddr 127.77.3.10 drop;"));
        let shedding = Firewall {
            syns_per_second: Some(500),
            reject: Some(Rejects::Icmp),
            ..Firewall::default()
        };
        let text = rules(shedding, &[80]);
        let limit = text.find("limit rate over 500/second burst 50 packets drop;");
        let reject = text.find("!= { 80 } reject with icmpx type admin-prohibited;");
        assert!(
            limit.unwrap() < reject.unwrap(),
            "what is shed is not refused: {text}"
        );
        let text = rules(drops(Drops::Refusals), &[80]);
        assert!(text.contains("ip saddr 127.77.3.10 tcp flags & rst == rst drop;"));
        let blocking = Firewall {
            block: Some(Block {
                syns_per_second: 900,
                seconds: 6,
                reject: Some(Rejects::Reset),
            }),
            ..Firewall::default()
        };
        let text = rules(blocking, &[80]);
        assert!(text.contains("timeout 6s;"));
        let turned_away = text.find("daddr @blocked reject with tcp reset;");
        let counted = text.find("over 900/second burst 900 packets add @blocked { ip daddr }");
        assert!(turned_away.unwrap() < counted.unwrap(), "{text}");
        let text = rules(drops(Drops::Udp), &[80]);
        assert!(text.contains("ip daddr 127.77.3.10 meta l4proto udp drop;"));
        let text = rules(drops(Drops::ManyRefusals), &[80]);
        assert!(text.contains("ip saddr 127.77.3.10 icmp type destination-unreachable limit"));
        let text = rules(drops(Drops::ManyRefusalsToOnePeer), &[80]);
        assert!(text.contains("update @peers { ip daddr limit rate over 20/second"));
        assert!(text.contains("set peers { type ipv4_addr; flags dynamic; size 1024; }"));
    }
}
