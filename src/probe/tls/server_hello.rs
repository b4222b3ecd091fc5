//! The answer to a ClientHello: a ServerHello (RFC 8446, section 4.1.3; RFC 5246, section 7.4.1.3) or an alert.

use super::hello::{Hello, extension};
use super::record::{Item, Reader};
use crate::observation::{OfferAnswer, TlsVersion};

/// Bytes of an answer that are looked at. A ServerHello is about a hundred.
pub(in crate::probe) const LIMIT: usize = 16 * 1024;
/// Alerts by which a server plainly refuses: handshake_failure, protocol_version, inappropriate_fallback
/// and insufficient_security. The first and the last also say that no offered suite or group would do;
/// of the versions that must not be taken, a hello offers them all. Any other alert may have been set
/// off by something else in the hello.
const REFUSALS: [u8; 4] = [40, 70, 71, 86];
/// The random of a ServerHello that asks for another key share (RFC 8446, section 4.1.3).
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];
/// Extensions of a hello that are listed; it has no room for many more.
const EXTENSIONS: usize = 64;

/// Whether an alert plainly refuses.
pub(in crate::probe) fn refuses(alert: u8) -> bool {
    REFUSALS.contains(&alert)
}

/// A ServerHello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::probe) struct ServerHello {
    /// As in a hello; the extension's where there is one.
    pub version: u16,
    pub random: [u8; 32],
    pub suite: u16,
    pub compression: u8,
    /// Numbers of the extensions, as sent.
    pub extensions: Vec<u16>,
    /// The group of its key share, or the one that it asks for.
    pub group: Option<u16>,
}

impl ServerHello {
    /// Reads the body of a ServerHello, also of one that asks for another key share. None: it is none.
    pub(in crate::probe) fn read(body: &[u8]) -> Option<Self> {
        let (legacy, rest) = number(body)?;
        let (random, rest) = rest.split_first_chunk::<32>()?;
        let (&session, rest) = rest.split_first()?;
        let (_session, rest) = rest.split_at_checked(usize::from(session))?;
        let (suite, rest) = number(rest)?;
        let (&compression, rest) = rest.split_first()?;
        let mut hello = Self {
            version: legacy,
            random: *random,
            suite,
            compression,
            extensions: Vec::new(),
            group: None,
        };
        if !rest.is_empty() {
            let (length, rest) = number(rest)?;
            hello.read_extensions(rest.get(..usize::from(length))?)?;
        }
        Some(hello)
    }

    fn read_extensions(&mut self, mut rest: &[u8]) -> Option<()> {
        while !rest.is_empty() {
            let (kind, after) = number(rest)?;
            let (length, after) = number(after)?;
            let (content, after) = after.split_at_checked(usize::from(length))?;
            match kind {
                extension::SUPPORTED_VERSIONS => self.version = number(content)?.0,
                extension::KEY_SHARE => self.group = Some(number(content)?.0),
                _ => {}
            }
            if self.extensions.len() < EXTENSIONS {
                self.extensions.push(kind);
            }
            rest = after;
        }
        Some(())
    }

    /// Whether it asks for another key share.
    pub(in crate::probe) fn is_retry(&self) -> bool {
        self.random == RETRY
    }

    /// Whether it says this extension.
    pub(in crate::probe) fn says(&self, kind: u16) -> bool {
        self.extensions.contains(&kind)
    }

    /// What it chose that was never offered; none: nothing. The version of it: otherwise.
    pub(in crate::probe) fn judged_by(&self, hello: &Hello) -> Result<TlsVersion, &'static str> {
        let version = TlsVersion::of_wire(self.version).filter(|it| *it != TlsVersion::Ssl20);
        let Some(version) = version else {
            return Err("a version that does not exist");
        };
        let modern = hello.version == TlsVersion::Tls13;
        if version > hello.version || modern && version != hello.version {
            return Err("a version that was not offered");
        }
        if !hello.suites.contains(&self.suite) {
            return Err("a cipher suite that was not offered");
        }
        if !hello.compression.contains(&self.compression) {
            return Err("a compression that was not offered");
        }
        match self.group {
            Some(group) if modern && !hello.groups.contains(&group) => {
                Err("a group that was not offered")
            }
            _ => Ok(version),
        }
    }
}

/// What `bytes` say so far about an offer. None: more is needed.
pub(in crate::probe) fn read(bytes: &[u8], hello: &Hello) -> Option<OfferAnswer> {
    let mut reader = Reader::default();
    reader.push(bytes);
    Some(match reader.next() {
        Ok(None) => return None,
        Ok(Some(Item::Alert(alert))) if refuses(alert) => OfferAnswer::Refused { alert },
        Ok(Some(Item::Alert(alert))) => unclear(format!("alert {alert}, which does not say why")),
        Ok(Some(Item::Message { kind: 2, body })) => answer(&body, hello),
        Ok(Some(_)) => malformed("the first message is no ServerHello"),
        Err(fault) => malformed(fault),
    })
}

fn answer(body: &[u8], offered: &Hello) -> OfferAnswer {
    let Some(hello) = ServerHello::read(body) else {
        return malformed("a ServerHello that cannot be read");
    };
    match hello.judged_by(offered) {
        Ok(selected) => OfferAnswer::Accepted {
            selected,
            suite: format!("0x{:04x}", hello.suite),
        },
        Err(unasked) => malformed(unasked),
    }
}

pub(in crate::probe) fn number(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u16::from_be_bytes(*number), rest))
}

/// An answer that shows neither acceptance nor refusal.
pub(in crate::probe) fn unclear(detail: impl Into<String>) -> OfferAnswer {
    OfferAnswer::Unclear {
        detail: detail.into(),
    }
}

fn malformed(what: &str) -> OfferAnswer {
    unclear(format!("malformed: {what}"))
}

#[cfg(test)]
mod tests;
