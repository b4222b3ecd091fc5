//! Whether attempts that are said to be made in clear with the account of another service can have been.

use std::collections::HashMap;

use super::{BlobRole, Evidence, Outcome};
use crate::dut::Device;
use crate::observation::{AccessStep, Asked, Mechanism, Observation, Service, Transport};

/// What a run says that speaks at each port. Looked up, because every attempt asks for it.
pub(super) struct Spoken<'a>(HashMap<Place<'a>, Vec<&'a Service>>);

/// Unit, address, TCP port.
type Place<'a> = (&'a str, &'a str, u16);

fn place(item: &Evidence) -> Option<Place<'_>> {
    let over_tcp = item.target.transport == Some(Transport::Tcp);
    let port = item.target.port.filter(|_| over_tcp)?;
    Some((&item.unit, &item.target.address, port))
}

impl<'a> Spoken<'a> {
    pub(super) fn of(evidence: &'a [Evidence]) -> Self {
        let mut spoken: HashMap<_, Vec<_>> = HashMap::new();
        for item in evidence {
            for fact in item.observations() {
                if let (Observation::Service(service), Some(place)) = (fact, place(item)) {
                    spoken.entry(place).or_default().push(service);
                }
            }
        }
        Self(spoken)
    }

    fn at(&self, item: &'a Evidence) -> &[&'a Service] {
        let known = place(item).and_then(|place| self.0.get(&place));
        known.map(Vec::as_slice).unwrap_or_default()
    }
}

/// What does not agree. None: nothing.
pub(super) fn contradiction(
    item: &Evidence,
    device: &Device,
    spoken: &Spoken<'_>,
) -> Option<&'static str> {
    let Asked::Access {
        mechanism,
        step,
        account,
        account_of,
        encrypted,
        ..
    } = &item.asked
    else {
        return None;
    };
    if (*step == AccessStep::TwinAccount) != account_of.is_some() {
        return Some("an attempt does not say whose account it sent, or says it of another's");
    }
    if !step.is_twin() {
        return None;
    }
    let has_login = matches!(
        mechanism,
        Mechanism::Ftp
            | Mechanism::HttpBasic
            | Mechanism::HttpDigest
            | Mechanism::Mqtt
            | Mechanism::Telnet
    );
    if *encrypted || !has_login || item.target.transport != Some(Transport::Tcp) {
        return Some("the account of another service was not tried in clear");
    }
    if account.is_some() != (*step != AccessStep::TwinAnonymous) {
        return Some("a stranger has an account, or an account is missing");
    }
    if let (Some(id), Some(sent)) = (account_of, account) {
        let mut owners = device.services.iter().filter(|service| service.id == *id);
        let owner = owners.find_map(|service| service.owner.as_ref());
        let is_it = owner.is_some_and(|owner| {
            owner.username == sent.username
                && owner.password.placeholder() == sent.password
                && owner.mechanism != Mechanism::DtlsPsk
        });
        if !is_it {
            return Some("an account is not the one of the service that it is said to be of");
        }
    }
    let control = *step == AccessStep::TwinControl;
    let secret = |sent: &str| device.secrets().any(|one| one.placeholder() == sent);
    if control && account.as_ref().is_some_and(|sent| secret(&sent.password)) {
        return Some("a random password is a secret of the manifest");
    }
    let received = |it: &super::Blob| it.role == BlobRole::Received;
    let answered = matches!(item.outcome, Outcome::Observed { .. });
    if answered && !item.blobs.iter().any(received) {
        return Some("an answer to the account of another service has no bytes");
    }
    let here = spoken.at(item).iter();
    // Only what speaks in clear, by the same run, can be asked in clear.
    let other = |it: &&Service| match it.tls {
        true => !it.also_in_clear || *mechanism != Mechanism::Mqtt,
        false => it.protocol != mechanism.protocol(),
    };
    let differs = here.copied().any(|it| other(&it));
    differs.then_some("an account was tried in clear where the port speaks something else")
}
