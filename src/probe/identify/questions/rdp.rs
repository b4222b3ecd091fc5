//! Remote Desktop (MS-RDPBCGR, sections 2.2.1.1 and 2.2.1.2): the connection request that asks how one may be secured.

use super::super::question::Question;
use super::read::{be16, slice};
use crate::observation::Protocol;

pub(in super::super) const QUESTION: Question = Question {
    word: "rdp-negotiation",
    protocol: Protocol::Rdp,
    usual: &[3389],
    inside: false,
    // TPKT, X.224 connection request, negotiation request: TLS or CredSSP.
    says: &[b"\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0"],
    tell,
};

/// A connection confirm with a negotiation response or failure. One without could be any service over ISO transport.
fn tell(bytes: &[u8]) -> Option<Option<String>> {
    let whole = slice(bytes, 0, be16(bytes, 2)?)?;
    if whole.len() != 19 || bytes[0] != 3 || bytes[5] != 0xd0 {
        return None;
    }
    match &whole[11..] {
        [2, _, 8, 0, selected, 0, 0, 0] => Some(Some(format!(
            "RDP, secured by {}",
            match selected {
                0 => "its own encryption",
                1 => "TLS",
                _ => "CredSSP",
            }
        ))),
        [3, _, 8, 0, 1..=6, 0, 0, 0] => Some(None),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_says_how_it_is_secured() {
        // MS-RDPBCGR, section 4.1.2.
        let own = b"\x03\0\0\x13\x0e\xd0\0\0\x12\x34\0\x02\0\x08\0\0\0\0\0";
        assert_eq!(
            tell(own),
            Some(Some("RDP, secured by its own encryption".to_owned()))
        );
        let tls = b"\x03\0\0\x13\x0e\xd0\0\0\x12\x34\0\x02\x1f\x08\0\x01\0\0\0";
        assert_eq!(tell(tls), Some(Some("RDP, secured by TLS".to_owned())));
        assert_eq!(
            tell(b"\x03\0\0\x13\x0e\xd0\0\0\x12\x34\0\x03\0\x08\0\x02\0\0\0"),
            Some(None)
        );
        assert_eq!(tell(&own[..18]), None);
        assert_eq!(tell(b"\x03\0\0\x0b\x06\xd0\0\0\x12\x34\0"), None);
    }
}
