//! Who may reach a port, by a MUD file.

use std::net::IpAddr;

use crate::dut::is_public;
use crate::observation::{ImportedMud, MudPeer, MudRule, Transport};
use crate::text::brief;

/// Who may reach a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permission<'m> {
    /// Anybody, or anybody of the local networks.
    Everybody,
    /// Some who may be in the local network, in words.
    Some(String),
    /// Only others, on the Internet, in words.
    Elsewhere(String),
    Nobody,
    /// It depends on what this version cannot read.
    Unclear {
        entry: &'m str,
        why: &'m str,
    },
}

/// Whom an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Audience {
    Everybody,
    Some,
    Elsewhere,
}

/// Who may reach a port of an address. The first entry that matches decides (RFC 8519, section 4), and what none
/// accepts is not permitted (RFC 8520, section 1.1).
pub fn permission(
    mud: &ImportedMud,
    ip: IpAddr,
    transport: Transport,
    port: u16,
) -> Permission<'_> {
    let mut everybody = false;
    let mut some: Vec<&MudRule> = Vec::new();
    let mut elsewhere: Vec<&MudRule> = Vec::new();
    // Entries that may permit more, and that may permit less, than the others say.
    let (mut more, mut less) = (None, None);
    for rule in &mud.to_device {
        if !rule.covers(ip, transport, port) || (rule.accepts && rule.is_answer()) {
            continue;
        }
        let narrow = rule.source_port || rule.initiated.is_some();
        match (rule.accepts, rule.unclear.as_deref(), audience(rule)) {
            (true, Some(why), _) => more = more.or(Some((rule, why))),
            (true, None, Audience::Everybody) => {
                everybody = true;
                break;
            }
            (true, None, Audience::Some) => some.push(rule),
            (true, None, Audience::Elsewhere) => elsewhere.push(rule),
            (false, None, Audience::Everybody) if !narrow => break,
            (false, None, Audience::Elsewhere) => {}
            (false, why, _) => {
                less = less.or(Some((rule, why.unwrap_or("whom exactly it drops"))));
            }
        }
    }
    let doubt = if everybody || !some.is_empty() {
        less
    } else {
        more
    };
    match (doubt, everybody) {
        (Some((rule, why)), _) => Permission::Unclear {
            entry: &rule.name,
            why,
        },
        (None, true) => Permission::Everybody,
        (None, false) if !some.is_empty() => Permission::Some(words(&some)),
        (None, false) if !elsewhere.is_empty() => Permission::Elsewhere(words(&elsewhere)),
        (None, false) => Permission::Nobody,
    }
}

/// Whether an entry lets everybody reach every TCP port, so that no open port can contradict the file.
pub fn opens_everything(rule: &MudRule) -> bool {
    let all = |ports: &Vec<(u16, u16)>| matches!(ports[..], [(0 | 1, u16::MAX)]);
    rule.accepts
        && !rule.is_answer()
        && rule.unclear.is_none()
        && rule.transport != Some(Transport::Udp)
        && rule.ports.as_ref().is_none_or(all)
        && audience(rule) == Audience::Everybody
}

fn audience(rule: &MudRule) -> Audience {
    let one = |peer: &MudPeer| match peer {
        MudPeer::LocalNetworks => Audience::Everybody,
        MudPeer::DomainName(_) => Audience::Elsewhere,
        // A prefix as short as that holds local networks too, wherever it begins.
        MudPeer::Network(ip, 8..) if is_public(*ip) => Audience::Elsewhere,
        _ => Audience::Some,
    };
    // All of it holds together: the narrowest.
    let audiences = rule.from.iter().map(one);
    audiences.max().unwrap_or(Audience::Everybody)
}

/// The other sides of some entries, each once.
fn words(rules: &[&MudRule]) -> String {
    let mut words: Vec<String> = Vec::new();
    for rule in rules {
        let peers: Vec<String> = rule.from.iter().map(ToString::to_string).collect();
        let peers = brief(&peers.join(" that is also "), 120);
        if !words.contains(&peers) {
            words.push(peers);
        }
    }
    let more = words.len().saturating_sub(4);
    words.truncate(4);
    let shown = words.join(" or ");
    match more {
        0 => shown,
        more => format!("{shown} or {more} others"),
    }
}

#[cfg(test)]
mod tests;
