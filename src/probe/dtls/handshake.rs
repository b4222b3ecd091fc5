//! A whole handshake of DTLS 1.2 with a shared key, as a client (RFC 6347, section 4.2; RFC 4279, section 2). Pure: datagrams in,
//! datagrams out. A library that does this would bring a second generation of half the cryptography in the tree.

use ring::digest::{SHA256, digest};

use super::keys::{Head, Keys, SUITES, expand, keys, premaster};
use super::message::{Assembler, CLIENT_HELLO, HELLO_VERIFY_REQUEST, Message, cookie};
use super::record::{
    ALERT, ANY_VERSION, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, Record, records,
};
use crate::observation::TlsVersion;
use crate::probe::tls::hello::{Carrier, Dress, Hello, extension};
use crate::probe::tls::server_hello::ServerHello;

const DTLS_12: u16 = 0xfefd;
const CLIENT_KEY_EXCHANGE: u8 = 16;
const FINISHED: u8 = 20;
/// Bytes of a Finished (RFC 5246, section 7.4.9).
const VERIFY: usize = 12;
/// Demands for a cookie that are met.
const COOKIES: u8 = 3;
/// Messages of the server that are kept for what both sides sign in the end.
const TRANSCRIPT: usize = 128 * 1024;

/// Who we say that we are.
#[derive(Clone)]
pub(super) struct SharedKey {
    pub identity: Vec<u8>,
    pub key: Vec<u8>,
}

impl std::fmt::Debug for SharedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedKey")
    }
}

/// What came of a datagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Wait,
    /// Something is to be sent: [`Handshake::datagram`].
    Send,
    /// The server showed that it has the same key.
    Established,
    /// The alert by which it answered our key.
    Refused(u8),
    /// It cannot come to a handshake with a key.
    Impossible(String),
}

#[derive(Debug, PartialEq, Eq)]
enum Stage {
    /// The hello is out.
    Hello,
    /// The key is out, in what only who has it can read.
    Key,
    Open,
}

/// The client.
#[derive(Debug)]
pub(super) struct Handshake {
    hello: Hello,
    shared: SharedKey,
    random: [u8; 32],
    cookie: Vec<u8>,
    stage: Stage,
    /// Our next message, and our next records without and with protection.
    message: u16,
    plain: u64,
    sealed: u64,
    assembler: Assembler,
    /// Every message that both sides sign, as one fragment each.
    transcript: Vec<u8>,
    server: Option<ServerHello>,
    /// Ours and theirs.
    keys: Option<[Keys; 2]>,
    exchange: Vec<u8>,
    finished: Vec<u8>,
    /// What the server's Finished must be.
    wanted: Vec<u8>,
}

impl Handshake {
    pub(super) fn new(shared: SharedKey, random: [u8; 32], name: Option<&str>) -> Self {
        Self {
            hello: hello(name),
            shared,
            random,
            cookie: Vec::new(),
            stage: Stage::Hello,
            message: 0,
            plain: 0,
            sealed: 0,
            assembler: Assembler::default(),
            transcript: Vec::new(),
            server: None,
            keys: None,
            exchange: Vec::new(),
            finished: Vec::new(),
            wanted: Vec::new(),
        }
    }

    /// What is to be sent now, and again where no answer comes: the hello, or the key and what it protects.
    pub(super) fn datagram(&mut self) -> Vec<u8> {
        match self.stage {
            Stage::Hello => {
                let message = self.client_hello().bytes();
                self.in_clear(HANDSHAKE, ANY_VERSION, &message)
            }
            Stage::Key | Stage::Open => {
                let exchange = self.exchange.clone();
                let finished = self.finished.clone();
                [
                    self.in_clear(HANDSHAKE, DTLS_12, &exchange),
                    self.in_clear(CHANGE_CIPHER_SPEC, DTLS_12, &[1]),
                    self.seal(HANDSHAKE, &finished),
                ]
                .concat()
            }
        }
    }

    /// Data of the application, in a datagram of its own.
    pub(super) fn data(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.seal(APPLICATION_DATA, bytes)
    }

    /// The end of the session, or of the attempt.
    pub(super) fn farewell(&mut self) -> Vec<u8> {
        const FATAL_USER_CANCELED: [u8; 2] = [2, 90];
        const CLOSE_NOTIFY: [u8; 2] = [1, 0];
        match self.stage {
            Stage::Open => self.seal(ALERT, &CLOSE_NOTIFY),
            _ => self.in_clear(ALERT, DTLS_12, &FATAL_USER_CANCELED),
        }
    }

    /// Whether the server heard our hello and waits for the key, or has had it.
    pub(super) fn key_is_out(&self) -> bool {
        self.stage != Stage::Hello
    }

    /// Takes a datagram.
    pub(super) fn hear(&mut self, datagram: &[u8]) -> Step {
        for record in records(datagram) {
            let step = match (record.epoch, record.kind) {
                (0, HANDSHAKE) if self.stage == Stage::Hello => self.flight(record.content),
                (0, ALERT) => self.alert(record.content),
                (1, HANDSHAKE) if self.stage == Stage::Key => match self.open(&record) {
                    Some(content) => self.server_finished(&content),
                    None => Step::Wait,
                },
                (1, ALERT) => match self.open(&record) {
                    Some(content) => self.alert(&content),
                    None => Step::Wait,
                },
                // What cannot be opened, or comes again, is dropped in silence (section 4.1.2.7).
                _ => Step::Wait,
            };
            if step != Step::Wait {
                return step;
            }
        }
        Step::Wait
    }

    /// The application's data in a datagram.
    pub(super) fn data_in(&self, datagram: &[u8]) -> Vec<Vec<u8>> {
        let records = records(datagram).into_iter();
        records
            .filter(|record| (record.epoch, record.kind) == (1, APPLICATION_DATA))
            .filter_map(|record| self.open(&record))
            .collect()
    }

    fn client_hello(&self) -> Message {
        let carrier = Carrier::Datagrams {
            cookie: &self.cookie,
        };
        Message {
            kind: CLIENT_HELLO,
            number: self.message,
            body: self.hello.body(&self.random, carrier),
        }
    }

    fn in_clear(&mut self, kind: u8, version: u16, content: &[u8]) -> Vec<u8> {
        let record = Record {
            kind,
            version,
            epoch: 0,
            sequence: self.plain,
            content,
        };
        self.plain += 1;
        record.bytes()
    }

    fn seal(&mut self, kind: u8, content: &[u8]) -> Vec<u8> {
        let head = Head {
            kind,
            epoch: 1,
            sequence: self.sealed,
        };
        self.sealed += 1;
        let keys = self.keys.as_ref();
        let sealed = keys.and_then(|[ours, _]| ours.seal(head, content));
        let record = Record {
            kind,
            version: DTLS_12,
            epoch: 1,
            sequence: head.sequence,
            content: &sealed.unwrap_or_default(),
        };
        record.bytes()
    }

    fn open(&self, record: &Record<'_>) -> Option<Vec<u8>> {
        let head = Head {
            kind: record.kind,
            epoch: record.epoch,
            sequence: record.sequence,
        };
        let [_, theirs] = self.keys.as_ref().filter(|_| record.version == DTLS_12)?;
        theirs.open(head, record.content)
    }

    fn alert(&self, content: &[u8]) -> Step {
        match (content, &self.stage) {
            ([1, alert], _) if *alert != 0 => Step::Wait,
            ([_, alert], Stage::Key) => Step::Refused(*alert),
            ([_, alert], Stage::Hello) => Step::Impossible(format!(
                "it answered a hello for suites with a shared key by alert {alert}"
            )),
            _ => Step::Wait,
        }
    }

    /// What comes before the server waits for the key.
    fn flight(&mut self, content: &[u8]) -> Step {
        if let Err(fault) = self.assembler.push(content) {
            return Step::Impossible(fault.to_owned());
        }
        while let Some(message) = self.assembler.next() {
            if message.kind == HELLO_VERIFY_REQUEST && self.server.is_none() {
                return self.demand(&message.body);
            }
            if self.server.is_none() {
                self.transcript = self.client_hello().bytes();
            }
            if self.transcript.len() > TRANSCRIPT {
                return impossible("more messages than any handshake has");
            }
            self.transcript.extend(message.bytes());
            match (message.kind, &self.server) {
                (2, None) => match self.server_hello(&message.body) {
                    Ok(hello) => self.server = Some(hello),
                    Err(fault) => return impossible(fault),
                },
                // A hint; certificates of who authenticates by them as well are of no matter to a shared key alone.
                (12, Some(_)) => {}
                (14, Some(hello)) => {
                    let hello = hello.clone();
                    return self.key(&hello);
                }
                _ => return impossible("a message that has no place in a handshake with a key"),
            }
        }
        Step::Wait
    }

    fn demand(&mut self, body: &[u8]) -> Step {
        let Some(cookie) = cookie(body) else {
            return impossible("a demand for a cookie without one");
        };
        if self.message >= COOKIES.into() {
            return impossible("one demand for a cookie after the other");
        }
        self.cookie = cookie.to_vec();
        self.message += 1;
        self.assembler = Assembler::from(self.message);
        Step::Send
    }

    fn server_hello(&self, body: &[u8]) -> Result<ServerHello, &'static str> {
        let hello = ServerHello::read(body).ok_or("a ServerHello that cannot be read")?;
        if hello.version != DTLS_12 {
            return Err("it chose another version than DTLS 1.2");
        }
        if !self.hello.suites.contains(&hello.suite) || hello.compression != 0 {
            return Err("it chose what was not offered");
        }
        Ok(hello)
    }

    /// The key is used: nothing of it is sent, only who we are and what it protects.
    fn key(&mut self, server: &ServerHello) -> Step {
        self.message += 1;
        let identity = &self.shared.identity;
        let length = u16::try_from(identity.len()).unwrap_or(u16::MAX);
        let exchange = Message {
            kind: CLIENT_KEY_EXCHANGE,
            number: self.message,
            body: [&length.to_be_bytes()[..], identity].concat(),
        };
        self.exchange = exchange.bytes();
        self.transcript.extend_from_slice(&self.exchange);
        let so_far = sha256(&self.transcript);
        let premaster = premaster(&self.shared.key);
        // RFC 7627, section 4, where both sides say so.
        let master = match server.says(extension::EXTENDED_MASTER_SECRET) {
            true => expand(&premaster, "extended master secret", &so_far, 48),
            false => {
                let randoms = [&self.random[..], &server.random].concat();
                expand(&premaster, "master secret", &randoms, 48)
            }
        };
        self.keys = keys(server.suite, &master, [&self.random, &server.random]);
        self.message += 1;
        let finished = Message {
            kind: FINISHED,
            number: self.message,
            body: expand(&master, "client finished", &so_far, VERIFY),
        };
        self.finished = finished.bytes();
        self.transcript.extend_from_slice(&self.finished);
        self.wanted = expand(
            &master,
            "server finished",
            &sha256(&self.transcript),
            VERIFY,
        );
        self.stage = Stage::Key;
        Step::Send
    }

    fn server_finished(&mut self, content: &[u8]) -> Step {
        if let Err(fault) = self.assembler.push(content) {
            return Step::Impossible(fault.to_owned());
        }
        while let Some(message) = self.assembler.next() {
            if message.kind == FINISHED {
                if message.body != self.wanted {
                    return impossible("its Finished does not fit what was said");
                }
                self.stage = Stage::Open;
                return Step::Established;
            }
        }
        Step::Wait
    }
}

fn impossible(why: &str) -> Step {
    Step::Impossible(why.to_owned())
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref().to_vec()
}

/// The hello for the suites that can be spoken to the end.
pub(super) fn hello(name: Option<&str>) -> Hello {
    Hello {
        suites: SUITES.to_vec(),
        dress: Dress::Plain,
        ..Hello::offer(TlsVersion::Tls12, name)
    }
}

#[cfg(test)]
mod tests;
