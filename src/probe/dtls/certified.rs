//! One real handshake with a server that shows certificates: whether it has their key, and to whom they lead. Where it takes no
//! suite that can be spoken to the end, the certificates alone, which it shows in clear.

use std::net::SocketAddr;

use jiff::Timestamp;

use super::client::Client;
use super::inside::{Entry, Inside};
use super::keys::CERTIFIED;
use super::talk::Talk;
use crate::dut::DeclaredTls;
use crate::evidence::{Absence, Exchange};
use crate::observation::{DtlsAudit, Observation, Tls, TlsSession, TlsVersion, VersionAudit};
use crate::probe::Stop;
use crate::probe::tls::audit::flight::Answer;
use crate::probe::tls::audit::note::suite_name;
use crate::probe::tls::{Shown, facts};
use crate::probe::wire::Fault;
use crate::text::shown;
use crate::tls::suite_named;

/// Who is asked, by what its audit showed.
#[derive(Clone, Copy, Debug)]
pub struct Certified<'a> {
    pub address: SocketAddr,
    pub declared: Option<&'a DeclaredTls>,
    pub audit: &'a DtlsAudit,
    /// Conversations a second, never passed.
    pub max_rate: u32,
}

impl Certified<'_> {
    /// Whether a suite is taken in which the server shows a certificate, and that can be spoken to the end.
    pub fn can_be_entered(audit: &DtlsAudit) -> bool {
        let version = audit.tls.version(TlsVersion::Tls12);
        version.is_some_and(|it| certified(it).iter().any(|code| CERTIFIED.contains(code)))
    }

    fn name(&self) -> Option<&str> {
        self.declared?.names.first().map(String::as_str)
    }
}

/// The suites of a version in which the server shows a certificate.
fn certified(version: &VersionAudit) -> Vec<u16> {
    let names = version.suites.iter().filter_map(|name| suite_named(name));
    names
        .filter(|suite| suite.authentication().has_certificate())
        .map(|suite| suite.code)
        .collect()
}

/// Makes the handshake. Always an observation, unless it was stopped: what brought no answer says so in its place.
pub async fn certificates(whom: &Certified<'_>, stop: &Stop) -> Exchange {
    let started = Timestamp::now();
    let mut inside = Inside::default();
    let mut stop = stop.clone();
    let outcome = tokio::select! {
        biased;
        () = stop.wait() => Err(Fault::new(Absence::Aborted, stop.reason().unwrap_or_default())),
        tls = look(whom, &mut inside) => Ok(tls),
    };
    let exchange = match outcome {
        Ok(tls) => Exchange::observed(started, Observation::Tls(tls)),
        Err(fault) => Exchange::absent(started, fault.reason, fault.detail),
    };
    inside.talk.into_exchange(exchange)
}

async fn look(whom: &Certified<'_>, inside: &mut Inside) -> Tls {
    let failed = |why: String| TlsSession::Failed {
        detail: shown(why, 200),
    };
    let session = match Certified::can_be_entered(whom.audit) {
        false => {
            failed("it takes no suite with a certificate that is spoken here to the end".to_owned())
        }
        true => match inside.enter(whom.address, whom.name()).await {
            Ok(Entry::Open) => TlsSession::Completed {
                version: TlsVersion::Tls12,
                suite: inside
                    .handshake()
                    .and_then(|it| it.suite())
                    .map(suite_name)
                    .unwrap_or_default(),
            },
            Ok(Entry::Refused(alert)) => failed(format!(
                "it asks for a certificate of the client, and answered that there is none by alert {alert}"
            )),
            Ok(Entry::Failed(why)) => failed(why),
            Err(fault) => failed(fault.detail),
        },
    };
    inside.leave().await;
    let told = inside.handshake().map(|it| &it.shown);
    let mut chain = told.map(|it| it.chain.clone()).unwrap_or_default();
    let key_shown = told.is_some_and(|it| it.key_shown);
    if chain.is_empty() {
        chain = in_clear(whom, &mut inside.talk).await;
    }
    let chain = chain.into_iter().map(Into::into).collect();
    facts(
        whom.declared,
        whom.address.ip(),
        session,
        &Shown { chain, key_shown },
    )
}

/// The chain that stands in a flight, of the newest version that has one.
async fn in_clear(whom: &Certified<'_>, talk: &mut Talk) -> Vec<Vec<u8>> {
    let name = whom.name().map(str::to_owned);
    let mut client = Client::new(whom.address, name, whom.max_rate);
    let offered: Vec<&VersionAudit> = whom.audit.tls.offered().collect();
    let mut chain = Vec::new();
    for version in offered.into_iter().rev() {
        let suites = certified(version);
        if suites.is_empty() || version.version == TlsVersion::Tls13 {
            continue;
        }
        let hello = client.hello(version.version, suites);
        if let Answer::Flight(flight) = client.ask(&hello).await {
            chain = flight.chain;
        }
        if !chain.is_empty() {
            break;
        }
    }
    talk.add(client.kept);
    chain
}
