//! A Telnet server (RFC 854) that echoes (RFC 857), asks for a login and opens a small shell.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::account::{Answer, Door};
use super::hostile;
use super::line::{Input, Lines};
use super::pulse::Diary;
use super::shell::{self, Ran};
use super::spec::{TelnetSpec, Trigger};

/// WILL ECHO, WILL SUPPRESS-GO-AHEAD.
const NEGOTIATION: &[u8] = &[255, 251, 1, 255, 251, 3];
const TRIES: usize = 3;
const MAX_LINES: usize = 1000;

/// A Telnet server.
#[derive(Debug)]
pub(super) struct Server {
    spec: TelnetSpec,
    door: Door,
}

impl Server {
    pub(super) fn new(spec: &TelnetSpec) -> Self {
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

    /// Ends when the peer hangs up, leaves, or has guessed too often.
    pub(super) async fn serve(&self, stream: TcpStream, diary: &Diary) {
        let _ = self.session(&mut Terminal::new(stream), diary).await;
    }

    async fn session(&self, terminal: &mut Terminal, diary: &Diary) -> Option<()> {
        let banner = if self.spec.switch.hostile_text {
            hostile::TEXT
        } else {
            &self.spec.banner
        };
        terminal.send(NEGOTIATION).await?;
        terminal.print(&format!("\n{banner}\n\n")).await?;
        if !self.spec.switch.asks_no_login {
            self.login(terminal, diary).await?;
        }
        for _ in 0..MAX_LINES {
            match shell::run(&terminal.ask("# ", true).await?) {
                Ran::Printed(text) => terminal.print(&text).await?,
                Ran::Left => return None,
            }
        }
        None
    }

    async fn login(&self, terminal: &mut Terminal, diary: &Diary) -> Option<()> {
        for _ in 0..TRIES {
            let username = terminal.ask("login: ", true).await?;
            let password = terminal.ask("Password: ", false).await?;
            diary.login();
            match self.door.knock(&username, &password) {
                Answer::Accepted => return Some(()),
                Answer::Refused => terminal.print("\nLogin incorrect\n").await?,
                Answer::Throttled => {
                    terminal.print("\nToo many attempts\n").await?;
                    return None;
                }
            }
        }
        None
    }
}

/// The far end of a connection. Everything is none once the peer is gone.
struct Terminal {
    stream: TcpStream,
    lines: Lines,
    unread: std::collections::VecDeque<u8>,
}

impl Terminal {
    fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            lines: Lines::default(),
            unread: std::collections::VecDeque::new(),
        }
    }

    async fn send(&mut self, bytes: &[u8]) -> Option<()> {
        self.stream.write_all(bytes).await.ok()
    }

    async fn print(&mut self, text: &str) -> Option<()> {
        self.send(text.replace('\n', "\r\n").as_bytes()).await
    }

    /// Prompts and reads a line. A password is not echoed; everything else is, as by a real terminal:
    /// a harness that takes the echo of its command for an answer must be found out.
    async fn ask(&mut self, prompt: &str, echo: bool) -> Option<String> {
        self.send(prompt.as_bytes()).await?;
        loop {
            let byte = self.read().await?;
            match self.lines.push(byte) {
                Input::Line(line) => {
                    self.send(b"\r\n").await?;
                    return Some(line);
                }
                Input::Typed(byte) if echo => self.send(&[byte]).await?,
                Input::Typed(_) | Input::Nothing => {}
            }
        }
    }

    async fn read(&mut self) -> Option<u8> {
        if self.unread.is_empty() {
            let mut buffer = [0; 512];
            let read = self.stream.read(&mut buffer).await.ok()?;
            self.unread.extend(buffer.iter().take(read));
        }
        self.unread.pop_front()
    }
}
