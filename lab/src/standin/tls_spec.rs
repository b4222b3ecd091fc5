//! What TLS in front of a stand-in is, and the faults that are switched on.

use serde::Deserialize;

use super::tls_raw::Raw;

/// TLS 1.2 and 1.3 with a certificate of the lab's authority, for its names and the device's address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSpec {
    #[serde(default)]
    pub names: Vec<String>,
    /// The name of its key; whatever has the same has the same key. Absent: a key of its own.
    pub key: Option<String>,
    /// Its key is an RSA key of 2048 bits, always the same, instead of one of P-256.
    #[serde(default)]
    pub rsa: bool,
    #[serde(default)]
    pub switch: TlsSwitches,
}

/// The faults of a TLS server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsSwitches {
    /// The certificate vouches for itself.
    pub self_signed: bool,
    /// The certificate ended in 2020.
    pub expired: bool,
    /// The certificate begins in the year 4000.
    pub not_yet_valid: bool,
    /// The certificate is for another name, and for no address.
    pub wrong_name: bool,
    /// The certificate may sign others.
    pub can_sign: bool,
    /// The certificate is for clients.
    pub for_clients: bool,
    /// The certificate permits its key to decipher keys, and not to sign.
    pub cannot_sign: bool,
    /// The certificate's serial number is 0.
    pub serial_zero: bool,
    /// A certificate that has nothing to do with it follows the certificate.
    pub odd_chain: bool,
    /// The certificate is signed with SHA-1, by itself.
    pub weak_signature: bool,
    /// The key is one that everybody has.
    pub published_key: bool,
    /// The primes of the key are neighbours; the certificate vouches for itself.
    pub close_primes: bool,
    /// The exponent of the key is 3; the certificate vouches for itself.
    pub small_exponent: bool,
    /// A hello below TLS 1.2 is answered by a ServerHello for TLS 1.0.
    pub accepts_tls10: bool,
    /// A hello below TLS 1.2 is answered so, instead of by a refusal.
    pub old: Option<Raw>,
    /// A hello of TLS 1.2 that offers nothing it takes is answered so, instead of by a refusal.
    pub rest: Option<Raw>,
    /// So many hellos are answered; from then on it takes connections and says nothing.
    pub silent_after: Option<u64>,
    /// Takes a suite that encrypts nothing, and hangs up on whoever offers none or says something else.
    pub nothing_but_null: bool,
    /// Agrees to compression.
    pub compresses: bool,
    /// Answers a heartbeat that is shorter than it says by as much as it says.
    pub heartbleed: bool,
    /// Answers such a heartbeat by no more than what it brought.
    pub answers_heartbeats: bool,
    /// Shows an empty list of certificates with TLS 1.2.
    pub shows_none: bool,
    /// No fault: a hello whose server name is an address gets alert 47, whatever it offers.
    pub no_address_for_a_name: bool,
    /// No fault: what it says comes in segments of a few bytes.
    pub drips: bool,
}
