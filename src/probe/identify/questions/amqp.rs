//! AMQP: 0-9-1 (section 4.2.2) and 1.0 (OASIS, part 2, section 2.2). Whoever speaks another version answers by its header.

use super::super::question::Question;
use super::read::{be16, be32, behind, product, slice};
use crate::observation::Protocol;

pub(in super::super) const QUESTION: Question = Question {
    word: "amqp-header",
    protocol: Protocol::Amqp,
    usual: &[5671, 5672],
    inside: true,
    says: &[b"AMQP\0\0\x09\x01"],
    tell,
};

/// Connection.Start with the server's properties, or a header.
pub(in super::super) fn tell(bytes: &[u8]) -> Option<Option<String>> {
    if let Some(version) = bytes.strip_prefix(b"AMQP").and_then(<[u8]>::first_chunk) {
        return match version {
            [0, 0, 9, 1] => None,
            [0 | 2 | 3, 1, 0, 0] => Some(Some("AMQP 1.0".to_owned())),
            [0 | 1, major @ ..] if major.iter().all(|it| *it < 10) => Some(None),
            _ => None,
        };
    }
    // Frame type 1 (method), channel 0, size; class 10, method 10 (section 1.4.2.1).
    let starts = bytes.starts_with(&[1, 0, 0]) && be16(bytes, 7)? == 10 && be16(bytes, 9)? == 10;
    starts.then(|| {
        let text = |name: &[u8]| {
            let text = behind(bytes, name)?;
            slice(text, 4, be32(text, 0)?)
        };
        let name = text(b"\x07productS")?;
        let version = text(b"\x07versionS").unwrap_or_default();
        product(&[name, b" ", version].concat())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_are_told() {
        let properties = b"\x0ccapabilitiesF\0\0\0\x05\x01at\x01\x07productS\0\0\0\x08RabbitMQ\x07versionS\0\0\0\x053.8.9";
        let start = [
            b"\x01\0\0\0\0\x01\xd2\0\x0a\0\x0a\0\x09\0\0\x01\xad",
            &properties[..],
        ]
        .concat();
        assert_eq!(tell(&start), Some(Some("RabbitMQ 3.8.9".to_owned())));
        assert_eq!(tell(b"AMQP\x03\x01\0\0"), Some(Some("AMQP 1.0".to_owned())));
        assert_eq!(tell(b"AMQP\x01\x01\0\x0a"), None);
        // RabbitMQ to a header that it does not know is told by `classify`; to ours it would be an echo.
        assert_eq!(tell(b"AMQP\0\0\x09\x01"), None);
        assert_eq!(tell(b"\x01\0\0\0\0\0\x04\0\x0a\0\x0b"), None);
    }
}
