//! What can be told about a package from the file alone, in a form that stays stable.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::development_keys::DevelopmentKey;
use super::key::{KeyKind, PublicKey};
use super::mcuboot;

/// The format of [`Inspection`].
pub const INSPECTION_FORMAT: &str = "proofmark-inspection/1";

/// What an update package is, and whether it is signed and intact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Inspection {
    /// Always `proofmark-inspection/1`.
    pub format: String,
    pub package: PackageFormat,
    /// Of the file, in bytes.
    pub size: u64,
    /// Of the file, hex.
    pub sha256: String,
    pub conclusion: Conclusion,
    /// The version that the package claims; none where the file is too damaged to tell.
    pub version: Option<String>,
    /// SHA-256 of what is to be installed, without header and signature, hex.
    pub content_sha256: Option<String>,
    pub hash: Option<Hash>,
    /// None where the package is not signed.
    pub signature: Option<Signature>,
    /// How the package names the key that signed it.
    pub key: Option<KeyName>,
    /// SHA-256 of the SubjectPublicKeyInfo of the key that was given to check with, hex.
    pub checked_with: Option<String>,
    /// The published key that signed it, whose private half everybody has.
    pub development_key: Option<DevelopmentKey>,
    pub anti_rollback: AntiRollback,
    /// What the package says about itself, as in `encrypted-aes-128`.
    pub flags: Vec<String>,
    /// What makes the package other than a well-formed, signed and intact one.
    pub problems: Vec<Problem>,
    /// What is worth knowing and no problem.
    pub notes: Vec<String>,
}

/// The formats that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PackageFormat {
    McubootImage,
}

impl PackageFormat {
    pub fn name(self) -> &'static str {
        match self {
            Self::McubootImage => "MCUboot image",
        }
    }
}

/// What follows from all checks together, worst first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Conclusion {
    /// Structure, hash or signature does not hold.
    Broken,
    /// Nobody signed it.
    Unsigned,
    /// Signed by a key whose private half is public: anybody could have.
    PublicKey,
    /// It could not be decided, because the package is encrypted or its algorithm is not known here.
    Undecided,
    /// Signed, with an intact hash, and no key was given to check the signature with.
    NotVerified,
    /// Signed by the key that was given, and intact.
    Intact,
}

/// The hash that the package carries. It has no key: whoever changes a package can repair it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hash {
    /// As in `SHA-256`.
    pub algorithm: String,
    pub check: HashCheck,
}

/// What came of checking the hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HashCheck {
    Absent,
    Intact,
    Broken,
    /// It covers the content before encryption.
    Encrypted,
}

/// The signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Signature {
    /// None for an algorithm that is not known here.
    pub algorithm: Option<KeyKind>,
    /// Whether it covers the content itself and not its hash.
    pub pure: bool,
    pub check: SignatureCheck,
}

/// What came of checking the signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureCheck {
    Absent,
    /// By the key that was given.
    Valid,
    /// By the key that the package carries, which says nothing about whose key that is.
    SelfConsistent,
    Invalid,
    /// No key was given, and the package carries none.
    NotChecked,
    /// It covers the content before encryption.
    Encrypted,
    Unsupported,
}

/// How a package names a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyName {
    pub naming: KeyNaming,
    /// Lower-case hex.
    pub fingerprint: String,
    /// Whether it names the key that was given; none where none was.
    pub is_given: Option<bool>,
}

/// What the fingerprint of a [`KeyName`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeyNaming {
    /// MCUboot's KEYHASH: the digest of the public key by the hash of the image.
    Keyhash,
    /// MCUboot's PUBKEY: the package carries the whole key, and this is its SHA-256.
    Pubkey,
}

/// What keeps an older package out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AntiRollback {
    /// MCUboot's SEC_CNT from the signed part. Without one only the version can be compared.
    pub security_counter: Option<u32>,
}

/// Something wrong with a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    pub code: ProblemCode,
    /// For a person; harmless to show.
    pub message: String,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemCode {
    /// Sizes disagree with each other or with the file; nothing further was looked at.
    Malformed,
    /// There is no hash.
    NoHash,
    /// The hash is not that of the content.
    HashBroken,
    /// There is no signature.
    Unsigned,
    /// The signature is not the key's.
    SignatureInvalid,
    /// The signature's algorithm is not known here, or not used with this hash.
    SignatureUnsupported,
    /// Hash and signature cover the content before encryption.
    Encrypted,
    /// Signed by a public development key.
    PublicKey,
    /// The package names no key, and a bootloader takes the signature of no key for none.
    NoKeyNamed,
    /// The package names another key than the one that was given.
    OtherKey,
    /// What must be signed stands outside the signed part, where an old bootloader believes it (CVE-2024-32883).
    UnprotectedTlv,
    /// What may stand there once stands there twice.
    DuplicateTlv,
    /// A value has another length than its kind.
    TlvLength,
    /// Bytes after the package that are neither padding nor a slot's trailer.
    TrailingBytes,
}

impl ProblemCode {
    /// What it makes of a package.
    fn conclusion(self) -> Conclusion {
        match self {
            Self::Unsigned => Conclusion::Unsigned,
            Self::PublicKey => Conclusion::PublicKey,
            Self::Encrypted | Self::SignatureUnsupported => Conclusion::Undecided,
            _ => Conclusion::Broken,
        }
    }
}

impl Conclusion {
    /// What people read.
    pub fn words(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::Unsigned => "not signed",
            Self::PublicKey => "signed by a public development key, which is as good as not signed",
            Self::Undecided => "could not be decided",
            Self::NotVerified => {
                "signed, hash intact; whose signature it is was not checked (--key)"
            }
            Self::Intact => "signed by the given key, and intact",
        }
    }

    /// The worst of all problems; without any, what the check of the signature allows.
    pub(super) fn of(problems: &[Problem], signature: SignatureCheck) -> Self {
        let best = match signature {
            SignatureCheck::Valid => Self::Intact,
            _ => Self::NotVerified,
        };
        problems
            .iter()
            .map(|problem| problem.code.conclusion())
            .min()
            .unwrap_or(best)
    }
}

/// Not a package in a format that is known here, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoPackage(pub String);

/// Inspects a package: what it says, and whether hash and signature hold. Without a key the signature
/// is checked only where the package carries its key.
///
/// A damaged package is a result, with a problem.
///
/// # Errors
///
/// [`NoPackage`], where the file is something else.
pub fn inspect(bytes: &[u8], key: Option<&PublicKey>) -> Result<Inspection, NoPackage> {
    mcuboot::describe(bytes, key)
}
