//! The lab's own authority, made anew in every process, and the certificates that it issues.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Mutex, OnceLock, PoisonError};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType, SerialNumber,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::standin::TlsSpec;

/// The file beside a manifest that holds the authority's certificate.
pub const CA_FILE: &str = "lab-ca.pem";

/// A key pair whose certificate is signed with SHA-1, which no library here does any more.
const SHA1: &str = include_str!("../data/sha1.pem");
/// Key pairs that no library here makes.
const CLOSE_PRIMES: &str = include_str!("../data/close-primes.pem");
const EXPONENT_3: &str = include_str!("../data/exponent-3.pem");
const RSA: &str = include_str!("../data/rsa.pem");

/// A private key that everybody has, as servers read it.
pub(crate) const PUBLISHED_KEY: &str = include_str!("../data/published-key.pem");

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate chain and its key.
pub(crate) struct Identity {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
    /// Both, as servers read them from a file.
    pub(crate) pem: String,
}

fn authority() -> Option<&'static Authority> {
    static AUTHORITY: OnceLock<Option<Authority>> = OnceLock::new();
    AUTHORITY.get_or_init(|| make().ok()).as_ref()
}

fn make() -> Result<Authority, rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(Vec::new())?;
    let name = &mut params.distinguished_name;
    name.push(DnType::CommonName, "Proofmark lab authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = params.self_signed(&key)?.pem();
    Ok(Authority {
        issuer: Issuer::new(params, key),
        pem,
    })
}

/// The authority's certificate; empty where none could be made, which no manifest takes.
pub fn ca_pem() -> &'static str {
    authority()
        .map(|authority| authority.pem.as_str())
        .unwrap_or_default()
}

/// The certificate of a server at `ip`, as wrong as its switches say. None: it could not be made.
pub(crate) fn identity(spec: &TlsSpec, ip: IpAddr) -> Option<Identity> {
    let switch = &spec.switch;
    let made = [
        (switch.weak_signature, SHA1),
        (switch.close_primes, CLOSE_PRIMES),
        (switch.small_exponent, EXPONENT_3),
    ];
    match made.into_iter().find(|(wanted, _)| *wanted) {
        Some((_, pem)) => Some(Identity {
            chain: vec![CertificateDer::from_pem_slice(pem.as_bytes()).ok()?],
            key: PrivateKeyDer::from_pem_slice(pem.as_bytes()).ok()?,
            pem: pem.to_owned(),
        }),
        None => issue(spec, ip).ok().flatten(),
    }
}

/// The key that everybody has, or one with a name, which is made once, or a new one.
fn key(published: bool, name: Option<&str>) -> Result<KeyPair, rcgen::Error> {
    static NAMED: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
    if published {
        return KeyPair::from_pem(PUBLISHED_KEY);
    }
    let Some(name) = name else {
        return KeyPair::generate();
    };
    // Whole keys only are put there, so that what a panic left is still true.
    let mut named = NAMED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(pem) = named.get(name) {
        return KeyPair::from_pem(pem);
    }
    let key = KeyPair::generate()?;
    named.insert(name.to_owned(), key.serialize_pem());
    Ok(key)
}

/// The public half of such a key, as a point of P-256; empty where it could not be made.
pub(crate) fn public_point(published: bool, name: Option<&str>) -> Vec<u8> {
    let key = key(published, name);
    key.map(|key| key.public_key_raw().to_vec())
        .unwrap_or_default()
}

/// The certificate and key of a server at `ip`, as servers read them from one file.
pub(crate) fn pem(spec: &TlsSpec, ip: IpAddr) -> io::Result<String> {
    let identity = identity(spec, ip);
    let pem = identity.map(|identity| identity.pem);
    pem.ok_or_else(|| io::Error::other("no certificate could be made"))
}

fn issue(spec: &TlsSpec, ip: IpAddr) -> Result<Option<Identity>, rcgen::Error> {
    let names = match spec.switch.wrong_name {
        true => vec!["somebody-else.local".to_owned()],
        false => spec.names.clone(),
    };
    let mut params = CertificateParams::new(names)?;
    if !spec.switch.wrong_name {
        params.subject_alt_names.push(SanType::IpAddress(ip));
    }
    let common = spec
        .names
        .first()
        .cloned()
        .unwrap_or_else(|| ip.to_string());
    params.distinguished_name.push(DnType::CommonName, common);
    if spec.switch.expired {
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    }
    if spec.switch.not_yet_valid {
        params.not_before = rcgen::date_time_ymd(4000, 1, 1);
    }
    if spec.switch.can_sign {
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    }
    if spec.switch.for_clients {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    }
    if spec.switch.cannot_sign {
        params.key_usages = vec![KeyUsagePurpose::KeyEncipherment];
    }
    if spec.switch.serial_zero {
        params.serial_number = Some(SerialNumber::from(vec![0]));
    }
    let key = match spec.rsa {
        true => KeyPair::from_pem(RSA)?,
        false => key(spec.switch.published_key, spec.key.as_deref())?,
    };
    let certificate = match (spec.switch.self_signed, authority()) {
        (true, _) => params.self_signed(&key)?,
        (false, Some(authority)) => params.signed_by(&key, &authority.issuer)?,
        (false, None) => return Ok(None),
    };
    let mut chain = vec![certificate.der().clone()];
    if spec.switch.odd_chain {
        let odd = KeyPair::generate()?;
        let odd =
            CertificateParams::new(vec!["somebody-else.local".to_owned()])?.self_signed(&odd)?;
        chain.push(odd.der().clone());
    }
    let pem = format!("{}{}", certificate.pem(), key.serialize_pem());
    let key = PrivateKeyDer::try_from(key.serialize_der()).ok();
    Ok(key.map(|key| Identity { chain, key, pem }))
}
