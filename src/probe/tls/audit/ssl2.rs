//! SSL 2: a CLIENT-HELLO with every cipher, and the answer (draft-hickman-netscape-ssl-00, sections 5.2 and 5.3). Pure.

use super::flight::Unclear;
use crate::probe::tls::record::{Item, Reader};
use crate::probe::tls::server_hello::refuses;

/// The ciphers of SSL 2, which no registry of IANA holds.
const CIPHERS: [([u8; 3], &str); 7] = [
    ([1, 0, 0x80], "SSL_CK_RC4_128_WITH_MD5"),
    ([2, 0, 0x80], "SSL_CK_RC4_128_EXPORT40_WITH_MD5"),
    ([3, 0, 0x80], "SSL_CK_RC2_128_CBC_WITH_MD5"),
    ([4, 0, 0x80], "SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5"),
    ([5, 0, 0x80], "SSL_CK_IDEA_128_CBC_WITH_MD5"),
    ([6, 0, 0x40], "SSL_CK_DES_64_CBC_WITH_MD5"),
    ([7, 0, 0xc0], "SSL_CK_DES_192_EDE3_CBC_WITH_MD5"),
];

/// What a server says to a hello of SSL 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// A SERVER-HELLO with these ciphers.
    Takes(Vec<&'static str>),
    /// An alert of TLS that refuses, or "no cipher" in the words of SSL 2.
    Refuses(&'static str),
    Unclear(Unclear),
}

/// One record.
pub(super) fn hello(challenge: &[u8; 16]) -> Vec<u8> {
    let ciphers = CIPHERS.iter().flat_map(|(code, _)| *code);
    let mut message = vec![1, 0, 2, 0, 21, 0, 0, 0, 16];
    message.extend(ciphers);
    message.extend(challenge);
    // 46 bytes, far below what two bytes of length hold.
    let length = u8::try_from(message.len()).unwrap_or_default();
    [&[0x80, length][..], &message].concat()
}

/// What `bytes` say so far. None: more is needed.
pub(super) fn read(bytes: &[u8]) -> Option<Answer> {
    match *bytes.first()? {
        21 | 22 => tls(bytes),
        high @ 0x80.. => {
            let length = usize::from(high & 0x7f) << 8 | usize::from(*bytes.get(1)?);
            Some(ssl(bytes.get(2..2 + length)?))
        }
        _ => Some(malformed("the answer is no record")),
    }
}

fn tls(bytes: &[u8]) -> Option<Answer> {
    let mut reader = Reader::default();
    reader.push(bytes);
    Some(match reader.next() {
        Ok(None) => return None,
        Ok(Some(Item::Alert(alert))) if refuses(alert) => Answer::Refuses("an alert that refuses"),
        Ok(Some(Item::Alert(alert))) => Answer::Unclear(Unclear::Alert(alert)),
        Ok(Some(_)) => malformed("TLS in answer to SSL 2"),
        Err(fault) => malformed(fault),
    })
}

/// A message of SSL 2: SERVER-HELLO or ERROR.
fn ssl(message: &[u8]) -> Answer {
    match message {
        [0, 0, 1] => Answer::Refuses("the error \"no cipher\""),
        [4, ..] => server_hello(message).map_or_else(
            || malformed("a SERVER-HELLO that cannot be read"),
            Answer::Takes,
        ),
        _ => malformed("no SERVER-HELLO"),
    }
}

fn server_hello(message: &[u8]) -> Option<Vec<&'static str>> {
    let length = |at: usize| {
        let pair = message.get(at..at + 2)?;
        Some(usize::from(u16::from_be_bytes([pair[0], pair[1]])))
    };
    if length(3)? != 2 {
        return None;
    }
    let start = 11 + length(5)?;
    let ciphers = message.get(start..start + length(7)?)?;
    let name = |code: &[u8]| CIPHERS.iter().find(|(it, _)| it == code).map(|it| it.1);
    Some(ciphers.chunks_exact(3).filter_map(name).collect())
}

fn malformed(what: &'static str) -> Answer {
    Answer::Unclear(Unclear::Malformed(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_record(message: &[u8]) -> Vec<u8> {
        let length = u16::try_from(message.len()).unwrap() | 0x8000;
        [&length.to_be_bytes()[..], message].concat()
    }

    #[test]
    fn the_hello_has_the_length_that_it_says() {
        let hello = hello(&[7; 16]);
        assert_eq!((hello.len(), hello[1]), (48, 46));
        assert_eq!(hello[2..5], [1, 0, 2]);
    }

    #[test]
    fn a_server_hello_names_ciphers() {
        let mut message = vec![4, 0, 1, 0, 2, 0, 3, 0, 6, 0, 1, 9, 9, 9];
        message.extend([1, 0, 0x80, 7, 0, 0xc0, 5]);
        let bytes = in_record(&message);
        let names = vec![
            "SSL_CK_RC4_128_WITH_MD5",
            "SSL_CK_DES_192_EDE3_CBC_WITH_MD5",
        ];
        assert_eq!(read(&bytes), Some(Answer::Takes(names)));
        for end in 0..bytes.len() {
            assert_eq!(read(&bytes[..end]), None);
        }
    }

    #[test]
    fn only_plain_words_refuse() {
        let refused = |bytes: &[u8]| matches!(read(bytes), Some(Answer::Refuses(_)));
        assert!(refused(&in_record(&[0, 0, 1])));
        assert!(refused(&[21, 3, 1, 0, 2, 2, 70]));
        for bytes in [
            &[21, 3, 1, 0, 2, 2, 80][..],
            &in_record(&[0, 0, 2]),
            &in_record(&[4, 0, 1, 3, 0, 0, 0, 0, 0, 0, 0]),
            &in_record(&[4, 0, 1, 0, 2, 0xff, 0xff, 0, 3, 0, 0]),
            &in_record(&[]),
            b"HTTP/1.1 400",
        ] {
            assert!(
                matches!(read(bytes), Some(Answer::Unclear(_))),
                "{bytes:02x?}"
            );
        }
    }
}
