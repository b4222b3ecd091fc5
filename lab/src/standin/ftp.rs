//! An FTP server (RFC 959, RFC 2428) with one directory, as wrong as its switches say.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::account::{Answer, Door};
use super::connection;
use super::pulse::Diary;
use super::spec::{FtpSpec, Trigger, TurnsTo};

const MAX_COMMANDS: usize = 100;
/// Longer lines are a reason to hang up.
const MAX_LINE: usize = 512;
const PATIENCE: Duration = Duration::from_secs(15);
const LISTING: &[u8] = b"-rw-r--r-- 1 0 0 4096 Jan 01 00:00 firmware.bin\r\n";

/// An FTP server.
#[derive(Debug)]
pub(super) struct Server {
    spec: FtpSpec,
    door: Door,
}

/// One control connection.
struct Session {
    stream: BufReader<TcpStream>,
    user: String,
    inside: bool,
    data: Option<TcpListener>,
}

impl Server {
    pub(super) fn new(spec: &FtpSpec) -> Self {
        let switch = &spec.switch;
        let door = Door::new(
            &spec.accounts,
            switch.accepts_anything,
            switch.lockout_after,
            switch.throttle_after,
        );
        Self {
            spec: spec.clone(),
            door,
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.spec.port
    }

    pub(super) fn dies_after(&self) -> Option<Trigger> {
        self.spec.switch.dies_after
    }

    pub(super) async fn serve(&self, mut stream: TcpStream, diary: &Diary) {
        let switch = &self.spec.switch;
        if switch.never_answers {
            // It greets, so that everybody knows what it is, and then falls silent.
            return connection::greet(stream, self.greeting().as_bytes()).await;
        }
        if switch.endless_reply {
            let line = b"220-FTP server ready\r\n".repeat(200);
            while stream.write_all(&line).await.is_ok() {}
            return;
        }
        let mut session = Session {
            stream: BufReader::new(stream),
            user: String::new(),
            inside: false,
            data: None,
        };
        let _ = self.converse(&mut session, diary).await;
    }

    /// What comes where TLS should.
    async fn turn(&self, session: &mut Session) -> Option<()> {
        let mut hello = [0; 4096];
        while timeout(PATIENCE, session.stream.read(&mut hello))
            .await
            .ok()?
            .ok()?
            > 0
        {
            if self.spec.switch.turns_to == Some(TurnsTo::InternalError) {
                let alert = [21, 3, 3, 0, 2, 2, 80];
                return session.stream.write_all(&alert).await.ok();
            }
        }
        None
    }

    fn greeting(&self) -> String {
        format!("220 {} FTP server ready\r\n", self.spec.banner)
    }

    /// Everything is none once the peer is gone.
    async fn converse(&self, session: &mut Session, diary: &Diary) -> Option<()> {
        session.say(&self.greeting()).await?;
        for _ in 0..MAX_COMMANDS {
            let line = session.line().await?;
            if self.spec.switch.garbage {
                session.say("\u{1}\u{2}what\u{3}\r\n").await?;
                continue;
            }
            let (word, argument) = line.split_once(' ').unwrap_or((&line, ""));
            match word.to_ascii_uppercase().as_str() {
                "AUTH" if self.spec.switch.turns_to.is_some() => {
                    session.say("234 Begin\r\n").await?;
                    return self.turn(session).await;
                }
                "QUIT" => return session.say("221 Goodbye\r\n").await,
                "USER" if self.spec.switch.demands_tls => {
                    session.say("530 This server wants TLS first\r\n").await?;
                }
                "USER" => {
                    session.user = argument.to_owned();
                    session.say("331 Password required\r\n").await?;
                }
                "PASS" => {
                    diary.login();
                    let answer = self.login(&session.user, argument);
                    session.inside = answer == Answer::Accepted;
                    match answer {
                        Answer::Accepted => session.say("230 Logged in\r\n").await?,
                        Answer::Refused => session.say("530 Login incorrect\r\n").await?,
                        Answer::Throttled => {
                            return session.say("421 Too many attempts\r\n").await;
                        }
                    }
                }
                _ if !session.inside => session.say("530 Log in first\r\n").await?,
                "PWD" => session.say("257 \"/\" is where you are\r\n").await?,
                "EPSV" if !self.spec.switch.names_other_address => {
                    let port = session.listen().await?;
                    session
                        .say(&format!("229 Come to me (|||{port}|)\r\n"))
                        .await?;
                }
                "PASV" => {
                    let port = session.listen().await?;
                    let (high, low) = (port >> 8, port & 255);
                    let reply = format!("227 Come to me (192,0,2,1,{high},{low})\r\n");
                    session.say(&reply).await?;
                }
                "LIST" => session.list().await?,
                _ => session.say("502 Not here\r\n").await?,
            }
        }
        None
    }

    fn login(&self, user: &str, password: &str) -> Answer {
        match user {
            "anonymous" | "ftp" if self.spec.switch.anonymous => Answer::Accepted,
            "ftp" if self.spec.switch.anonymous_as_ftp => Answer::Accepted,
            "anonymous" | "ftp" => Answer::Refused,
            user => self.door.knock(user, password),
        }
    }
}

impl Session {
    async fn say(&mut self, text: &str) -> Option<()> {
        self.stream.get_mut().write_all(text.as_bytes()).await.ok()
    }

    async fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        let read = self.stream.read_until(b'\n', &mut line);
        let read = timeout(PATIENCE, read).await.ok()?.ok()?;
        if read == 0 || line.len() > MAX_LINE {
            return None;
        }
        let line = String::from_utf8_lossy(&line);
        Some(line.trim_end_matches(['\r', '\n']).to_owned())
    }

    /// Waits for data at a port of its own, at the address of the control connection.
    async fn listen(&mut self) -> Option<u16> {
        let ip = self.stream.get_ref().local_addr().ok()?.ip();
        let listener = TcpListener::bind((ip, 0)).await.ok()?;
        let port = listener.local_addr().ok()?.port();
        self.data = Some(listener);
        Some(port)
    }

    async fn list(&mut self) -> Option<()> {
        let Some(listener) = self.data.take() else {
            return self.say("425 No data connection\r\n").await;
        };
        self.say("150 Here it comes\r\n").await?;
        let (mut data, _) = timeout(PATIENCE, listener.accept()).await.ok()?.ok()?;
        data.write_all(LISTING).await.ok()?;
        drop(data);
        self.say("226 That was all\r\n").await
    }
}
