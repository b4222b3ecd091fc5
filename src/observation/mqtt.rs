//! What an MQTT broker let somebody do: connect, subscribe, hear a message. Each is a fact of its own.

use serde::{Deserialize, Serialize};

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
