//! Records of a datagram (RFC 6347, section 4.1). Pure, and bounded, because whoever answers may be anything.

pub(super) const CHANGE_CIPHER_SPEC: u8 = 20;
pub(super) const ALERT: u8 = 21;
pub(super) const HANDSHAKE: u8 = 22;
pub(super) const APPLICATION_DATA: u8 = 23;

/// As a record says it whose version is not agreed on yet: DTLS 1.0, for the sake of old servers.
pub(super) const ANY_VERSION: u16 = 0xfeff;

/// Type, version, epoch, sequence number, length.
const HEAD: usize = 13;
/// Records of one datagram that are looked at.
const RECORDS: usize = 64;

/// One record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record<'a> {
    pub kind: u8,
    pub version: u16,
    /// Keys that protect it; 0: none.
    pub epoch: u16,
    /// Within the epoch; 48 bits.
    pub sequence: u64,
    pub content: &'a [u8],
}

impl Record<'_> {
    /// As it is sent.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let length = u16::try_from(self.content.len()).unwrap_or(u16::MAX);
        [
            &[self.kind][..],
            &self.version.to_be_bytes(),
            &self.epoch.to_be_bytes(),
            &self.sequence.to_be_bytes()[2..],
            &length.to_be_bytes(),
            self.content,
        ]
        .concat()
    }
}

/// The records of a datagram, as far as they make sense. What follows one that does not is dropped in silence, as the RFC has it
/// (section 4.1.2.7); so is what is encrypted in the form of DTLS 1.3.
pub(super) fn records(datagram: &[u8]) -> Vec<Record<'_>> {
    let mut rest = datagram;
    let mut records = Vec::new();
    while let Some((record, after)) = first(rest) {
        if records.len() == RECORDS {
            break;
        }
        records.push(record);
        rest = after;
    }
    records
}

fn first(bytes: &[u8]) -> Option<(Record<'_>, &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<HEAD>()?;
    let [
        kind,
        major,
        minor,
        e1,
        e0,
        s5,
        s4,
        s3,
        s2,
        s1,
        s0,
        high,
        low,
    ] = *head;
    if !(CHANGE_CIPHER_SPEC..=26).contains(&kind) || major != 0xfe {
        return None;
    }
    let length = usize::from(u16::from_be_bytes([high, low]));
    let (content, after) = rest.split_at_checked(length)?;
    let record = Record {
        kind,
        version: u16::from_be_bytes([major, minor]),
        epoch: u16::from_be_bytes([e1, e0]),
        sequence: u64::from_be_bytes([0, 0, s5, s4, s3, s2, s1, s0]),
        content,
    };
    Some((record, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u8, sequence: u64, content: &[u8]) -> Vec<u8> {
        Record {
            kind,
            version: 0xfefd,
            epoch: 0,
            sequence,
            content,
        }
        .bytes()
    }

    #[test]
    fn records_are_read_as_they_are_written() {
        let datagram = [
            record(HANDSHAKE, 7, b"abc"),
            record(ALERT, 1 << 40, &[2, 40]),
        ]
        .concat();
        let found = records(&datagram);
        let told: Vec<_> = found
            .iter()
            .map(|it| (it.kind, it.epoch, it.sequence, it.content))
            .collect();
        let wanted = [
            (HANDSHAKE, 0, 7, &b"abc"[..]),
            (ALERT, 0, 1 << 40, &[2, 40][..]),
        ];
        assert_eq!(told, wanted);
    }

    #[test]
    fn a_datagram_cut_anywhere_gives_what_is_whole() {
        let one = record(HANDSHAKE, 0, b"abc");
        let datagram = [one.clone(), one.clone()].concat();
        for length in 0..datagram.len() {
            let whole = length / one.len();
            assert_eq!(records(&datagram[..length]).len(), whole, "{length}");
        }
    }

    #[test]
    fn lengths_that_lie_and_other_protocols_give_nothing() {
        let mut lying = record(HANDSHAKE, 0, b"abc");
        lying[12] = 4;
        assert_eq!(records(&lying), []);
        assert_eq!(records(b"HTTP/1.1 200 OK\r\n\r\n"), []);
        assert_eq!(records(&[0xff; 64]), []);
        let many = record(ALERT, 0, &[]).repeat(1000);
        assert_eq!(records(&many).len(), RECORDS);
    }
}
