//! Host keys as SSH sends them: RFC 4253, section 6.6; RFC 5656, section 3.1; RFC 8709, section 4.

use super::encoding::trimmed;
use super::{Curve, PublicKey, Unread};

/// Reads a key. Nothing may follow it.
pub(super) fn key(blob: &[u8]) -> Result<PublicKey, Unread> {
    let mut fields = Fields(blob);
    let kind = fields.string()?;
    let key = match kind {
        b"ssh-rsa" => {
            let exponent = fields.number()?;
            let modulus = fields.number()?;
            PublicKey::Rsa { modulus, exponent }
        }
        b"ssh-dss" => PublicKey::Dsa {
            p: fields.number()?,
            q: fields.number()?,
            g: fields.number()?,
            y: fields.number()?,
        },
        b"ssh-ed25519" => PublicKey::Ed25519(fields.raw(32)?),
        b"ssh-ed448" => PublicKey::Ed448(fields.raw(57)?),
        _ => {
            let curve = kind.strip_prefix(b"ecdsa-sha2-").and_then(Curve::of_ssh);
            let curve = curve.ok_or(Unread::UnknownKind)?;
            // The name stands there twice.
            if Curve::of_ssh(fields.string()?) != Some(curve) {
                return Err(Unread::Malformed);
            }
            PublicKey::elliptic(curve, fields.string()?)?
        }
    };
    match fields.0 {
        [] => Ok(key),
        _ => Err(Unread::Malformed),
    }
}

/// What is left of a blob.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// Four bytes of length, and as many bytes (RFC 4251, section 5).
    fn string(&mut self) -> Result<&'a [u8], Unread> {
        let (length, rest) = self.0.split_first_chunk::<4>().ok_or(Unread::Malformed)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| Unread::Malformed)?;
        let (string, rest) = rest.split_at_checked(length).ok_or(Unread::Malformed)?;
        self.0 = rest;
        Ok(string)
    }

    fn number(&mut self) -> Result<Vec<u8>, Unread> {
        Ok(trimmed(self.string()?).to_vec())
    }

    fn raw(&mut self, length: usize) -> Result<Vec<u8>, Unread> {
        let bytes = self.string()?;
        match bytes.len() == length {
            true => Ok(bytes.to_vec()),
            false => Err(Unread::Malformed),
        }
    }
}
