use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::ask::Patience;
use super::order::identify_with;
use super::{Stranger, classify};
use crate::evidence::{Absence, Exchange, Outcome};
use crate::observation::{Observation, Protocol, Service};
use crate::probe::{Stopper, fake};
use crate::text::shown;

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
        (b"AMQP\0\0\x09\x01", Amqp, None),
        (b"AMQP\0\0\x09", Unknown, None),
        (b"\x50\xe1\x23\x80\x01\x00\x20", Coap, None),
        (b"SIP/2.0 400 Bad Request\r\nServer: x/2\r\n\r\n", Sip, Some("x/2")),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 85\r\n\r\nIt looks like you are trying to access MongoDB over HTTP on the native driver port.\r\n", Mongodb, None),
        (b"\xff\xfb\x03\xff\xfb\x01Open On-Chip Debugger\r\n> ", Openocd, Some("Open On-Chip Debugger")),
        (b"HTTP/1.1 200 OK\r\n\r\nOpen On-Chip Debugger", Http, None),
        (b"@RSYNCD: 31.0\n", Rsync, Some("protocol 31.0")),
        (b"220 ready\r\n502 no\r\n530 no\r\n", Ftp, None),
        (b"220 ready\r\n502 no\r\n250 ok\r\n", Smtp, None),
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

/// Everybody here is quick, or silent for ever.
const HASTE: Patience = Patience {
    listen: Duration::from_millis(200),
    answer: Duration::from_millis(500),
    guess: Duration::from_millis(100),
};

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
    let stranger = Stranger {
        address,
        name: None,
        declared: None,
        thoroughly: true,
    };
    seen(&identify_with(HASTE, &stranger, &stop).await)
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
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n")
            .await;
    });
    assert_eq!(http.await.1, 1);
    let chatty = counted(|mut stream: TcpStream| async move {
        let _ = stream.write_all(b"good day\r\n").await;
        fake::hold(stream).await;
    });
    assert_eq!(chatty.await.1, 1);
}

/// Answers `question` by `answer` and hangs up on everything else, as who speaks one protocol does.
fn speaks(
    question: &'static [u8],
    answer: &'static [u8],
) -> impl Fn(TcpStream) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> + Clone + Send + 'static
{
    move |mut stream: TcpStream| {
        Box::pin(async move {
            let mut asked = vec![0; question.len()];
            if stream.read_exact(&mut asked).await.is_ok() && asked == question {
                let _ = stream.write_all(answer).await;
                let _ = stream.read(&mut [0; 512]).await;
            }
        })
    }
}

#[tokio::test]
async fn who_waits_for_its_own_protocol_is_found_at_any_port() {
    let modbus = b"\x70\x6d\0\0\0\x05\xff\x2b\x0e\x01\0";
    let device = speaks(modbus, b"\x70\x6d\0\0\0\x03\xff\xab\x01");
    let (service, connections) = counted(device).await;
    let service = service.unwrap();
    assert_eq!(service.protocol, Protocol::Modbus);
    let word = "modbus-read-device-identification";
    assert_eq!(service.spoke_after.as_deref(), Some(word));
    // It is the last of all questions: so many connections there are at most.
    assert!((15..=36).contains(&connections), "{connections}");
}

#[tokio::test]
async fn what_is_declared_is_asked_first_and_decides_nothing() {
    let (_keep, stop) = Stopper::new();
    let http = fake::http("HTTP/1.1 200 OK\r\nServer: x\r\n\r\n").await;
    let declared = |address| Stranger {
        address,
        name: None,
        declared: Some(Protocol::Adb),
        thoroughly: false,
    };
    let service = seen(&identify_with(HASTE, &declared(http), &stop).await).unwrap();
    assert_eq!(service.protocol, Protocol::Http);
    let auth = b"AUTH\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xbe\xaa\xab\xb7";
    let adb = fake::serve(async |mut stream: TcpStream| {
        let mut command = [0; 4];
        let _ = stream.read_exact(&mut command).await;
        assert_eq!(&command, b"CNXN");
        let _ = stream.write_all(auth).await;
        fake::hold(stream).await;
    })
    .await;
    let exchange = identify_with(HASTE, &declared(adb), &stop).await;
    assert!(exchange.sent.starts_with(b"CNXN"));
    assert_eq!(seen(&exchange).unwrap().protocol, Protocol::Adb);
}

/// A device at port 5555 that speaks ADB to who asks for it, whatever else it is: it greets who waits, if at all.
async fn multiplexer(host: &str, greeting: &'static [u8], to_others: &'static [u8]) -> SocketAddr {
    let patience = Duration::from_millis(100);
    let auth = b"AUTH\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xbe\xaa\xab\xb7";
    let listener = TcpListener::bind((host, 5555)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut command = [0; 4];
                let asked = stream.read_exact(&mut command);
                if tokio::time::timeout(patience, asked).await.is_err() {
                    let _ = stream.write_all(greeting).await;
                    let _ = stream.read_exact(&mut command).await;
                }
                let answer = match &command {
                    b"CNXN" => auth,
                    _ => to_others,
                };
                let _ = stream.write_all(answer).await;
                fake::hold(stream).await;
            });
        }
    });
    address
}

#[tokio::test]
async fn a_debugger_at_its_usual_port_hides_behind_nothing_else() {
    let (_keep, stop) = Stopper::new();
    let page = b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n";
    let web = multiplexer("127.88.5.1", b"", page).await;
    let shell = multiplexer("127.88.5.2", b"SSH-2.0-x\r\n", b"").await;
    for (address, declared) in [
        (web, None),
        (web, Some(Protocol::Http)),
        (shell, Some(Protocol::Ssh)),
    ] {
        let stranger = Stranger {
            address,
            name: None,
            declared,
            thoroughly: false,
        };
        let service = seen(&identify_with(HASTE, &stranger, &stop).await).unwrap();
        assert_eq!(service.protocol, Protocol::Adb, "{declared:?}");
    }
    // Who is only what is declared is told as that, and was asked all the same.
    let listener = TcpListener::bind(("127.88.5.3", 5555)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"SSH-2.0-dropbear\r\n").await;
            tokio::spawn(fake::hold(stream));
        }
    });
    let stranger = Stranger {
        address,
        name: None,
        declared: Some(Protocol::Ssh),
        thoroughly: false,
    };
    let exchange = identify_with(HASTE, &stranger, &stop).await;
    assert_eq!(seen(&exchange).unwrap().protocol, Protocol::Ssh);
    assert!(exchange.sent.windows(4).any(|it| it == b"CNXN"));
}

#[tokio::test]
async fn a_print_port_is_asked_in_its_own_language_and_nothing_else() {
    let (_keep, stop) = Stopper::new();
    for (answer, protocol) in [
        (&b"@PJL INFO ID\r\n\"X\"\r\n\x0c"[..], Protocol::Pjl),
        (b"", Protocol::Unknown),
    ] {
        let address = fake::serve(move |mut stream: TcpStream| async move {
            let _ = stream.read(&mut [0; 512]).await;
            let _ = stream.write_all(answer).await;
            fake::hold(stream).await;
        })
        .await;
        let printer = Stranger {
            address,
            name: None,
            declared: Some(Protocol::Pjl),
            thoroughly: true,
        };
        let exchange = identify_with(HASTE, &printer, &stop).await;
        assert_eq!(seen(&exchange).unwrap().protocol, protocol);
        let said = b"\x1b%-12345X@PJL INFO ID\r\n\x1b%-12345X";
        assert_eq!(exchange.sent, said);
    }
}

#[tokio::test]
async fn an_echo_is_nobody() {
    let echo = fake::serve(async |mut stream: TcpStream| {
        let (mut from, mut to) = stream.split();
        let _ = tokio::io::copy(&mut from, &mut to).await;
    })
    .await;
    let service = ask(echo).await.unwrap();
    assert_eq!(service.protocol, Protocol::Unknown);
}

#[tokio::test]
async fn a_web_server_that_is_a_debugger_is_told_by_its_page() {
    let address = fake::serve(async |mut stream: TcpStream| {
        let request = fake::read_request(&mut stream).await;
        let answer = match request.starts_with("GET /json/version ") {
            true => "HTTP/1.0 200 OK\r\n\r\n{ \"Browser\": \"node.js/v20\", \"Protocol-Version\": \"1.1\" }",
            false => "HTTP/1.0 400 Bad Request\r\n\r\nWebSockets request was expected\r\n",
        };
        let _ = stream.write_all(answer.as_bytes()).await;
    })
    .await;
    let service = ask(address).await.unwrap();
    assert_eq!(service.protocol, Protocol::Devtools);
    assert_eq!(service.product.as_deref(), Some("node.js/v20"));
}

#[tokio::test]
async fn an_ftp_server_that_knows_no_help_is_told_by_its_noop() {
    let address = fake::serve(async |mut stream: TcpStream| {
        let _ = stream.write_all(b"220 ready\r\n").await;
        let mut line = [0; 6];
        while stream.read_exact(&mut line).await.is_ok() {
            let answer: &[u8] = match &line {
                b"NOOP\r\n" => b"200 ok\r\n",
                _ => b"502 no\r\n",
            };
            let _ = stream.write_all(answer).await;
        }
    })
    .await;
    assert_eq!(ask(address).await.unwrap().protocol, Protocol::Ftp);
}

#[tokio::test]
async fn without_curiosity_only_the_likely_is_asked() {
    let (_keep, stop) = Stopper::new();
    let address = fake::serve(fake::hold).await;
    let stranger = Stranger {
        address,
        name: None,
        declared: None,
        thoroughly: false,
    };
    let exchange = identify_with(HASTE, &stranger, &stop).await;
    assert_eq!(seen(&exchange).unwrap().protocol, Protocol::Unknown);
    let asked = |said: &[u8]| exchange.sent.windows(said.len()).any(|it| it == said);
    assert!(asked(b"GET / ") && !asked(b"JDWP") && !asked(b"CNXN"));
}
