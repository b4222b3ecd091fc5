//! Whose key signed a certificate, and over which hash.

use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1,
    ED25519, RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_2048_8192_SHA384, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
    RSA_PSS_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};
use x509_parser::certificate::X509Certificate;
use x509_parser::objects::{oid_registry, oid2sn};
use x509_parser::oid_registry::Oid;
use x509_parser::signature_algorithm::RsaSsaPssParams;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use crate::keys::PublicKey;
use crate::text::shown;

/// `id-RSASSA-PSS` (RFC 4055, section 3.1): its hash stands in the parameters.
const RSA_PSS: &str = "1.2.840.113549.1.1.10";

/// As in `ecdsa-with-SHA256` and `rsassa-pss-SHA256`, or the identifier's numbers.
pub fn algorithm(identifier: &AlgorithmIdentifier<'_>) -> String {
    match identifier.algorithm.to_id_string().as_str() {
        // RFC 3279, section 2.2.3: the one that the registry lacks.
        "1.2.840.10045.4.1" => "ecdsa-with-SHA1".to_owned(),
        RSA_PSS => match pss_hash(identifier) {
            Some(hash) => format!("rsassa-pss-{hash}"),
            None => "rsassa-pss".to_owned(),
        },
        _ => named(&identifier.algorithm),
    }
}

fn named(oid: &Oid<'_>) -> String {
    match oid2sn(oid, oid_registry()) {
        Ok(name) => name.to_owned(),
        Err(_) => shown(oid.to_id_string(), 60),
    }
}

/// The hash of RSASSA-PSS; without a word about it SHA-1 (RFC 4055, section 3.1).
fn pss_hash(identifier: &AlgorithmIdentifier<'_>) -> Option<&'static str> {
    let parameters = RsaSsaPssParams::try_from(identifier.parameters.as_ref()?).ok()?;
    match parameters.hash_algorithm_oid().to_id_string().as_str() {
        "1.3.14.3.2.26" => Some("SHA1"),
        "2.16.840.1.101.3.4.2.4" => Some("SHA224"),
        "2.16.840.1.101.3.4.2.1" => Some("SHA256"),
        "2.16.840.1.101.3.4.2.2" => Some("SHA384"),
        "2.16.840.1.101.3.4.2.3" => Some("SHA512"),
        _ => None,
    }
}

/// Whether this key signed a certificate. None: that cannot be checked here.
pub fn signed_by(
    certificate: &X509Certificate<'_>,
    key: &SubjectPublicKeyInfo<'_>,
) -> Option<bool> {
    let algorithm = verification(&certificate.signature_algorithm, key)?;
    let key = UnparsedPublicKey::new(algorithm, &key.subject_public_key.data);
    let message = certificate.tbs_certificate.as_ref();
    let signature = &certificate.signature_value.data;
    Some(key.verify(message, signature).is_ok())
}

fn verification(
    identifier: &AlgorithmIdentifier<'_>,
    key: &SubjectPublicKeyInfo<'_>,
) -> Option<&'static dyn VerificationAlgorithm> {
    let key = PublicKey::of_spki(key.raw).ok()?;
    let curve = match &key {
        PublicKey::Elliptic { curve, .. } => curve.name,
        _ => "",
    };
    // Beyond these ring takes no modulus at all.
    let (small, usual) = match &key {
        PublicKey::Rsa { .. } => (
            (1024..=8192).contains(&key.bits()),
            (2048..=8192).contains(&key.bits()),
        ),
        _ => (false, false),
    };
    let rsa: &[(&str, bool, &'static dyn VerificationAlgorithm)] = &[
        (
            "1.2.840.113549.1.1.5",
            small,
            &RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
        ),
        (
            "1.2.840.113549.1.1.11",
            small,
            &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        ),
        ("1.2.840.113549.1.1.12", usual, &RSA_PKCS1_2048_8192_SHA384),
        (
            "1.2.840.113549.1.1.13",
            small,
            &RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        ),
    ];
    let oid = identifier.algorithm.to_id_string();
    match (oid.as_str(), curve) {
        ("1.2.840.10045.4.3.2", "P-256") => Some(&ECDSA_P256_SHA256_ASN1),
        ("1.2.840.10045.4.3.2", "P-384") => Some(&ECDSA_P384_SHA256_ASN1),
        ("1.2.840.10045.4.3.3", "P-256") => Some(&ECDSA_P256_SHA384_ASN1),
        ("1.2.840.10045.4.3.3", "P-384") => Some(&ECDSA_P384_SHA384_ASN1),
        ("1.3.101.112", _) if matches!(key, PublicKey::Ed25519(_)) => Some(&ED25519),
        (RSA_PSS, _) if usual => match pss_hash(identifier)? {
            "SHA256" => Some(&RSA_PSS_2048_8192_SHA256),
            "SHA384" => Some(&RSA_PSS_2048_8192_SHA384),
            "SHA512" => Some(&RSA_PSS_2048_8192_SHA512),
            _ => None,
        },
        (oid, _) => rsa
            .iter()
            .find(|(it, fits, _)| *it == oid && *fits)
            .map(|(_, _, algorithm)| *algorithm),
    }
}
