//! Android Debug Bridge (AOSP, `packages/modules/adb/protocol.txt` and `adb.h`).
//!
//! CONNECT introduces a host. A device that wants authorisation answers AUTH with a token; its screen asks the user
//! only once a host sends its public key, which we never do.

use super::super::question::Question;
use super::read::{behind, le32, product, slice};
use crate::observation::Protocol;

pub(in super::super) const QUESTION: Question = Question {
    word: "adb-cnxn",
    protocol: Protocol::Adb,
    usual: &[5555],
    inside: false,
    // Version 0x01000000, 4096 bytes at most, 7 bytes of payload, their sum, the command's complement.
    says: &[b"CNXN\0\0\0\x01\0\x10\0\0\x07\0\0\0\x32\x02\0\0\xbc\xb1\xa7\xb1host::\0"],
    tell,
};

/// A message from a device: CONNECT, AUTH, or STLS (since Android 11), by its complement.
fn tell(bytes: &[u8]) -> Option<Option<String>> {
    let command = bytes.first_chunk::<4>()?;
    let known = [b"CNXN", b"AUTH", b"STLS"].contains(&command);
    let magic = slice(bytes, 20, 4)?;
    let complements = command.iter().zip(magic).all(|(one, other)| *one == !other);
    if !known || !complements {
        return None;
    }
    let length = le32(bytes, 12)?;
    let banner = &bytes[24..bytes.len().min(24usize.saturating_add(length))];
    // Our own words: somebody sends back what it is sent.
    if banner.starts_with(b"host:") {
        return None;
    }
    let model = behind(banner, b"ro.product.model=");
    Some(model.and_then(|model| product(model.split(|byte| *byte == b';').next()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_answers_connect_by_connect_or_auth() {
        let banner =
            b"device::ro.product.name=x;ro.product.model=Box 3;ro.product.device=y;features=cmd";
        let header = b"CNXN\x01\0\0\x01\0\0\x10\0\x51\0\0\0\0\0\0\0\xbc\xb1\xa7\xb1";
        let open = [&header[..], banner].concat();
        assert_eq!(tell(&open), Some(Some("Box 3".to_owned())));
        let auth = b"AUTH\x01\0\0\0\0\0\0\0\x14\0\0\0\0\0\0\0\xbe\xaa\xab\xb7";
        assert_eq!(tell(&[&auth[..], &[7; 20]].concat()), Some(None));
        assert_eq!(
            tell(b"STLS\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\xac\xab\xb3\xac"),
            Some(None)
        );
        assert_eq!(
            tell(b"STLS\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\xac\xab\xb3\xad"),
            None
        );
        assert_eq!(tell(QUESTION.says[0]), None);
    }
}
