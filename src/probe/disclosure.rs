//! What a web server gives to whoever asks: a few GETs without credentials, never followed off the unit.

mod agenda;

pub use agenda::Agenda;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use super::http::{self, BodyEnd, Page};
use super::wire::{Talk, Terms};
use super::{Endpoint, Stop};
use crate::disclosure::{Answer, Known, in_answer};
use crate::evidence::Exchange;
use crate::observation::{Disclosure, Observation};

const TERMS: Terms = Terms {
    whole: Duration::from_secs(12),
    ..http::TERMS
};

/// The address from which a device sees us. Nothing is sent to find it.
pub fn asker(device: SocketAddr) -> Option<IpAddr> {
    let any: IpAddr = match device {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect(device).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// One GET: what it gave, and the page for who decides what to ask next.
pub async fn read(
    endpoint: &Endpoint,
    path: &str,
    known: &Known,
    stop: &Stop,
) -> (Exchange, Option<Page>) {
    let talk = Talk::begin(TERMS);
    let mut seen = None;
    let work = async {
        let page = http::get(&talk, endpoint, path, None).await?;
        let observation = Observation::Disclosure(disclosure(path, &page, known));
        seen = Some(page);
        Ok(observation)
    };
    let exchange = talk.run(stop, work).await;
    (exchange, seen)
}

/// What a page gives away. Pure.
fn disclosure(path: &str, page: &Page, known: &Known) -> Disclosure {
    let headers = page.headers.iter();
    let answer = Answer {
        path,
        status: page.status.as_u16(),
        headers: headers
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect(),
        body: &page.body,
    };
    let read = in_answer(&answer, known);
    Disclosure {
        status: page.status.as_u16(),
        whole: page.end == BodyEnd::Whole,
        unread: read.unread,
        items: read.items,
    }
}

#[cfg(test)]
mod tests;
