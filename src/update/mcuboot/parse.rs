//! The layout of an image: header, body, protected TLV area, TLV area, and what comes after.
//!
//! Little endian throughout. Nothing is judged here but whether the sizes agree with each other and with
//! the file.

use std::fmt;

/// The first four bytes of an image, little endian.
pub(super) const MAGIC: u32 = 0x96f3_b83d;
/// The same in the layout that MCUboot used before 2018.
const OLD_MAGIC: u32 = 0x96f3_b83c;
pub(super) const HEADER_SIZE: usize = 32;
/// Where the version's build number stands in the header.
pub(super) const BUILD_AT: usize = 24;
/// A TLV area begins with its magic and its size, a TLV with its type and its length.
pub(super) const HEAD: usize = 4;

/// An image, its parts borrowed from the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image<'a> {
    pub header: Header,
    pub body: &'a [u8],
    pub protected: Vec<Tlv<'a>>,
    pub unprotected: Vec<Tlv<'a>>,
    /// What hash and signature cover: header, body, protected TLV area.
    pub covered: &'a [u8],
    /// What stands after the last TLV.
    pub trailing: &'a [u8],
}

/// The header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub load_address: u32,
    /// In bytes, with its padding.
    pub header_size: u16,
    /// Of the protected TLV area with its own head, in bytes; 0 where there is none.
    pub protected_size: u16,
    /// In bytes.
    pub body_size: u32,
    pub flags: u32,
    pub version: Version,
}

/// A version, ordered as bootloaders order it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    pub major: u8,
    pub minor: u8,
    pub revision: u16,
    pub build: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            major,
            minor,
            revision,
            build,
        } = self;
        write!(f, "{major}.{minor}.{revision}+{build}")
    }
}

impl Version {
    /// Reads it as it is [shown](fmt::Display): `1.2.3+4`.
    pub fn read(text: &str) -> Option<Self> {
        let (release, build) = text.split_once('+')?;
        let mut parts = release.split('.');
        let version = Self {
            major: parts.next()?.parse().ok()?,
            minor: parts.next()?.parse().ok()?,
            revision: parts.next()?.parse().ok()?,
            build: build.parse().ok()?,
        };
        (parts.next().is_none() && version.to_string() == text).then_some(version)
    }

    /// Whether a device that says this shows this version. Devices write a `v` before it or leave the build
    /// number out.
    pub fn is_shown_as(self, text: &str) -> bool {
        let text = text.trim();
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let Self {
            major,
            minor,
            revision,
            build,
        } = self;
        let release = format!("{major}.{minor}.{revision}");
        text == release
            || text == format!("{release}+{build}")
            || text == format!("{release}.{build}")
    }
}

/// A type, a length, and as many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tlv<'a> {
    pub kind: u16,
    pub value: &'a [u8],
}

/// One of the two TLV areas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    Protected,
    Unprotected,
}

impl Area {
    pub(super) fn magic(self) -> u16 {
        match self {
            Self::Protected => 0x6908,
            Self::Unprotected => 0x6907,
        }
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Protected => "protected TLV area",
            Self::Unprotected => "TLV area",
        })
    }
}

/// Why a file is no image, or a damaged one. Offsets count from the start of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    #[error("not an MCUboot image")]
    NotMcuboot,
    #[error("an MCUboot image in the layout of before 2018, which no later bootloader accepts")]
    OldLayout,
    #[error("a big-endian MCUboot image, which is not looked into")]
    BigEndian,
    #[error("the {part} should reach to byte {end}, and the file ends at {have}")]
    Truncated {
        part: &'static str,
        end: usize,
        have: usize,
    },
    #[error("the header claims a size of {claimed} bytes, and has {HEADER_SIZE} at least")]
    HeaderSize { claimed: u16 },
    #[error("no {area} at byte {at}: it would begin with {:#06x}, and {found:#06x} stands there", area.magic())]
    AreaMagic { area: Area, at: usize, found: u16 },
    #[error("the {area} at byte {at} claims {claimed} bytes, and its own head has {HEAD}")]
    AreaSize { area: Area, at: usize, claimed: u16 },
    #[error("the header claims {header} bytes of protected TLVs, and the area itself {area}")]
    ProtectedSize { header: u16, area: u16 },
    #[error("a TLV at byte {at} reaches past the end of the {area}")]
    TlvPastArea { area: Area, at: usize },
}

impl ParseError {
    /// Whether it says that this is no image that could be looked into, rather than a damaged one.
    pub fn is_foreign(self) -> bool {
        matches!(self, Self::NotMcuboot | Self::OldLayout | Self::BigEndian)
    }
}

/// Parses an image.
///
/// # Errors
///
/// [`ParseError`], for the first size that does not agree.
pub fn parse(bytes: &[u8]) -> Result<Image<'_>, ParseError> {
    match bytes.first_chunk().map(|magic| u32::from_le_bytes(*magic)) {
        Some(MAGIC) => {}
        Some(OLD_MAGIC) => return Err(ParseError::OldLayout),
        Some(magic) if magic.swap_bytes() == MAGIC => return Err(ParseError::BigEndian),
        _ => return Err(ParseError::NotMcuboot),
    }
    let header = header(slice(bytes, 0, HEADER_SIZE, "header")?)?;
    let body_at = usize::from(header.header_size);
    slice(bytes, 0, body_at, "header")?;
    let body_size = usize::try_from(header.body_size).unwrap_or(usize::MAX);
    let body = slice(bytes, body_at, body_size, "body")?;
    let mut at = body_at + body_size;
    let mut protected = Vec::new();
    if header.protected_size > 0 {
        let size;
        (protected, size) = area(bytes, at, Area::Protected)?;
        if size != header.protected_size {
            return Err(ParseError::ProtectedSize {
                header: header.protected_size,
                area: size,
            });
        }
        at += usize::from(size);
    }
    let (unprotected, size) = area(bytes, at, Area::Unprotected)?;
    let (covered, rest) = bytes.split_at(at);
    Ok(Image {
        header,
        body,
        protected,
        unprotected,
        covered,
        trailing: &rest[usize::from(size)..],
    })
}

fn header(bytes: &[u8]) -> Result<Header, ParseError> {
    let header = Header {
        load_address: u32_at(bytes, 4),
        header_size: u16_at(bytes, 8),
        protected_size: u16_at(bytes, 10),
        body_size: u32_at(bytes, 12),
        flags: u32_at(bytes, 16),
        version: Version {
            major: bytes[20],
            minor: bytes[21],
            revision: u16_at(bytes, 22),
            build: u32_at(bytes, BUILD_AT),
        },
    };
    if usize::from(header.header_size) < HEADER_SIZE {
        let claimed = header.header_size;
        return Err(ParseError::HeaderSize { claimed });
    }
    Ok(header)
}

/// The TLVs of the area that begins at a place, and its size with its head.
fn area(bytes: &[u8], at: usize, area: Area) -> Result<(Vec<Tlv<'_>>, u16), ParseError> {
    let part = match area {
        Area::Protected => "protected TLV area",
        Area::Unprotected => "TLV area",
    };
    let head = slice(bytes, at, HEAD, part)?;
    let found = u16_at(head, 0);
    if found != area.magic() {
        return Err(ParseError::AreaMagic { area, at, found });
    }
    let claimed = u16_at(head, 2);
    let size = usize::from(claimed);
    if size < HEAD {
        return Err(ParseError::AreaSize { area, at, claimed });
    }
    let whole = slice(bytes, at, size, part)?;
    let mut rest = &whole[HEAD..];
    let mut tlvs = Vec::new();
    while !rest.is_empty() {
        let past = ParseError::TlvPastArea {
            area,
            at: at + size - rest.len(),
        };
        let (head, after) = rest.split_at_checked(HEAD).ok_or(past)?;
        let length = usize::from(u16_at(head, 2));
        let (value, after) = after.split_at_checked(length).ok_or(past)?;
        let kind = u16_at(head, 0);
        tlvs.push(Tlv { kind, value });
        rest = after;
    }
    Ok((tlvs, claimed))
}

fn slice<'a>(
    bytes: &'a [u8],
    at: usize,
    size: usize,
    part: &'static str,
) -> Result<&'a [u8], ParseError> {
    let end = at.saturating_add(size);
    bytes.get(at..end).ok_or(ParseError::Truncated {
        part,
        end,
        have: bytes.len(),
    })
}

/// Both are asked only for places within a slice whose length was checked.
fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}
