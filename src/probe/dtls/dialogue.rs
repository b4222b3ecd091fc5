//! One hello, the cookie that it may take, and the server's flight. Pure: datagrams in, datagrams out.

use super::message::{Assembler, CLIENT_HELLO, HELLO_VERIFY_REQUEST, Message, cookie};
use super::record::{ALERT, ANY_VERSION, HANDSHAKE, Record, records};
use crate::probe::tls::audit::flight::{Answer, Hearing, Unclear};
use crate::probe::tls::hello::{Carrier, Hello};
use crate::probe::tls::record::Item;

/// Warnings that are passed over, and cookies that are taken.
const PATIENCE: u8 = 4;

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing: there is more to come.
    Wait,
    /// Send this, which answers a demand for a cookie.
    Send(Vec<u8>),
    Done(Answer),
}

/// A conversation up to the point at which the server waits for us.
#[derive(Debug)]
pub(super) struct Dialogue<'a> {
    hello: &'a Hello,
    random: [u8; 32],
    /// Messages and records that we sent.
    sent: u8,
    cookie: Vec<u8>,
    assembler: Assembler,
    hearing: Hearing<'a>,
    warnings: u8,
    /// Bytes that came before we had shown that we are where we say.
    pub unverified: usize,
}

impl<'a> Dialogue<'a> {
    pub(super) fn new(hello: &'a Hello, random: [u8; 32]) -> Self {
        Self {
            hello,
            random,
            sent: 0,
            cookie: Vec::new(),
            assembler: Assembler::default(),
            hearing: Hearing::of_messages(hello, in_tls),
            warnings: 0,
            unverified: 0,
        }
    }

    /// The hello as it is to be sent now, and sent again where no answer comes. Never in fragments: servers that keep no state
    /// before the cookie cannot put any together.
    pub(super) fn datagram(&self) -> Vec<u8> {
        let carrier = Carrier::Datagrams {
            cookie: &self.cookie,
        };
        let message = Message {
            kind: CLIENT_HELLO,
            number: self.sent.into(),
            body: self.hello.body(&self.random, carrier),
        };
        self.record(HANDSHAKE, &message.bytes())
    }

    /// The end of the conversation: the server need not wait for more.
    pub(super) fn farewell(&self) -> Vec<u8> {
        const FATAL_USER_CANCELED: [u8; 2] = [2, 90];
        self.record(ALERT, &FATAL_USER_CANCELED)
    }

    fn record(&self, kind: u8, content: &[u8]) -> Vec<u8> {
        let after = u64::from(kind == ALERT);
        let record = Record {
            kind,
            version: ANY_VERSION,
            epoch: 0,
            sequence: u64::from(self.sent) + after,
            content,
        };
        record.bytes()
    }

    /// Whether a cookie was demanded so far.
    pub(super) fn has_cookie(&self) -> bool {
        !self.cookie.is_empty()
    }

    /// Takes a datagram.
    pub(super) fn hear(&mut self, datagram: &[u8]) -> Step {
        if !self.has_cookie() {
            self.unverified += datagram.len();
        }
        for record in records(datagram) {
            // Behind the ServerHello of DTLS 1.3 everything is encrypted.
            let step = match (record.epoch, record.kind, record.content) {
                (0, HANDSHAKE, content) => self.handshake(content),
                (0, ALERT, [level, alert]) => self.alert(*level, *alert),
                (0, ALERT, _) => Step::Done(self.hearing.fault("an alert that is none")),
                _ => Step::Wait,
            };
            if step != Step::Wait {
                return step;
            }
        }
        Step::Wait
    }

    fn alert(&mut self, level: u8, alert: u8) -> Step {
        if level == 1 && alert != 0 {
            self.warnings += 1;
            return match self.warnings > PATIENCE {
                true => Step::Done(self.hearing.fault("warnings without a ServerHello")),
                false => Step::Wait,
            };
        }
        self.hearing
            .item(Item::Alert(alert))
            .map_or(Step::Wait, Step::Done)
    }

    fn handshake(&mut self, content: &[u8]) -> Step {
        if let Err(fault) = self.assembler.push(content) {
            return Step::Done(self.hearing.fault(fault));
        }
        while let Some(Message { kind, body, .. }) = self.assembler.next() {
            if kind == HELLO_VERIFY_REQUEST {
                return self.demand(&body);
            }
            if let Some(answer) = self.hearing.item(Item::Message { kind, body }) {
                return Step::Done(answer);
            }
        }
        Step::Wait
    }

    /// A cookie is demanded: the same hello again, with it (RFC 6347, section 4.2.1).
    fn demand(&mut self, body: &[u8]) -> Step {
        let Some(cookie) = cookie(body).filter(|cookie| !cookie.is_empty()) else {
            return Step::Done(self.hearing.fault("a demand for a cookie without one"));
        };
        if self.sent >= PATIENCE {
            return Step::Done(
                self.hearing
                    .fault("one demand for a cookie after the other"),
            );
        }
        self.cookie = cookie.to_vec();
        self.sent += 1;
        // The next message of who remembers us is the one after this; who does not begins where our hello says (section 4.2.2).
        self.assembler = Assembler::from(self.sent.into());
        Step::Send(self.datagram())
    }

    /// What was said where no more comes.
    pub(super) fn end(&mut self, how: Unclear) -> Answer {
        self.hearing.end(how)
    }
}

/// The number that a version of DTLS has as one of TLS; what is none becomes a number that nothing has.
fn in_tls(number: u16) -> u16 {
    match number {
        0xfeff => 0x0302,
        0xfefd => 0x0303,
        0xfefc => 0x0304,
        _ => 0xffff,
    }
}

#[cfg(test)]
pub(super) mod tests;
