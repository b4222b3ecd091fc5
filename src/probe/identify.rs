//! What speaks on a port, told from its own bytes. A port number never decides it.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::Instant;

use super::mqtt::hello;
use super::wire::{Fault, Heard, KEPT, Talk, Terms, Wire};
use super::{Endpoint, Stop};
use crate::evidence::{Absence, Exchange};
use crate::observation::{Observation, Protocol, Service};
use crate::text::shown;

/// How long a service may take to greet before it is asked.
const LISTEN: Duration = Duration::from_millis(1500);
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(4);
/// What it took to make a service speak that speaks first.
const UNASKED: &str = "nothing";
/// A pause after which a greeting counts as finished.
const PAUSE: Duration = Duration::from_millis(250);
/// The longest time given to one greeting: what drips or floods is told from its beginning.
const GREETING: Duration = Duration::from_secs(3);

pub(super) const TERMS: Terms = Terms {
    connect: Duration::from_secs(3),
    whole: Duration::from_secs(40),
    read: KEPT,
};

/// Asks one port who speaks there: listens first, then sends an HTTP request. Where the answer is TLS, or
/// none that means anything in clear, the same once more inside TLS over a second connection; the record
/// then holds both conversations, one after the other. Who still cannot be told is asked for MQTT, and a
/// broker that speaks inside TLS, or who still cannot be told there, whether it takes MQTT in clear as well.
///
/// A service that accepts and says nothing to any of it is observed as such. One that hangs up before
/// it was asked anything is [`Absence::Disconnected`].
pub async fn identify(address: SocketAddr, name: Option<&str>, stop: &Stop) -> Exchange {
    let talk = Talk::begin(TERMS);
    let work = async {
        let clear = ask(talk.connect(address).await?, &Endpoint::clear(address)).await?;
        let service = match may_be_tls(&clear) {
            true => inside(&talk, clear, &Endpoint::tls(address, name)).await,
            false => clear,
        };
        let service = match may_be_mqtt(&service) {
            true => mqtt(&talk, address, name, service).await,
            false => service,
        };
        let service = match may_be_clear_too(&service) {
            true => Service {
                also_in_clear: hello(&talk, &Endpoint::clear(address)).await.is_some(),
                ..service
            },
            false => service,
        };
        Ok(Observation::Service(service))
    };
    talk.run(stop, work).await
}

/// No service that speaks TLS speaks first.
fn may_be_tls(clear: &Service) -> bool {
    match clear.protocol {
        Protocol::Tls => true,
        Protocol::Unknown => clear.spoke_after.as_deref() != Some(UNASKED),
        _ => false,
    }
}

/// A broker never speaks first, and takes an HTTP request for garbage. Who was told is not asked again.
fn may_be_mqtt(service: &Service) -> bool {
    service.protocol == Protocol::Unknown && service.spoke_after.as_deref() != Some(UNASKED)
}

/// The first byte of a CONNECT is none of TLS, so that one port can take both.
fn may_be_clear_too(service: &Service) -> bool {
    service.tls && (service.protocol == Protocol::Mqtt || may_be_mqtt(service))
}

/// Whether it is a broker; what is known already where it is none.
async fn mqtt(talk: &Talk, address: SocketAddr, name: Option<&str>, service: Service) -> Service {
    let endpoint = match service.tls {
        true => Endpoint::tls(address, name),
        false => Endpoint::clear(address),
    };
    hello(talk, &endpoint).await.unwrap_or(service)
}

/// Who speaks inside TLS; what was heard in clear where there is no TLS.
async fn inside(talk: &Talk, clear: Service, endpoint: &Endpoint) -> Service {
    let unknown = |clear: Service| Service {
        protocol: Protocol::Unknown,
        tls: true,
        product: None,
        ..clear
    };
    match talk.secure(endpoint).await {
        Ok(wire) => match ask(wire, endpoint).await {
            Ok(service) => Service {
                tls: true,
                ..service
            },
            // It takes TLS and then says nothing that could be kept.
            Err(_) => unknown(clear),
        },
        Err(refusal) if refusal.speaks_tls || clear.protocol == Protocol::Tls => unknown(clear),
        Err(_) => clear,
    }
}

async fn ask(mut wire: Wire, endpoint: &Endpoint) -> Result<Service, Fault> {
    let mut bytes = greeting(&mut wire, LISTEN).await?;
    let mut spoke_after = UNASKED;
    if bytes.is_empty() {
        spoke_after = "http-get";
        wire.say(request(endpoint).as_bytes()).await?;
        bytes = match greeting(&mut wire, ANSWER).await {
            Ok(bytes) => bytes,
            // It takes no HTTP and hangs up without a word, which is its right.
            Err(fault) if fault.reason == Absence::Disconnected => Vec::new(),
            Err(fault) => return Err(fault),
        };
    } else if bytes.starts_with(b"220") && classify(&bytes).0 == Protocol::Unknown {
        // FTP and SMTP greet alike; the commands that they offer do not look alike.
        wire.say(b"HELP\r\n").await?;
        bytes.extend(greeting(&mut wire, ANSWER).await.unwrap_or_default());
    }
    Ok(service(&bytes, spoke_after))
}

/// Only what a service says of its own accord, for identity fingerprints.
pub(super) async fn banner(wire: &mut Wire) -> Result<Vec<u8>, Fault> {
    greeting(wire, LISTEN).await
}

fn request(endpoint: &Endpoint) -> String {
    format!(
        "GET / HTTP/1.1\r\nHost: {}\r\nUser-Agent: proofmark\r\nAccept: */*\r\nConnection: close\r\n\r\n",
        endpoint.host()
    )
}

/// Collects what is said: the first byte within `patience`, then until a pause, a hang-up, the
/// bound, or the longest time for a greeting. Empty: silence.
async fn greeting(wire: &mut Wire, patience: Duration) -> Result<Vec<u8>, Fault> {
    let mut bytes = match wire.hear(patience).await? {
        Heard::Bytes(bytes) => bytes,
        Heard::Quiet => return Ok(Vec::new()),
        Heard::Closed => {
            return Err(Fault::new(
                Absence::Disconnected,
                "it accepted and hung up without a word",
            ));
        }
    };
    let end = Instant::now() + GREETING;
    while Instant::now() < end {
        // A break after the first bytes does not unsay them.
        match wire.hear(PAUSE).await {
            Ok(Heard::Bytes(more)) => bytes.extend(more),
            Ok(Heard::Quiet | Heard::Closed) | Err(_) => break,
        }
    }
    Ok(bytes)
}

fn service(bytes: &[u8], spoke_after: &str) -> Service {
    let (protocol, product) = classify(bytes);
    Service {
        protocol,
        tls: false,
        also_in_clear: false,
        product,
        spoke_after: (!bytes.is_empty()).then(|| spoke_after.to_owned()),
        first_bytes: shown(&bytes[..bytes.len().min(512)], 256),
    }
}

/// Tells the protocol from a service's first bytes, and product and version where it says them,
/// safe to show.
pub fn classify(bytes: &[u8]) -> (Protocol, Option<String>) {
    let head = &bytes[..bytes.len().min(4096)];
    let text = String::from_utf8_lossy(head);
    let first = text.lines().next().unwrap_or_default();
    let protocol = protocol(head, &text, first);
    let product = match protocol {
        Protocol::Http | Protocol::Rtsp => header(&text, "server"),
        // RFC 4253, section 4.2: SSH-protoversion-softwareversion, lines before it allowed.
        Protocol::Ssh => text
            .lines()
            .find_map(|line| line.strip_prefix("SSH-")?.split_once('-'))
            .map(|(_, software)| software),
        Protocol::Vnc => Some(first),
        Protocol::Ftp | Protocol::Smtp => return (protocol, software(first)),
        _ => None,
    };
    let product = product
        .map(str::trim)
        .filter(|product| !product.is_empty())
        .map(|product| shown(product, 100));
    (protocol, product)
}

fn protocol(head: &[u8], text: &str, first: &str) -> Protocol {
    if text.lines().any(|line| line.starts_with("SSH-")) {
        Protocol::Ssh
    } else if head.starts_with(b"HTTP/") {
        if asks_for_tls(text) {
            Protocol::Tls
        } else {
            Protocol::Http
        }
    } else if head.starts_with(b"RTSP/") {
        Protocol::Rtsp
    } else if is_tls_record(head) {
        Protocol::Tls
    } else if head.starts_with(b"RFB ") {
        Protocol::Vnc
    } else if is_reply(first, "220") {
        greeting_of_220(text)
    } else if first == "+OK" || first.starts_with("+OK ") {
        Protocol::Pop3
    } else if first.starts_with("* OK") || first.starts_with("* PREAUTH") {
        Protocol::Imap
    } else if ["-ERR ", "-NOAUTH ", "-DENIED "]
        .iter()
        .any(|error| first.starts_with(error))
    {
        Protocol::Redis
    } else if is_telnet_command(head) || is_terminal(text) {
        Protocol::Telnet
    } else {
        Protocol::Unknown
    }
}

/// Web servers that were spoken to in clear on a TLS port say so in HTTP.
fn asks_for_tls(text: &str) -> bool {
    text.starts_with("HTTP/1.")
        && [
            "plain HTTP request was sent to HTTPS port",
            "speaking plain HTTP to an SSL-enabled server port",
            "sent an HTTP request to an HTTPS server",
        ]
        .iter()
        .any(|sentence| text.contains(sentence))
}

/// RFC 8446, section 5.1: alert (21) or handshake (22), then version 3.x, then a length.
fn is_tls_record(head: &[u8]) -> bool {
    matches!(head, [21 | 22, 3, 0..=4, high, _, ..] if *high <= 0x48)
}

/// RFC 854: IAC, then a negotiation or a subnegotiation.
fn is_telnet_command(head: &[u8]) -> bool {
    matches!(head, [0xff, 0xfa..=0xfe, _, ..])
}

/// A login prompt or a shell prompt at the end.
fn is_terminal(text: &str) -> bool {
    use super::telnet::{Prompt, prompt};
    matches!(
        prompt(text),
        Some(Prompt::Login | Prompt::Password | Prompt::Shell)
    )
}

fn is_reply(line: &str, code: &str) -> bool {
    line.strip_prefix(code)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '-']))
}

/// FTP (RFC 959) and SMTP (RFC 5321) both greet with 220.
fn greeting_of_220(text: &str) -> Protocol {
    let text = text.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if says(&["smtp", "helo", "ehlo", "rcpt"]) {
        Protocol::Smtp
    } else if says(&["ftp", "retr", "pasv", "\n530 "]) {
        Protocol::Ftp
    } else {
        Protocol::Unknown
    }
}

fn header<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines()
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.trim().eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

/// The software in a 220 greeting, without host names and dates, which change: a word that names a
/// server, and the version behind it.
fn software(line: &str) -> Option<String> {
    let words: Vec<&str> = line
        .split([' ', '(', ')', '[', ']', '-'])
        .filter(|word| !word.is_empty())
        .collect();
    let is = |word: &str, names: &[&str]| names.iter().any(|name| word.eq_ignore_ascii_case(name));
    let named = words.iter().skip(1).position(|word| {
        let lower = word.to_ascii_lowercase();
        lower.contains("ftp") && !is(word, &["ftp", "sftp", "ftps"]) && !word.contains('.')
    });
    let after_smtp = words
        .iter()
        .skip(1)
        .position(|word| is(word, &["smtp", "esmtp"]))
        .map(|index| index + 1);
    let index = named.or(after_smtp)? + 1;
    let name = words.get(index)?;
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let version = words.get(index + 1).filter(|word| {
        word.trim_start_matches('v')
            .starts_with(|c: char| c.is_ascii_digit())
    });
    let product = match version {
        Some(version) => format!("{name} {version}"),
        None => (*name).to_owned(),
    };
    Some(shown(product, 100))
}

#[cfg(test)]
mod tests {
    use super::super::{Stopper, fake};
    use super::*;
    use crate::evidence::Outcome;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    #[test]
    fn protocols_are_told_from_their_bytes() {
        use Protocol::*;
        let samples: &[(&[u8], Protocol, Option<&str>)] = &[
            (b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", Ssh, Some("OpenSSH_9.2p1 Debian-2")),
            (b"SSH-2.0-dropbear_2022.83\r\n\0\0\x01", Ssh, Some("dropbear_2022.83")),
            (b"Authorised use only\r\nSSH-1.99-x\r\n", Ssh, Some("x")),
            (b"220 (vsFTPd 3.0.3)\r\n", Ftp, Some("vsFTPd 3.0.3")),
            (b"220 ProFTPD 1.3.5 Server (Debian) [::1]\r\n", Ftp, Some("ProFTPD 1.3.5")),
            (b"220-FTP server ready\r\n220 go\r\n", Ftp, None),
            (b"220 ftp.example.test ready\r\n", Ftp, None),
            (b"220 Welcome\r\n530 Please login with USER and PASS.\r\n", Ftp, None),
            (b"220 mail.example.test ESMTP Postfix (Debian/GNU)\r\n", Smtp, Some("Postfix")),
            (b"220 a.test ESMTP Exim 4.94.2 Mon, 01 Jan 2024\r\n", Smtp, Some("Exim 4.94.2")),
            (b"220 ready\r\n", Unknown, None),
            (b"2200 ftp\r\n", Unknown, None),
            (b"+OK POP3 ready\r\n", Pop3, None),
            (b"* OK [CAPABILITY IMAP4rev1] ready\r\n", Imap, None),
            (b"\xff\xfd\x01\xff\xfd\x1f\xff\xfb\x01\xff\xfb\x03", Telnet, None),
            (b"\r\nrouter login: ", Telnet, None),
            (b"Username: ", Telnet, None),
            (b"BusyBox v1.35.0 built-in shell (ash)\r\n\r\n/ # ", Telnet, None),
            (b"\xff\xff\xff\xff", Unknown, None),
            (b"HTTP/1.1 200 OK\r\nServer: lighttpd/1.4.69\r\n\r\nhi", Http, Some("lighttpd/1.4.69")),
            (b"HTTP/1.0 404 Not Found\r\n\r\nServer: in the body\r\n", Http, None),
            (b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\nThe plain HTTP request was sent to HTTPS port", Tls, Some("")),
            (b"RTSP/1.0 400 Bad Request\r\nServer: Hipcam\r\n\r\n", Rtsp, Some("Hipcam")),
            (b"\x15\x03\x01\x00\x02\x02\x46", Tls, None),
            (b"\x16\x03\x03\x00\x31\x02", Tls, None),
            (b"\x16\x03\x03\xff\xff\x02", Unknown, None),
            (b"RFB 003.008\n", Vnc, Some("RFB 003.008")),
            (b"-ERR unknown command\r\n", Redis, None),
            (b"-NOAUTH Authentication required.\r\n", Redis, None),
            (b"", Unknown, None),
            (b"\0\0\0\0", Unknown, None),
            (b"<script>alert(1)</script>", Unknown, None),
        ];
        for (bytes, protocol, product) in samples {
            let (found, what) = classify(bytes);
            let sample = shown(bytes, 60);
            assert_eq!(found, *protocol, "{sample}");
            let product = product.filter(|product| !product.is_empty());
            assert_eq!(what.as_deref(), product, "{sample}");
        }
    }

    #[test]
    fn a_product_is_safe_to_show_and_bounded() {
        let (_, product) = classify(b"SSH-2.0-a\x1b[2J\xe2\x80\xaeb\r\n");
        assert_eq!(product.unwrap(), "a\\u{1b}[2J\\u{202e}b");
        let long = [b"HTTP/1.1 200 OK\r\nServer: ".to_vec(), vec![b'a'; 3000]].concat();
        assert_eq!(classify(&long).1.unwrap().chars().count(), 101);
    }

    fn seen(exchange: &Exchange) -> Result<Service, Absence> {
        match &exchange.outcome {
            Outcome::Observed { observations } => match &observations[..] {
                [Observation::Service(service)] => Ok(service.clone()),
                other => panic!("{other:?}"),
            },
            Outcome::Absent { reason, .. } => Err(*reason),
        }
    }

    async fn ask(address: SocketAddr) -> Result<Service, Absence> {
        let (_keep, stop) = Stopper::new();
        seen(&identify(address, None, &stop).await)
    }

    #[tokio::test]
    async fn a_banner_is_heard_without_asking() {
        let address = fake::serve(async |mut stream| {
            let _ = stream.write_all(b"SSH-2.0-test_1\r\n").await;
            fake::hold(stream).await;
        })
        .await;
        let service = ask(address).await.unwrap();
        assert_eq!(service.protocol, Protocol::Ssh);
        assert_eq!(service.spoke_after.as_deref(), Some("nothing"));
    }

    #[tokio::test]
    async fn a_web_server_speaks_when_asked() {
        let address = fake::http("HTTP/1.1 200 OK\r\nServer: x/1\r\n\r\n<title>hi</title>").await;
        let service = ask(address).await.unwrap();
        assert_eq!(service.protocol, Protocol::Http);
        assert_eq!(service.product.as_deref(), Some("x/1"));
        assert_eq!(service.spoke_after.as_deref(), Some("http-get"));
    }

    #[tokio::test]
    async fn silence_and_a_wordless_hang_up_are_unknown_not_absent() {
        for silent in [
            fake::serve(fake::hold).await,
            fake::serve(async |mut stream| {
                fake::read_request(&mut stream).await;
            })
            .await,
        ] {
            let service = ask(silent).await.unwrap();
            assert_eq!(service.protocol, Protocol::Unknown);
            assert_eq!(
                (service.spoke_after, service.first_bytes.as_str()),
                (None, "")
            );
        }
    }

    #[tokio::test]
    async fn who_hangs_up_before_a_question_is_disconnected() {
        let address = fake::serve(fake::reset).await;
        assert_eq!(ask(address).await, Err(Absence::Disconnected));
        let closed = fake::closed_port().await;
        assert_eq!(ask(closed).await, Err(Absence::Refused));
    }

    #[tokio::test]
    async fn drip_and_flood_are_told_from_their_beginning() {
        for endless in [
            fake::serve(fake::drip).await,
            fake::serve(fake::flood).await,
        ] {
            let service = ask(endless).await.unwrap();
            assert_eq!(service.protocol, Protocol::Unknown);
            assert!(service.first_bytes.starts_with("xxx"));
            assert!(service.first_bytes.len() < 300);
        }
    }

    #[tokio::test]
    async fn an_ambiguous_220_is_asked_for_help() {
        let address = fake::serve(async |mut stream| {
            let _ = stream.write_all(b"220 ready\r\n").await;
            let mut line = [0; 6];
            let _ = tokio::io::AsyncReadExt::read_exact(&mut stream, &mut line).await;
            assert_eq!(&line, b"HELP\r\n");
            let _ = stream.write_all(b"214 USER PASS RETR STOR\r\n").await;
            fake::hold(stream).await;
        })
        .await;
        assert_eq!(ask(address).await.unwrap().protocol, Protocol::Ftp);
    }

    /// A service by script, and how many connections it saw.
    async fn counted<F, T>(script: F) -> (Result<Service, Absence>, usize)
    where
        F: Fn(TcpStream) -> T + Clone + Send + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        let address = fake::serve(move |stream| {
            counted.fetch_add(1, Ordering::SeqCst);
            script(stream)
        })
        .await;
        (ask(address).await, count.load(Ordering::SeqCst))
    }

    /// A broker that speaks one version, and hangs up on everything else.
    async fn broker(mut stream: TcpStream, level: u8, connack: &[u8], other: &[u8]) {
        let mut start = [0; 9];
        if stream.read_exact(&mut start).await.is_ok() && start[0] == 0x10 {
            let answer = if start[8] == level { connack } else { other };
            if stream.write_all(answer).await.is_ok() && !answer.is_empty() {
                let _ = stream.read_to_end(&mut Vec::new()).await;
            }
        }
    }

    #[tokio::test]
    async fn a_broker_is_told_by_its_connack_whatever_the_code() {
        const OLD: u8 = 4;
        for (level, connack, other, after) in [
            (OLD, &b"\x20\x02\x00\x00"[..], &b""[..], Service::MQTT),
            (OLD, b"\x20\x02\x00\x05", b"", Service::MQTT),
            (OLD, b"\x20\x02\x00\x01", b"", Service::MQTT),
            (5, b"\x20\x03\x00\x87\x00", b"", Service::MQTT_5),
            (
                5,
                b"\x20\x03\x00\x00\x00",
                b"\x20\x02\x00\x01",
                Service::MQTT_5,
            ),
        ] {
            let script = move |stream| broker(stream, level, connack, other);
            let service = counted(script).await.0.unwrap();
            assert_eq!(service.protocol, Protocol::Mqtt, "{connack:x?}");
            assert_eq!(service.spoke_after.as_deref(), Some(after), "{connack:x?}");
            assert!(!service.tls);
        }
    }

    /// A port that speaks TLS, as far as an alert, and answers a CONNECT in clear.
    #[tokio::test]
    async fn a_port_of_tls_that_takes_mqtt_in_clear_is_seen() {
        for (connack, expected) in [(&b"\x20\x02\x00\x05"[..], true), (b"", false)] {
            let script = move |mut stream: TcpStream| async move {
                let mut first = [0];
                if stream.read_exact(&mut first).await.is_ok() {
                    let answer = match first {
                        [0x10] => connack,
                        _ => b"\x15\x03\x03\x00\x02\x02\x46",
                    };
                    let _ = stream.write_all(answer).await;
                    let _ = stream.read(&mut [0; 512]).await;
                }
            };
            let service = counted(script).await.0.unwrap();
            assert_eq!((service.tls, service.also_in_clear), (true, expected));
        }
    }

    #[tokio::test]
    async fn what_is_no_connack_is_no_broker() {
        for answer in [
            &b"\x20\x02\x02\x00"[..],
            b"\x20\x01\x00",
            b"\x90\x03\x00\x01\x00",
            b"\x10\x1e\x00\x04MQTT\x04",
            b"\x20\xff\xff\xff\x7f",
        ] {
            let script = move |stream| broker(stream, 4, answer, b"");
            let service = counted(script).await.0.unwrap();
            assert_eq!(service.protocol, Protocol::Unknown, "{answer:x?}");
        }
    }

    #[tokio::test]
    async fn who_is_told_already_is_not_asked_for_mqtt() {
        let ssh = counted(|mut stream: TcpStream| async move {
            let _ = stream.write_all(b"SSH-2.0-x\r\n").await;
            fake::hold(stream).await;
        });
        assert_eq!(ssh.await.1, 1);
        let http = counted(|mut stream: TcpStream| async move {
            fake::read_request(&mut stream).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        });
        assert_eq!(http.await.1, 1);
        let chatty = counted(|mut stream: TcpStream| async move {
            let _ = stream.write_all(b"good day\r\n").await;
            fake::hold(stream).await;
        });
        assert_eq!(chatty.await.1, 1);
    }
}
