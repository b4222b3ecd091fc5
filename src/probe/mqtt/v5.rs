//! rumqttc for MQTT 5.

use std::path::Path;

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Filter, Packet, SubscribeReasonCode};
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use rumqttc::{Outgoing, Transport};

use super::client::{Client, Errand, INFLIGHT, KEEP_ALIVE, NEVER_FIRST, QUEUE, Said};
use super::packet::LONGEST;
use crate::probe::access::Credential;

/// A client that has not spoken yet.
pub(super) struct V5 {
    client: AsyncClient,
    events: EventLoop,
}

impl V5 {
    /// It will speak to the socket at `path` and to nobody else.
    pub(super) fn new(path: &Path, errand: &Errand, credential: Option<&Credential>) -> Self {
        let mut options = MqttOptions::new(&errand.client_id, path.to_string_lossy(), 0);
        options
            .set_transport(Transport::Unix)
            .set_clean_start(true)
            .set_keep_alive(KEEP_ALIVE)
            .set_max_packet_size(u32::try_from(LONGEST).ok())
            .set_connection_timeout(NEVER_FIRST)
            .set_outgoing_inflight_upper_limit(INFLIGHT);
        if let Some(one) = credential {
            options.set_credentials(&one.username, &one.password);
        }
        let (client, events) = AsyncClient::new(options, QUEUE);
        Self { client, events }
    }
}

impl Client for V5 {
    async fn next(&mut self) -> Option<Said> {
        Some(match self.events.poll().await.ok()? {
            Event::Incoming(Packet::ConnAck(_)) => Said::Connack,
            Event::Incoming(Packet::SubAck(ack)) => Said::Suback {
                granted: ack
                    .return_codes
                    .iter()
                    .any(|code| matches!(code, SubscribeReasonCode::Success(_))),
            },
            Event::Incoming(Packet::Publish(_)) => Said::Message,
            Event::Outgoing(Outgoing::Disconnect) => Said::Leaving,
            _ => Said::Other,
        })
    }

    fn subscribe(&mut self, filters: &[String]) -> Option<()> {
        let filter = |filter: &String| Filter::new(filter.clone(), QoS::AtMostOnce);
        let filters = filters.iter().map(filter);
        self.client.try_subscribe_many(filters).ok()
    }

    fn publish(&mut self, topic: &str, payload: &[u8]) -> Option<()> {
        let sent = self
            .client
            .try_publish(topic, QoS::AtMostOnce, false, payload.to_vec());
        sent.ok()
    }

    fn disconnect(&mut self) -> Option<()> {
        self.client.try_disconnect().ok()
    }
}
