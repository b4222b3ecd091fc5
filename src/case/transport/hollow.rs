//! What speaks TLS or SSH and protects nothing with it: whoever is on the way can read it, or be it.

use std::collections::BTreeSet;

use super::dtls::audited_dtls;
use super::ports::{audit_of, tls_ports, turning_ports};
use super::shown_keys::shown_keys;
use crate::case::facts::Facts;
use crate::dut::Unit;
use crate::evidence::Evidence;
use crate::keys::published;
use crate::observation::{Heartbeat, Observation, TlsAudit};
use crate::tls::{Authentication, Cipher, Suite, suite_named};
use crate::verdict::{Assessment, Code};

/// Adds a finding for each such service. What was not asked is for others to miss: only counter-examples count here.
pub(super) fn assess(facts: &Facts<'_>, unit: &Unit, code: Code, assessment: &mut Assessment) {
    // Gaps of these are those of `transport/suites` and `transport/keys`.
    let mut elsewhere = Assessment::default();
    let ports = tls_ports(facts, unit, &mut elsewhere);
    let ports = ports.iter().filter_map(|port| audit_of(port).ok());
    let turning = turning_ports(facts, unit);
    let dtls = audited_dtls(facts, unit, &mut elsewhere);
    for port in ports.chain(turning).chain(dtls) {
        for what in hollow(port.audit) {
            let message = format!("{} {what}", port.place());
            let subject = port.open.subject(&unit.id);
            assessment.found(code, subject, message, port.evidence());
        }
    }
    let listed = listed(facts, unit);
    for shown in shown_keys(facts, unit, &mut elsewhere) {
        let known =
            published(&shown.key).is_some() || listed.contains(shown.key.identity_hex().as_str());
        if known && shown.is_own() {
            let message = format!(
                "the private half of {} is published: whoever has it is taken for the device",
                shown.words()
            );
            assessment.found(code, shown.subject, message, shown.evidence);
        }
    }
}

/// Keys of a unit that stand on a list that was handed in.
fn listed<'a>(facts: &Facts<'a>, unit: &Unit) -> BTreeSet<&'a str> {
    let said = facts.of(&unit.id).flat_map(Evidence::observations);
    let looked_up = said.filter_map(|fact| match fact {
        Observation::LookedUp(looked_up) => Some(&looked_up.keys),
        _ => None,
    });
    let listed = looked_up
        .flatten()
        .filter(|key| !key.collections.is_empty());
    listed.map(|key| key.identity.as_str()).collect()
}

/// Why what an audit saw protects nothing; empty: it does not show that.
fn hollow(audit: &TlsAudit) -> Vec<String> {
    let takes = |is_so: fn(&Suite) -> bool| {
        let names = audit.offered().flat_map(|version| &version.suites);
        let mut suites = names.filter_map(|name| suite_named(name));
        suites.find(|suite| is_so(suite)).map(|suite| suite.name)
    };
    let open = takes(|suite| suite.cipher() == Cipher::Null)
        .map(|name| format!("takes suites that encrypt nothing, such as {name}"));
    let nobody = takes(|suite| suite.authentication() == Authentication::None)
        .map(|name| format!("takes suites in which nobody shows who they are, such as {name}"));
    let bleeds = audit
        .offered()
        .any(|version| version.heartbeat == Some(Heartbeat::TellsMore))
        .then(|| {
            "tells what is in its memory to anybody who sends a heartbeat that lies (Heartbleed)"
                .to_owned()
        });
    open.into_iter().chain(nobody).chain(bleeds).collect()
}
