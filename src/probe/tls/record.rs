//! From the bytes of a connection to messages (RFC 8446, section 5.1; RFC 5246, section 6.2). Pure, and bounded, because whoever
//! answers may be anything.

/// The longest record: TLS 1.2 allows 2048 bytes above 2^14 (RFC 5246, section 6.2.3).
const RECORD: usize = (1 << 14) + 2048;
/// The longest handshake message; 16 MB could be announced.
const MESSAGE: usize = 64 * 1024;
/// The longest ServerHello.
const HELLO: usize = 2048;
/// Warnings that are passed over before the next message.
const WARNINGS: u8 = 8;

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const HEARTBEAT: u8 = 24;

/// What a server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::probe) enum Item {
    /// A handshake message without its head.
    Message { kind: u8, body: Vec<u8> },
    /// An alert that is no mere warning.
    Alert(u8),
    /// The content of a heartbeat record.
    Heartbeat(Vec<u8>),
}

/// Takes bytes as they come, in whatever pieces, and gives messages.
#[derive(Debug, Default)]
pub(in crate::probe) struct Reader {
    bytes: Vec<u8>,
    /// How far `bytes` were read.
    at: usize,
    handshake: Vec<u8>,
    warnings: u8,
}

impl Reader {
    pub(in crate::probe) fn push(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.at);
        self.at = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// The next message; none: more bytes are needed.
    ///
    /// # Errors
    ///
    /// What is wrong with the bytes. Nothing that follows can be made sense of.
    pub(in crate::probe) fn next(&mut self) -> Result<Option<Item>, &'static str> {
        loop {
            if let Some(message) = self.message()? {
                return Ok(Some(message));
            }
            let Some((kind, content)) = record(&self.bytes[self.at..])? else {
                return Ok(None);
            };
            self.at += 5 + content.len();
            match (kind, content) {
                (HANDSHAKE, content) => self.handshake.extend_from_slice(content),
                (HEARTBEAT, content) => return Ok(Some(Item::Heartbeat(content.to_vec()))),
                (_, _) if !self.handshake.is_empty() => return Err("an alert amid a message"),
                // A warning such as "unrecognised name" comes before the hello; "close notify" is the end.
                (_, [1, alert]) if *alert != 0 => {
                    self.warnings += 1;
                    if self.warnings > WARNINGS {
                        return Err("warnings without a ServerHello");
                    }
                }
                (_, [_, alert]) => return Ok(Some(Item::Alert(*alert))),
                _ => return Err("an alert that is none"),
            }
        }
    }

    /// Whether bytes are left that make no whole record.
    pub(in crate::probe) fn is_cut_off(&self) -> bool {
        self.at < self.bytes.len()
    }

    fn message(&mut self) -> Result<Option<Item>, &'static str> {
        let [kind, top, high, low, ..] = self.handshake[..] else {
            return Ok(None);
        };
        let length = usize::from(top) << 16 | usize::from(u16::from_be_bytes([high, low]));
        if kind == 2 && length > HELLO {
            return Err("a ServerHello of absurd length");
        }
        if length > MESSAGE {
            return Err("a handshake message of absurd length");
        }
        let Some(body) = self.handshake.get(4..4 + length) else {
            return Ok(None);
        };
        let body = body.to_vec();
        self.handshake.drain(..4 + length);
        self.warnings = 0;
        Ok(Some(Item::Message { kind, body }))
    }
}

/// The first record of `bytes`; none: it is not whole yet.
fn record(bytes: &[u8]) -> Result<Option<(u8, &[u8])>, &'static str> {
    const NONE: &str = "the answer is no TLS record";
    // The type of a record tells at once who does not speak TLS at all.
    let Some(&kind) = bytes.first() else {
        return Ok(None);
    };
    if !matches!(kind, ALERT | HANDSHAKE | HEARTBEAT) {
        return Err(NONE);
    }
    let [_, major, _, high, low, ..] = *bytes else {
        return Ok(None);
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if major != 3 || length == 0 || length > RECORD {
        return Err(NONE);
    }
    Ok(bytes.get(5..5 + length).map(|content| (kind, content)))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn in_record(kind: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[kind, 3, 3, length[0], length[1]], content].concat()
    }

    pub(in super::super) fn in_message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        [&[kind, length[1], length[2], length[3]], body].concat()
    }

    fn items(bytes: &[u8]) -> (Vec<Item>, Option<&'static str>) {
        let mut reader = Reader::default();
        reader.push(bytes);
        drained(&mut reader)
    }

    fn drained(reader: &mut Reader) -> (Vec<Item>, Option<&'static str>) {
        let mut items = Vec::new();
        loop {
            match reader.next() {
                Ok(Some(item)) => items.push(item),
                Ok(None) => return (items, None),
                Err(fault) => return (items, Some(fault)),
            }
        }
    }

    fn message(kind: u8, body: &[u8]) -> Item {
        let body = body.to_vec();
        Item::Message { kind, body }
    }

    #[test]
    fn messages_are_the_same_however_they_are_cut() {
        let long = vec![7; 40_000];
        let messages = [
            in_message(2, &[1; 40]),
            in_message(11, &long),
            in_message(14, &[]),
        ]
        .concat();
        let expected = vec![message(2, &[1; 40]), message(11, &long), message(14, &[])];
        for size in [1, 3, 4, 5, 44, 1000, 1 << 14, (1 << 14) + 2048] {
            let bytes: Vec<u8> = messages
                .chunks(size)
                .flat_map(|it| in_record(22, it))
                .collect();
            assert_eq!(items(&bytes), (expected.clone(), None), "records of {size}");
            for segment in [1, 7, 1448] {
                let mut reader = Reader::default();
                let mut got = Vec::new();
                for segment in bytes.chunks(segment) {
                    reader.push(segment);
                    let (some, fault) = drained(&mut reader);
                    assert_eq!(fault, None);
                    got.extend(some);
                }
                assert_eq!(got, expected);
            }
        }
    }

    #[test]
    fn what_is_too_long_ends_at_its_announcement() {
        let record = |length: u16| [&[22, 3, 3][..], &length.to_be_bytes()].concat();
        for (bytes, fault) in [
            (
                in_record(22, &[11, 0xff, 0xff, 0xff]),
                "a handshake message of absurd length",
            ),
            (
                in_record(22, &[11, 1, 0, 1]),
                "a handshake message of absurd length",
            ),
            (
                in_record(22, &[2, 0, 8, 1]),
                "a ServerHello of absurd length",
            ),
            (record((1 << 14) + 2049), "the answer is no TLS record"),
            (record(0), "the answer is no TLS record"),
            (b"HTTP".to_vec(), "the answer is no TLS record"),
            (
                b"\x16\x02\x00\x00\x05".to_vec(),
                "the answer is no TLS record",
            ),
        ] {
            assert_eq!(items(&bytes), (vec![], Some(fault)), "{bytes:02x?}");
        }
        assert_eq!(items(&record((1 << 14) + 2048)), (vec![], None));
        assert_eq!(items(&in_record(22, &[11, 1, 0, 0])), (vec![], None));
    }

    #[test]
    fn alerts_end_it_and_warnings_only_many_of_them() {
        let warning = in_record(21, &[1, 112]);
        let hello = in_record(22, &in_message(2, &[9]));
        let few = [warning.repeat(8), hello.clone()].concat();
        assert_eq!(items(&few), (vec![message(2, &[9])], None));
        let storm = items(&[warning.repeat(9), hello].concat());
        assert_eq!(storm, (vec![], Some("warnings without a ServerHello")));
        assert_eq!(items(&in_record(21, &[2, 40])).0, [Item::Alert(40)]);
        assert_eq!(items(&in_record(21, &[1, 0])).0, [Item::Alert(0)]);
        assert_eq!(items(&in_record(21, &[2])).1, Some("an alert that is none"));
        let amid = [in_record(22, &[2, 0]), in_record(21, &[2, 40])].concat();
        assert_eq!(items(&amid).1, Some("an alert amid a message"));
        assert_eq!(
            items(&in_record(24, &[2, 0, 1])).0,
            [Item::Heartbeat(vec![2, 0, 1])]
        );
    }

    #[test]
    fn no_bytes_at_all_make_it_stumble() {
        let mut state = 1_u32;
        for _ in 0..20_000 {
            let mut bytes = vec![21 + (state >> 7) as u8 % 4, 3, 3, 0];
            for _ in 0..state % 61 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                bytes.push((state >> 24) as u8);
            }
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let _ = items(&bytes);
        }
    }
}
