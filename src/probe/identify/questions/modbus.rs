//! Modbus/TCP (Modbus messaging on TCP/IP 1.0b, section 3.1.3): Read Device Identification (Modbus application protocol
//! 1.1b3, section 6.21), which reads no register. Unit 255 is the device itself (messaging 1.0b, section 4.4.2).

use super::super::question::Question;
use super::read::{be16, product, slice};
use crate::observation::Protocol;

pub(in super::super) const QUESTION: Question = Question {
    word: "modbus-read-device-identification",
    protocol: Protocol::Modbus,
    usual: &[502, 802],
    inside: true,
    says: &[b"\x70\x6d\0\0\0\x05\xff\x2b\x0e\x01\0"],
    tell,
};

/// Our transaction and the protocol 0, the length that follows, and our function or its exception.
fn tell(bytes: &[u8]) -> Option<Option<String>> {
    let answer = slice(bytes, 6, be16(bytes, 4)?)?;
    if !bytes.starts_with(&QUESTION.says[0][..4]) {
        return None;
    }
    match answer {
        // An exception has one code (section 7).
        [_, 0xab, 1..=11] => Some(None),
        [_, 0x2b, 0x0e, _, _, _, _, count, objects @ ..] => Some(texts(*count, objects)),
        _ => None,
    }
}

/// Vendor, product and revision: an id, a length and so many characters each.
fn texts(count: u8, mut objects: &[u8]) -> Option<String> {
    let mut words = Vec::new();
    for _ in 0..count.min(3) {
        let length = usize::from(*objects.get(1)?);
        words.push(slice(objects, 2, length)?);
        objects = &objects[2 + length..];
    }
    product(&words.join(&b' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_names_itself_or_refuses() {
        let answer =
            b"\x70\x6d\0\0\0\x1c\xff\x2b\x0e\x01\x01\0\0\x03\0\x04Acme\x01\x04PLC1\x02\x06V2.001";
        assert_eq!(tell(answer), Some(Some("Acme PLC1 V2.001".to_owned())));
        // "Illegal function", of a device that has no identification.
        assert_eq!(tell(b"\x70\x6d\0\0\0\x03\xff\xab\x01"), Some(None));
        assert_eq!(tell(b"\x70\x6d\0\0\0\x03\xff\xab\x0c"), None);
        assert_eq!(tell(b"\x70\x6e\0\0\0\x03\xff\xab\x01"), None);
        assert_eq!(tell(QUESTION.says[0]), None);
        assert_eq!(tell(&answer[..20]), None);
    }

    #[test]
    fn lengths_that_lie_are_no_texts() {
        assert_eq!(
            tell(b"\x70\x6d\0\0\0\x0b\xff\x2b\x0e\x01\x01\0\0\x03\0\xffA"),
            Some(None)
        );
    }
}
