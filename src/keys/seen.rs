//! The public keys that a fact shows.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::PublicKey;
use crate::observation::{DtlsAudit, Observation, ShownCertificate, TlsCertificate};

/// The key of a certificate that was shown. None: it cannot be read.
pub fn shown_by(certificate: &TlsCertificate) -> Option<PublicKey> {
    let der = STANDARD.decode(&certificate.der).ok()?;
    PublicKey::of_certificate(&der).ok()
}

/// Every key that a fact shows, as often as it does. One that cannot be read is for whoever judges.
pub fn seen_in(fact: &Observation) -> Vec<PublicKey> {
    match fact {
        Observation::Tls(tls) => tls.chain.iter().filter_map(shown_by).collect(),
        Observation::TlsAudit(audit) | Observation::Dtls(DtlsAudit { tls: audit, .. }) => {
            let shown = audit.certificates.iter();
            let shown = shown.map(|ShownCertificate { certificate, .. }| certificate);
            shown.filter_map(shown_by).collect()
        }
        Observation::Ssh(ssh) => {
            let blobs = ssh.host_keys.iter();
            let blobs = blobs.filter_map(|it| STANDARD.decode(&it.key).ok());
            blobs
                .filter_map(|blob| PublicKey::of_ssh(&blob).ok())
                .collect()
        }
        _ => Vec::new(),
    }
}
