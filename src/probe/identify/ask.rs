//! One conversation: listening, one question, one page.

use std::time::Duration;

use super::listen::{LISTEN, greeting};
use super::question::Question;
use super::tell::{classify, is_ambiguous};
use super::web;
use crate::evidence::Absence;
use crate::observation::{FIRST_BYTES, Protocol, Service};
use crate::probe::Endpoint;
use crate::probe::name::USER_AGENT;
use crate::probe::wire::{Fault, Talk, Wire};
use crate::text::shown;

/// What it took to make a service speak that speaks first.
pub(super) const UNASKED: &str = "nothing";

/// Characters that are kept where they tell nothing more.
const GLANCE: usize = 256;

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// For a service to greet before it is asked.
    pub listen: Duration,
    /// For an answer to a question that is likely to be the right one.
    pub answer: Duration,
    /// For an answer to any other: there are many, and who knows nothing about a protocol keeps silent.
    pub guess: Duration,
}

pub(super) const PATIENCE: Patience = Patience {
    listen: LISTEN,
    answer: Duration::from_secs(4),
    guess: Duration::from_secs(1),
};

/// What a service says of its own accord, and what it takes to understand that. None: silence.
pub(super) async fn greeted(wire: &mut Wire, patience: Patience) -> Result<Option<Service>, Fault> {
    let mut bytes = greeting(wire, patience.listen).await?;
    if bytes.is_empty() {
        return Ok(None);
    }
    // FTP and SMTP greet alike; what they say to these does not look alike. NOOP (RFC 959, section 4.1.3; RFC 5321,
    // section 4.1.1.9) is answered by 200 or 530 here, by 250 there.
    for command in [&b"HELP\r\n"[..], b"NOOP\r\n"] {
        if !is_ambiguous(&bytes) || wire.say(command).await.is_err() {
            break;
        }
        bytes.extend(greeting(wire, patience.answer).await.unwrap_or_default());
    }
    Ok(Some(told_from(&bytes, UNASKED)))
}

/// Puts a question. None: no answer, or none that tells.
pub(super) async fn put(
    wire: &mut Wire,
    question: &Question,
    patience: Duration,
) -> Option<Service> {
    let mut bytes = Vec::new();
    for said in question.says {
        if wire.say(said).await.is_err() {
            break;
        }
        // Who takes the question for garbage hangs up, which is its right.
        let answer = greeting(wire, patience).await.unwrap_or_default();
        if answer.is_empty() {
            break;
        }
        bytes.extend(answer);
    }
    let told = told_from(&bytes, question.word);
    if let Some(product) = (question.tell)(&bytes) {
        return Some(Service {
            protocol: question.protocol,
            product,
            first_bytes: shown(&bytes, FIRST_BYTES),
            ..told
        });
    }
    // An answer may say who it is that did not understand, but not that of an echo, of TLS, which is asked in its own
    // words, or of a terminal, which answers anything and the page as well.
    let echoes = question.says.iter().any(|said| bytes.starts_with(said));
    let unclear = [Protocol::Unknown, Protocol::Tls, Protocol::Telnet];
    (!echoes && !unclear.contains(&told.protocol)).then_some(told)
}

/// Asks for a page, and where that may be an interface for debugging, for the page that shows it.
pub(super) async fn get(
    talk: &Talk,
    mut wire: Wire,
    endpoint: &Endpoint,
    patience: Duration,
) -> Result<Service, Fault> {
    let bytes = page(&mut wire, endpoint, "/", patience).await?;
    let service = told_from(&bytes, "http-get");
    let Some(special) = web::page(&bytes).filter(|_| service.protocol == Protocol::Http) else {
        return Ok(service);
    };
    let Ok(mut wire) = talk.open(endpoint).await else {
        return Ok(service);
    };
    let bytes = page(&mut wire, endpoint, special.path, patience).await;
    let bytes = bytes.unwrap_or_default();
    Ok(match special.tell(&bytes) {
        Some(product) => Service {
            protocol: special.protocol,
            product,
            ..told_from(&bytes, special.word)
        },
        None => service,
    })
}

async fn page(
    wire: &mut Wire,
    endpoint: &Endpoint,
    path: &str,
    patience: Duration,
) -> Result<Vec<u8>, Fault> {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {}\r\nAccept: */*\r\nConnection: close\r\n\r\n",
        endpoint.host(),
        USER_AGENT
    );
    wire.say(request.as_bytes()).await?;
    match greeting(wire, patience).await {
        Ok(bytes) => Ok(bytes),
        // It takes no HTTP and hangs up without a word, which is its right.
        Err(fault) if fault.reason == Absence::Disconnected => Ok(Vec::new()),
        Err(fault) => Err(fault),
    }
}

pub(super) fn told_from(bytes: &[u8], spoke_after: &str) -> Service {
    let (protocol, product) = classify(bytes);
    // A page is read on its own, and of what nobody knows a look is enough.
    let kept = match protocol {
        Protocol::Http | Protocol::Unknown => GLANCE,
        _ => FIRST_BYTES,
    };
    Service {
        protocol,
        tls: false,
        also_in_clear: false,
        product,
        spoke_after: (!bytes.is_empty()).then(|| spoke_after.to_owned()),
        first_bytes: shown(bytes, kept),
    }
}
