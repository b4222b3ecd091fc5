//! HTTP: one request, one answer, never followed elsewhere.

use std::pin::pin;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{self, HeaderMap};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, timeout_at};

use super::access::Credential;
use super::wire::{Fault, KEPT, Talk, Terms, Wire};
use super::{Endpoint, Stop};
use crate::digest::sha256_hex;
use crate::evidence::{Absence, Exchange};
use crate::observation::{AccessOutcome, AccessReply, Observation};
use crate::text::shown;

/// Bytes of a body that are read.
const BODY: usize = 256 * 1024;
/// Bytes of a response head that are read.
const HEAD: usize = KEPT;
/// How long a body may take. A camera's picture stream never ends and is served all the same.
const BODY_TIME: Duration = Duration::from_secs(5);
/// Authentication schemes that are noted.
const SCHEMES: usize = 8;

pub(super) const TERMS: Terms = Terms {
    connect: Duration::from_secs(5),
    whole: Duration::from_secs(20),
    // Chunked coding costs the device less than as much again.
    read: HEAD + 2 * BODY,
};

/// An answer as far as it was read.
#[derive(Clone, Debug)]
pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub end: BodyEnd,
}

/// How a body ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyEnd {
    /// As the device announced.
    Whole,
    /// It went on past our bound of bytes or time.
    Cut,
    /// The device broke off or broke the protocol.
    Broken,
}

/// One attempt at what lies behind a path, with HTTP Basic credentials (RFC 7617) or without.
pub async fn attempt(
    endpoint: &Endpoint,
    path: &str,
    credential: Option<&Credential>,
    stop: &Stop,
) -> Exchange {
    let talk = Talk::begin(TERMS);
    let work = async {
        let page = get(&talk, endpoint, path, credential).await?;
        Ok(Observation::Access(reply(&page)))
    };
    talk.run(stop, work).await
}

/// Sends one GET over a connection of its own.
pub(super) async fn get(
    talk: &Talk,
    endpoint: &Endpoint,
    path: &str,
    credential: Option<&Credential>,
) -> Result<Page, Fault> {
    let request = request(endpoint, path, credential)?;
    let wire = talk.open(endpoint).await?;
    let (mut sender, connection) = client()
        .handshake(TokioIo::new(wire))
        .await
        .map_err(|error| fault(talk, error))?;
    let answer = async {
        let response = sender
            .send_request(request)
            .await
            .map_err(|error| fault(talk, error))?;
        let (head, body) = response.into_parts();
        let (body, end) = read_body(body).await;
        Ok(Page {
            status: head.status,
            headers: head.headers,
            body,
            end,
        })
    };
    drive(connection, answer).await
}

/// The tolerance of a browser, because a device's sloppy headers are no finding of ours.
fn client() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .max_buf_size(HEAD)
        .title_case_headers(true)
        .ignore_invalid_headers_in_responses(true)
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true);
    builder
}

/// Polls the connection while the answer is awaited. The connection ends first where the device
/// closes it; what it left behind is still read.
async fn drive(
    connection: http1::Connection<TokioIo<Wire>, Empty<Bytes>>,
    answer: impl Future<Output = Result<Page, Fault>>,
) -> Result<Page, Fault> {
    let mut answer = pin!(answer);
    tokio::select! {
        page = &mut answer => page,
        _ = connection => answer.await,
    }
}

fn request(
    endpoint: &Endpoint,
    path: &str,
    credential: Option<&Credential>,
) -> Result<Request<Empty<Bytes>>, Fault> {
    let mut builder = Request::get(path)
        .header(header::HOST, endpoint.host())
        .header(header::USER_AGENT, "proofmark")
        .header(header::ACCEPT, "*/*")
        .header(header::CONNECTION, "close");
    if let Some(Credential {
        username, password, ..
    }) = credential
    {
        let token = STANDARD.encode(format!("{username}:{password}"));
        builder = builder.header(header::AUTHORIZATION, format!("Basic {token}"));
    }
    builder.body(Empty::new()).map_err(|error| {
        Fault::new(
            Absence::HarnessFault,
            format!("cannot ask for this path: {error}"),
        )
    })
}

fn fault(talk: &Talk, error: hyper::Error) -> Fault {
    use std::error::Error as _;
    if let Some(io) = error
        .source()
        .and_then(|source| source.downcast_ref::<std::io::Error>())
    {
        return Fault::from(std::io::Error::new(io.kind(), io.to_string()));
    }
    // One that speaks before it was asked, as SSH does, is no parse error to hyper.
    let spoke_out_of_turn = talk.heard() && !error.is_incomplete_message();
    let reason = if error.is_parse() || spoke_out_of_turn {
        Absence::Malformed
    } else {
        Absence::Disconnected
    };
    Fault::new(reason, format!("no HTTP answer: {error}"))
}

async fn read_body(mut body: Incoming) -> (Vec<u8>, BodyEnd) {
    let end = Instant::now() + BODY_TIME;
    let mut bytes = Vec::new();
    loop {
        match timeout_at(end, body.frame()).await {
            Err(_) => return (bytes, BodyEnd::Cut),
            Ok(None) => return (bytes, BodyEnd::Whole),
            Ok(Some(Err(_))) => return (bytes, BodyEnd::Broken),
            Ok(Some(Ok(frame))) => {
                let data = frame.into_data().unwrap_or_default();
                let room = BODY - bytes.len();
                bytes.extend_from_slice(&data[..data.len().min(room)]);
                if data.len() > room {
                    return (bytes, BodyEnd::Cut);
                }
            }
        }
    }
}

/// What an answer says about access. Pure.
pub fn reply(page: &Page) -> AccessReply {
    let challenges: Vec<&[u8]> = page
        .headers
        .get_all(header::WWW_AUTHENTICATE)
        .iter()
        .map(|value| value.as_bytes())
        .collect();
    let location = page.headers.get(header::LOCATION);
    AccessReply {
        outcome: outcome(page),
        detail: detail(page, &challenges),
        status: Some(page.status.as_u16()),
        schemes: schemes(&challenges),
        location: location.map(|value| shown(value.as_bytes(), 200)),
        content_sha256: Some(sha256_hex(&page.body)),
        content_length: Some(page.body.len() as u64),
        title: super::html::title(&page.body),
        mqtt: None,
    }
}

fn outcome(page: &Page) -> AccessOutcome {
    let retry_later = page.headers.contains_key(header::RETRY_AFTER);
    match page.status.as_u16() {
        // Nothing of what was promised came: that is no content served.
        200..=299 if page.body.is_empty() && page.end != BodyEnd::Whole => AccessOutcome::Unclear,
        200..=299 if super::html::has_password_field(&page.body) => AccessOutcome::LoginForm,
        200..=299 => AccessOutcome::Served,
        300..=399 => AccessOutcome::Redirected,
        401 => AccessOutcome::Refused,
        403 => AccessOutcome::Forbidden,
        404 | 410 => AccessOutcome::NotFound,
        429 => AccessOutcome::Throttled,
        503 if retry_later => AccessOutcome::Throttled,
        _ => AccessOutcome::Unclear,
    }
}

fn detail(page: &Page, challenges: &[&[u8]]) -> String {
    let mut detail = page.status.as_u16().to_string();
    for challenge in challenges.iter().take(SCHEMES) {
        detail.push_str(", ");
        detail.push_str(&shown(challenge, 80));
    }
    match page.end {
        BodyEnd::Whole => {}
        BodyEnd::Cut => detail.push_str(", the body went on past our bounds"),
        BodyEnd::Broken => detail.push_str(", the body broke off"),
    }
    detail
}

/// The schemes of all challenges (RFC 9110, section 11.6.1), lower case, each once. One header may
/// hold several challenges, and commas separate challenges as well as their parameters.
fn schemes(challenges: &[&[u8]]) -> Vec<String> {
    let mut found = Vec::new();
    for part in challenges.iter().flat_map(|value| unquoted_parts(value)) {
        let mut words = part.split_ascii_whitespace();
        let scheme = words.next().unwrap_or_default().to_ascii_lowercase();
        // `name = value`; without spaces the `=` makes it no word at all.
        let parameter = words.next().is_some_and(|w| w.starts_with('='));
        let plain = scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let legal = !scheme.is_empty() && scheme.len() <= 32 && plain && !parameter;
        if legal && !found.contains(&scheme) && found.len() < SCHEMES {
            found.push(scheme);
        }
    }
    found
}

/// Splits at commas, with quoted strings emptied.
fn unquoted_parts(value: &[u8]) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut bytes = value.iter();
    let mut quoted = false;
    while let Some(byte) = bytes.next() {
        match (byte, quoted) {
            (b'"', _) => quoted = !quoted,
            (b'\\', true) => {
                bytes.next();
            }
            (_, true) => {}
            (b',', false) => parts.push(String::new()),
            (byte, false) => {
                if let Some(part) = parts.last_mut() {
                    part.push(char::from(*byte));
                }
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests;
