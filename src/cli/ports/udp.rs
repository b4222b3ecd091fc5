//! The UDP side: which ports, and their ledger for a person and for a program.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use super::range;
use super::show::{line, word};
use crate::dut::Address;
use crate::error::InputError;
use crate::observation::{PortSpan, PortState, Service, UdpLedger};
use crate::profile::{Question, UdpList, question};
use crate::runner::OpenPort;

/// What to ask where: a list by its name, or a range.
pub(super) fn questions(text: &str) -> Result<BTreeMap<u16, Question>, InputError> {
    match text {
        "iot" => Ok(UdpList::Iot.questions()),
        "all" => Ok(UdpList::All.questions()),
        range_text => {
            let ports = range("--udp", range_text).map_err(|error| {
                error.legal("`iot`, `all`, or a range as in `1-1000`, `8000-8999` or `161`")
            })?;
            Ok(ports.map(|port| (port, question(port))).collect())
        }
    }
}

/// A sweep that is over.
pub(super) struct SweptUdp<'a> {
    pub(super) address: &'a Address,
    pub(super) ledger: &'a UdpLedger,
    /// What the open ports said they are.
    pub(super) open: &'a [OpenPort],
    /// Whether every port is listed, and not only the open ones.
    pub(super) all: bool,
}

impl SweptUdp<'_> {
    /// Whether every port is accounted for.
    pub(super) fn whole(&self) -> bool {
        self.ledger.counts().unproven == 0
    }

    fn service(&self, port: u16) -> Option<&Service> {
        let own = self.open.binary_search_by_key(&port, |(open, _)| *open);
        self.open.get(own.ok()?)?.1.as_ref()
    }

    fn listed(&self) -> impl Iterator<Item = (u16, &PortSpan)> {
        let spans = self.ledger.spans.iter();
        spans
            .filter(|span| self.all || span.state == PortState::Open)
            .flat_map(|span| (span.first..=span.last).map(move |port| (port, span)))
    }
}

/// Lines, as for TCP.
pub(super) fn text(swept: &SweptUdp<'_>) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    for (port, span) in swept.listed() {
        out.push_str(&line(port, "udp", span, swept.service(port)));
    }
    let counts = swept.ledger.counts();
    let _ = writeln!(
        out,
        "{}: {} open, {} closed, {} silent, {} unresolved of {} UDP ports",
        swept.address,
        counts.open,
        counts.closed,
        counts.silent,
        counts.unproven,
        counts.total()
    );
    let ranges = |state: PortState| {
        let spans = swept.ledger.spans.iter();
        spans.filter(move |span| span.state == state)
    };
    for (name, state) in [
        ("silent", PortState::Silent),
        ("unresolved", PortState::Unproven),
    ] {
        for span in ranges(state).filter(|_| !swept.all) {
            let ports = match span.count() {
                1 => span.first.to_string(),
                _ => format!("{}-{}", span.first, span.last),
            };
            let _ = writeln!(out, "{name}: {ports} ({})", word(&span.proof));
        }
    }
    let sweep = &swept.ledger.sweep;
    let sources = match swept.ledger.sources() {
        1 => "one address".to_owned(),
        many => format!("{many} addresses"),
    };
    let _ = writeln!(
        out,
        "{} datagrams from {sources} in {:.1} s",
        sweep.datagrams, sweep.seconds
    );
    if !sweep.sources_because.is_empty() {
        let _ = writeln!(out, "{}", sweep.sources_because);
    }
    out
}

/// The object of TCP, or a new one, with what is known of UDP.
pub(super) fn with(tcp: Option<Value>, udp: Option<&SweptUdp<'_>>) -> Value {
    let Some(udp) = udp else {
        return tcp.unwrap_or_default();
    };
    let ledger = udp.ledger;
    let counts = ledger.counts();
    let own = json!({
        "open": counts.open,
        "closed": counts.closed,
        "silent": counts.silent,
        "unresolved": counts.unproven,
        "seconds": ledger.sweep.seconds,
        "sources": ledger.sources().to_string().parse::<u64>().unwrap_or_default(),
        "spans": ledger.spans,
        "sweep": ledger.sweep,
    });
    let mut document = tcp.unwrap_or_else(|| {
        json!({
            "address": udp.address, "ports": [], "open": 0, "closed": 0, "silent": 0, "unresolved": 0,
            "engine": "datagrams", "seconds": 0.0,
        })
    });
    for key in ["open", "closed", "silent", "unresolved"] {
        let sum =
            document[key].as_u64().unwrap_or_default() + own[key].as_u64().unwrap_or_default();
        document[key] = sum.into();
    }
    document["seconds"] =
        (document["seconds"].as_f64().unwrap_or_default() + ledger.sweep.seconds).into();
    let rows = udp.listed().map(|(port, span)| {
        let service = udp.service(port);
        json!({
            "address": udp.address,
            "transport": "udp",
            "port": port,
            "state": span.state,
            "proof": span.proof,
            "service": service.map(|service| service.protocol),
            "product": service.and_then(|service| service.product.as_deref()),
        })
    });
    if let Some(ports) = document["ports"].as_array_mut() {
        ports.extend(rows);
    }
    document["udp"] = own;
    document
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{AddressSpan, PortProof, Protocol, UdpSweep};

    fn shown<T>(all: bool, show: impl Fn(&SweptUdp<'_>) -> T) -> (T, bool) {
        let span = |first, last, state, proof| PortSpan {
            first,
            last,
            state,
            proof,
            asked: 1,
        };
        let source = AddressSpan {
            first: [192, 0, 2, 1].into(),
            last: [192, 0, 2, 9].into(),
        };
        let ledger = UdpLedger {
            spans: vec![
                span(1, 160, PortState::Closed, PortProof::Refused),
                span(161, 161, PortState::Open, PortProof::Answered),
                span(162, 163, PortState::Silent, PortProof::NoAnswer),
                span(164, 164, PortState::Unproven, PortProof::NotAsked),
            ],
            sweep: UdpSweep {
                datagrams: 170,
                canary: Some(1),
                canaries_sent: 0,
                canaries_lost: 0,
                pause_seconds: 0.005,
                rate_peak: 200.0,
                seconds: 2.25,
                sources: vec![source],
                sources_because: String::new(),
            },
        };
        let service = Service {
            protocol: Protocol::Snmp,
            tls: false,
            also_in_clear: false,
            product: Some("Router\u{202e}OS".to_owned()),
            spoke_after: None,
            first_bytes: String::new(),
        };
        let swept = SweptUdp {
            address: &"192.0.2.10".parse().unwrap(),
            ledger: &ledger,
            open: &[(161, Some(service))],
            all,
        };
        (show(&swept), swept.whole())
    }

    #[test]
    fn a_person_sees_what_answered_and_what_kept_silent() {
        let (text, whole) = shown(false, text);
        assert_eq!(
            text,
            "  161/udp  open      answered  snmp (Router\\u{202e}OS)\n\
             192.0.2.10: 1 open, 160 closed, 2 silent, 1 unresolved of 164 UDP ports\n\
             silent: 162-163 (no-answer)\n\
             unresolved: 164 (not-asked)\n\
             170 datagrams from 9 addresses in 2.2 s\n"
        );
        assert!(!whole);
    }

    #[test]
    fn a_program_sees_both_transports_in_one_list() {
        let alone = shown(false, |udp| with(None, Some(udp))).0;
        assert_eq!(alone["engine"], "datagrams");
        assert_eq!(alone["ports"][0]["transport"], "udp");
        assert_eq!(alone["ports"][0]["service"], "snmp");
        assert_eq!(
            (&alone["unresolved"], &alone["seconds"]),
            (&json!(1), &json!(2.25))
        );
        let tcp = json!({
            "ports": [{"transport": "tcp"}], "open": 1, "closed": 9, "silent": 0, "unresolved": 2,
            "engine": "raw", "seconds": 1.0,
        });
        let both = shown(true, |udp| with(Some(tcp.clone()), Some(udp))).0;
        assert_eq!(both["ports"].as_array().unwrap().len(), 165);
        assert_eq!(
            (&both["unresolved"], &both["seconds"]),
            (&json!(3), &json!(3.25))
        );
        assert_eq!(
            (&both["engine"], &both["udp"]["sources"]),
            (&json!("raw"), &json!(9))
        );
        assert_eq!(with(Some(tcp.clone()), None), tcp);
    }

    #[test]
    fn a_list_has_a_name_or_is_a_range() {
        assert_eq!(questions("iot").unwrap(), UdpList::Iot.questions());
        assert_eq!(questions("all").unwrap().len(), 65_535);
        let some = questions("160-162").unwrap();
        assert_eq!(
            some.values().copied().collect::<Vec<_>>(),
            [Question::Text, Question::Snmp, Question::Text]
        );
        for wrong in ["", "none", "0-9", "9-1"] {
            let error = questions(wrong).unwrap_err().to_string();
            assert!(
                error.contains("--udp") && error.contains("`all`"),
                "{error}"
            );
        }
    }
}
