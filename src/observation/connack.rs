//! What the codes in CONNACK mean.

use super::AccessOutcome;

/// A code, as an outcome and in words. The codes of 3.1.1 (section 3.2.2.3) end where those of 5 (section
/// 3.2.2.2) begin, so that one table serves both.
///
/// 0 is [`AccessOutcome::Admitted`] until a message shows more.
pub fn connack(code: u8) -> (AccessOutcome, &'static str) {
    use AccessOutcome::{Admitted, NotFound, Refused, Throttled, Unclear};
    match code {
        0x00 => (Admitted, "accepted"),
        0x01 | 0x84 => (NotFound, "this version is not spoken"),
        0x02 | 0x85 => (Unclear, "client identifier rejected"),
        0x03 | 0x88 => (Unclear, "server unavailable"),
        0x04 | 0x86 => (Refused, "bad user name or password"),
        0x05 | 0x87 => (Refused, "not authorised"),
        0x80 => (Unclear, "unspecified error"),
        0x81 => (Unclear, "malformed packet"),
        0x82 => (Unclear, "protocol error"),
        0x83 => (Unclear, "implementation specific error"),
        0x89 => (Throttled, "server busy"),
        0x8a => (Throttled, "banned"),
        0x8c => (Refused, "bad authentication method"),
        0x90 => (Unclear, "topic name invalid"),
        0x95 => (Unclear, "packet too large"),
        0x97 => (Throttled, "quota exceeded"),
        0x99 => (Unclear, "payload format invalid"),
        0x9a => (Unclear, "retain not supported"),
        0x9b => (Unclear, "quality of service not supported"),
        0x9c => (Unclear, "use another server"),
        0x9d => (Unclear, "server moved"),
        0x9f => (Throttled, "connection rate exceeded"),
        _ => (Unclear, "no code of any version"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(wanted: AccessOutcome) -> Vec<u8> {
        let of_kind = |code: &u8| connack(*code).0 == wanted;
        (0..=255).filter(of_kind).collect()
    }

    #[test]
    fn every_code_has_one_meaning() {
        assert_eq!(codes(AccessOutcome::Admitted), [0]);
        assert_eq!(codes(AccessOutcome::NotFound), [0x01, 0x84]);
        let refused = [0x04, 0x05, 0x86, 0x87, 0x8c];
        assert_eq!(codes(AccessOutcome::Refused), refused);
        let throttled = [0x89, 0x8a, 0x97, 0x9f];
        assert_eq!(codes(AccessOutcome::Throttled), throttled);
        assert_eq!(codes(AccessOutcome::Served), [0; 0]);
        assert_eq!(codes(AccessOutcome::Unclear).len(), 256 - 1 - 2 - 5 - 4);
    }
}
