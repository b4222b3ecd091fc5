//! A small CoAP server (RFC 7252), as wrong as its switches say. Written by hand: the harness has a library
//! for the same messages, and no mistake shall cancel itself out.

use super::spec::CoapSpec;

const CONTENT: u8 = 2 << 5 | 5;
const UNAUTHORIZED: u8 = 4 << 5 | 1;
const LIST: &str = "/.well-known/core";
const URI_PATH: u32 = 11;

/// A CoAP server.
#[derive(Debug)]
pub(super) struct Server(CoapSpec);

/// What matters here of a request.
#[derive(Debug, PartialEq, Eq)]
struct Request<'a> {
    confirmable: bool,
    id: [u8; 2],
    token: &'a [u8],
    path: String,
}

impl Server {
    pub(super) fn new(spec: &CoapSpec) -> Self {
        Self(spec.clone())
    }

    pub(super) fn port(&self) -> u16 {
        self.0.port
    }

    /// The datagrams that answer one.
    pub(super) fn answers(&self, datagram: &[u8]) -> Vec<Vec<u8>> {
        let switch = &self.0.switch;
        let Some(request) = request(datagram).filter(|_| !switch.silent) else {
            return Vec::new();
        };
        if switch.hostile_options {
            return hostile(&request);
        }
        let listed = request.path == LIST && !switch.hides_its_list;
        let served = listed || self.0.switch.open;
        let mut payload = match (listed, served) {
            (true, _) => self.list(),
            (false, true) => "21.5".to_owned(),
            (false, false) => String::new(),
        };
        if served && switch.oversized {
            payload = "x".repeat(60_000);
        }
        vec![response(
            &request,
            if served { CONTENT } else { UNAUTHORIZED },
            &payload,
        )]
    }

    fn list(&self) -> String {
        let links = self
            .0
            .resources
            .iter()
            .map(|path| format!("<{path}>;rt=\"lab\""));
        links.collect::<Vec<_>>().join(",")
    }
}

/// RFC 7252, section 3; only what the harness sends: no option number or length beyond one extra byte.
fn request(datagram: &[u8]) -> Option<Request<'_>> {
    let (&[first, code, high, low], rest) = datagram.split_first_chunk::<4>()?;
    let (version, kind, length) = (first >> 6, first >> 4 & 3, usize::from(first & 15));
    if version != 1 || kind > 1 || code != 1 {
        return None;
    }
    let (token, mut rest) = rest.split_at_checked(length)?;
    let (mut number, mut path) = (0, String::new());
    while let Some((&head, after)) = rest.split_first().filter(|(head, _)| **head != 0xff) {
        let (delta, after) = extended(head >> 4, after)?;
        let (length, after) = extended(head & 15, after)?;
        let (value, after) = after.split_at_checked(length)?;
        number += u32::try_from(delta).ok()?;
        if number == URI_PATH {
            path.push('/');
            path.push_str(std::str::from_utf8(value).ok()?);
        }
        rest = after;
    }
    Some(Request {
        confirmable: kind == 0,
        id: [high, low],
        token,
        path: if path.is_empty() {
            "/".to_owned()
        } else {
            path
        },
    })
}

fn extended(nibble: u8, rest: &[u8]) -> Option<(usize, &[u8])> {
    match nibble {
        0..=12 => Some((usize::from(nibble), rest)),
        13 => rest
            .split_first()
            .map(|(more, rest)| (usize::from(*more) + 13, rest)),
        _ => None,
    }
}

/// Piggybacked on the acknowledgement, or not confirmable like its request.
fn response(request: &Request<'_>, code: u8, payload: &str) -> Vec<u8> {
    let kind = if request.confirmable { 0x60 } else { 0x50 };
    // A token has at most 8 bytes.
    let first = kind | u8::try_from(request.token.len()).unwrap_or_default();
    let mut datagram = [&[first, code], &request.id[..], request.token].concat();
    if !payload.is_empty() {
        datagram.push(0xff);
        datagram.extend_from_slice(payload.as_bytes());
    }
    datagram
}

/// What looks like an answer, and whose options loop, overflow, are reserved or never end.
fn hostile(request: &Request<'_>) -> Vec<Vec<u8>> {
    let options: [&[u8]; 5] = [
        &[0xf0],
        &[0x0f],
        &[0xe0, 0xff, 0xff, 0xe0, 0xff, 0xff],
        &[0x0e, 0xff, 0xff],
        &[0xd0],
    ];
    let head = response(request, CONTENT, "");
    let endless = [head.clone(), vec![0xdd; 50_000]].concat();
    let cut = options.map(|options| [&head[..], options].concat());
    cut.into_iter().chain([endless]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // GET coap://…/.well-known/core, token 0x74, as in RFC 7252, figure 16, with its message id.
    const GET: &[u8] = b"\x41\x01\x7d\x34\x74\xbb.well-known\x04core";

    fn server(spec: &str) -> Server {
        let text = format!("port = 5683\nresources = [\"/config\"]\n{spec}");
        Server::new(&toml::from_str(&text).unwrap())
    }

    #[test]
    fn a_request_is_read() {
        let request = request(GET).unwrap();
        assert_eq!((request.path.as_str(), request.token), (LIST, &b"\x74"[..]));
        assert!(request.confirmable && request.id == [0x7d, 0x34]);
        for length in 0..GET.len() - 1 {
            let cut = super::request(&GET[..length]);
            assert!(cut.is_none_or(|it| it.path != LIST), "{length}");
        }
    }

    #[test]
    fn every_switch_changes_the_answer() {
        let answer = |spec: &str, get: &[u8]| server(spec).answers(get);
        let config = b"\x41\x01\x7d\x34\x74\xb6config";
        let listed = [
            b"\x61\x45\x7d\x34\x74\xff".as_slice(),
            b"</config>;rt=\"lab\"",
        ]
        .concat();
        assert_eq!(answer("", GET), [listed]);
        assert_eq!(answer("", config), [b"\x61\x81\x7d\x34\x74"]);
        assert_eq!(
            answer("switch.open = true", config),
            [b"\x61\x45\x7d\x34\x74\xff21.5"]
        );
        assert_eq!(
            answer("switch.hides_its_list = true", GET),
            [b"\x61\x81\x7d\x34\x74"]
        );
        assert_eq!(answer("switch.silent = true", GET), [b""; 0]);
        assert_eq!(answer("switch.oversized = true", GET)[0].len(), 60_006);
        assert_eq!(answer("switch.hostile_options = true", GET).len(), 6);
    }
}
