//! Services of which nothing but an audit tells: no handshake was made or answered, or what speaks there could not be told. What is
//! missing of them is said elsewhere; what the audit saw is a counter-example all the same.

use super::dtls::audited_dtls;
use super::ports::{AuditedPort, TlsPort, audited, may_be_tls, observed, turning, turning_ports};
use crate::case::facts::{Facts, OpenPort};
use crate::dut::Unit;
use crate::verdict::Assessment;

/// The ports of a unit of which an audit alone shows that they speak TLS from the first byte: no handshake was made or answered, or
/// what speaks there could not be told. [`super::ports::tls_ports`] says what is missing; what was seen is a counter-example all the same.
fn unshaken_ports<'a>(facts: &Facts<'a>, unit: &Unit) -> Vec<AuditedPort<'a>> {
    let open = facts.open_ports(&unit.id).into_iter();
    open.filter(may_be_tls)
        .filter_map(|open| {
            let found = audited(facts, &unit.id, &open)?;
            let audit = found.told?;
            audit.offered().next()?;
            let is_tls = open.service.is_some_and(|service| service.tls);
            let shaken = is_tls && observed(facts, &unit.id, &open).is_ok();
            (!shaken && turning(found).is_none()).then_some(AuditedPort {
                open,
                evidence: found.evidence,
                audit,
                behind: None,
            })
        })
        .collect()
}

/// What audits over TCP show of ports that are not among [`super::ports::tls_ports`].
pub fn further_audits<'a>(facts: &Facts<'a>, unit: &Unit) -> Vec<AuditedPort<'a>> {
    let mut all = turning_ports(facts, unit);
    all.extend(unshaken_ports(facts, unit));
    all
}

/// What audits show of services that are not among these, with which a handshake was made; of DTLS where they saw a certificate.
pub fn beyond<'a>(facts: &Facts<'a>, unit: &Unit, shaken: &[TlsPort<'_>]) -> Vec<AuditedPort<'a>> {
    let place = |open: &OpenPort<'_>| (open.address.to_owned(), open.transport, open.port);
    let is_shaken =
        |port: &AuditedPort<'_>| shaken.iter().any(|it| place(&it.open) == place(&port.open));
    // Gaps of these are for whoever asks for the handshakes.
    let dtls = audited_dtls(facts, unit, &mut Assessment::default());
    let dtls = dtls
        .into_iter()
        .filter(|it| !it.audit.certificates.is_empty());
    let all = further_audits(facts, unit).into_iter().chain(dtls);
    all.filter(|port| !is_shaken(port)).collect()
}
