//! Whether a chain leads to the authority that the manifest names, and for whom it was issued.

use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::Offset;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::{EndEntityCert, Error, KeyUsage, anchor_from_trusted_cert};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use super::signed::signed_by;
use crate::dut::Authority;
use crate::observation::{CertificateFacts, NameMatch, TlsTrust};

/// Names of a certificate beyond which its facts hold none.
const NAMES: usize = 50;

/// Verifies a chain at `now`, or at the nearest time at which its first certificate is valid.
pub fn trust(
    chain: &[CertificateDer<'_>],
    facts: Option<&CertificateFacts>,
    authority: Option<&Authority>,
    now: Timestamp,
) -> TlsTrust {
    let Some(authority) = authority else {
        return TlsTrust::NotDeclared;
    };
    let failed = |detail: &str| TlsTrust::Failed {
        detail: detail.to_owned(),
    };
    let Some((first, others)) = chain.split_first() else {
        return failed("no certificate was shown");
    };
    let authorities = authority.der();
    // Who is the authority himself needs nobody else's word.
    if authorities.iter().any(|der| der[..] == first[..]) {
        return TlsTrust::Verified;
    }
    let error = match verify(first, others, &authorities, within(facts, now)) {
        Ok(()) => return TlsTrust::Verified,
        Err(error) => error,
    };
    // Small keys are refused in the same words as wrong signatures.
    if !is_ours(&error) && error != Error::InvalidSignatureForPublicKey {
        return failed(&words(&error));
    }
    let vouches_for_itself = facts.is_some_and(|facts| facts.self_signed);
    match directly(first, &authorities) {
        Direct::Signed => TlsTrust::Verified,
        Direct::NotSigned => failed(&words(&Error::InvalidSignatureForPublicKey)),
        Direct::NoIssuer if !is_ours(&error) => failed(&words(&error)),
        Direct::NoIssuer if others.is_empty() || vouches_for_itself => {
            failed(&words(&Error::UnknownIssuer))
        }
        Direct::NoIssuer | Direct::Unknown => TlsTrust::Unchecked {
            detail: words(&error),
        },
    }
}

fn verify(
    first: &CertificateDer<'_>,
    others: &[CertificateDer<'_>],
    authorities: &[Vec<u8>],
    at: UnixTime,
) -> Result<(), Error> {
    let anchors: Vec<CertificateDer<'_>> = authorities
        .iter()
        .map(|der| der.as_slice().into())
        .collect();
    let anchors: Vec<_> = anchors
        .iter()
        .filter_map(|der| anchor_from_trusted_cert(der).ok())
        .collect();
    let known = ring::default_provider().signature_verification_algorithms;
    let usage = KeyUsage::server_auth();
    EndEntityCert::try_from(first)?
        .verify_for_usage(known.all, &anchors, others, at, usage, None, None)
        .map(|_| ())
}

/// Whether an error says more of this verifier than of the chain: it knows no such signature (P-521, Ed448, SHA-1), refuses an
/// authority in the place of a server, which is a finding of its own, or has looked long enough.
fn is_ours(error: &Error) -> bool {
    is_unknown_signature(error)
        || matches!(
            error,
            Error::CaUsedAsEndEntity
                | Error::UnsupportedCertVersion
                | Error::MaximumSignatureChecksExceeded
                | Error::MaximumPathBuildCallsExceeded
                | Error::MaximumPathDepthExceeded
                | Error::MaximumNameConstraintComparisonsExceeded
        )
}

fn is_unknown_signature(error: &Error) -> bool {
    matches!(
        error,
        Error::UnsupportedSignatureAlgorithmContext(_)
            | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)
    )
}

/// For a person. Safe to show.
fn words(error: &Error) -> String {
    let words = match error {
        Error::UnknownIssuer => "nobody who was declared issued it",
        Error::InvalidSignatureForPublicKey => "a signature of its chain is wrong",
        Error::CertExpired { .. } => "a certificate of its chain had ended",
        Error::CertNotValidYet { .. } => "a certificate of its chain had not begun",
        Error::CaUsedAsEndEntity => "it says that it is an authority itself",
        Error::EndEntityUsedAsCa => "a certificate of its chain may not sign others",
        Error::PathLenConstraintViolated => "a certificate of its chain may not sign authorities",
        Error::NameConstraintViolation => "an authority of its chain may not sign for this name",
        Error::RequiredEkuNotFoundContext(_) => "a certificate of its chain is not for servers",
        Error::UnsupportedCriticalExtension => {
            "a certificate of its chain holds a critical extension that is not known"
        }
        Error::UnsupportedCertVersion => "a certificate of its chain is not of version 3",
        error if is_unknown_signature(error) => {
            "a signature of its chain is of a kind that cannot be checked here"
        }
        error if is_ours(error) => "its chain is longer or more entangled than is followed here",
        _ => "a certificate of its chain is not made as it should be",
    };
    words.to_owned()
}

/// What becomes of the search for an authority that signed a certificate with its own key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direct {
    Signed,
    NotSigned,
    /// None bears the name of its issuer.
    NoIssuer,
    /// The signature cannot be checked.
    Unknown,
}

fn directly(first: &CertificateDer<'_>, authorities: &[Vec<u8>]) -> Direct {
    let Ok((_, certificate)) = X509Certificate::from_der(first) else {
        return Direct::Unknown;
    };
    let read = authorities
        .iter()
        .filter_map(|der| Some(X509Certificate::from_der(der).ok()?.1));
    let told: Vec<Option<bool>> = read
        .filter(|authority| authority.subject().as_raw() == certificate.issuer().as_raw())
        .map(|authority| signed_by(&certificate, authority.public_key()))
        .collect();
    if told.is_empty() {
        Direct::NoIssuer
    } else if told.contains(&Some(true)) {
        Direct::Signed
    } else if told.contains(&None) {
        Direct::Unknown
    } else {
        Direct::NotSigned
    }
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
/// alternative names alone count (RFC 9525, section 6.3). Empty: it could not be told of one of them.
pub fn names(
    certificate: Option<&CertificateDer<'_>>,
    facts: Option<&CertificateFacts>,
    declared: &[String],
    address: IpAddr,
) -> Vec<NameMatch> {
    let (Some(der), Some(facts)) = (certificate, facts) else {
        return Vec::new();
    };
    let strict = EndEntityCert::try_from(der).ok();
    let told = |name: &str, as_read: Option<ServerName<'_>>| {
        let strictly = strict.as_ref().zip(as_read).and_then(|(strict, name)| {
            match strict.verify_is_valid_for_subject_name(&name) {
                Ok(()) => Some(true),
                Err(Error::CertNotValidForName(_)) => Some(false),
                Err(_) => None,
            }
        });
        // What the strict reader refuses for another reason still has its names.
        strictly.or_else(|| lists(facts, name))
    };
    let matched = |name: &str, as_read| {
        told(name, as_read).map(|matches| NameMatch {
            name: name.to_owned(),
            matches,
        })
    };
    let all: Option<Vec<NameMatch>> = match declared {
        [] => {
            let name = address.to_string();
            [matched(&name, Some(ServerName::from(address)))]
                .into_iter()
                .collect()
        }
        declared => declared
            .iter()
            .map(|name| matched(name, ServerName::try_from(name.as_str()).ok()))
            .collect(),
    };
    all.unwrap_or_default()
}

/// Whether the names that were read hold this one. None: there may be more than were read.
fn lists(facts: &CertificateFacts, wanted: &str) -> Option<bool> {
    let is_it = |name: &String| {
        if let Some(ip) = name.strip_prefix("IP:") {
            return ip == wanted;
        }
        let Some(dns) = name.strip_prefix("DNS:") else {
            return false;
        };
        match dns.strip_prefix("*.") {
            Some(rest) => wanted.split_once('.').is_some_and(|(first, after)| {
                !first.is_empty() && after.eq_ignore_ascii_case(rest)
            }),
            None => dns.eq_ignore_ascii_case(wanted),
        }
    };
    match facts.names.iter().any(is_it) {
        true => Some(true),
        false => (facts.names.len() < NAMES).then_some(false),
    }
}

#[cfg(test)]
mod tests;
