//! Telnet (RFC 854): prompts, one login, and the proof that a shell runs what we send.

mod options;
mod prompt;

use std::time::Duration;

pub(super) use prompt::{Prompt, prompt};

use options::Options;
use prompt::{asks_for_enter, plain, refuses, throttles};

use super::access::Credential;
use super::wire::{Fault, Heard, KEPT, Talk, Terms, Wire};
use super::{Endpoint, Stop};
use crate::evidence::{Absence, Exchange};
use crate::observation::{AccessOutcome, AccessReply, Observation};
use crate::text::shown;

/// How long a terminal may think. Login programs delay a refusal by some seconds on purpose.
const THINK: Duration = Duration::from_secs(8);
/// How long a terminal may take to greet.
const GREET: Duration = Duration::from_secs(3);
/// What looks like a prompt is one only if nothing follows it for so long.
const SETTLE: Duration = Duration::from_millis(250);
/// How long a command may run before its prompt counts as its end.
const RUN: Duration = Duration::from_millis(1500);

const TERMS: Terms = Terms {
    connect: Duration::from_secs(5),
    whole: Duration::from_secs(40),
    read: KEPT,
};

/// One attempt at a terminal. Without credentials it asks whether a login is needed.
///
/// A terminal counts as served only when its shell ran a command of ours.
pub async fn attempt(
    endpoint: &Endpoint,
    credential: Option<&Credential>,
    stop: &Stop,
) -> Exchange {
    let talk = Talk::begin(TERMS);
    let work = async {
        let nonce = super::random::random_hex(8)?;
        let mut terminal = Terminal::new(talk.open(endpoint).await?);
        let (outcome, detail) = terminal.visit(credential, &nonce).await?;
        Ok(Observation::Access(AccessReply::new(outcome, detail)))
    };
    talk.run(stop, work).await
}

type Answer = (AccessOutcome, String);

/// A session: the wire, and what was said since we last spoke.
#[derive(Debug)]
struct Terminal {
    wire: Wire,
    options: Options,
    said: Vec<u8>,
    closed: bool,
}

impl Terminal {
    fn new(wire: Wire) -> Self {
        Self {
            wire,
            options: Options::default(),
            said: Vec::new(),
            closed: false,
        }
    }

    async fn visit(
        &mut self,
        credential: Option<&Credential>,
        nonce: &str,
    ) -> Result<Answer, Fault> {
        let mut asked = self.until_prompt(GREET).await?;
        let silent = self.said.is_empty();
        if asked.is_none() && !self.closed && (silent || asks_for_enter(&self.text())) {
            self.send("").await?;
            asked = self.until_prompt(GREET).await?;
        }
        match (asked, credential) {
            (Some(Prompt::Shell), _) => self.prove(nonce).await,
            (Some(Prompt::Login), None) => Ok((AccessOutcome::Refused, "login prompt".to_owned())),
            (Some(Prompt::Password), None) => {
                Ok((AccessOutcome::Refused, "password prompt".to_owned()))
            }
            (Some(prompt), Some(credential)) => self.log_in(prompt, credential, nonce).await,
            (None, _) if self.said.is_empty() => Err(self.wordless()),
            (None, _) => Ok(self.unrecognised("no prompt that we know")),
        }
    }

    async fn log_in(
        &mut self,
        mut asked: Prompt,
        credential: &Credential,
        nonce: &str,
    ) -> Result<Answer, Fault> {
        if asked == Prompt::Login {
            self.send(&credential.username).await?;
            match self.until_prompt(THINK).await? {
                Some(next) if !throttles(&self.text()) => asked = next,
                _ => return Ok(self.after_name()),
            }
        }
        match asked {
            Prompt::Password => {
                self.send(&credential.password).await?;
                let next = self.until_prompt(THINK).await?;
                self.verdict(next, nonce).await
            }
            next => self.verdict(Some(next), nonce).await,
        }
    }

    /// Nothing that asks for a password came after the user name.
    fn after_name(&self) -> Answer {
        let text = self.text();
        if throttles(&text) {
            (AccessOutcome::Throttled, last_line(&text))
        } else if refuses(&text) {
            (AccessOutcome::Refused, last_line(&text))
        } else {
            self.unrecognised("no password prompt that we know")
        }
    }

    /// What the words after a login mean. A shell is proved before any word counts, because a
    /// message of the day may speak of failed logins.
    async fn verdict(&mut self, asked: Option<Prompt>, nonce: &str) -> Result<Answer, Fault> {
        let text = self.text();
        if asked == Some(Prompt::Shell) {
            return self.prove(nonce).await;
        }
        Ok(if throttles(&text) {
            (AccessOutcome::Throttled, last_line(&text))
        } else if asked.is_some() {
            (AccessOutcome::Refused, "asked for a login again".to_owned())
        } else if refuses(&text) {
            (AccessOutcome::Refused, last_line(&text))
        } else {
            self.unrecognised("neither a shell nor a refusal that we know")
        })
    }

    /// Sends two quoted halves and looks for them joined. The echo of our own line holds the
    /// quotes, so that only a shell that ran the command can show the joined form.
    async fn prove(&mut self, nonce: &str) -> Result<Answer, Fault> {
        let (left, right) = nonce.split_at(nonce.len() / 2);
        let joined = format!("pm{left}{right}");
        self.send(&format!("echo pm\"{left}\"\"{right}\"")).await?;
        let ran = move |text: &str| text.contains(&joined);
        loop {
            let answered = |text: &str| ran(text) || prompt(text).is_some();
            self.until(THINK, &answered).await?;
            if ran(&self.text()) {
                return Ok((AccessOutcome::Served, "shell ran our command".to_owned()));
            }
            // A prompt may be a late repetition of the one before, with our answer still to come.
            if prompt(&self.text()).is_none() || !self.hear(RUN).await? {
                break;
            }
        }
        Ok(match prompt(&self.text()) {
            Some(Prompt::Login | Prompt::Password) => {
                (AccessOutcome::Refused, "asked for a login again".to_owned())
            }
            _ => self.unrecognised("a prompt that did not run our command"),
        })
    }

    /// Hears until a prompt stands at the end and nothing follows it.
    async fn until_prompt(&mut self, patience: Duration) -> Result<Option<Prompt>, Fault> {
        loop {
            self.until(patience, &|text| prompt(text).is_some()).await?;
            let found = prompt(&self.text());
            if found.is_none() || self.closed || !self.hear(SETTLE).await? {
                return Ok(found);
            }
        }
    }

    /// Hears until the text is as wanted, or the device hangs up or is quiet for `patience`.
    async fn until(
        &mut self,
        patience: Duration,
        wanted: &(dyn Fn(&str) -> bool + Sync),
    ) -> Result<(), Fault> {
        while !wanted(&self.text()) && self.hear(patience).await? {}
        Ok(())
    }

    /// Hears once and answers options. False: nothing came, or nothing more will.
    async fn hear(&mut self, patience: Duration) -> Result<bool, Fault> {
        if self.closed {
            return Ok(false);
        }
        let heard = match self.wire.hear(patience).await {
            // What was said before a reset still counts.
            Err(fault) if fault.reason == Absence::Disconnected && !self.said.is_empty() => {
                Heard::Closed
            }
            heard => heard?,
        };
        match heard {
            Heard::Quiet => Ok(false),
            Heard::Closed => {
                self.closed = true;
                Ok(false)
            }
            Heard::Bytes(bytes) => {
                let (text, answer) = self.options.read(&bytes);
                self.said.extend(text);
                if !answer.is_empty() {
                    self.wire.say(&answer).await?;
                }
                Ok(true)
            }
        }
    }

    /// Sends a line (RFC 854: CR LF) and forgets what was said before it.
    async fn send(&mut self, line: &str) -> Result<(), Fault> {
        self.said.clear();
        self.wire.say(format!("{line}\r\n").as_bytes()).await
    }

    fn text(&self) -> String {
        plain(&self.said)
    }

    fn wordless(&self) -> Fault {
        if self.closed {
            Fault::new(Absence::Disconnected, "it hung up without a word")
        } else {
            Fault::new(Absence::NoAnswer, "it accepted and said nothing")
        }
    }

    fn unrecognised(&self, what: &str) -> Answer {
        let ending = if self.closed { ", then it hung up" } else { "" };
        let line = last_line(&self.text());
        (AccessOutcome::Unclear, format!("{what}: `{line}`{ending}"))
    }
}

fn last_line(text: &str) -> String {
    let line = text.lines().rfind(|line| !line.trim().is_empty());
    shown(line.unwrap_or_default().trim(), 100)
}

#[cfg(test)]
mod tests;
