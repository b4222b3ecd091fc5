//! EtherNet/IP (ODVA, The CIP Networks Library, volume 2, section 2-4.2): ListIdentity, which needs no session.

use super::super::question::Question;
use super::read::{le16, product, slice};
use crate::observation::Protocol;

pub(in super::super) const QUESTION: Question = Question {
    word: "ethernet-ip-list-identity",
    protocol: Protocol::EthernetIp,
    usual: &[44818],
    inside: false,
    says: &[b"\x63\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"],
    tell,
};

/// The same command with status 0 and an identity item (type 0x0c).
fn tell(bytes: &[u8]) -> Option<Option<String>> {
    let items = slice(bytes, 24, le16(bytes, 2)?)?;
    let answers = bytes.starts_with(&[0x63, 0])
        && slice(bytes, 8, 4)? == [0; 4]
        && le16(items, 0)? >= 1
        && le16(items, 2)? == 0x0c;
    answers.then(|| {
        // Encapsulation version, socket address, vendor, type and product code stand before the revision.
        let [major, minor] = *slice(items, 30, 2)?.first_chunk()?;
        let name = slice(items, 39, usize::from(*items.get(38)?))?;
        product(&[name, format!(" {major}.{minor}").as_bytes()].concat())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_says_its_name_and_revision() {
        let identity = [
            &b"\x01\0\x0c\0\x26\0\x01\0"[..],
            &[0; 16],
            b"\x01\0\x0c\0\x3a\0\x01\x0b\x60\0\x78\x56\x34\x12\x051756-",
            b"\x03",
        ]
        .concat();
        let length = u8::try_from(identity.len()).unwrap();
        let header = [&[0x63, 0, length, 0][..], &[0; 20]].concat();
        let answer = [header, identity].concat();
        assert_eq!(tell(&answer), Some(Some("1756- 1.11".to_owned())));
        assert_eq!(tell(&answer[..answer.len() - 1]), None);
        let mut failed = answer;
        failed[8] = 1;
        assert_eq!(tell(&failed), None);
    }
}
