use std::net::SocketAddr;

use super::super::{Stopper, fake};
use super::*;
use crate::evidence::Outcome;
use AccessOutcome::*;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

type Seen = Result<AccessReply, Absence>;

async fn try_at(address: SocketAddr, credential: Option<&Credential>) -> (Seen, String) {
    let (_keep, stop) = Stopper::new();
    let exchange = attempt(&Endpoint::clear(address), credential, &stop).await;
    let sent = String::from_utf8(exchange.sent).unwrap();
    let seen = match exchange.outcome {
        Outcome::Observed { observations } => match &observations[..] {
            [Observation::Access(reply)] => Ok(reply.clone()),
            other => panic!("{other:?}"),
        },
        Outcome::Absent { reason, .. } => Err(reason),
    };
    (seen, sent)
}

/// A server that says its greeting, then one line for each command whose beginning it knows. `{port}`
/// stands for a port at which it hands out a listing, `{high},{low}` for the same in two bytes.
async fn server(greeting: &'static str, lines: &[(&'static str, &'static str)]) -> SocketAddr {
    let lines = lines.to_vec();
    fake::serve(move |stream: TcpStream| {
        let lines = lines.clone();
        async move {
            let data = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = data.local_addr().unwrap().port();
            let mut stream = BufReader::new(stream);
            stream.write_all(greeting.as_bytes()).await.unwrap();
            loop {
                let mut command = String::new();
                if !matches!(stream.read_line(&mut command).await, Ok(1..)) {
                    return;
                }
                let known = lines.iter().find(|(word, _)| command.starts_with(word));
                let answer = known.map_or("500 What?\r\n", |(_, answer)| answer);
                let answer = answer
                    .replace("{port}", &port.to_string())
                    .replace("{high},{low}", &format!("{},{}", port >> 8, port & 255));
                let (now, later) = match answer.split_once("{data}") {
                    Some((now, later)) => (now.to_owned(), later.to_owned()),
                    None => (answer, String::new()),
                };
                stream.write_all(now.as_bytes()).await.unwrap();
                if !later.is_empty() {
                    let (mut listing, _) = data.accept().await.unwrap();
                    listing.write_all(b"pub\r\nfirmware\r\n").await.unwrap();
                    drop(listing);
                    stream.write_all(later.as_bytes()).await.unwrap();
                }
            }
        }
    })
    .await
}

fn root() -> Credential {
    Credential::clear("root", "vizxv")
}

const LIST: (&str, &str) = ("LIST", "150 Here\r\n{data}226 Done\r\n");
const PWD: (&str, &str) = ("PWD", "257 \"/\"\r\n");

#[tokio::test]
async fn an_accepted_login_counts_when_it_shows_its_directory() {
    let login = ("USER root\r\n", "331 Password\r\n");
    let word = ("PASS vizxv\r\n", "230-Hello\r\n 230 not yet\r\n230 In\r\n");
    let address = server("220-Hi\r\n220 there\r\n", &[login, word, PWD]).await;
    let (seen, sent) = try_at(address, Some(&root())).await;
    assert_eq!(seen.unwrap().outcome, Served);
    assert_eq!(sent, "USER root\r\nPASS vizxv\r\nPWD\r\nQUIT\r\n");
    // The same yes, and nothing behind it: the password was right all the same.
    let closed = server(
        "220 Hi\r\n",
        &[login, word, ("PWD", "530 Not logged in\r\n")],
    )
    .await;
    let reply = try_at(closed, Some(&root())).await.0.unwrap();
    assert_eq!(reply.outcome, Admitted);
    assert!(reply.detail.contains("530"), "{}", reply.detail);
}

#[tokio::test]
async fn a_stranger_has_two_names() {
    let no = ("USER anonymous\r\n", "530 No\r\n");
    let ftp = ("USER ftp\r\n", "331 Address\r\n");
    let word = ("PASS anonymous@\r\n", "230 In\r\n");
    let address = server("220 Hi\r\n", &[no, ftp, word, PWD]).await;
    let reply = try_at(address, None).await.0.unwrap();
    assert_eq!(reply.outcome, Served);
    assert!(reply.detail.starts_with("`ftp`: "), "{}", reply.detail);
    // Both are refused; and one that tells nothing is no refusal.
    for (word, outcome) in [("530 No\r\n", Refused), ("550 What\r\n", Unclear)] {
        let address = server("220 Hi\r\n", &[no, ftp, ("PASS", word)]).await;
        let reply = try_at(address, None).await.0.unwrap();
        assert_eq!(reply.outcome, outcome, "{word}");
        assert!(reply.detail.contains("`anonymous`: "), "{}", reply.detail);
    }
}

#[tokio::test]
async fn a_stranger_who_is_let_in_lists() {
    let login = ("USER anonymous\r\n", "331 Address\r\n");
    let word = ("PASS anonymous@\r\n", "230 In\r\n");
    let epsv = ("EPSV", "229 Here (|||{port}|)\r\n");
    let address = server("220 Hi\r\n", &[login, word, PWD, epsv, LIST]).await;
    let reply = try_at(address, None).await.0.unwrap();
    assert_eq!(reply.outcome, Served);
    assert!(
        reply.detail.contains("2 entries over EPSV"),
        "{}",
        reply.detail
    );
    assert_eq!(reply.content_length, Some(15));
    // An older server, which names somebody else's address, and no working directory.
    let pasv = ("PASV", "227 Here (192,0,2,9,{high},{low})\r\n");
    let address = server("220 Hi\r\n", &[login, word, pasv, LIST]).await;
    let reply = try_at(address, None).await.0.unwrap();
    assert_eq!(reply.outcome, Served);
    assert!(
        reply.detail.contains("names 192.0.2.9; asked at"),
        "{}",
        reply.detail
    );
    // A yes behind which there is nothing.
    let address = server("220 Hi\r\n", &[login, word]).await;
    assert_eq!(try_at(address, None).await.0.unwrap().outcome, Unclear);
}

#[tokio::test]
async fn a_reply_is_what_its_code_says() {
    for (greeting, user, pass, outcome) in [
        (
            "220 Hi\r\n",
            "331 P\r\n",
            "530 Login incorrect\r\n",
            Refused,
        ),
        ("220 Hi\r\n", "530 Anonymous only\r\n", "", Refused),
        ("220 Hi\r\n", "331 P\r\n", "421 Too many\r\n", Throttled),
        ("421 Too many\r\n", "", "", Throttled),
        ("220 Hi\r\n", "530 Use TLS first\r\n", "", Unclear),
        ("220 Hi\r\n", "534 No\r\n", "", Unclear),
        ("220 Hi\r\n", "331 P\r\n", "522 No\r\n", Unclear),
        ("220 Hi\r\n", "331 P\r\n", "332 Account\r\n", Unclear),
        ("220 Hi\r\n", "230 In\r\n", "", Served),
        ("120 Wait\r\n220 Hi\r\n", "331 P\r\n", "202 In\r\n", Served),
    ] {
        let address = server(greeting, &[("USER", user), ("PASS", pass), PWD]).await;
        let (seen, _) = try_at(address, Some(&root())).await;
        assert_eq!(seen.unwrap().outcome, outcome, "{greeting}{user}{pass}");
    }
}

#[tokio::test]
async fn what_is_no_reply_is_a_fault() {
    let address = fake::serve(fake::flood).await;
    assert_eq!(try_at(address, None).await.0, Err(Absence::Malformed));
    let endless = fake::serve(
        async |mut stream: TcpStream| {
            while stream.write_all(b"220-more\r\n").await.is_ok() {}
        },
    );
    assert_eq!(try_at(endless.await, None).await.0, Err(Absence::Malformed));
    let address = server("SSH-2.0-x\r\n", &[]).await;
    assert_eq!(try_at(address, None).await.0, Err(Absence::Malformed));
    let address = fake::serve(fake::reset).await;
    assert_eq!(try_at(address, None).await.0, Err(Absence::Disconnected));
}

#[tokio::test]
async fn a_line_end_in_a_name_is_not_sent() {
    let address = server("220 Hi\r\n", &[]).await;
    let twice = Credential::clear("root\r\nDELE x", "y");
    let (seen, sent) = try_at(address, Some(&twice)).await;
    assert_eq!(seen, Err(Absence::HarnessFault));
    assert_eq!(sent, "");
}
