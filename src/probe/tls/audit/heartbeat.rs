//! One heartbeat request (RFC 6520) that says it is two bytes longer than it is. Whoever answers it with as much, or with what was
//! never sent, has read what lies elsewhere in its memory; a correct server is silent (section 4), and does not answer with what
//! was truly sent either. Nothing of the answer is kept but that there was one, and whether it told more. Pure.

use crate::observation::Heartbeat;

/// What is truly sent.
const SENT: [u8; 16] = [b'p'; 16];
/// What the request says its length is.
const CLAIMED: usize = SENT.len() + 2;
/// The type of an answer.
const RESPONSE: u8 = 2;

/// The record of the request, and the one that ends the connection in good order, so that there is an end to wait for.
pub(super) fn request(version: u16) -> Vec<u8> {
    let [major, minor] = version.to_be_bytes();
    let length = 3 + SENT.len() as u8;
    let mut bytes = vec![24, major, minor, 0, length, 1, 0, CLAIMED as u8];
    bytes.extend(SENT);
    bytes.extend([21, major, minor, 0, 2, 1, 0]);
    bytes
}

/// What came behind the request. An answer is put together from as many records as it comes in: a stack with short records cuts
/// it, whatever RFC 6520 says.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// Of a message that has not ended; behind an answer also what might become the beginning of one.
    bytes: Vec<u8>,
    /// An answer with no more than what was sent came to its end.
    is_answered: bool,
}

impl Answer {
    /// Takes the content of a heartbeat record. Whether there is an answer with more than was sent, or with something else.
    pub(super) fn tells_more(&mut self, content: &[u8]) -> bool {
        self.bytes.extend_from_slice(content);
        // Padding may come in records of its own. Behind a request of the server's that is not looked for: there the answer is
        // still to come.
        if self.is_answered {
            self.pass_over(0);
        }
        while let [kind, high, low, ref rest @ ..] = self.bytes[..] {
            let claimed = length(high, low);
            let payload = &rest[..claimed.min(rest.len())];
            let is_answer = kind == RESPONSE;
            // Proof, however much of it is still to come.
            if is_answer && payload.len() > SENT.len() {
                return true;
            }
            if payload.len() < claimed {
                return false;
            }
            if is_answer && !SENT.starts_with(payload) {
                return true;
            }
            // What is no answer is a request of its own.
            self.is_answered |= is_answer;
            self.pass_over(3 + claimed);
        }
        false
    }

    /// Drops so many bytes, and the padding behind them, of whatever length and content, up to where an answer begins.
    fn pass_over(&mut self, message: usize) {
        let end = self.bytes.len();
        let mut rest = message..end;
        let next = rest.find(|at| begins(&self.bytes[*at..]));
        // The head of an answer may be cut.
        let head = || {
            let mut last = end.saturating_sub(3).max(message)..end;
            last.find(|at| self.bytes[*at] == RESPONSE)
                .filter(|_| self.is_answered)
        };
        let next = next.or_else(head).unwrap_or(end);
        self.bytes.drain(..next);
    }

    /// What it was, where no more comes.
    pub(super) fn heartbeat(&self) -> Heartbeat {
        match self.is_answered {
            true => Heartbeat::Answers,
            false => Heartbeat::Silent,
        }
    }

    /// Whether a message began and never ended: that is no silence. A lone head behind an answer may be the end of its padding.
    pub(super) fn is_cut_off(&self) -> bool {
        match self.is_answered {
            true => begins(&self.bytes),
            false => !self.bytes.is_empty(),
        }
    }
}

/// Whether an answer begins here, where padding may be: one of a length that we sent or named, or that gives back what we sent,
/// as far as it is there. Neither is an accident.
fn begins(bytes: &[u8]) -> bool {
    let [RESPONSE, high, low, ref rest @ ..] = *bytes else {
        return false;
    };
    let claimed = length(high, low);
    let payload = &rest[..claimed.min(SENT.len()).min(rest.len())];
    [SENT.len(), CLAIMED].contains(&claimed) || !payload.is_empty() && SENT.starts_with(payload)
}

fn length(high: u8, low: u8) -> usize {
    usize::from(u16::from_be_bytes([high, low]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_is_two_bytes_short_of_what_it_says() {
        let request = request(0x0303);
        assert_eq!(request[..8], [24, 3, 3, 0, 19, 1, 0, 18]);
        assert_eq!(request.len(), 5 + 19 + 7);
        assert!(request.ends_with(&[21, 3, 3, 0, 2, 1, 0]));
    }

    /// A message with what the request brought, and what lies behind that in memory.
    fn message(kind: u8, claimed: u8, length: usize) -> Vec<u8> {
        let rest = vec![b'x'; length.saturating_sub(SENT.len())];
        let sent = &SENT[..length.min(SENT.len())];
        [&[kind, 0, claimed][..], sent, &rest].concat()
    }

    const PADDING: [u8; 16] = *b"\x02\xa1\xfe\x02\x00\x02\x7f\x90\x01\x02\x00\x71\x80\x33\x44\x02";

    /// An answer that says nothing but what was sent, without padding.
    fn short() -> Vec<u8> {
        message(RESPONSE, 16, 16)
    }

    /// Whether it tells more, what it was where it does not, and whether it was cut off.
    fn heard(bytes: &[u8], record: usize) -> (bool, Heartbeat, bool) {
        let mut answer = Answer::default();
        let tells_more = bytes.chunks(record).any(|it| answer.tells_more(it));
        (tells_more, answer.heartbeat(), answer.is_cut_off())
    }

    #[track_caller]
    fn tells_more(bytes: &[u8], record: usize) {
        assert!(heard(bytes, record).0, "{record}: {bytes:02x?}");
    }

    #[test]
    fn only_an_answer_with_more_than_was_sent_tells_more() {
        let whole = |bytes: &[u8]| heard(bytes, bytes.len().max(1));
        for claimed in [17, 18, 19] {
            tells_more(&message(RESPONSE, claimed, 19 + 16), 64);
        }
        for (bytes, expected) in [
            (message(RESPONSE, 16, 16 + 16), Heartbeat::Answers),
            (message(RESPONSE, 5, 5), Heartbeat::Answers),
            (message(RESPONSE, 0, 16), Heartbeat::Answers),
            // A request of its own.
            (message(1, 18, 34), Heartbeat::Silent),
            (Vec::new(), Heartbeat::Silent),
        ] {
            assert_eq!(whole(&bytes), (false, expected, false), "{bytes:02x?}");
        }
    }

    #[test]
    fn other_content_than_was_sent_is_memory_too() {
        let other = [&[RESPONSE, 0, 16][..], b"SECRETSECRETSECR"].concat();
        let first_alone = [&[RESPONSE, 0, 16, b'p'][..], b"ECRETSECRETSECR"].concat();
        let last_alone = [&[RESPONSE, 0, 16][..], &SENT[1..], b"x"].concat();
        let fewer = [RESPONSE, 0, 2, b'p', b'S'];
        for bytes in [&other[..], &first_alone, &last_alone, &fewer] {
            for record in [1, 4, 64] {
                tells_more(bytes, record);
            }
        }
        // As much of it as there is shows nothing before its end.
        assert_eq!(heard(&other[..18], 64), (false, Heartbeat::Silent, true));
    }

    #[test]
    fn an_answer_behind_another_message_in_its_record_is_no_padding() {
        for before in [
            message(1, 2, 2),
            [&[1, 0, 2, 7, 7][..], &PADDING].concat(),
            message(1, 0, 0),
            [&short()[..], &PADDING].concat(),
            [message(1, 2, 2), short()].concat(),
        ] {
            for claimed in [17, 18, 19, 200] {
                let both = [&before[..], &message(RESPONSE, claimed, 17 + 16)].concat();
                tells_more(&both, both.len());
                // Half of it is no silence.
                let half = &both[..before.len() + 10];
                let (tells_more, _, is_cut_off) = heard(half, half.len());
                assert_eq!((tells_more, is_cut_off), (false, true), "{half:02x?}");
            }
            for claimed in [1, 5, 16] {
                let both = [&before[..], &message(RESPONSE, claimed, 16), &PADDING].concat();
                let expected = (false, Heartbeat::Answers, false);
                assert_eq!(heard(&both, both.len()), expected, "{both:02x?}");
            }
            let other = [&before[..], &[RESPONSE, 0, 16], b"SECRETSECRETSECR"].concat();
            tells_more(&other, other.len());
        }
    }

    #[test]
    fn an_answer_is_the_same_in_however_many_records() {
        for record in [1, 2, 3, 17, 20, 21, 33] {
            tells_more(&message(RESPONSE, 18, 18 + 16), record);
            // Behind one with what was sent, and its padding.
            let short = [&short()[..], &PADDING].concat();
            let both = [&short[..], &message(RESPONSE, 17, 17)].concat();
            tells_more(&both, record);
            assert_eq!(
                heard(&short, record),
                (false, Heartbeat::Answers, false),
                "{record}"
            );
        }
        let mut answer = Answer::default();
        assert!(!answer.tells_more(&message(1, 18, 34)));
        // In a record of its own it need not be one that could be told from padding.
        assert!(answer.tells_more(&[&[RESPONSE, 0, 30][..], &[0; 30]].concat()));
    }

    #[test]
    fn what_is_there_of_an_answer_is_proof_before_its_end() {
        let huge = [&[RESPONSE, 0x40, 0][..], &[b'p'; 17]].concat();
        tells_more(&huge, 7);
        assert_eq!(heard(&huge[..19], 7), (false, Heartbeat::Silent, true));
    }

    #[test]
    fn what_begins_and_does_not_end_is_no_silence() {
        let cut = message(RESPONSE, 18, 16);
        for cut_off in [&[RESPONSE][..], &[RESPONSE, 0], &cut, &message(1, 18, 17)] {
            assert_eq!(heard(cut_off, 5), (false, Heartbeat::Silent, true));
        }
        let behind = [&short()[..], &PADDING, &cut].concat();
        for record in [1, 5, 64] {
            let expected = (false, Heartbeat::Answers, true);
            assert_eq!(heard(&behind, record), expected, "{record}");
        }
    }
}
