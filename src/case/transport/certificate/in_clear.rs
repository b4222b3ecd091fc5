//! The certificates of a service with which no handshake came about, as its audit saw them: up to TLS 1.2 they stand in clear
//! behind the ServerHello.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;

use crate::case::transport::ports::TlsPort;
use crate::dut::Address;
use crate::evidence::Evidence;
use crate::observation::{ShownCertificate, Tls, TlsCertificate};
use crate::tls::{names, trust};

/// What the audit of a port showed in place of a handshake, with its evidence. None: the handshake showed something, or the
/// audit nothing.
pub(in crate::case::transport) fn in_clear<'a>(port: &TlsPort<'a>) -> Option<(&'a Evidence, Tls)> {
    let attempt = port.audit.filter(|_| port.tls.chain.is_empty())?;
    let audit = attempt.told?;
    let shown = &audit.certificates;
    let own = shown.iter().find(|it| it.place == 0)?;
    let first = own.certificate.facts.as_ref();
    // Whoever stands behind any of its certificates may lead on.
    let others = shown.iter().filter(|it| it.place > 0);
    let der: Vec<CertificateDer<'static>> =
        std::iter::once(own).chain(others).filter_map(der).collect();
    let declared = port.open.declared.and_then(|it| it.tls.as_ref());
    let authority = declared.and_then(|tls| tls.ca.as_ref());
    let wanted = declared.map_or(&[][..], |tls| &tls.names);
    let address: Address = port.open.address.parse().ok()?;
    let tls = Tls {
        trust: trust(&der, first, authority, attempt.evidence.observed_at),
        // Who was shown it named nobody: for whom it is says nothing of who does.
        names: match audit.nameless() {
            Some(_) => Vec::new(),
            None => names(der.first(), first, wanted, address.ip),
        },
        offers: port.tls.offers.clone(),
        session: port.tls.session.clone(),
        chain: chain(own, shown),
        key_shown: false,
    };
    Some((attempt.evidence, tls))
}

/// A certificate, and behind it who bears the name of the issuer of the one before. Of several chains the order is not told.
fn chain(own: &ShownCertificate, shown: &[ShownCertificate]) -> Vec<TlsCertificate> {
    let issuer = |before: &&ShownCertificate| {
        let facts = before.certificate.facts.as_ref()?;
        let vouches = |it: &&ShownCertificate| {
            let named = it.certificate.facts.as_ref().map(|it| &it.subject);
            it.place == before.place + 1 && named == Some(&facts.issuer)
        };
        shown.iter().find(vouches)
    };
    std::iter::successors(Some(own), issuer)
        .map(|shown| shown.certificate.clone())
        .collect()
}

fn der(shown: &ShownCertificate) -> Option<CertificateDer<'static>> {
    STANDARD.decode(&shown.certificate.der).ok().map(Into::into)
}
