//! OPC UA over TCP (OPC 10000-6, section 7.1.2): Hello, which Acknowledge or Error answers. A channel is never opened.

use super::super::question::Question;
use super::read::{le32, product, slice};
use crate::observation::Protocol;

pub(in super::super) const QUESTION: Question = Question {
    word: "opc-ua-hello",
    protocol: Protocol::OpcUa,
    usual: &[4840],
    inside: false,
    // Size 51; version 0, buffers of 65536 bytes, no limits; the URL with its length.
    says: &[
        b"HELF\x33\0\0\0\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0\0\0\x13\0\0\0opc.tcp://localhost",
    ],
    tell,
};

fn tell(bytes: &[u8]) -> Option<Option<String>> {
    let kind = bytes.first_chunk::<4>()?;
    let whole = slice(bytes, 0, le32(bytes, 4)?)?;
    match kind {
        // Section 7.1.2.4: five numbers.
        b"ACKF" if whole.len() == 28 => Some(None),
        // Section 7.1.2.5: a code whose highest bit says that it is bad, and a text.
        b"ERRF" if whole.len() >= 16 && whole[11] & 0x80 != 0 => Some(product(b"")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_acknowledges_or_refuses() {
        let numbers = b"\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0\0\0";
        let acknowledge = [&b"ACKF\x1c\0\0\0"[..], numbers].concat();
        assert_eq!(tell(&acknowledge), Some(None));
        assert_eq!(tell(&acknowledge[..27]), None);
        // Bad_TcpEndpointUrlInvalid.
        assert_eq!(
            tell(b"ERRF\x10\0\0\0\0\0\x83\x80\xff\xff\xff\xff"),
            Some(None)
        );
        assert_eq!(tell(b"ERRF\x10\0\0\0\0\0\0\0\xff\xff\xff\xff"), None);
        let said = QUESTION.says[0];
        assert_eq!(le32(said, 4), Some(said.len()));
    }
}
