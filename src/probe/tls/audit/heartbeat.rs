//! One heartbeat request (RFC 6520) that says it is two bytes longer than it is. Whoever answers it with as much has read two bytes
//! beyond; a correct server is silent (section 4), and does not answer with what was truly sent either. Nothing of the answer is
//! kept but that there was one, and whether it told more. Pure.

use crate::observation::Heartbeat;

/// What is truly sent.
const PAYLOAD: usize = 16;
/// By how much the request lies.
const BEYOND: usize = 2;
/// The type of an answer.
const RESPONSE: u8 = 2;

/// The record of the request, and the one that ends the connection in good order, so that there is an end to wait for.
pub(super) fn request(version: u16) -> Vec<u8> {
    let [major, minor] = version.to_be_bytes();
    let claimed = (PAYLOAD + BEYOND) as u8;
    let mut bytes = vec![24, major, minor, 0, 3 + PAYLOAD as u8, 1, 0, claimed];
    bytes.extend([b'p'; PAYLOAD]);
    bytes.extend([21, major, minor, 0, 2, 1, 0]);
    bytes
}

/// How an answer begins that is as long as the request says it is.
const LONG: [u8; 3] = [RESPONSE, 0, (PAYLOAD + BEYOND) as u8];

/// What came behind the request. An answer is put together from as many records as it comes in: a stack with short records cuts
/// it, whatever RFC 6520 says.
#[derive(Debug, Default)]
pub(super) struct Answer {
    bytes: Vec<u8>,
    /// An answer with no more than what was sent came to its end.
    is_answered: bool,
}

impl Answer {
    /// Takes the content of a heartbeat record. Whether there is an answer with more than was sent.
    pub(super) fn tells_more(&mut self, content: &[u8]) -> bool {
        self.bytes.extend_from_slice(content);
        while let [kind, high, low, ..] = self.bytes[..] {
            let claimed = usize::from(u16::from_be_bytes([high, low]));
            let Some(behind) = self.bytes.get(3 + claimed..) else {
                return false;
            };
            match kind == RESPONSE {
                true if claimed > PAYLOAD => return true,
                true => self.is_answered = true,
                // A request of its own.
                false => {}
            }
            // What is behind a message is padding, of whatever length and content. One that begins as an answer to this very
            // request does so by no accident.
            let next = behind.windows(LONG.len()).position(|it| it == LONG);
            self.bytes = next.map_or_else(Vec::new, |at| behind[at..].to_vec());
        }
        false
    }

    /// What it was, where no more comes.
    pub(super) fn heartbeat(&self) -> Heartbeat {
        match self.is_answered {
            true => Heartbeat::Answers,
            false => Heartbeat::Silent,
        }
    }

    /// Whether a message began and never ended: that is no silence.
    pub(super) fn is_cut_off(&self) -> bool {
        !self.bytes.is_empty()
    }
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

    fn message(kind: u8, claimed: u8, length: usize) -> Vec<u8> {
        [&[kind, 0, claimed][..], &vec![b'x'; length]].concat()
    }

    /// Whether it tells more, and whether it was cut off.
    fn heard(bytes: &[u8], record: usize) -> (bool, bool) {
        let mut answer = Answer::default();
        let tells_more = bytes.chunks(record).any(|it| answer.tells_more(it));
        (tells_more, !tells_more && answer.is_cut_off())
    }

    #[test]
    fn only_an_answer_with_more_than_was_sent_tells_more() {
        let whole = |bytes: &[u8]| heard(bytes, bytes.len().max(1));
        assert_eq!(whole(&message(RESPONSE, 18, 18 + 16)), (true, false));
        // Only what was sent, and a request of its own.
        assert_eq!(whole(&message(RESPONSE, 16, 16 + 16)), (false, false));
        assert_eq!(whole(&message(1, 18, 34)), (false, false));
        assert_eq!(whole(&[]), (false, false));
    }

    #[test]
    fn who_answers_with_what_was_sent_is_not_silent() {
        for (bytes, expected) in [
            (message(RESPONSE, 16, 16 + 16), Heartbeat::Answers),
            (message(RESPONSE, 0, 16), Heartbeat::Answers),
            (message(1, 18, 34), Heartbeat::Silent),
            (Vec::new(), Heartbeat::Silent),
        ] {
            let mut answer = Answer::default();
            assert!(!answer.tells_more(&bytes));
            assert_eq!(answer.heartbeat(), expected, "{bytes:?}");
        }
    }

    #[test]
    fn an_answer_behind_another_message_in_its_record_is_no_padding() {
        let long = message(RESPONSE, 18, 18 + 16);
        for before in [
            message(1, 2, 2),
            message(1, 2, 2 + 16),
            message(1, 0, 0),
            message(RESPONSE, 16, 16 + 16),
            [message(1, 2, 2), message(RESPONSE, 16, 16)].concat(),
        ] {
            let both = [&before[..], &long].concat();
            assert_eq!(heard(&both, both.len()), (true, false), "{before:?}");
            // Half of it is no silence.
            let half = &both[..before.len() + 10];
            assert_eq!(heard(half, half.len()), (false, true), "{before:?}");
        }
    }

    #[test]
    fn an_answer_is_the_same_in_however_many_records() {
        for record in [1, 2, 3, 17, 20, 21, 33] {
            let answer = message(RESPONSE, 18, 18 + 16);
            assert_eq!(heard(&answer, record), (true, false), "{record}");
        }
        let before = message(1, 18, 34);
        let mut answer = Answer::default();
        assert!(!answer.tells_more(&before));
        assert!(answer.tells_more(&message(RESPONSE, 18, 18)));
    }

    #[test]
    fn what_begins_and_does_not_end_is_no_silence() {
        for cut_off in [&[RESPONSE][..], &[RESPONSE, 0], &message(RESPONSE, 18, 17)] {
            assert_eq!(heard(cut_off, 5), (false, true), "{cut_off:?}");
        }
    }
}
