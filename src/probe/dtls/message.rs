//! Handshake messages, and the fragments that they travel in (RFC 6347, section 4.2). Pure and bounded.

use std::collections::BTreeMap;

/// Type, length, number, offset and length of the fragment.
const HEAD: usize = 12;
/// The longest message; 16 MB could be announced.
const LONGEST: usize = 64 * 1024;
/// Messages ahead of the next one that are kept.
const AHEAD: u16 = 16;
/// Pieces of a message that lie apart from each other.
const PIECES: usize = 512;

pub(super) const CLIENT_HELLO: u8 = 1;
pub(super) const HELLO_VERIFY_REQUEST: u8 = 3;

/// A whole message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub kind: u8,
    /// Its place among the sender's messages, from 0.
    pub number: u16,
    pub body: Vec<u8>,
}

impl Message {
    /// As one fragment: as it is sent where it fits, and as it enters the transcript (section 4.2.6).
    pub(super) fn bytes(&self) -> Vec<u8> {
        let length = u32::try_from(self.body.len()).unwrap_or_default();
        let length = &length.to_be_bytes()[1..];
        [
            &[self.kind][..],
            length,
            &self.number.to_be_bytes(),
            &[0, 0, 0],
            length,
            &self.body,
        ]
        .concat()
    }
}

/// What of a message has come.
#[derive(Debug)]
struct Part {
    kind: u8,
    body: Vec<u8>,
    /// Bytes that have come, as ranges from start to end, in order and apart.
    come: BTreeMap<usize, usize>,
}

impl Part {
    fn is_whole(&self) -> bool {
        self.body.is_empty() || self.come.get(&0) == Some(&self.body.len())
    }

    fn put(&mut self, offset: usize, bytes: &[u8]) {
        let end = offset + bytes.len();
        self.body[offset..end].copy_from_slice(bytes);
        let (mut start, mut until) = (offset, end);
        self.come.retain(|from, to| {
            let touches = *from <= until && start <= *to;
            if touches {
                start = start.min(*from);
                until = until.max(*to);
            }
            !touches
        });
        self.come.insert(start, until);
    }
}

/// Puts fragments together, in whatever order and however often they come.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    next: u16,
    parts: BTreeMap<u16, Part>,
}

impl Assembler {
    /// One that waits for this message first.
    pub(super) fn from(next: u16) -> Self {
        Self {
            next,
            ..Self::default()
        }
    }

    /// Takes the content of a handshake record.
    ///
    /// # Errors
    ///
    /// What is wrong with it. Nothing that follows can be made sense of.
    pub(super) fn push(&mut self, content: &[u8]) -> Result<(), &'static str> {
        let mut rest = content;
        while !rest.is_empty() {
            rest = self.fragment(rest)?;
        }
        Ok(())
    }

    fn fragment<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8], &'static str> {
        const CUT: &str = "a fragment that is cut off";
        let (head, rest) = bytes.split_first_chunk::<HEAD>().ok_or(CUT)?;
        let [kind, l2, l1, l0, n1, n0, o2, o1, o0, f2, f1, f0] = *head;
        let number = u16::from_be_bytes([n1, n0]);
        let (length, offset) = (three(l2, l1, l0), three(o2, o1, o0));
        let (content, after) = rest.split_at_checked(three(f2, f1, f0)).ok_or(CUT)?;
        // What came already, or is far ahead, comes again if it matters.
        if !(self.next..self.next.saturating_add(AHEAD)).contains(&number) {
            return Ok(after);
        }
        if length > LONGEST {
            return Err("a handshake message of absurd length");
        }
        if offset + content.len() > length {
            return Err("a fragment beyond its message");
        }
        let part = self.parts.entry(number).or_insert_with(|| Part {
            kind,
            body: vec![0; length],
            come: BTreeMap::new(),
        });
        if (part.kind, part.body.len()) != (kind, length) {
            return Err("fragments that contradict each other");
        }
        if part.come.len() >= PIECES {
            return Err("a message in crumbs");
        }
        if !content.is_empty() {
            part.put(offset, content);
        }
        Ok(after)
    }

    /// The next message in order; none: it is not whole yet.
    pub(super) fn next(&mut self) -> Option<Message> {
        if !self.parts.get(&self.next)?.is_whole() {
            return None;
        }
        let part = self.parts.remove(&self.next)?;
        let number = self.next;
        self.next = self.next.saturating_add(1);
        Some(Message {
            kind: part.kind,
            number,
            body: part.body,
        })
    }
}

fn three(high: u8, middle: u8, low: u8) -> usize {
    usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low)
}

/// The cookie of a HelloVerifyRequest (section 4.2.1). None: it is none.
pub(super) fn cookie(body: &[u8]) -> Option<&[u8]> {
    let (&length, rest) = body.get(2..)?.split_first()?;
    (rest.len() == usize::from(length)).then_some(rest)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A message in fragments of so many bytes, in order.
    pub(in super::super) fn fragments(message: &Message, size: usize) -> Vec<Vec<u8>> {
        let whole = message.bytes();
        let pieces = message.body.chunks(size).enumerate();
        let cut = |(place, piece): (usize, &[u8])| {
            let mut head = whole[..HEAD].to_vec();
            head[6..9].copy_from_slice(&((place * size) as u32).to_be_bytes()[1..]);
            head[9..12].copy_from_slice(&(piece.len() as u32).to_be_bytes()[1..]);
            [&head[..], piece].concat()
        };
        pieces.map(cut).collect()
    }

    fn message(number: u16) -> Message {
        Message {
            kind: 11,
            number,
            body: (0..=200).collect(),
        }
    }

    #[test]
    fn fragments_in_any_order_and_twice_make_the_message() {
        let (first, second) = (message(0), message(1));
        let mut all = [fragments(&second, 7), fragments(&first, 30)].concat();
        all.extend(fragments(&first, 11));
        all.reverse();
        let mut assembler = Assembler::default();
        let mut told = Vec::new();
        for fragment in &all {
            assembler.push(fragment).unwrap();
            while let Some(message) = assembler.next() {
                told.push(message);
            }
        }
        assert_eq!(told, [first, second]);
    }

    #[test]
    fn a_gap_keeps_a_message_from_being_whole() {
        let all = fragments(&message(0), 10);
        for missing in 0..all.len() {
            let mut assembler = Assembler::default();
            for (_, fragment) in all.iter().enumerate().filter(|(at, _)| *at != missing) {
                assembler.push(fragment).unwrap();
            }
            assert_eq!(assembler.next(), None, "{missing}");
        }
    }

    #[test]
    fn hostile_fragments_are_refused_and_cost_nothing() {
        let whole = message(0).bytes();
        for length in 1..whole.len() {
            assert!(
                Assembler::default().push(&whole[..length]).is_err(),
                "{length}"
            );
        }
        let changed = |place: usize, byte: u8| {
            let mut bytes = whole.clone();
            bytes[place] = byte;
            bytes
        };
        // An absurd length, a fragment beyond the message, and one beyond the record.
        for wrong in [
            changed(1, 0xff),
            changed(6, 1),
            changed(8, 1),
            changed(9, 1),
        ] {
            assert!(Assembler::default().push(&wrong).is_err());
        }
        let mut assembler = Assembler::default();
        assembler.push(&fragments(&message(0), 10)[0]).unwrap();
        let other = Message {
            kind: 12,
            ..message(0)
        };
        assert!(assembler.push(&fragments(&other, 10)[1]).is_err());
        let crumbs = fragments(&message(0), 1);
        let many: Vec<u8> = (0..60_000u32)
            .flat_map(|at| {
                let mut crumb = crumbs[0].clone();
                crumb[1..4].copy_from_slice(&[0, 0xff, 0xff]);
                crumb[6..9].copy_from_slice(&(at * 2 % 65_000).to_be_bytes()[1..]);
                crumb
            })
            .collect();
        assert!(Assembler::default().push(&many).is_err());
        // Far ahead: forgotten.
        let mut assembler = Assembler::default();
        for number in 0..=u16::MAX {
            let far = Message {
                body: vec![0; 1000],
                ..message(number)
            };
            assembler.push(&fragments(&far, 999)[1]).unwrap();
        }
        assert_eq!(assembler.parts.len(), usize::from(AHEAD));
    }

    #[test]
    fn a_cookie_is_as_long_as_it_says() {
        assert_eq!(cookie(&[0xfe, 0xff, 3, 1, 2, 3]), Some(&[1, 2, 3][..]));
        assert_eq!(cookie(&[0xfe, 0xff, 0]), Some(&[][..]));
        for wrong in [
            &[][..],
            &[0xfe, 0xff],
            &[0xfe, 0xff, 2, 1],
            &[0xfe, 0xff, 1, 1, 2],
        ] {
            assert_eq!(cookie(wrong), None);
        }
    }
}
