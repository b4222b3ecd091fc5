//! HTTP: one request, one answer, never followed elsewhere.

mod challenge;
pub mod digest;

use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{self, HeaderMap};
use hyper::http::request;
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
use challenge::{Challenge, SCHEMES, challenges, schemes};

/// Bytes of a body that are read.
const BODY: usize = 256 * 1024;
/// Bytes of a response head that are read.
const HEAD: usize = KEPT;
/// How long a body may take. A camera's picture stream never ends and is served all the same.
const BODY_TIME: Duration = Duration::from_secs(5);

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

impl Page {
    /// How it asks for credentials.
    fn challenges(&self) -> Vec<Challenge> {
        challenges(&self.asks())
    }

    /// The raw headers that ask for credentials.
    fn asks(&self) -> Vec<&[u8]> {
        let values = self.headers.get_all(header::WWW_AUTHENTICATE).iter();
        values.map(|value| value.as_bytes()).collect()
    }
}

/// One attempt at what lies behind a path, with HTTP Basic credentials (RFC 7617) or without.
pub async fn attempt(
    endpoint: &Endpoint,
    path: &str,
    credential: Option<&Credential>,
    stop: &Stop,
) -> Exchange {
    let talk = Talk::begin(TERMS);
    let basic = credential.map(basic);
    let work = async {
        let page = get(&talk, endpoint, path, basic.as_deref()).await?;
        Ok(Observation::Access(reply(&page)))
    };
    talk.run(stop, work).await
}

/// The `Authorization` of HTTP Basic.
pub(super) fn basic(credential: &Credential) -> String {
    let token = STANDARD.encode(format!("{}:{}", credential.username, credential.password));
    format!("Basic {token}")
}

/// Sends one GET over a connection of its own, with this `Authorization` or none.
pub(super) async fn get(
    talk: &Talk,
    endpoint: &Endpoint,
    path: &str,
    authorization: Option<&str>,
) -> Result<Page, Fault> {
    let request = get_request(endpoint, path, authorization, true)?;
    send(talk, endpoint, request).await
}

/// Sends one request over a connection of its own.
pub(super) async fn send<B>(
    talk: &Talk,
    endpoint: &Endpoint,
    request: Request<B>,
) -> Result<Page, Fault>
where
    B: Body<Data = Bytes, Error = Infallible> + Send + 'static,
{
    let (mut sender, connection) = open(talk, endpoint).await?;
    drive(connection, ask(talk, &mut sender, request)).await
}

/// Sends one GET, and where `answer` knows an `Authorization` for what came back, one more with that: over
/// the same connection, or over another where the server closed it.
async fn get_twice(
    talk: &Talk,
    endpoint: &Endpoint,
    path: &str,
    answer: &mut (dyn FnMut(&Page) -> Option<String> + Send),
) -> Result<Page, Fault> {
    let first = get_request(endpoint, path, None, false)?;
    let (mut sender, connection) = open(talk, endpoint).await?;
    let both = async {
        let page = ask(talk, &mut sender, first).await?;
        let Some(authorization) = answer(&page) else {
            return Ok((page, None));
        };
        if page.end != BodyEnd::Whole || sender.ready().await.is_err() {
            return Ok((page, Some(authorization)));
        }
        let second = get_request(endpoint, path, Some(&authorization), true)?;
        Ok((ask(talk, &mut sender, second).await?, None))
    };
    match drive(connection, both).await? {
        (_, Some(authorization)) => get(talk, endpoint, path, Some(&authorization)).await,
        (page, None) => Ok(page),
    }
}

type Sender<B> = http1::SendRequest<B>;
type Connection<B> = http1::Connection<TokioIo<Wire>, B>;

async fn open<B>(talk: &Talk, endpoint: &Endpoint) -> Result<(Sender<B>, Connection<B>), Fault>
where
    B: Body<Data = Bytes, Error = Infallible> + Send + 'static,
{
    let wire = talk.open(endpoint).await?;
    let shaken = client().handshake(TokioIo::new(wire)).await;
    shaken.map_err(|error| fault(talk, error))
}

async fn ask<B>(talk: &Talk, sender: &mut Sender<B>, request: Request<B>) -> Result<Page, Fault>
where
    B: Body<Data = Bytes, Error = Infallible> + Send + 'static,
{
    let response = sender.send_request(request).await;
    let (head, body) = response.map_err(|error| fault(talk, error))?.into_parts();
    let (body, end) = read_body(body).await;
    Ok(Page {
        status: head.status,
        headers: head.headers,
        body,
        end,
    })
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

/// Polls the connection while an answer is awaited. The connection ends first where the device
/// closes it; what it left behind is still read.
async fn drive<B, T>(
    connection: Connection<B>,
    answer: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault>
where
    B: Body<Data = Bytes, Error = Infallible> + Send + 'static,
{
    let mut answer = pin!(answer);
    tokio::select! {
        answer = &mut answer => answer,
        _ = connection => answer.await,
    }
}

fn get_request(
    endpoint: &Endpoint,
    path: &str,
    authorization: Option<&str>,
    last: bool,
) -> Result<Request<Empty<Bytes>>, Fault> {
    let builder = headers(Request::get(path), endpoint, authorization, last);
    builder.body(Empty::new()).map_err(unaskable)
}

/// What every request says, and whether it is the last over its connection.
pub(super) fn headers(
    builder: request::Builder,
    endpoint: &Endpoint,
    authorization: Option<&str>,
    last: bool,
) -> request::Builder {
    let mut builder = builder
        .header(header::HOST, endpoint.host())
        .header(header::USER_AGENT, super::name::USER_AGENT)
        .header(header::ACCEPT, "*/*");
    if last {
        builder = builder.header(header::CONNECTION, "close");
    }
    if let Some(authorization) = authorization {
        builder = builder.header(header::AUTHORIZATION, authorization);
    }
    builder
}

/// A request that cannot be written.
pub(super) fn unaskable(error: hyper::http::Error) -> Fault {
    let detail = format!("cannot ask for this path: {error}");
    Fault::new(Absence::HarnessFault, detail)
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
    let challenges = page.asks();
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

#[cfg(test)]
mod tests;
