//! Signature algorithms (IANA "TLS SignatureScheme"; up to TLS 1.2 a hash and a key, RFC 5246, section 7.4.1.4.1).

/// What a handshake is signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    pub code: u16,
    pub name: &'static str,
    /// MD5 or SHA-1, which collide.
    pub broken: bool,
}

const fn good(code: u16, name: &'static str) -> Signature {
    let broken = false;
    Signature { code, name, broken }
}

const fn broken(code: u16, name: &'static str) -> Signature {
    let broken = true;
    Signature { code, name, broken }
}

/// Those that are offered, good ones first.
pub const SIGNATURES: &[Signature] = &[
    good(0x0403, "ecdsa_secp256r1_sha256"),
    good(0x0503, "ecdsa_secp384r1_sha384"),
    good(0x0603, "ecdsa_secp521r1_sha512"),
    good(0x0807, "ed25519"),
    good(0x0808, "ed448"),
    good(0x0804, "rsa_pss_rsae_sha256"),
    good(0x0805, "rsa_pss_rsae_sha384"),
    good(0x0806, "rsa_pss_rsae_sha512"),
    good(0x0809, "rsa_pss_pss_sha256"),
    good(0x080a, "rsa_pss_pss_sha384"),
    good(0x080b, "rsa_pss_pss_sha512"),
    good(0x0401, "rsa_pkcs1_sha256"),
    good(0x0501, "rsa_pkcs1_sha384"),
    good(0x0601, "rsa_pkcs1_sha512"),
    good(0x0402, "dsa_sha256"),
    good(0x0502, "dsa_sha384"),
    good(0x0602, "dsa_sha512"),
    good(0x0303, "ecdsa_sha224"),
    good(0x0301, "rsa_pkcs1_sha224"),
    good(0x0302, "dsa_sha224"),
    broken(0x0203, "ecdsa_sha1"),
    broken(0x0201, "rsa_pkcs1_sha1"),
    broken(0x0202, "dsa_sha1"),
    broken(0x0103, "ecdsa_md5"),
    broken(0x0101, "rsa_pkcs1_md5"),
    broken(0x0102, "dsa_md5"),
];

/// The signature algorithm of a number.
pub fn signature(code: u16) -> Option<&'static Signature> {
    SIGNATURES.iter().find(|it| it.code == code)
}
