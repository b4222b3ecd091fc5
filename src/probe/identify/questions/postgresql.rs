//! PostgreSQL (documentation, "Frontend/Backend Protocol", sections "Start-up" and "Message Formats"): a version that
//! nobody has, so that nobody is logged in, draws ErrorResponse.

use super::super::question::Question;
use super::read::{be32, behind, slice};
use crate::observation::Protocol;

pub(in super::super) const QUESTION: Question = Question {
    word: "postgresql-version",
    protocol: Protocol::Postgresql,
    usual: &[5432],
    inside: false,
    says: &[b"\0\0\0\x08\0\xff\0\xff"],
    tell,
};

/// `E`, a length, and fields: a severity that ends the connection, and a code of five characters.
fn tell(bytes: &[u8]) -> Option<Option<String>> {
    let fields = slice(bytes, 5, be32(bytes, 1)?.checked_sub(4)?)?;
    let code = behind(fields, b"\0C")?;
    let fatal = [&b"SFATAL\0"[..], b"VFATAL\0"];
    let ends = fatal.iter().any(|it| behind(fields, it).is_some());
    (bytes[0] == b'E' && ends && *code.get(5)? == 0).then_some(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_version_is_refused() {
        let fields = b"SFATAL\0VFATAL\0C0A000\0Munsupported frontend protocol 255.255\0\0";
        let length = u8::try_from(fields.len() + 4).unwrap();
        let answer = [&[b'E', 0, 0, 0, length][..], fields].concat();
        assert_eq!(tell(&answer), Some(None));
        assert_eq!(tell(&answer[..40]), None);
        assert_eq!(tell(b"E\0\0\0\x00SFATAL\0C0A000\0"), None);
    }
}
