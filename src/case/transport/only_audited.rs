//! Services of which nothing but an audit tells: no handshake was made or answered, or what speaks there could not be told. What is
//! missing of them is said elsewhere; what the audit saw is a counter-example all the same.

use super::dtls::audited_dtls;
use super::ports::{
    AuditedPort, TlsPort, audited, handshake_at, may_be_tls, turning, unidentified,
};
use crate::case::facts::{Facts, OpenPort};
use crate::dut::Unit;
use crate::verdict::Assessment;

/// What audits over TCP show of ports that are not among [`super::ports::tls_ports`]: behind STARTTLS, or where nobody else told anything.
pub fn further_audits<'a>(facts: &Facts<'a>, unit: &Unit) -> Vec<AuditedPort<'a>> {
    let open = facts.open_ports(&unit.id).into_iter();
    open.filter_map(|open| {
        let found = audited(facts, &unit.id, &open)?;
        let audit = found.told?;
        audit.offered().next()?;
        let behind = turning(found);
        (behind.is_some() || is_unshaken(facts, unit, &open)).then_some(AuditedPort {
            open,
            evidence: found.evidence,
            audit,
            behind,
        })
    })
    .collect()
}

/// Whether no handshake told anything of a port that speaks TLS from the first byte, or of which nobody knows what it speaks.
fn is_unshaken(facts: &Facts<'_>, unit: &Unit, open: &OpenPort<'_>) -> bool {
    let told = || handshake_at(facts, &unit.id, open, None).and_then(|(_, told)| told);
    may_be_tls(open) && (unidentified(open).is_some() || told().is_none())
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
