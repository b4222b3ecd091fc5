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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn device() -> Device {
        let service = |id: &str, port: u16, owner: Value| {
            json!({"id": id, "transport": "tcp", "port": port, "protocol": "http", "purpose": "p", "access": "login",
                "login": {"attempts_per_minute": null, "lockout_threshold": null, "lockout_minutes": null}, "owner": owner})
        };
        let owner = |mechanism: &str, id: &str| {
            json!({"mechanism": mechanism, "username": "admin", "password": format!("{{{{secret:{id}}}}}"),
                "path": "/", "allow_cleartext": true})
        };
        serde_json::from_value(json!({
            "manufacturer": "M", "model": "M", "firmware": null, "type": null, "support_until": null,
            "vulnerability_policy": null, "identity": null, "connections": [], "update": null,
            "units": [{"id": "a", "serial": null, "addresses": ["192.0.2.1"], "mac": null, "state": "initialised",
                "disposable": false, "label": null}],
            "services": [service("web", 443, owner("http-basic", "owner-web")),
                service("key", 5684, owner("dtls-psk", "owner-key")), service("open", 8080, Value::Null)],
        }))
        .unwrap()
    }

    fn evidence(asked: &Value, observation: &Value) -> Value {
        json!({
            "id": "e0001", "unit": "a", "probe": "twin",
            "target": {"address": "192.0.2.1", "transport": "tcp", "port": 80},
            "asked": asked,
            "started_at": "2026-01-31T12:00:00Z", "observed_at": "2026-01-31T12:00:01Z",
            "outcome": {"kind": "observed", "observations": [observation]},
            "blobs": [{"role": "received", "sha256": "", "length": 1}],
        })
    }

    fn attempt() -> Value {
        let account = json!({"username": "admin", "password": "{{secret:owner-web}}"});
        let asked = json!({"kind": "access", "mechanism": "http-basic", "path": "/", "step": "twin-account",
            "sequence": 1, "account": account, "encrypted": false, "account_of": "web"});
        let reply = json!({"kind": "access", "value": {"outcome": "served", "detail": ""}});
        evidence(&asked, &reply)
    }

    fn service(protocol: &str, tls: bool, also_in_clear: bool) -> Value {
        evidence(
            &json!({"kind": "identify"}),
            &json!({"kind": "service", "value": {"protocol": protocol, "tls": tls,
                "also_in_clear": also_in_clear, "first_bytes": ""}}),
        )
    }

    fn holds(attempt: Value, service: Value) -> bool {
        let all = [attempt, service].map(|it| serde_json::from_value::<Evidence>(it).unwrap());
        contradiction(&all[0], &device(), &Spoken::of(&all)).is_none()
    }

    #[test]
    fn an_attempt_is_what_it_says_that_it_is() {
        let clear = || service("http", false, false);
        assert!(holds(attempt(), clear()));
        for (place, wrong) in [
            ("/asked/encrypted", json!(true)),
            ("/asked/mechanism", json!("ssh-password")),
            ("/asked/mechanism", json!("ftp")),
            ("/asked/account_of", Value::Null),
            ("/asked/account_of", json!("open")),
            ("/asked/account_of", json!("none")),
            ("/asked/account_of", json!("key")),
            ("/asked/account", Value::Null),
            ("/asked/account/username", json!("root")),
            ("/asked/account/password", json!("{{secret:owner-key}}")),
            ("/asked/account/password", json!("admin")),
            ("/asked/step", json!("twin-control")),
            ("/asked/step", json!("twin-anonymous")),
            ("/asked/step", json!("owner-first")),
            ("/target/transport", json!("udp")),
            ("/blobs", json!([])),
            ("/blobs/0/role", json!("sent")),
        ] {
            let mut changed = attempt();
            *changed.pointer_mut(place).unwrap() = wrong.clone();
            assert!(!holds(changed, clear()), "{place} {wrong}");
        }
    }

    #[test]
    fn a_random_account_has_no_secret_and_a_stranger_no_account() {
        let of = |step: &str, account: Value| {
            let mut item = attempt();
            item["asked"]["step"] = json!(step);
            item["asked"]["account"] = account;
            item["asked"]["account_of"] = Value::Null;
            holds(item, service("http", false, false))
        };
        let random = json!({"username": "pm1", "password": "r"});
        let secret = json!({"username": "pm1", "password": "{{secret:owner-web}}"});
        assert!(of("twin-control", random.clone()));
        assert!(of("twin-anonymous", Value::Null));
        assert!(!of("twin-control", secret));
        assert!(!of("twin-control", Value::Null));
        assert!(!of("twin-anonymous", random));
    }

    #[test]
    fn only_what_speaks_in_clear_was_asked_in_clear() {
        assert!(!holds(attempt(), service("http", true, false)));
        assert!(!holds(attempt(), service("telnet", false, false)));
        assert!(!holds(attempt(), service("mqtt", true, true)));
        let mut broker = attempt();
        broker["asked"]["mechanism"] = json!("mqtt");
        assert!(holds(broker.clone(), service("mqtt", true, true)));
        assert!(!holds(broker.clone(), service("mqtt", true, false)));
        let mut elsewhere = service("http", true, false);
        elsewhere["target"]["port"] = json!(443);
        assert!(holds(attempt(), elsewhere));
    }
}
