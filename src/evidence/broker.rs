//! Whether what is said of an attempt at a broker agrees with what else the run says.

use super::Evidence;
use crate::observation::{Asked, Mechanism, MqttVersion, Observation};

/// The evidence that says what speaks somewhere, and whether it does so over TLS.
pub(super) fn services(all: &[Evidence]) -> Vec<&Evidence> {
    let service = |fact: &Observation| matches!(fact, Observation::Service(_));
    let said = all.iter();
    said.filter(|item| item.observations().iter().any(service))
        .collect()
}

/// What does not agree with what else is said of the same port. None: nothing.
pub(super) fn contradiction(item: &Evidence, services: &[&Evidence]) -> Option<&'static str> {
    let Asked::Access {
        mechanism,
        version,
        encrypted,
        ..
    } = &item.asked
    else {
        return None;
    };
    let is_broker = *mechanism == Mechanism::Mqtt;
    for observation in item.observations() {
        let Observation::Access(reply) = observation else {
            continue;
        };
        let version = version.unwrap_or(MqttVersion::V3);
        match &reply.mqtt {
            Some(facts) if is_broker && facts.shows(reply.outcome, version) => {}
            Some(_) if is_broker => {
                return Some("the outcome of an attempt is not what the broker answered");
            }
            None if is_broker => return Some("an attempt at a broker without its answer"),
            Some(_) => return Some("the answer of a broker to another protocol"),
            None => {}
        }
    }
    let other =
        |fact: &Observation| matches!(fact, Observation::Service(it) if it.tls != *encrypted);
    let differs = |service: &&Evidence| {
        service.observations().iter().any(other)
            && service.unit == item.unit
            && service.target == item.target
    };
    (is_broker && services.iter().any(differs))
        .then_some("an attempt at a broker was encrypted where the port does not speak TLS, or in clear where it does")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{AccessOutcome, AccessReply, Mechanism, MqttReply};
    use serde_json::{Value, json};

    fn evidence(asked: &Value, observation: &Value) -> Evidence {
        serde_json::from_value(json!({
            "id": "e0001",
            "unit": "a",
            "probe": "access",
            "target": { "address": "192.0.2.1", "port": 8883 },
            "asked": asked,
            "started_at": "2026-01-31T12:00:00Z",
            "observed_at": "2026-01-31T12:00:01Z",
            "outcome": { "kind": "observed", "observations": [observation] },
        }))
        .unwrap()
    }

    fn attempt(mechanism: Mechanism, encrypted: bool, mqtt: Option<MqttReply>) -> Evidence {
        let reply = AccessReply {
            outcome: AccessOutcome::Refused,
            detail: String::new(),
            status: None,
            schemes: Vec::new(),
            location: None,
            content_sha256: None,
            content_length: None,
            title: None,
            mqtt,
        };
        let asked = Asked::Access {
            mechanism,
            path: None,
            version: Some(MqttVersion::V3),
            step: crate::observation::AccessStep::Anonymous,
            sequence: 1,
            account: None,
            encrypted,
        };
        evidence(&json!(asked), &json!(Observation::Access(reply)))
    }

    fn refused(connack: u8, echoed: bool) -> Option<MqttReply> {
        Some(MqttReply {
            connack,
            subscriptions: Vec::new(),
            echoed,
            messages: 0,
            topics: Vec::new(),
            hung_up: false,
        })
    }

    #[test]
    fn an_outcome_is_what_was_answered() {
        let of = |mechanism, mqtt| contradiction(&attempt(mechanism, true, mqtt), &[]).is_none();
        assert!(of(Mechanism::Mqtt, refused(5, false)));
        assert!(of(Mechanism::Ftp, None));
        assert!(!of(Mechanism::Mqtt, refused(0, true)));
        assert!(!of(Mechanism::Mqtt, refused(5, true)));
        assert!(!of(Mechanism::Mqtt, refused(1, false)));
        assert!(!of(Mechanism::Mqtt, None));
        assert!(!of(Mechanism::Ftp, refused(5, false)));
    }

    #[test]
    fn attempts_are_encrypted_where_the_port_speaks_tls() {
        let service = |tls| {
            let fact = Observation::Service(crate::observation::Service {
                protocol: crate::observation::Protocol::Mqtt,
                tls,
                also_in_clear: false,
                product: None,
                spoke_after: None,
                first_bytes: String::new(),
            });
            evidence(&json!(Asked::Identify), &json!(fact))
        };
        for tls in [true, false] {
            for encrypted in [true, false] {
                let item = attempt(Mechanism::Mqtt, encrypted, refused(5, false));
                let agrees = contradiction(&item, &[&service(tls)]).is_none();
                assert_eq!(agrees, tls == encrypted);
            }
        }
    }
}
