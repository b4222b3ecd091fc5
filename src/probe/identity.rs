//! What the device says that it is: stable traits of the declared services, its link address, and
//! the firmware version at the place that the manifest names.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::timeout;

use super::http::{self, Page};
use super::identify;
use super::neighbours::link_address;
use super::wire::{Fault, Talk, Terms};
use super::{Endpoint, Stop};
use crate::dut::{DeclaredService, Device, IdentitySource, VersionPlace};
use crate::evidence::{Absence, Exchange};
use crate::observation::{Identity, Observation, Protocol, Transport};
use crate::text::shown;

/// For each question.
const PATIENCE: Duration = Duration::from_secs(8);

/// Asks every declared service that can say who it is. The port of `host` is not used.
///
/// A service that does not answer has no entry. [`Absence::NoAnswer`] where none answered.
pub async fn identity(device: &Device, host: SocketAddr, stop: &Stop) -> Exchange {
    let questions = device.services.len() as u32 + 1;
    let talk = Talk::begin(Terms {
        whole: PATIENCE * (questions + 1),
        ..http::TERMS
    });
    let work = async {
        let mut identity = Identity::default();
        let mut answered = false;
        for service in &device.services {
            let Some(traits) = ask(&talk, service, host).await else {
                continue;
            };
            answered = true;
            identity.fingerprints.extend(traits);
        }
        if let Some(source) = &device.identity
            && let Some(page) = version_page(&talk, device, source, host).await
        {
            answered = true;
            identity.firmware = version(&page.body, &source.firmware);
            let model = source.model.as_ref();
            identity.model = model.and_then(|place| version(&page.body, place));
        }
        identity.mac = link_address(host);
        if !answered && identity.mac.is_none() {
            return Err(Fault::new(
                Absence::NoAnswer,
                "no declared service said anything about itself",
            ));
        }
        Ok(Observation::Identity(identity))
    };
    talk.run(stop, work).await
}

/// The traits of one service, by `tcp/PORT/trait`. None: it is not asked, or did not answer.
async fn ask(
    talk: &Talk,
    service: &DeclaredService,
    host: SocketAddr,
) -> Option<BTreeMap<String, String>> {
    if service.transport != Transport::Tcp {
        return None;
    }
    let address = at(host, service.port);
    let traits = match service.protocol {
        Protocol::Http => {
            let page = page(talk, service, host, "/").await?;
            let server = page.headers.get("server");
            let server = server.map(|value| shown(value.as_bytes(), 100));
            let reply = http::reply(&page);
            vec![("server", server), ("title", reply.title)]
        }
        // Other banners carry times, counters or host names, which are no traits.
        Protocol::Ssh | Protocol::Ftp | Protocol::Smtp => {
            let banner = timeout(PATIENCE, banner(talk, address)).await.ok()?.ok()?;
            vec![("banner", identify::classify(&banner).1)]
        }
        _ => return None,
    };
    let named = traits.into_iter().filter_map(|(name, value)| {
        let value = value.filter(|value| !value.is_empty())?;
        Some((format!("tcp/{}/{name}", service.port), value))
    });
    Some(named.collect())
}

fn at(mut host: SocketAddr, port: u16) -> SocketAddr {
    host.set_port(port);
    host
}

/// Inside TLS where the manifest says so. Else in clear, and inside TLS where that brings nothing.
async fn page(
    talk: &Talk,
    service: &DeclaredService,
    host: SocketAddr,
    path: &str,
) -> Option<Page> {
    let address = at(host, service.port);
    let tls = Endpoint::tls(address, service.server_name());
    let get = async |endpoint: Endpoint| {
        let page = http::get(talk, &endpoint, path, None);
        timeout(PATIENCE, page).await.ok()?.ok()
    };
    if service.tls.is_none()
        && let Some(page) = get(Endpoint::clear(address)).await
    {
        return Some(page);
    }
    get(tls).await
}

async fn banner(talk: &Talk, address: SocketAddr) -> Result<Vec<u8>, Fault> {
    let mut wire = talk.connect(address).await?;
    let banner = identify::banner(&mut wire).await?;
    if banner.is_empty() {
        return Err(Fault::new(Absence::NoAnswer, "no banner"));
    }
    Ok(banner)
}

async fn version_page(
    talk: &Talk,
    device: &Device,
    source: &IdentitySource,
    host: SocketAddr,
) -> Option<Page> {
    let service = device
        .services
        .iter()
        .find(|one| one.id == source.service)?;
    let page = page(talk, service, host, &source.path).await?;
    page.status.is_success().then_some(page)
}

/// The version at its place, safe to show.
pub(super) fn version(body: &[u8], place: &VersionPlace) -> Option<String> {
    let found = match place {
        VersionPlace::Json(pointer) => {
            let json: serde_json::Value = serde_json::from_slice(body).ok()?;
            match json.pointer(pointer)? {
                serde_json::Value::String(text) => text.clone(),
                serde_json::Value::Number(number) => number.to_string(),
                _ => return None,
            }
        }
        VersionPlace::Between(before, after) => {
            let text = String::from_utf8_lossy(body);
            let (_, rest) = text.split_once(before.as_str())?;
            let (found, _) = rest.split_once(after.as_str())?;
            found.to_owned()
        }
    };
    let found = found.trim();
    (!found.is_empty()).then(|| shown(found, 100))
}

#[cfg(test)]
mod tests;
