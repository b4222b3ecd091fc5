use std::net::SocketAddr;

use super::super::{Stopper, fake};
use super::*;
use crate::evidence::Outcome;
use AccessOutcome::*;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

fn seen(exchange: &Exchange) -> Result<Answer, Absence> {
    match &exchange.outcome {
        Outcome::Observed { observations } => match &observations[..] {
            [Observation::Access(reply)] => Ok((reply.outcome, reply.detail.clone())),
            other => panic!("{other:?}"),
        },
        Outcome::Absent { reason, .. } => Err(*reason),
    }
}

async fn try_at(address: SocketAddr, credential: Option<&Credential>) -> Result<Answer, Absence> {
    let (_keep, stop) = Stopper::new();
    seen(&attempt(&Endpoint::clear(address), credential, &stop).await)
}

/// A terminal that plays one line of `lines` at a time: says the first, hears a line, says the next.
/// `{}` in a line stands for what it heard. It hangs up behind the last line.
async fn terminal(lines: &'static [&'static str]) -> SocketAddr {
    fake::serve(move |stream: TcpStream| async move {
        let mut stream = BufReader::new(stream);
        let mut heard = String::new();
        for line in lines {
            let line = line.replace("{}", heard.trim_end());
            if stream.write_all(line.as_bytes()).await.is_err() {
                return;
            }
            heard.clear();
            if stream.read_line(&mut heard).await.is_err() {
                return;
            }
        }
    })
    .await
}

/// A login that takes one password, in front of something that joins quotes as a shell does.
async fn login(mut stream: BufReader<TcpStream>) -> std::io::Result<()> {
    loop {
        // Bytes, because the refusal of an option stands before the name.
        let (mut name, mut word) = (Vec::new(), String::new());
        stream.write_all(b"\xff\xfb\x01\r\ncam login: ").await?;
        stream.read_until(b'\n', &mut name).await?;
        stream.write_all(b"Password: ").await?;
        stream.read_line(&mut word).await?;
        if name.ends_with(b"root\r\n") && word == "vizxv\r\n" {
            break;
        }
        stream.write_all(b"\r\nLogin incorrect\r\n").await?;
    }
    stream.write_all(b"\r\n\x1b[1m~ # \x1b[6n").await?;
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let said = line.trim_end().trim_start_matches("echo ").replace('"', "");
    let answer = format!("{line}{said}\r\n~ # ");
    stream.write_all(answer.as_bytes()).await?;
    stream.read_u8().await.map(drop)
}

#[tokio::test]
async fn the_right_password_is_served_and_a_wrong_one_refused() {
    let address = fake::serve(async |stream| {
        let _ = login(BufReader::new(stream)).await;
    })
    .await;
    let right = try_at(address, Some(&Credential::clear("root", "vizxv"))).await;
    assert_eq!(right, Ok((Served, "shell ran our command".to_owned())));
    let wrong = try_at(address, Some(&Credential::clear("root", "xvziv"))).await;
    assert_eq!(wrong.unwrap().0, Refused);
    let none = try_at(address, None).await;
    assert_eq!(none, Ok((Refused, "login prompt".to_owned())));
}

#[tokio::test]
async fn an_echo_of_our_line_proves_nothing() {
    let address = terminal(&["$ ", "{}\r\n$ ", "{}"]).await;
    let (outcome, detail) = try_at(address, None).await.unwrap();
    assert_eq!(outcome, Unclear);
    assert!(
        detail.starts_with("a prompt that did not run our command"),
        "{detail}"
    );
}

#[tokio::test]
async fn what_the_terminal_says_decides() {
    let credential = Credential::clear("root", "root");
    let cases: &[(&'static [&'static str], AccessOutcome)] = &[
        (
            &["login: ", "Password: ", "Account locked.\r\nlogin: "],
            Throttled,
        ),
        (&["login: ", "Password: ", "Access denied\r\n"], Refused),
        (&["Password: ", "Password: "], Refused),
        (&["login: ", "Too many attempts\r\n"], Throttled),
        (&["login: ", "Password: ", "Welcome\r\n"], Unclear),
        (&["Benutzername: "], Unclear),
        (
            &[
                "Press ENTER",
                "Username: ",
                "Password: ",
                "bad\r\nUsername: ",
            ],
            Refused,
        ),
    ];
    // At once, because a terminal that says too little takes seconds each.
    let mut running = Vec::new();
    for (lines, expected) in cases {
        let address = terminal(lines).await;
        let credential = credential.clone();
        let reply = tokio::spawn(async move { try_at(address, Some(&credential)).await });
        running.push((lines, *expected, reply));
    }
    for (lines, expected, reply) in running {
        let reply = reply.await.unwrap();
        let outcome = reply.as_ref().map(|(outcome, _)| *outcome);
        assert_eq!(outcome, Ok(expected), "{lines:?}: {reply:?}");
    }
}

#[tokio::test]
async fn nothing_is_typed_into_a_prompt_that_we_do_not_know() {
    let address = fake::serve(async |mut stream| {
        let _ = stream.write_all("Kennwort\u{202e}: ".as_bytes()).await;
        fake::hold(stream).await;
    })
    .await;
    let (_keep, stop) = Stopper::new();
    let exchange = attempt(
        &Endpoint::clear(address),
        Some(&Credential::clear("a", "b")),
        &stop,
    )
    .await;
    assert_eq!(exchange.sent, b"");
    let (outcome, detail) = seen(&exchange).unwrap();
    assert_eq!(outcome, Unclear);
    assert!(detail.contains("`Kennwort\\u{202e}:`"), "{detail}");
}

#[tokio::test]
async fn misbehaviour_is_absence() {
    for (address, reason) in [
        (fake::serve(fake::hold).await, Absence::NoAnswer),
        (fake::serve(fake::reset).await, Absence::Disconnected),
        (fake::serve(fake::flood).await, Absence::Malformed),
        (fake::closed_port().await, Absence::Refused),
    ] {
        assert_eq!(try_at(address, None).await, Err(reason));
    }
}

/// Real software: busybox telnetd with a shell in place of login.
#[tokio::test]
async fn a_busybox_shell_without_login_is_served() {
    // Only to find a free port; the server cannot take one over.
    let address = fake::free_port().await;
    let started = std::process::Command::new("busybox")
        .args([
            "telnetd",
            "-F",
            "-l",
            "/bin/sh",
            "-b",
            &address.ip().to_string(),
        ])
        .args(["-p", &address.port().to_string()])
        .spawn();
    let mut server = match started {
        Ok(server) => server,
        Err(error) => {
            eprintln!("not tested: busybox: {error}");
            return;
        }
    };
    let mut reply = Err(Absence::Refused);
    for _ in 0..50 {
        if reply != Err(Absence::Refused) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        reply = try_at(address, None).await;
    }
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(reply, Ok((Served, "shell ran our command".to_owned())));
}
