//! A whole handshake of DTLS 1.2 as a client (RFC 6347, section 4.2), with a shared key (RFC 4279, section 2) or with a server
//! that shows a certificate (RFC 8422). Pure but for the share of a curve that is made up: datagrams in, datagrams out.
//!
//! Why by hand and not by a library: dimpl 0.9, the one that is looked after best, rests on aws-lc-rs or on a second generation of
//! RustCrypto and not on ring, knows no RSA certificates and of shared keys CCM_8 alone, and brings some eighty crates; rtc-dtls
//! has ring and the whole of webrtc's company. Both verify what we only want to have seen. Beside what a shared key needs already
//! a certificate needs one agreement and one signature, and ring and webpki, which TLS uses, have both (`agreement.rs`).

use ring::digest::{SHA256, digest};

use super::agreement::{Agreed, GROUPS, Share};
use super::keys::{CERTIFIED, Head, Keys, SUITES, expand, keys, premaster};
use super::message::{Assembler, CLIENT_HELLO, HELLO_VERIFY_REQUEST, Message, cookie};
use super::record::{
    ALERT, ANY_VERSION, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, Record, records,
};
use crate::observation::TlsVersion;
use crate::probe::tls::audit::flight::certificates;
use crate::probe::tls::hello::{Carrier, Dress, Hello, extension};
use crate::probe::tls::server_hello::ServerHello;

const DTLS_12: u16 = 0xfefd;
const CERTIFICATE: u8 = 11;
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

/// By what both sides come to the same keys.
#[derive(Clone, Debug)]
pub(super) enum Means {
    Key(SharedKey),
    /// The server shows a certificate, and we have none.
    Certificate,
}

impl Means {
    fn suites(&self) -> &'static [u16] {
        match self {
            Self::Key(_) => &SUITES,
            Self::Certificate => &CERTIFIED,
        }
    }

    /// For messages.
    fn words(&self) -> &'static str {
        match self {
            Self::Key(_) => "a shared key",
            Self::Certificate => "a certificate",
        }
    }
}

/// What a server with a certificate showed.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// As sent, DER.
    pub chain: Vec<Vec<u8>>,
    /// Whether it signed its share with the key of the first.
    pub key_shown: bool,
    /// Whether it asks for a certificate of ours, and was told that we have none.
    pub asks_for_ours: bool,
}

/// What came of a datagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Wait,
    /// Something is to be sent: [`Handshake::datagram`].
    Send,
    /// The server showed that it has the same key.
    Established,
    /// The alert by which it answered our last flight.
    Refused(u8),
    /// It cannot come to a handshake.
    Impossible(String),
}

#[derive(Debug, PartialEq, Eq)]
enum Stage {
    /// The hello is out.
    Hello,
    /// Our last flight is out: the key, in what only who has it can read, or our share.
    Key,
    Open,
}

/// The client.
#[derive(Debug)]
pub(super) struct Handshake {
    hello: Hello,
    means: Means,
    random: [u8; 32],
    cookie: Vec<u8>,
    stage: Stage,
    /// Our next message, and our next records without and with protection.
    number: u16,
    plain: u64,
    sealed: u64,
    assembler: Assembler,
    /// Every message that both sides sign, as one fragment each.
    transcript: Vec<u8>,
    server: Option<ServerHello>,
    /// What a server with a certificate says of its share.
    share: Vec<u8>,
    pub shown: Shown,
    /// Ours and theirs.
    keys: Option<[Keys; 2]>,
    /// What we say in clear after the server's flight, message by message.
    exchange: Vec<Vec<u8>>,
    finished: Vec<u8>,
    /// What the server's Finished must be.
    wanted: Vec<u8>,
}

impl Handshake {
    pub(super) fn new(means: Means, random: [u8; 32], name: Option<&str>) -> Self {
        Self {
            hello: hello(&means, name),
            means,
            random,
            cookie: Vec::new(),
            stage: Stage::Hello,
            number: 0,
            plain: 0,
            sealed: 0,
            assembler: Assembler::default(),
            transcript: Vec::new(),
            server: None,
            share: Vec::new(),
            shown: Shown::default(),
            keys: None,
            exchange: Vec::new(),
            finished: Vec::new(),
            wanted: Vec::new(),
        }
    }

    /// What is to be sent now, and again where no answer comes: the hello, or our last flight.
    pub(super) fn datagram(&mut self) -> Vec<u8> {
        match self.stage {
            Stage::Hello => {
                let message = self.client_hello().bytes();
                self.in_clear(HANDSHAKE, ANY_VERSION, &message)
            }
            Stage::Key | Stage::Open => {
                let (exchange, finished) = (self.exchange.clone(), self.finished.clone());
                let clear = exchange.iter();
                let clear: Vec<u8> = clear
                    .flat_map(|message| self.in_clear(HANDSHAKE, DTLS_12, message))
                    .collect();
                [
                    clear,
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

    /// By what both sides come to the same keys, in words.
    pub(super) fn means(&self) -> &'static str {
        self.means.words()
    }

    /// The suite that the server chose.
    pub(super) fn suite(&self) -> Option<u16> {
        Some(self.server.as_ref()?.suite)
    }

    /// Whether the server heard our hello and waits for our last flight, or has had it.
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
            number: self.number,
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
                "it answered a hello for suites with {} by alert {alert}",
                self.means.words()
            )),
            _ => Step::Wait,
        }
    }

    /// What comes before the server waits for us.
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
            match self.message(message) {
                Ok(true) => return self.key(),
                Ok(false) => {}
                Err(fault) => return impossible(fault),
            }
        }
        Step::Wait
    }

    /// One message of the server's flight: whether it is the last.
    fn message(&mut self, message: Message) -> Result<bool, &'static str> {
        const UNREADABLE: &str = "a message that cannot be read";
        match (message.kind, &self.server, &self.means) {
            (2, None, _) => self.server = Some(self.server_hello(&message.body)?),
            (14, Some(_), _) => return Ok(true),
            // A hint.
            (12, Some(_), Means::Key(_)) => {}
            (CERTIFICATE, Some(_), Means::Certificate) => {
                self.shown.chain = certificates(&message.body).ok_or(UNREADABLE)?;
            }
            (12, Some(_), Means::Certificate) => self.share = message.body,
            (13, Some(_), Means::Certificate) => self.shown.asks_for_ours = true,
            _ => return Err("a message that has no place in this handshake"),
        }
        Ok(false)
    }

    fn demand(&mut self, body: &[u8]) -> Step {
        let Some(cookie) = cookie(body) else {
            return impossible("a demand for a cookie without one");
        };
        if self.number >= COOKIES.into() {
            return impossible("one demand for a cookie after the other");
        }
        self.cookie = cookie.to_vec();
        self.number += 1;
        self.assembler = Assembler::from(self.number);
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

    /// What is ours to say, and the keys that follow from it. Of a shared key nothing is sent, only who we are.
    fn key(&mut self) -> Step {
        let Some(server) = self.server.clone() else {
            return impossible("an end without a ServerHello");
        };
        let (premaster, exchange) = match &self.means {
            Means::Key(shared) => {
                let length = u16::try_from(shared.identity.len()).unwrap_or(u16::MAX);
                let exchange = [&length.to_be_bytes()[..], &shared.identity].concat();
                (premaster(&shared.key), exchange)
            }
            Means::Certificate => match self.agree(&server.random) {
                Ok(agreed) => (agreed.premaster, agreed.exchange),
                Err(fault) => return impossible(fault),
            },
        };
        if self.shown.asks_for_ours {
            // None of ours, as who has none says (RFC 5246, section 7.4.6).
            self.say(CERTIFICATE, vec![0, 0, 0]);
        }
        self.say(CLIENT_KEY_EXCHANGE, exchange);
        let so_far = sha256(&self.transcript);
        // RFC 7627, section 4, where both sides say so.
        let master = match server.says(extension::EXTENDED_MASTER_SECRET) {
            true => expand(&premaster, "extended master secret", &so_far, 48),
            false => {
                let randoms = [&self.random[..], &server.random].concat();
                expand(&premaster, "master secret", &randoms, 48)
            }
        };
        self.keys = keys(server.suite, &master, [&self.random, &server.random]);
        self.number += 1;
        let finished = Message {
            kind: FINISHED,
            number: self.number,
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

    /// A message of ours in clear, behind those before.
    fn say(&mut self, kind: u8, body: Vec<u8>) {
        self.number += 1;
        let message = Message {
            kind,
            number: self.number,
            body,
        };
        let bytes = message.bytes();
        self.transcript.extend_from_slice(&bytes);
        self.exchange.push(bytes);
    }

    fn agree(&mut self, server: &[u8; 32]) -> Result<Agreed, &'static str> {
        let own = self.shown.chain.first().ok_or("it shows no certificate")?;
        let share = Share::read(&self.share).ok_or("a share that cannot be read")?;
        self.shown.key_shown = share.is_signed_by(own, [&self.random, server]);
        share
            .agree()
            .ok_or("a share that nothing can be agreed on by")
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

/// The hello for the suites and curves that can be spoken to the end.
pub(super) fn hello(means: &Means, name: Option<&str>) -> Hello {
    Hello {
        suites: means.suites().to_vec(),
        groups: GROUPS.to_vec(),
        dress: Dress::Plain,
        ..Hello::offer(TlsVersion::Tls12, name)
    }
}

#[cfg(test)]
mod tests;
