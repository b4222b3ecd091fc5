//! A ledger for a person, and for a program.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::dut::Address;
use crate::observation::{PortLedger, PortSpan, PortState, Service};
use crate::runner::OpenPort;
use crate::text::brief;

/// A sweep that is over.
pub(super) struct Swept<'a> {
    pub(super) address: &'a Address,
    pub(super) ledger: &'a PortLedger,
    /// What the open ports said they are, where they were asked.
    pub(super) open: &'a [OpenPort],
    /// Whether every port is listed, and not only the open ones.
    pub(super) all: bool,
}

impl Swept<'_> {
    /// Whether every port is accounted for, and no open one had changed at the end.
    pub(super) fn whole(&self) -> bool {
        self.ledger.counts().unproven == 0 && self.changed().next().is_none()
    }

    /// Ports that were open, and were not, or were not asked, at the end.
    fn changed(&self) -> impl Iterator<Item = u16> + '_ {
        let open = self.ledger.ports(PortState::Open);
        open.filter(|port| self.at_end(*port) != Some(PortState::Open))
    }

    fn at_end(&self, port: u16) -> Option<PortState> {
        // They are in order of port.
        let rechecks = &self.ledger.rechecks;
        let own = rechecks.binary_search_by_key(&port, |recheck| recheck.port);
        own.ok().map(|index| rechecks[index].state)
    }

    fn service(&self, port: u16) -> Option<&Service> {
        let mut own = self.open.iter().filter(|(open, _)| *open == port);
        own.next()?.1.as_ref()
    }

    fn listed(&self) -> impl Iterator<Item = (u16, &PortSpan)> {
        let spans = self.ledger.spans.iter();
        spans
            .filter(|span| self.all || span.state == PortState::Open)
            .flat_map(|span| (span.first..=span.last).map(move |port| (port, span)))
    }
}

/// The line of one port.
pub(super) fn line(
    port: u16,
    transport: &str,
    span: &PortSpan,
    service: Option<&Service>,
) -> String {
    let speaks = service.map(|service| match &service.product {
        Some(product) => format!("  {} ({})", service.spoken(), brief(product, 100)),
        None => format!("  {}", service.spoken()),
    });
    format!(
        "{port:>5}/{transport}  {:<8}  {}{}\n",
        word(&span.state),
        word(&span.proof),
        speaks.unwrap_or_default()
    )
}

/// Lines: each listed port, counts, and what stays unresolved with the reason.
pub(super) fn text(swept: &Swept<'_>) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    for (port, span) in swept.listed() {
        out.push_str(&line(port, "tcp", span, swept.service(port)));
    }
    let counts = swept.ledger.counts();
    let _ = writeln!(
        out,
        "{}: {} open, {} closed, {} silent, {} unresolved of {} TCP ports",
        swept.address,
        counts.open,
        counts.closed,
        counts.silent,
        counts.unproven,
        counts.total()
    );
    let unproven = |span: &&PortSpan| span.state == PortState::Unproven;
    for span in swept.ledger.spans.iter().filter(unproven) {
        let ports = match span.count() {
            1 => span.first.to_string(),
            _ => format!("{}-{}", span.first, span.last),
        };
        let _ = writeln!(out, "unresolved: {ports} ({})", word(&span.proof));
    }
    for port in swept.changed() {
        let end = swept
            .at_end(port)
            .map_or("not asked".to_owned(), |state| word(&state));
        let _ = writeln!(out, "{port} was open, and at the end {end}");
    }
    let sweep = &swept.ledger.sweep;
    let _ = writeln!(
        out,
        "{} engine ({}), {} attempts in {:.1} s, at most {:.0} a second",
        word(&swept.ledger.engine),
        swept.ledger.engine_because,
        sweep.probes,
        sweep.seconds,
        sweep.rate_peak
    );
    out
}

/// One object. `ports` are the listed ones, `spans` are all of them in ranges; `service` is null where it was not
/// asked or not told.
pub(super) fn json(swept: &Swept<'_>) -> Value {
    let ledger = swept.ledger;
    let ports: Vec<Value> = swept
        .listed()
        .map(|(port, span)| {
            let service = swept.service(port);
            json!({
                "address": swept.address,
                "transport": "tcp",
                "port": port,
                "state": span.state,
                "proof": span.proof,
                "at_end": swept.at_end(port),
                "service": service.map(|service| service.protocol),
                "tls": service.map(|service| service.tls),
                "product": service.and_then(|service| service.product.as_deref()),
            })
        })
        .collect();
    let counts = ledger.counts();
    json!({
        "address": swept.address,
        "ports": ports,
        "open": counts.open,
        "closed": counts.closed,
        "silent": counts.silent,
        "unresolved": counts.unproven,
        "engine": ledger.engine,
        "engine_because": ledger.engine_because,
        "seconds": ledger.sweep.seconds,
        "spans": ledger.spans,
        "sweep": ledger.sweep,
    })
}

/// The word that stands in a run directory.
pub(super) fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{Engine, PortProof, Protocol, Recheck, Sweep};

    fn ledger() -> PortLedger {
        let span = |first, last, state, proof| PortSpan {
            first,
            last,
            state,
            proof,
            asked: 1,
        };
        PortLedger {
            engine: Engine::Connect,
            engine_because: "it had to".to_owned(),
            link_addresses: Vec::new(),
            spans: vec![
                span(21, 21, PortState::Closed, PortProof::Refused),
                span(22, 23, PortState::Open, PortProof::Accepted),
                span(24, 25, PortState::Silent, PortProof::NoAnswer),
                span(26, 29, PortState::Unproven, PortProof::NotAsked),
            ],
            rechecks: [PortState::Open, PortState::Closed]
                .into_iter()
                .zip(22..)
                .map(|(state, port)| Recheck {
                    port,
                    state,
                    proof: PortProof::Accepted,
                })
                .collect(),
            sweep: Sweep {
                seed: 1,
                rounds: 1,
                probes: 5,
                canary: Some(22),
                canaries_sent: 0,
                canaries_lost: 0,
                absences: 0,
                residual: None,
                rate_start: 1.0,
                rate_peak: 400.0,
                rate_end: 1.0,
                rate_ceiling: 400.0,
                timeout_seconds: 0.9,
                seconds: 2.25,
            },
        }
    }

    fn shown<T>(ledger: &PortLedger, all: bool, show: fn(&Swept<'_>) -> T) -> (T, bool) {
        let service = Service {
            protocol: Protocol::Ssh,
            tls: false,
            also_in_clear: false,
            product: Some("drop\u{202e}bear".to_owned()),
            spoke_after: None,
            first_bytes: String::new(),
        };
        let swept = Swept {
            address: &"fe80::1%eth0".parse().unwrap(),
            ledger,
            open: &[(22, Some(service)), (23, None)],
            all,
        };
        (show(&swept), swept.whole())
    }

    #[test]
    fn a_person_sees_what_is_open_and_what_is_not_known() {
        let (text, whole) = shown(&ledger(), false, text);
        assert_eq!(
            text,
            "   22/tcp  open      accepted  ssh (drop\\u{202e}bear)\n   \
             23/tcp  open      accepted\n\
             fe80::1%eth0: 2 open, 1 closed, 2 silent, 4 unresolved of 9 TCP ports\n\
             unresolved: 26-29 (not-asked)\n\
             23 was open, and at the end closed\n\
             connect engine (it had to), 5 attempts in 2.2 s, at most 400 a second\n"
        );
        assert!(!whole);
    }

    #[test]
    fn a_program_sees_the_same() {
        let document = |all| shown(&ledger(), all, json).0;
        let short = document(false);
        let first = json!({
            "address": "fe80::1%eth0", "transport": "tcp", "port": 22, "state": "open",
            "proof": "accepted", "at_end": "open", "service": "ssh", "tls": false,
            "product": "drop\u{202e}bear",
        });
        assert_eq!(short["ports"][0], first);
        assert_eq!(short["ports"][1]["service"], Value::Null);
        assert_eq!(short["ports"].as_array().unwrap().len(), 2);
        assert_eq!(
            (&short["unresolved"], &short["engine"]),
            (&json!(4), &json!("connect"))
        );
        assert_eq!(
            (&short["seconds"], &short["silent"]),
            (&json!(2.25), &json!(2))
        );
        assert_eq!(short["spans"][3]["proof"], "not-asked");
        assert_eq!(document(true)["ports"].as_array().unwrap().len(), 9);
    }

    #[test]
    fn only_a_ledger_without_holes_and_changes_is_whole() {
        let whole = |ledger: &PortLedger| shown(ledger, false, text).1;
        let mut ledger = ledger();
        assert!(!whole(&ledger));
        ledger.spans.pop();
        assert!(!whole(&ledger), "one had changed at the end");
        ledger.rechecks[1].state = PortState::Open;
        assert!(whole(&ledger));
        ledger.rechecks.pop();
        assert!(!whole(&ledger), "one was not asked at the end");
    }
}
