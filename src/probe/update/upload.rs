//! One request that has a package in it.

use std::time::Duration;

use hyper::body::Bytes;
use hyper::{Request, header};

use super::super::http::{self, Page};
use super::super::random::random_hex;
use super::super::wire::{Fault, Talk, Terms};
use super::super::{Endpoint, Stop};
use super::body::HeldBody;
use crate::observation::Upload;
use crate::probe::access::OwnerLogin;
use crate::text::shown;

/// For a package of any size, and for the answer to it.
const PATIENCE: Duration = Duration::from_secs(30);
/// A device that takes fewer bytes a second is not waited for.
const SLOWEST: u64 = 32 * 1024;
/// Of what was answered, so many characters stand in the evidence.
const TOLD: usize = 200;

/// Where packages go.
#[derive(Debug)]
pub struct Letterbox {
    pub endpoint: Endpoint,
    pub method: &'static str,
    pub path: String,
    /// None: the package is the whole body.
    pub form_field: Option<String>,
    /// None: whoever comes may upload.
    pub owner: Option<OwnerLogin>,
}

impl Letterbox {
    /// Whether the owner's password may be sent.
    pub(super) fn may_travel(&self) -> bool {
        let owner = self.owner.as_ref();
        self.endpoint.tls || owner.is_none_or(|owner| owner.allow_cleartext)
    }
}

/// What became of an upload, with the bytes worth keeping.
#[derive(Debug)]
pub struct Uploaded {
    pub upload: Upload,
    /// Of the request.
    pub head: Vec<u8>,
    pub received: Vec<u8>,
    pub truncated: bool,
}

/// Uploads a package, `file` being what a form calls it.
pub(super) async fn upload(
    letterbox: &Letterbox,
    file: &str,
    package: Bytes,
    stop: &Stop,
) -> Uploaded {
    let talk = Talk::begin(Terms {
        whole: PATIENCE + Duration::from_secs(package.len() as u64 / SLOWEST),
        ..http::TERMS
    });
    let mut of = package.len() as u64;
    let answer = talk
        .bounded(stop, async {
            let request = request(letterbox, file, package, talk.ear())?;
            of = hyper::body::Body::size_hint(request.body()).lower();
            http::send(&talk, &letterbox.endpoint, request).await
        })
        .await;
    let kept = talk.bytes();
    let head = head(&kept.sent);
    let upload = Upload {
        status: answer.as_ref().ok().map(|page| page.status.as_u16()),
        detail: detail(&answer),
        sent: talk.sent().saturating_sub(head.len() as u64),
        of,
    };
    Uploaded {
        upload,
        head: head.to_vec(),
        received: kept.received,
        truncated: kept.truncated,
    }
}

fn request(
    letterbox: &Letterbox,
    file: &str,
    package: Bytes,
    heard: impl Fn() -> bool + Send + 'static,
) -> Result<Request<HeldBody>, Fault> {
    let (kind, body) = match &letterbox.form_field {
        None => ("application/octet-stream".to_owned(), package),
        Some(field) => form(field, file, &package)?,
    };
    let builder = Request::builder()
        .method(letterbox.method)
        .uri(letterbox.path.as_str())
        .header(header::CONTENT_TYPE, kind);
    let owner = letterbox.owner.as_ref();
    let owner = owner.map(|owner| http::basic(&owner.credential));
    http::headers(builder, &letterbox.endpoint, owner.as_deref(), true)
        .body(HeldBody::new(body, heard))
        .map_err(http::unaskable)
}

/// `multipart/form-data` with one file in it (RFC 7578): its type, and the body.
fn form(field: &str, file: &str, package: &[u8]) -> Result<(String, Bytes), Fault> {
    // Random, so that it cannot stand in the package.
    let boundary = format!("------------------------{}", random_hex(16)?);
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{file}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    let tail = format!("\r\n--{boundary}--\r\n");
    let body = [head.as_bytes(), package, tail.as_bytes()].concat();
    Ok((
        format!("multipart/form-data; boundary={boundary}"),
        Bytes::from(body),
    ))
}

/// The head of a request, with the blank line that ends it.
fn head(sent: &[u8]) -> &[u8] {
    let end = sent.windows(4).position(|it| it == b"\r\n\r\n");
    end.map_or(sent, |at| &sent[..at + 4])
}

fn detail(answer: &Result<Page, Fault>) -> String {
    match answer {
        Ok(page) => {
            let status = page.status.as_u16();
            match shown(&page.body, TOLD).trim() {
                "" => status.to_string(),
                text => format!("{status}, {text}"),
            }
        }
        Err(fault) => format!("no answer: {}", fault.detail),
    }
}
