//! Services that know one question and one answer of a protocol, and hang up on everything else.

use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The longest question.
const QUESTION: usize = 1024;

/// A service of which a stranger sees no more than who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CannedSpec {
    pub port: u16,
    pub speaks: Canned,
}

/// Its protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Canned {
    /// Android Debug Bridge, which wants a key.
    Adb,
    /// AMQP 0-9-1.
    Amqp,
    /// Chrome DevTools Protocol of Node.js.
    Devtools,
    /// GDB's remote serial protocol.
    Gdbserver,
    /// Java Debug Wire Protocol.
    Jdwp,
    /// Modbus/TCP of a controller without identification.
    Modbus,
    /// OPC UA.
    OpcUa,
    /// Remote Desktop that turns to TLS.
    Rdp,
    /// Redis that wants a password.
    Redis,
}

impl Canned {
    /// The answer to what was said since the last. None: not yet, or never.
    fn answer(self, said: &[u8]) -> Option<Vec<u8>> {
        let fixed = |question: &[u8], answer: &[u8]| {
            let asked = said.windows(question.len()).any(|it| it == question);
            asked.then(|| answer.to_vec())
        };
        match self {
            Self::Adb => fixed(
                b"host::\0",
                b"AUTH\x01\0\0\0\0\0\0\0\x14\0\0\0\0\0\0\0\xbe\xaa\xab\xb7aaaaaaaaaaaaaaaaaaaa",
            ),
            Self::Amqp => fixed(b"AMQP\0\0\x09\x01", AMQP_START),
            Self::Devtools => match said.ends_with(b"\r\n\r\n") {
                false => None,
                true if said.starts_with(b"GET /json/version ") => Some(DEVTOOLS_VERSION.to_vec()),
                true => Some(DEVTOOLS_OTHER.to_vec()),
            },
            Self::Gdbserver => fixed(b"$qSupported#37", b"+$PacketSize=47ff;QPassSignals+#86"),
            Self::Jdwp if said.starts_with(b"JDWP-Handshake") => Some(b"JDWP-Handshake".to_vec()),
            Self::Jdwp => fixed(b"\0\0\0\x0b\0\0\0\x01\0\x01\x01", JDWP_VERSION),
            // Our transaction comes back, and the exception "illegal function".
            Self::Modbus => (said.len() >= 12 - 1 && said[2..4] == [0, 0] && said[7] == 0x2b)
                .then(|| [&said[..2], b"\0\0\0\x03", &said[6..7], b"\xab\x01"].concat()),
            Self::OpcUa => fixed(
                b"HELF",
                b"ACKF\x1c\0\0\0\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0\0\0",
            ),
            Self::Rdp => fixed(
                b"\x03\0\0\x13\x0e\xe0",
                b"\x03\0\0\x13\x0e\xd0\0\0\x12\x34\0\x02\x1f\x08\0\x01\0\0\0",
            ),
            Self::Redis => fixed(b"INFO", b"-NOAUTH Authentication required.\r\n"),
        }
    }

    /// Whether more may come that makes this a question.
    fn may_go_on(self, said: &[u8]) -> bool {
        // A debug stub reads over garbage; all others hang up at the first byte that is none of theirs.
        let begins = |question: &[u8]| question.starts_with(&said[..said.len().min(4)]);
        match self {
            Self::Gdbserver | Self::Devtools => true,
            Self::Adb => begins(b"CNXN"),
            Self::Amqp => begins(b"AMQP"),
            Self::Jdwp => begins(b"JDWP") || begins(b"\0\0\0\x0b"),
            Self::Modbus => said.len() < 4 || said[2..4] == [0, 0],
            Self::OpcUa => begins(b"HELF"),
            Self::Rdp => begins(b"\x03\0\0\x13"),
            Self::Redis => begins(b"INFO"),
        }
    }
}

const AMQP_START: &[u8] = b"\x01\0\0\0\0\0\x30\0\x0a\0\x0a\0\x09\0\0\0\x1e\
    \x07productS\0\0\0\x01X\x07versionS\0\0\0\x031.0\0\0\0\0\0\0\0\0\xce";
const DEVTOOLS_OTHER: &[u8] = b"HTTP/1.0 400 Bad Request\r\n\
    Content-Type: text/html; charset=UTF-8\r\n\r\nWebSockets request was expected\r\n";
const DEVTOOLS_VERSION: &[u8] = b"HTTP/1.0 200 OK\r\n\
    Content-Type: application/json; charset=UTF-8\r\nContent-Length: 65\r\n\r\n\
    {\n  \"Browser\": \"node.js/v20.20.2\",\n  \"Protocol-Version\": \"1.1\"\n} ";
const JDWP_VERSION: &[u8] = b"\0\0\0\x2c\0\0\0\x01\x80\0\0\0\0\0\x01x\0\0\0\x11\0\0\0\0\0\0\0\x06\
    17.0.9\0\0\0\x07OpenJDK";

/// Answers until the peer hangs up, or says what is no question.
pub(super) async fn serve(speaks: Canned, mut stream: TcpStream) {
    let mut said = Vec::new();
    let mut buffer = [0; 256];
    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
        said.extend_from_slice(&buffer[..length]);
        if let Some(answer) = speaks.answer(&said) {
            if stream.write_all(&answer).await.is_err() {
                return;
            }
            said.clear();
            // One request a connection, as in HTTP/1.0.
            if speaks == Canned::Devtools {
                return;
            }
        } else if said.len() > QUESTION || !speaks.may_go_on(&said) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_knows_its_own_question_only() {
        let questions: [(Canned, &[u8]); 8] = [
            (
                Canned::Adb,
                b"CNXN\0\0\0\x01\0\x10\0\0\x07\0\0\0\x32\x02\0\0\xbc\xb1\xa7\xb1host::\0",
            ),
            (Canned::Amqp, b"AMQP\0\0\x09\x01"),
            (Canned::Gdbserver, b"+$qSupported#37"),
            (Canned::Jdwp, b"JDWP-Handshake"),
            (Canned::Modbus, b"\x70\x6d\0\0\0\x05\xff\x2b\x0e\x01\0"),
            (Canned::OpcUa, b"HELF\x20\0\0\0"),
            (
                Canned::Rdp,
                b"\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0",
            ),
            (Canned::Redis, b"INFO server\r\n"),
        ];
        for (speaks, _) in questions {
            for (of, question) in questions {
                let answered = speaks.answer(question).is_some();
                assert_eq!(answered, speaks == of, "{speaks:?} {of:?}");
            }
            assert_eq!(speaks.answer(b"GET / HTTP/1.1\r\n\r\n"), None);
        }
    }
}
