//! SMB (MS-CIFS, section 2.2.4.52; MS-SMB2, section 3.3.5.3): the negotiation that old and new servers answer.

use super::super::question::Question;
use super::read::{le16, slice};
use crate::observation::Protocol;

pub(in super::super) const QUESTION: Question = Question {
    word: "smb-negotiate",
    protocol: Protocol::Smb,
    usual: &[139, 445],
    inside: false,
    // Session header, SMB header with command 0x72, three dialects.
    says: &[
        b"\0\0\0\x45\xffSMB\x72\0\0\0\0\x18\x53\xc8\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xff\xfe\0\0\0\0\
        \0\x22\0\x02NT LM 0.12\0\x02SMB 2.002\0\x02SMB 2.???\0",
    ],
    tell,
};

/// A message of the length that its session header says (MS-SMB2, section 2.1).
fn tell(bytes: &[u8]) -> Option<Option<String>> {
    let [0, high, middle, low] = *bytes.first_chunk()? else {
        return None;
    };
    let length = u32::from_be_bytes([0, high, middle, low]);
    let message = slice(bytes, 4, usize::try_from(length).ok()?)?;
    match message.first_chunk()? {
        // Section 2.2.1.2: NEGOTIATE is command 0; the response's flag is the lowest bit.
        b"\xfeSMB" if le16(message, 12)? == 0 && message.get(16)? & 1 == 1 => {
            // Section 2.2.4.
            Some(Some(match le16(message, 68)? {
                0x202 => "SMB 2.0.2".to_owned(),
                _ => "SMB 2 or 3".to_owned(),
            }))
        }
        b"\xffSMB" if message.get(4) == Some(&0x72) && message.get(9)? & 0x80 != 0 => {
            Some(Some("SMB 1".to_owned()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(message: &[u8]) -> Vec<u8> {
        let length = u8::try_from(message.len()).unwrap();
        [&[0, 0, 0, length][..], message].concat()
    }

    #[test]
    fn old_and_new_servers_are_told_apart() {
        let mut new = [0; 128];
        new[..4].copy_from_slice(b"\xfeSMB");
        new[16] = 1;
        new[68..70].copy_from_slice(&[0xff, 2]);
        assert_eq!(tell(&session(&new)), Some(Some("SMB 2 or 3".to_owned())));
        assert_eq!(tell(&session(&new)[..100]), None);
        let mut old = [0; 70];
        old[..5].copy_from_slice(b"\xffSMB\x72");
        old[9] = 0x98;
        assert_eq!(tell(&session(&old)), Some(Some("SMB 1".to_owned())));
        let said = QUESTION.says[0];
        assert_eq!(usize::from(said[3]) + 4, said.len());
        assert_eq!(tell(said), None);
    }
}
