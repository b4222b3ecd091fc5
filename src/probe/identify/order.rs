//! The order in which a port is asked who speaks there.

use std::net::SocketAddr;
use std::time::Duration;

use super::ask::{PATIENCE, Patience, UNASKED, get, greeted, put, told_from};
use super::question::{QUESTIONS, Question, debugging, first, printer};
use crate::evidence::Exchange;
use crate::observation::{Observation, Protocol, Service};
use crate::probe::mqtt::hello;
use crate::probe::wire::{Fault, KEPT, Talk, Terms};
use crate::probe::{Endpoint, Stop};

/// A silent port takes some forty seconds: every connection is bounded by its patience, and there are at most
/// three dozen.
const TERMS: Terms = Terms {
    connect: Duration::from_secs(3),
    whole: Duration::from_secs(90),
    read: KEPT,
};

/// A port, and what may be asked there.
#[derive(Clone, Copy, Debug)]
pub struct Stranger<'a> {
    pub address: SocketAddr,
    /// The DNS name that the manifest declares.
    pub name: Option<&'a str>,
    /// What the manifest declares there: it is asked first, and decides nothing.
    pub declared: Option<Protocol>,
    /// Whether every question is put. Without, only HTTP, TLS, MQTT, and what is declared or usual at the port.
    pub thoroughly: bool,
}

/// Asks one port who speaks there. First it listens. A port whose number is usual for a debugger is asked for that, even
/// who greeted or was declared as something else. Then it asks, over a connection for each question, until an answer tells: what is declared or usual at the port, HTTP, the same inside TLS, MQTT, and at last every protocol that waits
/// to be spoken to. A broker that speaks inside TLS, or who cannot be told there, is also asked whether it takes MQTT
/// in clear. A port that would print any question is asked one and no other. The record holds all conversations,
/// one after the other.
///
/// A service that accepts and says nothing to any of it is observed as such. One that hangs up before
/// it was asked anything is [`crate::evidence::Absence::Disconnected`].
pub async fn identify(stranger: &Stranger<'_>, stop: &Stop) -> Exchange {
    identify_with(PATIENCE, stranger, stop).await
}

/// The same, with another patience.
pub(super) async fn identify_with(
    patience: Patience,
    stranger: &Stranger<'_>,
    stop: &Stop,
) -> Exchange {
    let talk = Talk::begin(TERMS);
    let asking = Asking {
        talk: &talk,
        stranger: *stranger,
        patience,
    };
    let work = async { Ok(Observation::Service(asking.service().await?)) };
    talk.run(stop, work).await
}

/// A port being asked.
struct Asking<'a> {
    talk: &'a Talk,
    stranger: Stranger<'a>,
    patience: Patience,
}

impl Asking<'_> {
    async fn service(&self) -> Result<Service, Fault> {
        let Stranger {
            address, declared, ..
        } = self.stranger;
        let clear = Endpoint::clear(address);
        let mut wire = self.talk.connect(address).await?;
        let greeted = greeted(&mut wire, self.patience).await?;
        // The connection that was listened to is still good for one question.
        let mut listened = greeted.is_none().then_some(wire);
        for question in debugging(address.port()) {
            let wire = match listened.take() {
                Some(wire) => Ok(wire),
                None => self.talk.connect(address).await,
            };
            // Whoever accepts no more is told by what was heard.
            let Ok(mut wire) = wire else { break };
            let told = put(&mut wire, question, self.patience.answer).await;
            if let Some(debugger) = told.filter(|it| it.protocol.is_for_debugging()) {
                return Ok(debugger);
            }
        }
        if let Some(greeted) = greeted {
            return Ok(greeted);
        }
        let mut wire = match listened {
            Some(wire) => wire,
            None => self.talk.connect(address).await?,
        };
        if let Some(question) = printer(address.port(), declared) {
            let told = put(&mut wire, question, self.patience.answer).await;
            return Ok(told.unwrap_or_else(|| told_from(b"", question.word)));
        }
        let likely = first(address.port(), declared);
        let mut listened = Some(wire);
        let put_already =
            |it: &&&Question| debugging(address.port()).any(|put| put.word == it.word);
        for question in likely.iter().filter(|it| !put_already(it)) {
            let mut wire = match listened.take() {
                Some(wire) => wire,
                None => self.talk.connect(address).await?,
            };
            if let Some(told) = put(&mut wire, question, self.patience.answer).await {
                return Ok(told);
            }
        }
        let wire = match listened {
            Some(wire) => wire,
            None => self.talk.connect(address).await?,
        };
        let spoken = get(self.talk, wire, &clear, self.patience.answer).await?;
        let service = match may_be_tls(&spoken) {
            true => self.inside(spoken).await,
            false => spoken,
        };
        let service = self.further(&likely, service).await;
        Ok(match may_be_clear_too(&service) {
            true => Service {
                also_in_clear: hello(self.talk, &clear).await.is_some(),
                ..service
            },
            false => service,
        })
    }

    /// Who speaks inside TLS; what was heard in clear where there is no TLS.
    async fn inside(&self, clear: Service) -> Service {
        let endpoint = Endpoint::tls(self.stranger.address, self.stranger.name);
        let unknown = |clear: Service| Service {
            protocol: Protocol::Unknown,
            tls: true,
            product: None,
            ..clear
        };
        let mut wire = match self.talk.secure(&endpoint).await {
            Ok(wire) => wire,
            Err(no) if no.speaks_tls || clear.protocol == Protocol::Tls => return unknown(clear),
            Err(_) => return clear,
        };
        let spoken = match greeted(&mut wire, self.patience).await {
            Ok(Some(greeted)) => Ok(greeted),
            Ok(None) => get(self.talk, wire, &endpoint, self.patience.answer).await,
            Err(fault) => Err(fault),
        };
        match spoken {
            Ok(service) => Service {
                tls: true,
                ..service
            },
            // It takes TLS and then says nothing that could be kept.
            Err(_) => unknown(clear),
        }
    }

    /// Who still cannot be told is asked for MQTT, and then everything that is left.
    async fn further(&self, likely: &[&Question], service: Service) -> Service {
        if !may_be_asked(&service) {
            return service;
        }
        let endpoint = match service.tls {
            true => Endpoint::tls(self.stranger.address, self.stranger.name),
            false => Endpoint::clear(self.stranger.address),
        };
        if let Some(broker) = hello(self.talk, &endpoint).await {
            return broker;
        }
        // What is likely was asked in clear already.
        let asked = |question: &Question| likely.iter().any(|it| it.word == question.word);
        let left = QUESTIONS.iter().filter(|question| match service.tls {
            true => question.inside && (self.stranger.thoroughly || asked(question)),
            false => self.stranger.thoroughly && !asked(question),
        });
        for question in left {
            // Whoever accepts no more is left alone.
            let Ok(mut wire) = self.talk.open(&endpoint).await else {
                break;
            };
            if let Some(told) = put(&mut wire, question, self.patience.guess).await {
                return Service {
                    tls: service.tls,
                    ..told
                };
            }
        }
        service
    }
}

/// No service that speaks TLS speaks first.
fn may_be_tls(clear: &Service) -> bool {
    clear.protocol == Protocol::Tls || may_be_asked(clear)
}

/// Who was told, and who speaks first, is not asked any more.
fn may_be_asked(service: &Service) -> bool {
    service.protocol == Protocol::Unknown && service.spoke_after.as_deref() != Some(UNASKED)
}

/// The first byte of a CONNECT is none of TLS, so that one port can take both.
fn may_be_clear_too(service: &Service) -> bool {
    service.tls && (service.protocol == Protocol::Mqtt || may_be_asked(service))
}
