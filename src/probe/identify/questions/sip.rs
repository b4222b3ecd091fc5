//! OPTIONS, in the two protocols that look like HTTP: RTSP (RFC 2326, section 10.1) and SIP (RFC 3261, section 11).

use super::super::product::header;
use super::super::question::Question;
use super::read::product;
use crate::observation::Protocol;

pub(in super::super) const RTSP: Question = Question {
    word: "rtsp-options",
    protocol: Protocol::Rtsp,
    usual: &[322, 554, 8554],
    inside: true,
    says: &[b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"],
    tell: |bytes| tell(bytes, b"RTSP/1.0 "),
};

pub(in super::super) const SIP: Question = Question {
    word: "sip-options",
    protocol: Protocol::Sip,
    usual: &[5060, 5061],
    inside: true,
    says: &[b"OPTIONS sip:caller@invalid SIP/2.0\r\n\
        Via: SIP/2.0/TCP caller.invalid;branch=z9hG4bK776asdhds\r\n\
        Max-Forwards: 1\r\nTo: <sip:caller@invalid>\r\n\
        From: <sip:caller@invalid>;tag=1928301774\r\nCall-ID: a84b4c76e66710@invalid\r\n\
        CSeq: 1 OPTIONS\r\nContact: <sip:caller@invalid>\r\nContent-Length: 0\r\n\r\n"],
    tell: |bytes| tell(bytes, b"SIP/2.0 "),
};

/// A status line, and who says so.
fn tell(bytes: &[u8], version: &[u8]) -> Option<Option<String>> {
    let status = bytes.strip_prefix(version)?.first_chunk::<3>()?;
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]);
    let name = header(&text, "server").or_else(|| header(&text, "user-agent"));
    let named = name.and_then(|name| product(name.as_bytes()));
    status.iter().all(u8::is_ascii_digit).then_some(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_status_shows_the_protocol() {
        let rtsp = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: GStreamer RTSP server\r\n\r\n";
        assert_eq!(
            (RTSP.tell)(rtsp),
            Some(Some("GStreamer RTSP server".to_owned()))
        );
        let sip = b"SIP/2.0 404 Not Found\r\nUser-Agent: Asterisk PBX 20.1\r\n\r\n";
        assert_eq!((SIP.tell)(sip), Some(Some("Asterisk PBX 20.1".to_owned())));
        assert_eq!((SIP.tell)(rtsp), None);
        assert_eq!((RTSP.tell)(b"RTSP/1.0 OK\r\n"), None);
    }
}
