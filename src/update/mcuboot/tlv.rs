//! Types of TLVs and flags of the header, as in `image.h`.

pub(super) const KEYHASH: u16 = 0x01;
pub(super) const PUBKEY: u16 = 0x02;
pub(super) const SHA256: u16 = 0x10;
pub(super) const SHA384: u16 = 0x11;
pub(super) const SHA512: u16 = 0x12;
pub(super) const RSA2048_PSS: u16 = 0x20;
pub(super) const ECDSA224: u16 = 0x21;
pub(super) const ECDSA_SIG: u16 = 0x22;
pub(super) const RSA3072_PSS: u16 = 0x23;
pub(super) const ED25519: u16 = 0x24;
pub(super) const SIG_PURE: u16 = 0x25;
pub(super) const DEPENDENCY: u16 = 0x40;
pub(super) const SEC_CNT: u16 = 0x50;

pub(super) const FLAG_AES128: u32 = 0x04;
pub(super) const FLAG_AES256: u32 = 0x08;

const NAMES: &[(u16, &str)] = &[
    (KEYHASH, "KEYHASH"),
    (PUBKEY, "PUBKEY"),
    (SHA256, "SHA256"),
    (SHA384, "SHA384"),
    (SHA512, "SHA512"),
    (RSA2048_PSS, "RSA2048_PSS"),
    (ECDSA224, "ECDSA224"),
    (ECDSA_SIG, "ECDSA_SIG"),
    (RSA3072_PSS, "RSA3072_PSS"),
    (ED25519, "ED25519"),
    (SIG_PURE, "SIG_PURE"),
    (0x30, "ENC_RSA2048"),
    (0x31, "ENC_KW"),
    (0x32, "ENC_EC256"),
    (0x33, "ENC_X25519"),
    (0x34, "ENC_X25519_SHA512"),
    (DEPENDENCY, "DEPENDENCY"),
    (SEC_CNT, "SEC_CNT"),
    (0x60, "BOOT_RECORD"),
    (0x70, "DECOMP_SIZE"),
    (0x71, "DECOMP_SHA"),
    (0x72, "DECOMP_SIGNATURE"),
    (0x73, "COMP_DEC_SIZE"),
    (0x74, "UUID_VID"),
    (0x75, "UUID_CID"),
];

const FLAGS: &[(u32, &str)] = &[
    (0x01, "position-independent"),
    (FLAG_AES128, "encrypted-aes-128"),
    (FLAG_AES256, "encrypted-aes-256"),
    (0x10, "non-bootable"),
    (0x20, "ram-load"),
    (0x100, "rom-fixed"),
    (0x200, "compressed-lzma1"),
    (0x400, "compressed-lzma2"),
    (0x800, "compressed-arm-thumb"),
];

/// The name of a type, where it has one.
pub fn name(kind: u16) -> Option<&'static str> {
    NAMES
        .iter()
        .find(|(known, _)| *known == kind)
        .map(|(_, name)| *name)
}

/// A type for a person: `KEYHASH (0x0001)`, `0x00a0`.
pub(super) fn shown(kind: u16) -> String {
    name(kind).map_or_else(
        || format!("{kind:#06x}"),
        |name| format!("{name} ({kind:#06x})"),
    )
}

/// The names of the flags that are set; unknown ones as hex.
pub(super) fn flags(flags: u32) -> Vec<String> {
    let known = FLAGS.iter().fold(0, |all, (bit, _)| all | bit);
    let unknown = flags & !known;
    FLAGS
        .iter()
        .filter(|(bit, _)| flags & bit != 0)
        .map(|(_, name)| (*name).to_owned())
        .chain((unknown != 0).then(|| format!("{unknown:#x}")))
        .collect()
}

pub(super) fn is_hash(kind: u16) -> bool {
    matches!(kind, SHA256 | SHA384 | SHA512)
}

pub(super) fn is_key(kind: u16) -> bool {
    matches!(kind, KEYHASH | PUBKEY)
}

pub(super) fn is_signature(kind: u16) -> bool {
    matches!(
        kind,
        RSA2048_PSS | ECDSA224 | ECDSA_SIG | RSA3072_PSS | ED25519
    )
}

/// What may stand outside the signed part: the list that bootloaders since the fix of CVE-2024-32883
/// hold (`allowed_unprot_tlvs` in `image_validate.c`). Older ones believe whatever stands there.
pub(super) fn may_be_unprotected(kind: u16) -> bool {
    is_hash(kind) || is_key(kind) || is_signature(kind) || matches!(kind, SIG_PURE | 0x30..=0x34)
}

/// Whether an image may have several.
pub(super) fn may_repeat(kind: u16) -> bool {
    kind == DEPENDENCY || name(kind).is_none()
}
