//! The order in which a port is asked who speaks there.

use std::net::SocketAddr;
use std::time::Duration;

use super::listen::{LISTEN, greeting};
use super::tell::classify;
use crate::evidence::{Absence, Exchange};
use crate::observation::{Observation, Protocol, Service};
use crate::probe::mqtt::hello;
use crate::probe::wire::{Fault, KEPT, Talk, Terms, Wire};
use crate::probe::{Endpoint, Stop};
use crate::text::shown;

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(4);
/// What it took to make a service speak that speaks first.
const UNASKED: &str = "nothing";

const TERMS: Terms = Terms {
    connect: Duration::from_secs(3),
    whole: Duration::from_secs(40),
    read: KEPT,
};

/// Asks one port who speaks there: listens first, then sends an HTTP request. Where the answer is TLS, or
/// none that means anything in clear, the same once more inside TLS over a second connection; the record
/// then holds both conversations, one after the other. Who still cannot be told is asked for MQTT, and a
/// broker that speaks inside TLS, or who still cannot be told there, whether it takes MQTT in clear as well.
///
/// A service that accepts and says nothing to any of it is observed as such. One that hangs up before
/// it was asked anything is [`Absence::Disconnected`].
pub async fn identify(address: SocketAddr, name: Option<&str>, stop: &Stop) -> Exchange {
    let talk = Talk::begin(TERMS);
    let work = async {
        let clear = ask(talk.connect(address).await?, &Endpoint::clear(address)).await?;
        let service = match may_be_tls(&clear) {
            true => inside(&talk, clear, &Endpoint::tls(address, name)).await,
            false => clear,
        };
        let service = match may_be_mqtt(&service) {
            true => mqtt(&talk, address, name, service).await,
            false => service,
        };
        let service = match may_be_clear_too(&service) {
            true => Service {
                also_in_clear: hello(&talk, &Endpoint::clear(address)).await.is_some(),
                ..service
            },
            false => service,
        };
        Ok(Observation::Service(service))
    };
    talk.run(stop, work).await
}

/// No service that speaks TLS speaks first.
fn may_be_tls(clear: &Service) -> bool {
    match clear.protocol {
        Protocol::Tls => true,
        Protocol::Unknown => clear.spoke_after.as_deref() != Some(UNASKED),
        _ => false,
    }
}

/// A broker never speaks first, and takes an HTTP request for garbage. Who was told is not asked again.
fn may_be_mqtt(service: &Service) -> bool {
    service.protocol == Protocol::Unknown && service.spoke_after.as_deref() != Some(UNASKED)
}

/// The first byte of a CONNECT is none of TLS, so that one port can take both.
fn may_be_clear_too(service: &Service) -> bool {
    service.tls && (service.protocol == Protocol::Mqtt || may_be_mqtt(service))
}

/// Whether it is a broker; what is known already where it is none.
async fn mqtt(talk: &Talk, address: SocketAddr, name: Option<&str>, service: Service) -> Service {
    let endpoint = match service.tls {
        true => Endpoint::tls(address, name),
        false => Endpoint::clear(address),
    };
    hello(talk, &endpoint).await.unwrap_or(service)
}

/// Who speaks inside TLS; what was heard in clear where there is no TLS.
async fn inside(talk: &Talk, clear: Service, endpoint: &Endpoint) -> Service {
    let unknown = |clear: Service| Service {
        protocol: Protocol::Unknown,
        tls: true,
        product: None,
        ..clear
    };
    match talk.secure(endpoint).await {
        Ok(wire) => match ask(wire, endpoint).await {
            Ok(service) => Service {
                tls: true,
                ..service
            },
            // It takes TLS and then says nothing that could be kept.
            Err(_) => unknown(clear),
        },
        Err(refusal) if refusal.speaks_tls || clear.protocol == Protocol::Tls => unknown(clear),
        Err(_) => clear,
    }
}

async fn ask(mut wire: Wire, endpoint: &Endpoint) -> Result<Service, Fault> {
    let mut bytes = greeting(&mut wire, LISTEN).await?;
    let mut spoke_after = UNASKED;
    if bytes.is_empty() {
        spoke_after = "http-get";
        wire.say(request(endpoint).as_bytes()).await?;
        bytes = match greeting(&mut wire, ANSWER).await {
            Ok(bytes) => bytes,
            // It takes no HTTP and hangs up without a word, which is its right.
            Err(fault) if fault.reason == Absence::Disconnected => Vec::new(),
            Err(fault) => return Err(fault),
        };
    } else if bytes.starts_with(b"220") && classify(&bytes).0 == Protocol::Unknown {
        // FTP and SMTP greet alike; the commands that they offer do not look alike.
        wire.say(b"HELP\r\n").await?;
        bytes.extend(greeting(&mut wire, ANSWER).await.unwrap_or_default());
    }
    Ok(service(&bytes, spoke_after))
}

fn request(endpoint: &Endpoint) -> String {
    format!(
        "GET / HTTP/1.1\r\nHost: {}\r\nUser-Agent: proofmark\r\nAccept: */*\r\nConnection: close\r\n\r\n",
        endpoint.host()
    )
}

fn service(bytes: &[u8], spoke_after: &str) -> Service {
    let (protocol, product) = classify(bytes);
    Service {
        protocol,
        tls: false,
        also_in_clear: false,
        product,
        spoke_after: (!bytes.is_empty()).then(|| spoke_after.to_owned()),
        first_bytes: shown(&bytes[..bytes.len().min(512)], 256),
    }
}
