//! What the supplier states and publishes, written down before the device is asked anything. Nothing is sent to the
//! device; over the Internet only what was asked for (`--fetch-documents`).

mod addresses;
mod fetch;

use std::net::IpAddr;

use jiff::Timestamp;

use self::fetch::{Answer, Fetcher};
use super::event::{Event, Listener};
use super::plan::Plan;
use crate::dut::{Authority, DeclaredDocument, Unit};
use crate::error::Error;
use crate::evidence::{Absence, Exchange, RunWriter, Target};
use crate::import::{document_name, read_document};
use crate::observation::{Asked, Document, DocumentKind, Fetched, Observation};
use crate::probe::Stop;
use crate::text::shown;

/// How documents are fetched.
#[derive(Clone, Debug, Default)]
pub struct FetchTerms {
    /// Who vouches for servers, and the SHA-256 of that file. None: the public authorities.
    pub authority: Option<(Authority, String)>,
}

/// What of a plan is about documents: for a person, before anything is sent.
pub fn plan_text(plan: &Plan<'_>) -> String {
    let mut documents = plan.device.documents().peekable();
    if !plan.needs("documents") || documents.peek().is_none() {
        return String::new();
    }
    let mut text = "\ndocuments\n".to_owned();
    for (kind, document) in documents {
        let place = match document {
            DeclaredDocument::File {
                file, published, ..
            } => {
                let where_ = match published {
                    Some(url) => format!("published at {url}, by the manifest; not fetched"),
                    None => "the manifest does not say where it is published".to_owned(),
                };
                format!("{}, {where_}", shown(file, 80))
            }
            DeclaredDocument::Url { url } if plan.fetch.is_some() => {
                format!("fetched from {url}, and from where that redirects to")
            }
            DeclaredDocument::Url { url } => {
                format!("{url} is not fetched: that takes --fetch-documents")
            }
        };
        text.push_str(&format!("  {:<28} {}\n", kind.as_str(), shown(place, 300)));
    }
    if let Some((authority, _)) = plan.fetch.and_then(|terms| terms.authority.as_ref()) {
        let file = shown(&authority.file, 120);
        text.push_str(&format!(
            "  {file} vouches for their servers, which may be in a private network\n"
        ));
    }
    text
}

/// Records the statements, and what each document says or why it could not be had.
pub async fn record(
    plan: &Plan<'_>,
    writer: &mut RunWriter,
    listener: &mut dyn Listener,
    stop: &Stop,
) -> Result<(), Error> {
    if !plan.needs("documents") {
        return Ok(());
    }
    let units: Vec<_> = plan.units().collect();
    let started = Timestamp::now();
    let statements = Observation::Statements(plan.device.statements());
    let exchange = Exchange::observed(started, statements);
    write(&units, &Asked::Statements, &exchange, writer, listener)?;
    for (kind, document) in plan.device.documents() {
        let safe = |text: Option<&str>| text.map(|text| shown(text, usize::MAX));
        let asked = Asked::Document {
            document: kind,
            file: safe(document.file()),
            url: safe(document.url()),
        };
        let exchange = match document {
            DeclaredDocument::File { file, bytes, .. } => {
                let read = read_document(kind, &bytes.0, None, file);
                let read = keep(read, kind, file, &bytes.0, writer)?;
                Exchange::observed(Timestamp::now(), Observation::Document(read))
            }
            DeclaredDocument::Url { url } => {
                if plan.fetch.is_some() {
                    listener.hear(&Event::Fetching { url });
                }
                fetched(plan, kind, url, writer, stop).await?
            }
        };
        write(&units, &asked, &exchange, writer, listener)?;
    }
    Ok(())
}

/// The same for every unit: it is about the product.
fn write(
    units: &[&Unit],
    asked: &Asked,
    exchange: &Exchange,
    writer: &mut RunWriter,
    listener: &mut dyn Listener,
) -> Result<(), Error> {
    for unit in units {
        // It is about no address: any will do.
        let Some(address) = unit.addresses.first() else {
            continue;
        };
        let target = Target {
            address: address.to_string(),
            transport: None,
            port: None,
        };
        let (asked, exchange) = (asked.clone(), exchange.clone());
        let evidence = writer.record("documents", &unit.id, target, asked, exchange)?;
        listener.hear(&Event::Recorded(&evidence));
    }
    Ok(())
}

/// Puts the bytes into the run.
fn keep(
    mut document: Document,
    kind: DocumentKind,
    origin: &str,
    bytes: &[u8],
    writer: &mut RunWriter,
) -> Result<Document, Error> {
    let name = document_name(kind, origin);
    document.sha256 = Some(writer.input(&name, bytes)?);
    document.source = Some(name);
    Ok(document)
}

/// What a URL leads to.
async fn fetched(
    plan: &Plan<'_>,
    kind: DocumentKind,
    url: &str,
    writer: &mut RunWriter,
    stop: &Stop,
) -> Result<Exchange, Error> {
    let started = Timestamp::now();
    let Some(terms) = plan.fetch else {
        let why = "it is named by its URL, and `--fetch-documents` was not given";
        return Ok(Exchange::absent(started, Absence::NotFetched, why));
    };
    let units = plan.device.units.iter();
    let device: Vec<IpAddr> = units
        .flat_map(|unit| &unit.addresses)
        .map(|address| address.ip)
        .collect();
    let answer = async {
        let url = url.parse().map_err(fetch::Failure::malformed)?;
        Fetcher::new(terms, &device)?.fetch(url).await
    };
    let mut stop = stop.clone();
    let answer = tokio::select! {
        answer = answer => answer,
        () = stop.wait() => Err(fetch::Failure::aborted()),
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(failure) => return Ok(Exchange::absent(started, failure.reason, failure.why)),
    };
    let document = document(kind, answer, terms, writer)?;
    Ok(Exchange::observed(started, Observation::Document(document)))
}

/// An answer as a document. Of anything but 200 only the status is told.
fn document(
    kind: DocumentKind,
    answer: Answer,
    terms: &FetchTerms,
    writer: &mut RunWriter,
) -> Result<Document, Error> {
    let url = answer.url.to_string();
    let fetched = Fetched {
        status: answer.status,
        url: shown(&url, usize::MAX),
        redirects: answer
            .redirects
            .iter()
            .map(|url| shown(url.to_string(), usize::MAX))
            .collect(),
        media_type: answer.media_type.as_deref().map(|it| shown(it, 120)),
        address: answer.address.to_string(),
        authority: terms.authority.as_ref().map(|(_, sha256)| sha256.clone()),
    };
    let media_type = fetched.media_type.as_deref();
    let mut read = match (answer.status, &answer.refused) {
        (200, None) => {
            let read = read_document(kind, &answer.body, media_type, answer.url.path());
            keep(read, kind, &url, &answer.body, writer)?
        }
        (_, refused) => Document {
            source: None,
            sha256: None,
            size: answer.body.len() as u64,
            fetched: None,
            unread: refused.clone(),
            security_txt: None,
            text: None,
        },
    };
    read.fetched = Some(fetched);
    Ok(read)
}
