//! What an MQTT broker let somebody do: connect, subscribe, hear a message. Each is a fact of its own.

use serde::{Deserialize, Serialize};

use super::{AccessOutcome, connack};

/// A version of MQTT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum MqttVersion {
    #[serde(rename = "3.1.1")]
    V3,
    #[serde(rename = "5")]
    V5,
}

impl MqttVersion {
    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::V3 => Self::V5,
            Self::V5 => Self::V3,
        }
    }

    /// As people write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V3 => "3.1.1",
            Self::V5 => "5",
        }
    }
}

/// What a broker answered to one connection, in the version that was asked for. Payloads are never in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MqttReply {
    /// The code in CONNACK (3.1.1, section 3.2.2.3; 5, section 3.2.2.2). 0: accepted.
    pub connack: u8,
    /// What was subscribed to, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subscriptions: Vec<MqttSubscription>,
    /// Whether the message that was published came back.
    pub echoed: bool,
    /// Messages of others that were delivered, as far as they were waited for.
    pub messages: u32,
    /// The topics of some of them, safe to show.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<String>,
    /// Whether the broker hung up before it was taken leave of.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hung_up: bool,
}

/// One topic filter, and what the broker said to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MqttSubscription {
    pub filter: String,
    /// The code in SUBACK (3.1.1 and 5, section 3.9.3). None: no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<u8>,
}

impl MqttSubscription {
    /// Whether the broker said yes. It may say yes and deliver nothing.
    pub fn granted(&self) -> bool {
        self.code.is_some_and(|code| code < 0x80)
    }
}

impl MqttReply {
    /// Whether the credentials, or their lack, were accepted.
    pub fn connected(&self) -> bool {
        self.connack == 0
    }

    /// Whether these facts show this outcome. A CONNACK in the form of 3.1.1 to a CONNECT of 5, which is not on
    /// record by itself, shows at most that 5 is not spoken; its code is one of 3.1.1.
    pub fn shows(&self, outcome: AccessOutcome, version: MqttVersion) -> bool {
        // Whoever was not let in published nothing. A wrong broker may send messages all the same.
        let nothing_more = !self.echoed;
        let other_form = version == MqttVersion::V5 && self.connack < 0x80 && nothing_more;
        match (connack(self.connack).0, outcome) {
            (AccessOutcome::Admitted, AccessOutcome::Served) => self.delivered(),
            (AccessOutcome::Admitted, AccessOutcome::Admitted) => !self.delivered(),
            (AccessOutcome::Admitted, AccessOutcome::Unclear) => other_form,
            (AccessOutcome::Admitted, _) => false,
            (_, AccessOutcome::NotFound) if other_form => true,
            (told, outcome) => told == outcome && nothing_more,
        }
    }

    /// Whether a message was delivered.
    pub fn delivered(&self) -> bool {
        self.echoed || self.messages > 0
    }

    /// Whether every subscription was refused, or answered by hanging up. A subscription that was granted
    /// and brought nothing is no refusal.
    pub fn refuses_subscriptions(&self) -> bool {
        let refused = |it: &MqttSubscription| match it.code {
            Some(code) => code >= 0x80,
            None => self.hung_up,
        };
        !self.subscriptions.is_empty() && self.subscriptions.iter().all(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use AccessOutcome::{Admitted, NotFound, Refused, Served, Throttled, Unclear};
    use MqttVersion::{V3, V5};

    #[test]
    fn an_outcome_is_shown_by_its_facts() {
        let facts = |connack, echoed| MqttReply {
            connack,
            subscriptions: vec![],
            echoed,
            messages: 0,
            topics: vec![],
            hung_up: false,
        };
        let all = [Served, Admitted, Refused, Throttled, NotFound, Unclear];
        for (connack, echoed, version, shown) in [
            (0, true, V3, &[Served][..]),
            (0, false, V3, &[Admitted]),
            (0, true, V5, &[Served]),
            (0, false, V5, &[Admitted, Unclear]),
            (5, false, V3, &[Refused]),
            (5, true, V3, &[]),
            (5, false, V5, &[Refused, NotFound]),
            (0x87, false, V5, &[Refused]),
            (0x84, false, V5, &[NotFound]),
            (1, false, V3, &[NotFound]),
            (0x9f, false, V5, &[Throttled]),
        ] {
            let found: Vec<_> = all
                .into_iter()
                .filter(|outcome| facts(connack, echoed).shows(*outcome, version))
                .collect();
            assert_eq!(found, shown, "{connack} {echoed} {version:?}");
        }
    }
}
