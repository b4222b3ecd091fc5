//! The beginning of a DTLS 1.2 server (RFC 6347) that takes a cipher suite or two with a shared key: what it says before anybody has
//! shown a key. Written by hand, and as wrong as its switches say.

use super::dtls_spec::DtlsSpec;

/// TLS_PSK_WITH_AES_128_CCM_8 (RFC 6655).
const SUITE: [u8; 2] = [0xc0, 0xa8];
/// TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256 (RFC 8442).
const FORWARD_SECRET: [u8; 2] = [0xd0, 0x01];
const COOKIE: &[u8] = b"lab-cookie";

/// A DTLS server.
#[derive(Debug)]
pub(super) struct Server(DtlsSpec);

/// What matters here of a ClientHello.
#[derive(Debug, PartialEq, Eq)]
struct Hello<'a> {
    /// Number of its record and of its message.
    record: [u8; 6],
    message: u8,
    version: [u8; 2],
    cookie: &'a [u8],
    suites: &'a [u8],
    /// Whether it takes DTLS 1.3 and nothing else.
    only_13: bool,
}

impl Server {
    pub(super) fn new(spec: &DtlsSpec) -> Self {
        Self(spec.clone())
    }

    pub(super) fn port(&self) -> u16 {
        self.0.port
    }

    /// The datagrams that answer one.
    pub(super) fn answers(&self, datagram: &[u8]) -> Vec<Vec<u8>> {
        let switch = &self.0.switch;
        let Some(hello) = hello(datagram) else {
            return Vec::new();
        };
        if !switch.no_cookie && hello.cookie != COOKIE {
            let length = u8::try_from(COOKIE.len()).unwrap_or_default();
            let body = [&[0xfe, 0xff, length][..], COOKIE].concat();
            return vec![record(22, hello.record, &message(3, 0, &body))];
        }
        if switch.mute_after_cookie {
            return Vec::new();
        }
        if hello.version != [0xfe, 0xfd] {
            return vec![record(21, hello.record, &[2, 70])];
        }
        let offers = |suite: &[u8; 2]| hello.suites.chunks(2).any(|it| it == suite);
        match self.takes().iter().copied().find(offers) {
            Some(suite) if !hello.only_13 => {
                vec![record(22, hello.record, &self.flight(hello.message, suite))]
            }
            _ => vec![record(21, hello.record, &[2, 40])],
        }
    }

    /// In the order of its choice.
    fn takes(&self) -> &'static [[u8; 2]] {
        match (self.0.forward_secrecy, self.0.switch.forward_secrecy_last) {
            (false, _) => &[SUITE],
            (true, false) => &[FORWARD_SECRET, SUITE],
            (true, true) => &[SUITE, FORWARD_SECRET],
        }
    }

    /// ServerHello with extended master secret and secure renegotiation, the hint and what else the suite asks for, done.
    fn flight(&self, number: u8, suite: [u8; 2]) -> Vec<u8> {
        let extensions = [0, 9, 0, 23, 0, 0, 0xff, 1, 0, 1, 0];
        let hello = [
            &[0xfe, 0xfd][..],
            &[0x5a; 32],
            &[0],
            &suite,
            &[0],
            &extensions,
        ]
        .concat();
        let hint = self.0.hint.as_bytes();
        let length = u16::try_from(hint.len()).unwrap_or_default().to_be_bytes();
        // A point on X25519: any 32 bytes are one.
        let share = match suite {
            FORWARD_SECRET => [&[3, 0, 0x1d, 32][..], &[9; 32]].concat(),
            _ => Vec::new(),
        };
        [
            message(2, number, &hello),
            message(12, number + 1, &[&length[..], hint, &share].concat()),
            message(14, number + 2, &[]),
        ]
        .concat()
    }
}

/// RFC 6347, sections 4.1 and 4.2; a whole ClientHello in one datagram.
fn hello(datagram: &[u8]) -> Option<Hello<'_>> {
    let (head, rest) = datagram.split_first_chunk::<25>()?;
    // A handshake record of epoch 0, and in it a ClientHello that is no fragment.
    if (head[0], head[3], head[4], head[13]) != (22, 0, 0, 1) || head[14..17] != head[22..25] {
        return None;
    }
    let (version, rest) = rest.split_first_chunk::<2>()?;
    let (session, rest) = counted(rest.get(32..)?, 1)?;
    let _ = session;
    let (cookie, rest) = counted(rest, 1)?;
    let (suites, rest) = counted(rest, 2)?;
    Some(Hello {
        record: head[5..11].try_into().ok()?,
        message: head[18],
        version: *version,
        cookie,
        suites,
        only_13: rest.windows(5).any(|it| it == [0, 3, 2, 0xfe, 0xfc]),
    })
}

/// What stands behind a length of so many bytes, and what behind that.
fn counted(bytes: &[u8], width: usize) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_at_checked(width)?;
    let length = length
        .iter()
        .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    rest.split_at_checked(length)
}

fn message(kind: u8, number: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap_or_default().to_be_bytes();
    [
        &[kind][..],
        &length[1..],
        &[0, number, 0, 0, 0],
        &length[1..],
        body,
    ]
    .concat()
}

fn record(kind: u8, number: [u8; 6], content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap_or_default();
    [
        &[kind, 0xfe, 0xfd, 0, 0][..],
        &number,
        &length.to_be_bytes(),
        content,
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ClientHello of DTLS 1.2 with this cookie, for this suite.
    fn client_hello(cookie: &[u8], suite: [u8; 2]) -> Vec<u8> {
        client_hello_of(cookie, &suite)
    }

    fn client_hello_of(cookie: &[u8], suites: &[u8]) -> Vec<u8> {
        let length = u8::try_from(cookie.len()).unwrap();
        let count = u8::try_from(suites.len()).unwrap();
        let body = [
            &[0xfe, 0xfd][..],
            &[1; 32],
            &[0, length],
            cookie,
            &[0, count],
            suites,
            &[1, 0],
        ]
        .concat();
        record(22, [0; 6], &message(1, 0, &body))
    }

    fn kinds(server: &Server, datagram: &[u8]) -> Vec<(u8, u8)> {
        let answers = server.answers(datagram);
        answers.iter().map(|it| (it[0], it[13])).collect()
    }

    fn server(switches: &str) -> Server {
        let text = format!("port = 5684\nhint = \"hub\"\n{switches}");
        Server::new(&toml::from_str(&text).unwrap())
    }

    #[test]
    fn it_demands_a_cookie_and_then_says_its_flight() {
        let server = server("");
        assert_eq!(kinds(&server, &client_hello(b"", SUITE)), [(22, 3)]);
        assert_eq!(kinds(&server, &client_hello(b"other", SUITE)), [(22, 3)]);
        assert_eq!(kinds(&server, &client_hello(COOKIE, SUITE)), [(22, 2)]);
        assert_eq!(kinds(&server, &client_hello(COOKIE, [0, 0x2f])), [(21, 2)]);
        assert_eq!(kinds(&server, b"hello"), []);
    }

    #[test]
    fn of_two_suites_it_chooses_by_its_own_order() {
        // Behind the record's head, the message's, version and random stands an empty session.
        let chosen = |server: &Server, suites: [[u8; 2]; 2]| {
            let datagram = client_hello_of(COOKIE, &suites.concat());
            server.answers(&datagram)[0][13 + 12 + 35..][..2].to_vec()
        };
        let first = server("forward_secrecy = true");
        let last = server("forward_secrecy = true\nswitch.forward_secrecy_last = true");
        for suites in [[SUITE, FORWARD_SECRET], [FORWARD_SECRET, SUITE]] {
            assert_eq!(chosen(&first, suites), FORWARD_SECRET);
            assert_eq!(chosen(&last, suites), SUITE);
        }
        let none = server("");
        let alone = client_hello(COOKIE, FORWARD_SECRET);
        assert_eq!(kinds(&none, &alone), [(21, 2)]);
    }

    #[test]
    fn each_switch_is_one_fault() {
        let without = server("switch.no_cookie = true");
        assert_eq!(kinds(&without, &client_hello(b"", SUITE)), [(22, 2)]);
        let mute = server("switch.mute_after_cookie = true");
        assert_eq!(kinds(&mute, &client_hello(b"", SUITE)), [(22, 3)]);
        assert_eq!(kinds(&mute, &client_hello(COOKIE, SUITE)), []);
    }
}
