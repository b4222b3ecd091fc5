//! What a certificate says, read without believing any of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Span;
use jiff::civil::DateTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::objects::{oid_registry, oid2sn};
use x509_parser::oid_registry::Oid;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::time::ASN1Time;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::digest::{hex, sha256_hex};
use crate::observation::{CertificateFacts, CertificateForm, KeyFacts, KeyKind, TlsCertificate};
use crate::text::shown;

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
        self_signed: certificate.subject().as_raw() == certificate.issuer().as_raw(),
        names: names(&certificate),
        not_before: date(certificate.validity().not_before)?,
        not_after: date(certificate.validity().not_after)?,
        key: key(certificate.public_key()),
        signature: algorithm(&certificate.signature_algorithm.algorithm),
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
    /// RFC 8410, section 3.
    const ED25519: &str = "1.3.101.112";
    const ED448: &str = "1.3.101.113";
    let (kind, bits) = match (
        info.parsed(),
        info.algorithm.algorithm.to_id_string().as_str(),
    ) {
        (Ok(PublicKey::RSA(key)), _) => (KeyKind::Rsa, significant_bits(key.modulus)),
        // The field of P-521 does not fill its last byte.
        (Ok(PublicKey::EC(point)), _) => match point.key_size() {
            528 => (KeyKind::Ec, 521),
            bits => (KeyKind::Ec, u32::try_from(bits).unwrap_or_default()),
        },
        // 255, and as strong as P-256.
        (_, ED25519) => (KeyKind::Ec, 256),
        (_, ED448) => (KeyKind::Ec, 448),
        _ => (KeyKind::Other, 0),
    };
    KeyFacts { kind, bits }
}

fn significant_bits(number: &[u8]) -> u32 {
    let start = number.iter().position(|byte| *byte != 0);
    let number = &number[start.unwrap_or(number.len())..];
    let leading = number.first().map_or(0, |byte| byte.leading_zeros());
    u32::try_from(number.len() * 8).map_or(u32::MAX, |bits| bits - leading)
}

fn algorithm(oid: &Oid<'_>) -> String {
    // RFC 3279, section 2.2.3: the one that the registry lacks.
    if oid.to_id_string() == "1.2.840.10045.4.1" {
        return "ecdsa-with-SHA1".to_owned();
    }
    match oid2sn(oid, oid_registry()) {
        Ok(name) => name.to_owned(),
        Err(_) => shown(oid.to_id_string(), 60),
    }
}
