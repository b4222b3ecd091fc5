//! What a certificate says, read without believing any of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Span;
use jiff::civil::DateTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey as Parsed;
use x509_parser::time::ASN1Time;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::digest::{hex, sha256_hex};
use crate::keys::PublicKey;
use crate::observation::{CertificateFacts, CertificateForm, KeyFacts, KeyKind, TlsCertificate};
use crate::text::shown;
use crate::tls::{algorithm, signed_by};

/// Alternative names that are written down.
const NAMES: usize = 50;
/// Bytes of a serial number that are written down: twice as many as it may have.
const SERIAL: usize = 40;
/// Characters of a name.
const NAME: usize = 200;

/// A certificate as it was sent.
pub(in crate::probe) fn certificate(der: &[u8]) -> TlsCertificate {
    TlsCertificate {
        sha256: sha256_hex(der),
        der: STANDARD.encode(der),
        facts: facts(der),
    }
}

/// None: it cannot be read, or something follows it.
fn facts(der: &[u8]) -> Option<CertificateFacts> {
    let (rest, certificate) = X509Certificate::from_der(der).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let constraints = certificate.basic_constraints().ok().flatten();
    Some(CertificateFacts {
        subject: shown(certificate.subject().to_string(), NAME),
        issuer: shown(certificate.issuer().to_string(), NAME),
        self_signed: is_self_signed(&certificate),
        names: names(&certificate),
        not_before: date(certificate.validity().not_before)?,
        not_after: date(certificate.validity().not_after)?,
        key: key(certificate.public_key()),
        signature: algorithm(&certificate.signature_algorithm),
        authority: constraints.is_some_and(|constraints| constraints.value.ca),
        spki_sha256: sha256_hex(certificate.public_key().raw),
        form: Some(form(&certificate)),
    })
}

fn form(certificate: &X509Certificate<'_>) -> CertificateForm {
    let serial = certificate.raw_serial();
    let key_usage = certificate.key_usage().ok().flatten();
    let extended = certificate.extended_key_usage().ok().flatten();
    CertificateForm {
        version: certificate.version().0.saturating_add(1),
        serial: hex(&serial[..serial.len().min(SERIAL)]),
        key_usage: key_usage.map(|extension| {
            let usage = extension.value;
            let said = [
                (usage.digital_signature(), "digital-signature"),
                (usage.key_encipherment(), "key-encipherment"),
                (usage.key_agreement(), "key-agreement"),
                (usage.key_cert_sign(), "key-cert-sign"),
                (usage.crl_sign(), "crl-sign"),
            ];
            let said = said.into_iter().filter(|(is_so, _)| *is_so);
            said.map(|(_, name)| name.to_owned()).collect()
        }),
        extended_key_usage: extended.map(|extension| {
            let usage = extension.value;
            let said = [
                (usage.any, "any"),
                (usage.server_auth, "server-auth"),
                (usage.client_auth, "client-auth"),
            ];
            let said = said.into_iter().filter(|(is_so, _)| *is_so);
            let other = usage.other.iter().take(NAMES);
            said.map(|(_, name)| name.to_owned())
                .chain(other.map(|oid| shown(oid.to_id_string(), 60)))
                .collect()
        }),
    }
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let names = extension.value.general_names.iter().take(NAMES);
    names.map(|name| shown(general_name(name), NAME)).collect()
}

fn general_name(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::DNSName(name) => format!("DNS:{name}"),
        GeneralName::IPAddress(bytes) => match ip(bytes) {
            Some(ip) => format!("IP:{ip}"),
            None => "IP: neither of 4 nor of 16 bytes".to_owned(),
        },
        GeneralName::RFC822Name(name) => format!("email:{name}"),
        GeneralName::URI(name) => format!("URI:{name}"),
        _ => "another kind of name".to_owned(),
    }
}

fn ip(bytes: &[u8]) -> Option<std::net::IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(Into::into),
        16 => <[u8; 16]>::try_from(bytes).ok().map(Into::into),
        _ => None,
    }
}

fn date(time: ASN1Time) -> Option<DateTime> {
    let seconds = Span::new().try_seconds(time.timestamp()).ok()?;
    let epoch = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0);
    epoch.checked_add(seconds).ok()
}

fn key(info: &SubjectPublicKeyInfo<'_>) -> KeyFacts {
    let facts = |kind, bits| KeyFacts { kind, bits };
    match (PublicKey::of_spki(info.raw), info.parsed()) {
        (Ok(key @ PublicKey::Rsa { .. }), _) => facts(KeyKind::Rsa, key.bits()),
        (Ok(key @ PublicKey::Dsa { .. }), _) => facts(KeyKind::Other, key.bits()),
        (Ok(key), _) => facts(KeyKind::Ec, key.bits()),
        // A curve that has no name here.
        (Err(_), Ok(Parsed::EC(point))) => facts(
            KeyKind::Ec,
            u32::try_from(point.key_size()).unwrap_or_default(),
        ),
        _ => facts(KeyKind::Other, 0),
    }
}

/// Whether it names itself as its issuer, and nothing shows that another key made its signature.
fn is_self_signed(certificate: &X509Certificate<'_>) -> bool {
    let same_name = certificate.subject().as_raw() == certificate.issuer().as_raw();
    same_name && signed_by(certificate, certificate.public_key()).unwrap_or(true)
}

#[cfg(test)]
mod tests;
