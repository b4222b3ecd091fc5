//! Whether a chain leads to the authority that the manifest names, and for whom it was issued.

use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::Offset;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use crate::dut::Authority;
use crate::observation::{CertificateFacts, NameMatch, TlsTrust};

/// Verifies a chain at `now`, or at the nearest time at which its first certificate is valid.
pub(super) fn trust(
    chain: &[CertificateDer<'_>],
    facts: Option<&CertificateFacts>,
    authority: Option<&Authority>,
    now: Timestamp,
) -> TlsTrust {
    let Some(authority) = authority else {
        return TlsTrust::NotDeclared;
    };
    match verify(chain, authority, within(facts, now)) {
        Ok(()) => TlsTrust::Verified,
        Err(detail) => TlsTrust::Failed { detail },
    }
}

fn verify(chain: &[CertificateDer<'_>], authority: &Authority, at: UnixTime) -> Result<(), String> {
    let (first, others) = chain
        .split_first()
        .ok_or_else(|| "no certificate was shown".to_owned())?;
    let anchors: Vec<CertificateDer<'_>> = authority.der().into_iter().map(Into::into).collect();
    let anchors: Vec<_> = anchors
        .iter()
        .filter_map(|der| anchor_from_trusted_cert(der).ok())
        .collect();
    let known = ring::default_provider().signature_verification_algorithms;
    let usage = KeyUsage::server_auth();
    EndEntityCert::try_from(first)
        .and_then(|certificate| {
            certificate
                .verify_for_usage(known.all, &anchors, others, at, usage, None, None)
                .map(|_| ())
        })
        .map_err(|error| format!("{error:?}"))
}

/// The time within a certificate's validity that is nearest to `now`.
fn within(facts: Option<&CertificateFacts>, now: Timestamp) -> UnixTime {
    let wanted = Offset::UTC.to_datetime(now);
    let at = match facts {
        Some(facts) if wanted > facts.not_after => facts.not_after,
        Some(facts) if wanted < facts.not_before => facts.not_before,
        _ => wanted,
    };
    let seconds = Offset::UTC
        .to_timestamp(at)
        .map_or(now, |timestamp| timestamp)
        .as_second();
    UnixTime::since_unix_epoch(Duration::from_secs(
        u64::try_from(seconds).unwrap_or_default(),
    ))
}

/// Whether the server's certificate is for each declared name, or else for the address. Subject
/// alternative names alone count (RFC 9525, section 6.3).
pub(super) fn names(
    certificate: Option<&CertificateDer<'_>>,
    declared: &[String],
    address: IpAddr,
) -> Vec<NameMatch> {
    let Some(der) = certificate else {
        return Vec::new();
    };
    let certificate = EndEntityCert::try_from(der).ok();
    let is_for = |name: Option<ServerName<'_>>| {
        let (Some(certificate), Some(name)) = (&certificate, name) else {
            return false;
        };
        certificate.verify_is_valid_for_subject_name(&name).is_ok()
    };
    if declared.is_empty() {
        return vec![NameMatch {
            name: address.to_string(),
            matches: is_for(Some(ServerName::from(address))),
        }];
    }
    declared
        .iter()
        .map(|name| NameMatch {
            name: name.clone(),
            matches: is_for(ServerName::try_from(name.as_str()).ok()),
        })
        .collect()
}
