//! One heartbeat request (RFC 6520) that says it is two bytes longer than it is. Whoever answers it has read two bytes beyond; a
//! correct server is silent (section 4). Nothing of the answer is kept but that there was one. Pure.

/// What is truly sent.
const PAYLOAD: usize = 16;
/// By how much the request lies.
const BEYOND: usize = 2;

/// The record of the request, and the one that ends the connection in good order, so that there is an end to wait for.
pub(super) fn request(version: u16) -> Vec<u8> {
    let [major, minor] = version.to_be_bytes();
    let claimed = (PAYLOAD + BEYOND) as u8;
    let mut bytes = vec![24, major, minor, 0, 3 + PAYLOAD as u8, 1, 0, claimed];
    bytes.extend([b'p'; PAYLOAD]);
    bytes.extend([21, major, minor, 0, 2, 1, 0]);
    bytes
}

/// Whether the content of a heartbeat record is an answer with more than was sent.
pub(super) fn tells_more(content: &[u8]) -> bool {
    let [2, high, low, ..] = *content else {
        return false;
    };
    let claimed = usize::from(u16::from_be_bytes([high, low]));
    claimed > PAYLOAD && content.len() >= 3 + claimed
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

    #[test]
    fn only_an_answer_with_more_than_was_sent_tells_more() {
        let answer = |kind: u8, claimed: u8, length: usize| {
            [&[kind, 0, claimed][..], &vec![b'x'; length]].concat()
        };
        assert!(tells_more(&answer(2, 18, 18 + 16)));
        assert!(!tells_more(&answer(2, 16, 16 + 16)), "only what was sent");
        assert!(!tells_more(&answer(2, 18, 17)), "it says so, and is not");
        assert!(!tells_more(&answer(1, 18, 34)), "a request of its own");
        assert!(!tells_more(&[]) && !tells_more(&[2, 0]));
    }
}
