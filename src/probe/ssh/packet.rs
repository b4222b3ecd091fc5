//! What travels before keys are exchanged (RFC 4253, sections 4.2, 6 and 7), read from bytes that may be anything.

use crate::observation::SshOffer;

/// Bytes of one packet: what every implementation must take (RFC 4253, section 6.1).
const LARGEST: usize = 35_000;
/// Bytes of the first line, and of those that may stand before it.
const LONGEST_LINE: usize = 255;
const GREETING: usize = 8 * 1024;
/// A name has 64 characters at most (RFC 4251, section 6); some servers take more.
const LONGEST_NAME: usize = 128;
const MOST_NAMES: usize = 256;
const COOKIE: usize = 16;

/// The messages that are met here.
pub(super) const DISCONNECT: u8 = 1;
pub(super) const IGNORE: u8 = 2;
pub(super) const UNIMPLEMENTED: u8 = 3;
pub(super) const DEBUG: u8 = 4;
pub(super) const KEXINIT: u8 = 20;

/// What bytes are no SSH, in words that are safe to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed(pub &'static str);

/// Something that was read, and how many bytes it took. None: more bytes are needed.
type Read<T> = Result<Option<(T, usize)>, Malformed>;

/// The line that begins with `SSH-`, without its end.
pub(super) fn banner(bytes: &[u8]) -> Read<&[u8]> {
    let mut start = 0;
    while let Some(length) = bytes[start..].iter().position(|byte| *byte == b'\n') {
        let end = start + length + 1;
        let line = &bytes[start..end - 1];
        if line.starts_with(b"SSH-") {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            return match line.len() {
                0..=LONGEST_LINE => Ok(Some((line, end))),
                _ => Err(Malformed("its first line is longer than one may be")),
            };
        }
        start = end;
    }
    match bytes.len() {
        0..GREETING => Ok(None),
        _ => Err(Malformed("it talks without naming its protocol")),
    }
}

/// The content of a packet.
pub(super) fn packet(bytes: &[u8]) -> Read<&[u8]> {
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else {
        return Ok(None);
    };
    let length = u32::from_be_bytes(*length) as usize;
    if !(2..=LARGEST).contains(&length) {
        return Err(Malformed("a packet has a length that none has"));
    }
    let Some(body) = rest.get(..length) else {
        return Ok(None);
    };
    let padding = usize::from(body[0]);
    match (length - 1).checked_sub(padding) {
        Some(content @ 1..) => Ok(Some((&body[1..=content], 4 + length))),
        _ => Err(Malformed("a packet is nothing but padding")),
    }
}

/// A packet with this content, padded as without a cipher.
pub(super) fn packed(content: &[u8]) -> Vec<u8> {
    // Four bytes at least, and all of it a multiple of eight.
    let padding = 4 + (8 - (5 + content.len() + 4) % 8) % 8;
    let length = 1 + content.len() + padding;
    // Our own messages are short.
    let mut out = u32::try_from(length)
        .unwrap_or_default()
        .to_be_bytes()
        .to_vec();
    out.push(padding as u8);
    out.extend_from_slice(content);
    out.resize(out.len() + padding, 0);
    out
}

/// What a KEXINIT offers.
pub(super) fn offer(content: &[u8]) -> Result<SshOffer, Malformed> {
    const CUT: Malformed = Malformed("what it offers is cut off");
    let mut rest = content
        .strip_prefix(&[KEXINIT])
        .and_then(|rest| rest.get(COOKIE..))
        .ok_or(CUT)?;
    let mut lists = Vec::new();
    for _ in 0..10 {
        let list = string(&mut rest).ok_or(CUT)?;
        lists.push(names(list)?);
    }
    // Whether a guess follows, and four bytes for later.
    if rest.len() < 5 {
        return Err(CUT);
    }
    let mut lists = lists.into_iter();
    let mut next = || lists.next().unwrap_or_default();
    let (key_exchange, host_key) = (next(), next());
    let mut both = || {
        let mut names = next();
        for name in next() {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    };
    Ok(SshOffer {
        key_exchange,
        host_key,
        ciphers: both(),
        macs: both(),
        compression: both(),
    })
}

fn names(list: &[u8]) -> Result<Vec<String>, Malformed> {
    let list = std::str::from_utf8(list).map_err(|_| NO_NAME)?;
    let mut names: Vec<String> = Vec::new();
    for name in list.split(',').filter(|name| !name.is_empty()) {
        if name.len() > LONGEST_NAME || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(NO_NAME);
        }
        if names.len() == MOST_NAMES {
            return Err(Malformed("it offers more algorithms than there are"));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

const NO_NAME: Malformed = Malformed("what it offers are no names of algorithms");

/// Four bytes of length, and as many bytes (RFC 4251, section 5).
pub(super) fn string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let (string, after) = after.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    *rest = after;
    Some(string)
}

/// The same, written.
pub(super) fn write_string(out: &mut Vec<u8>, string: &[u8]) {
    // Our own strings are short.
    let length = u32::try_from(string.len()).unwrap_or_default();
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(string);
}

/// A KEXINIT that takes what is offered, with this key exchange and this host key.
pub(super) fn answer(offer: &SshOffer, cookie: &[u8], exchange: &str, host_key: &str) -> Vec<u8> {
    let list = |names: &[String]| names.join(",");
    let both = |names: &[String]| [list(names), list(names)];
    let [ciphers, ciphers_back] = both(&offer.ciphers);
    let [macs, macs_back] = both(&offer.macs);
    let [compression, compression_back] = both(&offer.compression);
    let mut out = vec![KEXINIT];
    out.extend(
        cookie
            .iter()
            .copied()
            .chain(std::iter::repeat(0))
            .take(COOKIE),
    );
    for names in [
        exchange,
        host_key,
        &ciphers,
        &ciphers_back,
        &macs,
        &macs_back,
        &compression,
        &compression_back,
        "",
        "",
    ] {
        write_string(&mut out, names.as_bytes());
    }
    out.extend_from_slice(&[0; 5]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered() -> SshOffer {
        let names = |list: &str| list.split(',').map(str::to_owned).collect();
        SshOffer {
            key_exchange: names("curve25519-sha256,kex-strict-s-v00@openssh.com"),
            host_key: names("ssh-ed25519"),
            ciphers: names("aes128-ctr,aes256-ctr"),
            macs: names("hmac-sha2-256"),
            compression: names("none,zlib@openssh.com"),
        }
    }

    fn kexinit() -> Vec<u8> {
        let offered = offered();
        answer(
            &offered,
            &[7; 16],
            &offered.key_exchange.join(","),
            "ssh-ed25519",
        )
    }

    #[test]
    fn what_is_offered_is_read_as_it_was_written() {
        let bytes = packed(&kexinit());
        assert_eq!(bytes.len() % 8, 0);
        let (content, used) = packet(&bytes).unwrap().unwrap();
        assert_eq!(used, bytes.len());
        assert_eq!(offer(content).unwrap(), offered());
    }

    #[test]
    fn directions_that_differ_are_put_together() {
        let mut content = kexinit();
        let place = content
            .windows(10)
            .position(|it| it == b"aes256-ctr")
            .unwrap();
        content[place..place + 10].copy_from_slice(b"aes192-ctr");
        assert_eq!(
            offer(&content).unwrap().ciphers,
            ["aes128-ctr", "aes192-ctr", "aes256-ctr"]
        );
    }

    #[test]
    fn what_is_cut_off_waits_and_what_lies_is_refused() {
        let content = kexinit();
        let bytes = packed(&content);
        for length in 0..bytes.len() {
            assert_eq!(packet(&bytes[..length]), Ok(None), "{length}");
        }
        for length in 0..content.len() {
            assert!(offer(&content[..length]).is_err(), "{length}");
        }
        for length in [0, 1, 35_001, u32::MAX] {
            assert!(packet(&[&length.to_be_bytes()[..], &[0; 8]].concat()).is_err());
        }
        assert!(packet(&[0, 0, 0, 2, 1, 0]).is_err());
        assert!(packet(&[0, 0, 0, 2, 200, 0]).is_err());
        // Any byte anywhere ends in an answer.
        for place in 0..content.len() {
            for byte in [0, 0x20, 0x7f, 0x80, 0xff] {
                let mut changed = content.clone();
                changed[place] = byte;
                let _ = offer(&changed);
            }
        }
    }

    #[test]
    fn names_are_visible_and_not_too_many() {
        let with = |name: &str| {
            let mut offered = offered();
            offered.macs = vec![name.to_owned()];
            offer(&answer(&offered, &[], "a", "b"))
        };
        assert!(with("hmac-sha2-512").is_ok());
        assert!(with("hmac sha2").is_err());
        assert!(with("hmac\u{202e}").is_err());
        assert!(with(&"x".repeat(129)).is_err());
        assert!(with(&"x,".repeat(257)).is_err());
        assert!(with(&",".repeat(2_000)).unwrap().macs.is_empty());
    }

    #[test]
    fn the_line_that_names_the_protocol_may_follow_others() {
        let line =
            |bytes: &[u8]| banner(bytes).map(|it| it.map(|(line, used)| (line.to_vec(), used)));
        assert_eq!(
            line(b"SSH-2.0-x\r\nrest"),
            Ok(Some((b"SSH-2.0-x".to_vec(), 11)))
        );
        assert_eq!(
            line(b"hello\r\nSSH-1.99-y\n"),
            Ok(Some((b"SSH-1.99-y".to_vec(), 18)))
        );
        assert_eq!(line(b"SSH-2.0-x"), Ok(None));
        assert_eq!(line(b""), Ok(None));
        assert!(line(&[b'x'; 8192]).is_err());
        assert!(line(&[&b"SSH-2.0-"[..], &[b'x'; 300], b"\n"].concat()).is_err());
    }
}
