//! Named groups (IANA "TLS Supported Groups", as of 2024).

/// A curve, a group of integers, or a hybrid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    pub code: u16,
    pub name: &'static str,
    /// Bits of the field.
    pub bits: u16,
}

const fn named(code: u16, name: &'static str, bits: u16) -> Group {
    Group { code, name, bits }
}

/// Curves that may be named up to TLS 1.2 (RFC 8422, RFC 4492, RFC 7027), strong ones first. The groups of integers
/// are not among them: who names them there binds servers that choose their own (RFC 7919, section 4).
pub const GROUPS: &[Group] = &[
    named(0x001d, "x25519", 255),
    named(0x0017, "secp256r1", 256),
    named(0x0018, "secp384r1", 384),
    named(0x0019, "secp521r1", 521),
    named(0x001e, "x448", 448),
    named(0x001a, "brainpoolP256r1", 256),
    named(0x001b, "brainpoolP384r1", 384),
    named(0x001c, "brainpoolP512r1", 512),
    named(0x0016, "secp256k1", 256),
    named(0x000e, "sect571r1", 571),
    named(0x000d, "sect571k1", 571),
    named(0x000c, "sect409r1", 409),
    named(0x000b, "sect409k1", 409),
    named(0x000a, "sect283r1", 283),
    named(0x0009, "sect283k1", 283),
    named(0x0008, "sect239k1", 239),
    named(0x0007, "sect233r1", 233),
    named(0x0006, "sect233k1", 233),
    named(0x0015, "secp224r1", 224),
    named(0x0014, "secp224k1", 224),
    named(0x0013, "secp192r1", 192),
    named(0x0012, "secp192k1", 192),
    named(0x0005, "sect193r2", 193),
    named(0x0004, "sect193r1", 193),
    named(0x0003, "sect163r2", 163),
    named(0x0002, "sect163r1", 163),
    named(0x0001, "sect163k1", 163),
    named(0x0011, "secp160r2", 160),
    named(0x0010, "secp160r1", 160),
    named(0x000f, "secp160k1", 160),
];

/// Groups that may be named in TLS 1.3 (RFC 8446, section 4.2.7; RFC 8734; RFC 8998; draft-ietf-tls-ecdhe-mlkem).
pub const GROUPS_13: &[Group] = &[
    named(0x001d, "x25519", 255),
    named(0x0017, "secp256r1", 256),
    named(0x0018, "secp384r1", 384),
    named(0x0019, "secp521r1", 521),
    named(0x001e, "x448", 448),
    named(0x11ec, "X25519MLKEM768", 255),
    named(0x11eb, "SecP256r1MLKEM768", 256),
    named(0x11ed, "SecP384r1MLKEM1024", 384),
    named(0x6399, "X25519Kyber768Draft00", 255),
    named(0x001f, "brainpoolP256r1tls13", 256),
    named(0x0020, "brainpoolP384r1tls13", 384),
    named(0x0021, "brainpoolP512r1tls13", 512),
    named(0x0029, "curveSM2", 256),
    named(0x0100, "ffdhe2048", 2048),
    named(0x0101, "ffdhe3072", 3072),
    named(0x0102, "ffdhe4096", 4096),
    named(0x0103, "ffdhe6144", 6144),
    named(0x0104, "ffdhe8192", 8192),
];

/// The group of a number.
pub fn group(code: u16) -> Option<&'static Group> {
    let mut all = GROUPS.iter().chain(GROUPS_13);
    all.find(|group| group.code == code)
}

/// The group of a name.
pub fn group_named(name: &str) -> Option<&'static Group> {
    let mut all = GROUPS.iter().chain(GROUPS_13);
    all.find(|group| group.name == name)
}
