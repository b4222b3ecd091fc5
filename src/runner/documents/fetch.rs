//! One document over HTTPS: bounded in bytes, time and redirects, from a server whose certificate was verified.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::header::{self, HeaderMap};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::FetchTerms;
use super::addresses::is_public;
use crate::evidence::Absence;
use crate::import::DOCUMENT_LIMIT;
use crate::text::shown;
use crate::url::{Host, HttpsUrl};

/// Redirects that are followed.
const REDIRECTS: usize = 3;

/// For a document, redirects included.
const WHOLE: Duration = Duration::from_secs(30);

/// For one connection.
const CONNECT: Duration = Duration::from_secs(8);

/// Addresses of a name that are tried.
const ADDRESSES: usize = 4;

/// What a URL led to.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Where it came from in the end.
    pub url: HttpsUrl,
    /// What led there.
    pub redirects: Vec<HttpsUrl>,
    pub media_type: Option<String>,
    pub address: SocketAddr,
    pub body: Vec<u8>,
    /// Why the body is no document that can be kept.
    pub refused: Option<String>,
}

/// Why there is no answer.
#[derive(Debug)]
pub struct Failure {
    pub reason: Absence,
    pub why: String,
}

impl Failure {
    fn new(reason: Absence, why: impl Into<String>) -> Self {
        Self {
            reason,
            why: why.into(),
        }
    }

    pub fn malformed(why: String) -> Self {
        Self::new(Absence::Malformed, why)
    }

    pub fn aborted() -> Self {
        Self::new(Absence::Aborted, "the run was stopped")
    }
}

/// Fetches documents, and never from the device.
pub struct Fetcher<'a> {
    tls: Arc<ClientConfig>,
    /// Whether the tester's own authorities vouch, and servers may be in a private network.
    own: bool,
    device: &'a [IpAddr],
}

impl<'a> Fetcher<'a> {
    /// A fetcher that trusts the public authorities, or those of the tester's file and no others.
    pub fn new(terms: &FetchTerms, device: &'a [IpAddr]) -> Result<Self, Failure> {
        let mut roots = RootCertStore::empty();
        match &terms.authority {
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Some((authority, _)) => {
                let der = authority.der().into_iter().map(CertificateDer::from);
                roots.add_parsable_certificates(der);
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Failure::new(Absence::HarnessFault, error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            tls: Arc::new(tls),
            own: terms.authority.is_some(),
            device,
        })
    }

    /// Fetches a document, through at most [`REDIRECTS`] redirects within `https:`.
    pub async fn fetch(&self, url: HttpsUrl) -> Result<Answer, Failure> {
        let late = || Failure::new(Absence::NoAnswer, format!("nothing within {WHOLE:?}"));
        timeout(WHOLE, self.follow(url)).await.map_err(|_| late())?
    }

    async fn follow(&self, mut url: HttpsUrl) -> Result<Answer, Failure> {
        let mut redirects = Vec::new();
        loop {
            let (mut answer, location) = self.get(&url).await?;
            let Some(location) = location else {
                answer.redirects = redirects;
                return Ok(answer);
            };
            if redirects.len() == REDIRECTS {
                let why = format!("more than {REDIRECTS} redirects, the last from {url}");
                return Err(Failure::malformed(why));
            }
            let next = url.join(&location).map_err(|why| {
                Failure::new(
                    Absence::NotPermitted,
                    format!("{url} redirects to what is not followed: {why}"),
                )
            })?;
            redirects.push(std::mem::replace(&mut url, next));
        }
    }

    /// One request, and where it redirects to.
    async fn get(&self, url: &HttpsUrl) -> Result<(Answer, Option<String>), Failure> {
        let (stream, address) = self.connect(url).await?;
        let name = match url.host() {
            Host::Name(name) => ServerName::try_from(name.clone())
                .map_err(|_| Failure::malformed(format!("{name} is no name of a server")))?,
            Host::Ip(ip) => ServerName::from(*ip),
        };
        let tls = TlsConnector::from(Arc::clone(&self.tls));
        let stream = timeout(CONNECT, tls.connect(name, stream))
            .await
            .map_err(|_| {
                Failure::new(
                    Absence::NoAnswer,
                    format!("{url}: no TLS within {CONNECT:?}"),
                )
            })?
            .map_err(|error| tls_failure(url, &error))?;
        let broken = |error: hyper::Error| {
            Failure::malformed(format!("{url}: {}", shown(error.to_string(), 200)))
        };
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(broken)?;
        let request = Request::get(url.target())
            .header(header::HOST, url.authority())
            .header(
                header::USER_AGENT,
                concat!("proofmark/", env!("CARGO_PKG_VERSION")),
            )
            .header(header::ACCEPT, "*/*")
            .header(header::ACCEPT_ENCODING, "identity")
            .header(header::CONNECTION, "close")
            .body(Empty::<Bytes>::new())
            .map_err(|error| Failure::malformed(format!("{url}: {error}")))?;
        let exchange = async {
            let response = sender.send_request(request).await?;
            read(response).await
        };
        tokio::pin!(connection);
        tokio::pin!(exchange);
        let mut driven = false;
        let answered = loop {
            tokio::select! {
                answered = &mut exchange => break answered,
                _ = &mut connection, if !driven => driven = true,
            }
        };
        let (head, body, refused) = answered.map_err(broken)?;
        let text = |name| header_text(&head.1, name);
        let location = match head.0.as_u16() {
            301 | 302 | 303 | 307 | 308 => text(header::LOCATION),
            _ => None,
        };
        let answer = Answer {
            status: head.0.as_u16(),
            url: url.clone(),
            redirects: Vec::new(),
            media_type: text(header::CONTENT_TYPE),
            address,
            body,
            refused,
        };
        Ok((answer, location))
    }

    /// Connects to the first address that takes it. What a name leads to is looked at before anything is sent, and it is
    /// that address which is used: no second look-up can lead elsewhere.
    async fn connect(&self, url: &HttpsUrl) -> Result<(TcpStream, SocketAddr), Failure> {
        let addresses = match url.host() {
            Host::Ip(ip) => vec![SocketAddr::new(*ip, url.port())],
            Host::Name(name) => look_up(name, url.port()).await?,
        };
        for address in &addresses {
            self.permit(url, address.ip())?;
        }
        let mut last = Failure::new(Absence::NoAnswer, format!("{url}: the name has no address"));
        for address in addresses.into_iter().take(ADDRESSES) {
            last = match timeout(CONNECT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok((stream, address)),
                Ok(Err(error)) => {
                    let refused = error.kind() == std::io::ErrorKind::ConnectionRefused;
                    let reason = if refused {
                        Absence::Refused
                    } else {
                        Absence::NoAnswer
                    };
                    Failure::new(reason, format!("{url}: {address}: {error}"))
                }
                Err(_) => Failure::new(
                    Absence::NoAnswer,
                    format!("{url}: {address} did not answer within {CONNECT:?}"),
                ),
            };
        }
        Err(last)
    }

    fn permit(&self, url: &HttpsUrl, ip: IpAddr) -> Result<(), Failure> {
        let ip = ip.to_canonical();
        let no = |why: &str| {
            let why = format!("{url} leads to {ip}, {why}; nothing was sent there");
            Err(Failure::new(Absence::NotPermitted, why))
        };
        if self.device.iter().any(|device| device.to_canonical() == ip) {
            return no("which is the device");
        }
        if !is_public(ip) && !self.own {
            return no(
                "which is no address of the open Internet (`--documents-authority` allows it)",
            );
        }
        Ok(())
    }
}

async fn look_up(name: &str, port: u16) -> Result<Vec<SocketAddr>, Failure> {
    let unknown = |why: String| Failure::new(Absence::NoAnswer, format!("the name {name}: {why}"));
    let found = timeout(CONNECT, tokio::net::lookup_host((name, port)))
        .await
        .map_err(|_| unknown(format!("no answer within {CONNECT:?}")))?
        .map_err(|error| unknown(shown(error.to_string(), 120)))?;
    Ok(found.collect())
}

/// Why a TLS session was not begun: because of its certificate, or because of anything else.
fn tls_failure(url: &HttpsUrl, error: &std::io::Error) -> Failure {
    let inner = error
        .get_ref()
        .and_then(|it| it.downcast_ref::<rustls::Error>());
    let reason = match inner {
        Some(rustls::Error::InvalidCertificate(_)) => Absence::Untrusted,
        Some(_) => Absence::Malformed,
        None => Absence::Disconnected,
    };
    Failure::new(reason, format!("{url}: {}", shown(error.to_string(), 200)))
}

type Head = (StatusCode, HeaderMap);

/// Reads a body within its bound; only of an answer that may be a document.
async fn read(
    response: Response<hyper::body::Incoming>,
) -> hyper::Result<(Head, Vec<u8>, Option<String>)> {
    let (parts, mut incoming) = response.into_parts();
    let head = (parts.status, parts.headers);
    let mut body = Vec::new();
    if head.0 != StatusCode::OK {
        return Ok((head, body, None));
    }
    if let Some(coding) = header_text(&head.1, header::CONTENT_ENCODING)
        && !coding.eq_ignore_ascii_case("identity")
    {
        let why = format!(
            "it came in the coding `{}`, which was not asked for",
            shown(coding, 40)
        );
        return Ok((head, body, Some(why)));
    }
    while let Some(frame) = incoming.frame().await {
        if let Ok(data) = frame?.into_data() {
            body.extend_from_slice(&data);
        }
        if body.len() > DOCUMENT_LIMIT {
            body.clear();
            let why = format!("it has more than {DOCUMENT_LIMIT} bytes");
            return Ok((head, body, Some(why)));
        }
    }
    Ok((head, body, None))
}

fn header_text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
}

#[cfg(test)]
mod tests;
