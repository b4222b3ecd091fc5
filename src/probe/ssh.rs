//! SSH (RFC 4252 to RFC 4254, RFC 4256): what a stranger is offered, one login, and a command that shows it in.
//!
//! The bytes are recorded as they travelled: both banners and both lists of algorithms in clear, cipher
//! text from there on, which nobody can check without the session's keys. What is stated about the login
//! rests on what the client of the `russh` library saw inside.

mod choice;
mod client;
mod inquiry;
mod packet;

use std::time::Duration;

use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse as Interactive, Prompt};
use russh::{ChannelMsg, Disconnect, MethodKind, MethodSet};
use tokio::time::timeout;

use super::access::Credential;
use super::wire::{Fault, KEPT, Talk, Terms};
use super::{Endpoint, Stop};
use crate::evidence::{Absence, Exchange};
use crate::observation::{AccessOutcome, AccessReply, Observation};
use crate::text::shown;
use client::{Client, Notes, Trouble};

pub use inquiry::inquire;

/// How long a session may take to run our command.
const RUN: Duration = Duration::from_secs(8);
/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_millis(500);
/// Rounds of questions that are answered. Servers ask for the password in the first or the second.
const ROUNDS: usize = 4;

const TERMS: Terms = Terms {
    connect: Duration::from_secs(5),
    // Old devices need seconds for a key exchange, and servers delay a refusal on purpose.
    whole: Duration::from_secs(40),
    read: KEPT,
};

/// One attempt. Without credentials it asks, by the method `none` (RFC 4252, section 5.2), what a user
/// whom nobody knows is offered.
///
/// A login counts as served when the server says that authentication succeeded; the detail says
/// whether a session ran a command of ours.
pub async fn attempt(
    endpoint: &Endpoint,
    credential: Option<&Credential>,
    stop: &Stop,
) -> Exchange {
    let talk = Talk::begin(TERMS);
    let work = async {
        let nonce = super::random::random_hex(8)?;
        let stranger = format!("pm{}", super::random::random_hex(6)?);
        let wire = talk.open(endpoint).await?;
        let notes = Notes::default();
        let reply = client::through(wire, &notes, async |mut handle| {
            let mut visit = Visit {
                handle: &mut handle,
                notes: &notes,
                nonce: &nonce,
            };
            let reply = match credential {
                None => visit.stranger(&stranger).await,
                Some(one) => visit.log_in(&one.username, &one.password).await,
            };
            let bye = handle.disconnect(Disconnect::ByApplication, "", "");
            let _ = timeout(FAREWELL, bye).await;
            let _ = timeout(FAREWELL, handle).await;
            reply
        });
        Ok(Observation::Access(reply.await?))
    };
    talk.run(stop, work).await
}

/// A connection whose keys are exchanged.
struct Visit<'a> {
    handle: &'a mut Handle<Client>,
    notes: &'a Notes,
    nonce: &'a str,
}

/// What `none` brought.
enum Greeted {
    /// No authentication at all is needed.
    Open,
    /// The methods that may go on.
    Offers(MethodSet),
}

impl Visit<'_> {
    async fn stranger(&mut self, username: &str) -> Result<AccessReply, Trouble> {
        let suite = self.notes.suite();
        match self.none(username).await? {
            Greeted::Open => self.inside("no authentication needed", &[]).await,
            Greeted::Offers(methods) => {
                let detail = format!("offers {}; {suite}", words(&methods));
                Ok(reply(AccessOutcome::Refused, detail, &methods))
            }
        }
    }

    /// Asks for the methods of this user first, as clients of people do. Where none of them takes a password it
    /// is sent all the same, by the method `password`: what a server offers is not what it takes.
    async fn log_in(&mut self, username: &str, password: &str) -> Result<AccessReply, Trouble> {
        let methods = match self.none(username).await? {
            Greeted::Open => return self.inside("no authentication needed", &[]).await,
            Greeted::Offers(methods) => methods,
        };
        let offered = methods.contains(&MethodKind::Password);
        if !offered && methods.contains(&MethodKind::KeyboardInteractive) {
            return self.interactive(username, password, &methods).await;
        }
        let result = self.handle.authenticate_password(username, password);
        match result.await? {
            AuthResult::Success => self.inside("password accepted", &methods).await,
            AuthResult::Failure {
                remaining_methods,
                partial_success,
            } => {
                self.notes.still_there(&remaining_methods)?;
                let what = match offered {
                    true => "password".to_owned(),
                    false => format!("password, where {} is offered,", words(&methods)),
                };
                Ok(refusal(&what, partial_success, &methods))
            }
        }
    }

    async fn none(&mut self, username: &str) -> Result<Greeted, Trouble> {
        match self.handle.authenticate_none(username).await? {
            AuthResult::Success => Ok(Greeted::Open),
            AuthResult::Failure {
                remaining_methods, ..
            } => {
                self.notes.still_there(&remaining_methods)?;
                Ok(Greeted::Offers(remaining_methods))
            }
        }
    }

    /// Questions and answers (RFC 4256): the password goes to the first question that hides its answer,
    /// once. Whatever else is asked is not ours to answer.
    async fn interactive(
        &mut self,
        username: &str,
        password: &str,
        methods: &MethodSet,
    ) -> Result<AccessReply, Trouble> {
        let start = self
            .handle
            .authenticate_keyboard_interactive_start(username, None::<String>);
        let mut said = start.await?;
        let mut sent = false;
        for _ in 0..ROUNDS {
            let prompts = match said {
                Interactive::Success => return self.inside("password accepted", methods).await,
                Interactive::Failure {
                    remaining_methods,
                    partial_success,
                } => {
                    self.notes.still_there(&remaining_methods)?;
                    let what = match sent {
                        true => "keyboard-interactive",
                        false => "keyboard-interactive, without a question",
                    };
                    return Ok(refusal(what, partial_success, methods));
                }
                Interactive::InfoRequest { prompts, .. } => prompts,
            };
            let Some(answers) = answers(&prompts, password, &mut sent) else {
                break;
            };
            let answer = self
                .handle
                .authenticate_keyboard_interactive_respond(answers);
            said = answer.await?;
        }
        let detail = match sent {
            true => "keyboard-interactive asks for more after the password",
            false => "keyboard-interactive asks for something else than a password",
        };
        Ok(reply(AccessOutcome::Unclear, detail.to_owned(), methods))
    }

    /// Authentication succeeded. What a session does then is worth knowing, and changes nothing.
    async fn inside(&mut self, how: &str, methods: &[MethodKind]) -> Result<AccessReply, Trouble> {
        let session = timeout(RUN, self.session()).await;
        let what = session.unwrap_or("a session opened and did not run our command in time");
        let detail = format!("{how}; {what}");
        Ok(reply(AccessOutcome::Served, detail, methods))
    }

    /// Sends two quoted halves and looks for them joined, as in Telnet: a message that repeats our
    /// command is no shell that ran it.
    async fn session(&mut self) -> &'static str {
        let (left, right) = self.nonce.split_at(self.nonce.len() / 2);
        let joined = format!("pm{left}{right}");
        let command = format!("echo pm\"{left}\"\"{right}\"");
        let Ok(mut channel) = self.handle.channel_open_session().await else {
            return "no session was opened";
        };
        if channel.exec(true, command).await.is_err() {
            return "a session opened and took no command";
        }
        let mut printed = Vec::new();
        while let Some(message) = channel.wait().await {
            match message {
                ChannelMsg::Data { data } => printed.extend_from_slice(&data),
                ChannelMsg::Failure | ChannelMsg::Close => break,
                _ => {}
            }
            if String::from_utf8_lossy(&printed).contains(&joined) {
                return "a session ran our command";
            }
        }
        "a session opened and did not run our command"
    }
}

/// The answers to one round of questions. None: it asks for something that we do not have.
fn answers(prompts: &[Prompt], password: &str, sent: &mut bool) -> Option<Vec<String>> {
    match prompts {
        // A message to be shown, to which the answer is empty.
        [] => Some(Vec::new()),
        [prompt] if !prompt.echo && !*sent => {
            *sent = true;
            Some(vec![password.to_owned()])
        }
        _ => None,
    }
}

/// A failed authentication. Where it was a part of one that goes on, the password was right and not enough.
fn refusal(what: &str, partly: bool, methods: &[MethodKind]) -> AccessReply {
    if partly {
        let detail = format!("{what} accepted, and more is demanded");
        return reply(AccessOutcome::Unclear, detail, methods);
    }
    let detail = format!("{what} refused");
    reply(AccessOutcome::Refused, detail, methods)
}

fn reply(outcome: AccessOutcome, detail: String, methods: &[MethodKind]) -> AccessReply {
    AccessReply {
        schemes: names(methods),
        ..AccessReply::new(outcome, shown(detail, 300))
    }
}

fn names(methods: &[MethodKind]) -> Vec<String> {
    let name = |method| <&'static str>::from(method).to_owned();
    methods.iter().map(name).collect()
}

fn words(methods: &[MethodKind]) -> String {
    match methods {
        [] => "no method that we know".to_owned(),
        methods => names(methods).join(", "),
    }
}

/// What broke a conversation, as a fault.
fn fault(error: &russh::Error) -> Fault {
    use russh::Error::{Disconnect, HUP, IO, Join, NoCommonAlgo, RecvError, SendError};
    let reason = match error {
        Disconnect | HUP | RecvError | SendError | IO(_) => Absence::Disconnected,
        Join(_) => Absence::HarnessFault,
        _ => Absence::Malformed,
    };
    let detail = match error {
        NoCommonAlgo { kind, theirs, .. } => {
            format!(
                "no key exchange: its {kind:?} algorithms are none of ours ({})",
                theirs.join(", ")
            )
        }
        other => format!("no SSH conversation: {other}"),
    };
    Fault::new(reason, shown(detail, 200))
}

#[cfg(test)]
mod tests;
