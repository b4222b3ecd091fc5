//! Messages: what we send, and what we take from a device. Encoding and decoding are coap-lite's.

use coap_lite::{CoapOption, MessageClass, MessageType, Packet, RequestType};

/// Where a device says what it has (RFC 6690, section 4).
pub const DISCOVERY: &str = "/.well-known/core";

/// The largest datagram.
const DATAGRAM: usize = 64 * 1024;

/// The longest segment of a path or query (RFC 7252, section 5.10).
const SEGMENT: usize = 255;

/// The question of the port sweep: GET [`DISCOVERY`], confirmable.
pub fn discovery(id: u16, token: &[u8]) -> Vec<u8> {
    get(DISCOVERY, id, token, None).unwrap_or_default()
}

/// A confirmable GET. None: the path cannot be asked for.
pub(super) fn get(path: &str, id: u16, token: &[u8], block: Option<Block>) -> Option<Vec<u8>> {
    let mut packet = Packet::new();
    packet.header.set_type(MessageType::Confirmable);
    packet.header.code = MessageClass::Request(RequestType::Get);
    packet.header.message_id = id;
    packet.set_token(token.to_vec());
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    // RFC 7252, section 6.4: `/` has no segment at all, and no query no part.
    let some = |text: &str| !text.is_empty();
    let path = Some(path.strip_prefix('/')?).filter(|it| some(it));
    let query = Some(query).filter(|it| some(it));
    let segments = path.into_iter().flat_map(|it| it.split('/'));
    let queries = query.into_iter().flat_map(|it| it.split('&'));
    let options = segments
        .map(|it| (CoapOption::UriPath, it))
        .chain(queries.map(|it| (CoapOption::UriQuery, it)));
    for (option, text) in options {
        let value = decoded(text)?;
        if value.len() > SEGMENT {
            return None;
        }
        packet.add_option(option, value);
    }
    if let Some(block) = block {
        packet.add_option(CoapOption::Block2, block.value());
    }
    packet.to_bytes().ok()
}

/// An empty acknowledgement of a message.
pub(super) fn acknowledgement(id: u16) -> Vec<u8> {
    let mut packet = Packet::new();
    packet.header.set_type(MessageType::Acknowledgement);
    packet.header.code = MessageClass::Empty;
    packet.header.message_id = id;
    packet.to_bytes().unwrap_or_default()
}

/// Percent-encoding undone (RFC 3986, section 2.1). None: it is wrong.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            other => other,
        });
    }
    Some(decoded)
}

/// A message of a device. None: it is none.
pub(super) fn parse(bytes: &[u8]) -> Option<Packet> {
    // RFC 7252, section 3: version 1, which coap-lite does not look at.
    let version = bytes.first()? >> 6;
    if version != 1 || bytes.len() > DATAGRAM {
        return None;
    }
    Packet::from_bytes(bytes).ok()
}

/// Whether `received` is how a CoAP endpoint answers `sent`: by a response with our token, or by an
/// acknowledgement or reset of our message (RFC 7252, sections 4.2 and 5.3.2).
pub fn answers(sent: &[u8], received: &[u8]) -> bool {
    let (Some(sent), Some(received)) = (parse(sent), parse(received)) else {
        return false;
    };
    let same_id = sent.header.message_id == received.header.message_id;
    match received.header.get_type() {
        MessageType::Reset => same_id && received.header.code == MessageClass::Empty,
        MessageType::Acknowledgement if received.header.code == MessageClass::Empty => same_id,
        MessageType::Acknowledgement => same_id && is_response_to(&received, sent.get_token()),
        _ => is_response_to(&received, sent.get_token()),
    }
}

/// Whether a message carries a response, and to whom.
pub(super) fn is_response_to(packet: &Packet, token: &[u8]) -> bool {
    matches!(code(packet) >> 5, 2 | 4 | 5) && packet.get_token() == token
}

/// The code as a number: class in three bits, detail in five.
pub(super) fn code(packet: &Packet) -> u8 {
    packet.header.code.into()
}

/// A Block2 option (RFC 7959, section 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) number: u32,
    pub(super) more: bool,
    /// 2 to the power of (this + 4) bytes.
    pub(super) size: u8,
}

impl Block {
    pub(super) fn of(packet: &Packet) -> Option<Self> {
        let bytes = packet.get_first_option(CoapOption::Block2)?;
        if bytes.len() > 3 {
            return None;
        }
        let value = bytes
            .iter()
            .fold(0, |value, byte| value << 8 | u32::from(*byte));
        Some(Self {
            number: value >> 4,
            more: value & 8 != 0,
            size: (value & 7) as u8,
        })
    }

    /// The question for the next one. None: there is no number left.
    pub(super) fn next(self) -> Option<Self> {
        let number = self.number + 1;
        (number < 1 << 20).then_some(Self {
            number,
            more: false,
            ..self
        })
    }

    fn value(self) -> Vec<u8> {
        let value = self.number << 4 | u32::from(self.more) << 3 | u32::from(self.size);
        let bytes = value.to_be_bytes();
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        bytes[zeros..].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &[u8] = &[1, 2, 3, 4];

    #[test]
    fn a_get_is_what_the_rfc_says() {
        let hex = |path: &str, block| crate::digest::hex(&get(path, 0x7d34, TOKEN, block).unwrap());
        let core = "44017d3401020304bb2e77656c6c2d6b6e6f776e04636f7265";
        assert_eq!(hex(DISCOVERY, None), core);
        assert_eq!(hex("/", None), "44017d3401020304");
        assert_eq!(
            hex("/a%20b?x=1&y", None),
            "44017d3401020304b36120624378 3d310179".replace(' ', "")
        );
        let block = Block {
            number: 1,
            more: false,
            size: 6,
        };
        assert_eq!(hex("/", Some(block)), "44017d3401020304d10a16");
        for wrong in [
            "",
            "a",
            "/%",
            "/%4",
            "/%zz",
            &format!("/{}", "a".repeat(256)),
        ] {
            assert_eq!(get(wrong, 1, TOKEN, None), None, "{wrong}");
        }
    }

    #[test]
    fn blocks_are_read_as_they_are_written() {
        for block in [
            Block {
                number: 0,
                more: false,
                size: 0,
            },
            Block {
                number: 0,
                more: true,
                size: 6,
            },
            Block {
                number: 4095,
                more: true,
                size: 2,
            },
            Block {
                number: (1 << 20) - 1,
                more: false,
                size: 6,
            },
        ] {
            let mut packet = Packet::new();
            packet.add_option(CoapOption::Block2, block.value());
            assert_eq!(Block::of(&packet), Some(block));
        }
        let last = Block {
            number: (1 << 20) - 1,
            more: true,
            size: 0,
        };
        assert_eq!(last.next(), None);
        let mut packet = Packet::new();
        packet.add_option(CoapOption::Block2, vec![0xff; 4]);
        assert_eq!(Block::of(&packet), None);
    }

    /// ACK 2.05 with this after the token.
    fn response(rest: &[u8]) -> Vec<u8> {
        [&[0x64, 0x45, 0x7d, 0x34][..], TOKEN, rest].concat()
    }

    #[test]
    fn hostile_options_are_refused_and_take_no_time() {
        // Deltas and lengths of 15 are reserved, sums beyond 65535 no options (RFC 7252, section 3.1).
        for wrong in [
            &[0xf0][..],
            &[0x0f],
            &[0xff - 1],
            &[0xe0, 0xff, 0xff],
            &[0xe0, 0xff, 0xf0],
            &[0xe0, 0xfe, 0xf2, 0xd0, 0xff],
            &[0x0e, 0xff, 0xff],
            &[0xd0],
            &[0xe0, 0],
            &[0x0d],
            &[0x0e, 0],
            &[0x04, 1, 2, 3],
        ] {
            assert!(parse(&response(wrong)).is_none(), "{wrong:x?}");
        }
        let endless = response(&vec![0; DATAGRAM - 8]);
        assert!(parse(&endless).is_some());
        assert!(parse(&[endless, vec![0]].concat()).is_none());
    }

    #[test]
    fn a_message_cut_anywhere_or_changed_anywhere_does_no_harm() {
        let whole = response(&[0xc1, 40, 0xd3, 10, 1, 2, 3, 0xe1, 0, 1, 7, 0xff, b'h', b'i']);
        assert!(parse(&whole).is_some());
        for length in 0..whole.len() {
            let cut = parse(&whole[..length]);
            assert!(cut.is_none() || length >= 8, "{length}");
            if let Some(packet) = cut {
                Block::of(&packet);
            }
        }
        for place in 0..whole.len() {
            for byte in 0..=255 {
                let mut changed = whole.clone();
                changed[place] = byte;
                if let Some(packet) = parse(&changed) {
                    Block::of(&packet);
                    code(&packet);
                }
            }
        }
    }

    #[test]
    fn only_an_answer_to_our_question_answers() {
        let sent = get("/", 0x7d34, TOKEN, None).unwrap();
        let answer = |bytes: &[u8]| answers(&sent, bytes);
        assert!(answer(&response(&[])));
        assert!(answer(&[0x60, 0, 0x7d, 0x34]), "an empty acknowledgement");
        assert!(answer(&[0x70, 0, 0x7d, 0x34]), "a reset");
        assert!(answer(&[0x44, 0x81, 9, 9, 1, 2, 3, 4]), "4.01, separate");
        assert!(!answer(&[0x44, 0x81, 9, 9, 1, 2, 3, 5]), "another's token");
        assert!(!answer(&[0x60, 0, 0x7d, 0x35]), "another's message");
        assert!(!answer(&[0xa0, 0, 0x7d, 0x34]), "another version");
        assert!(!answer(&sent), "an echo");
        assert!(!answer(b""));
    }
}
