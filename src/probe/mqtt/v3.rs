//! rumqttc for MQTT 3.1.1.

use std::path::Path;

use rumqttc::{
    AsyncClient, Event, EventLoop, MqttOptions, NetworkOptions, Outgoing, Packet, QoS,
    SubscribeFilter, SubscribeReasonCode, Transport,
};

use super::client::{Client, Errand, INFLIGHT, KEEP_ALIVE, NEVER_FIRST, QUEUE, Said};
use super::packet::LONGEST;
use crate::probe::access::Credential;

/// A client that has not spoken yet.
pub(super) struct V3 {
    client: AsyncClient,
    events: EventLoop,
}

impl V3 {
    /// It will speak to the socket at `path` and to nobody else.
    pub(super) fn new(path: &Path, errand: &Errand, credential: Option<&Credential>) -> Self {
        let mut options = MqttOptions::new(&errand.client_id, path.to_string_lossy(), 0);
        options
            .set_transport(Transport::Unix)
            .set_clean_session(true)
            .set_keep_alive(KEEP_ALIVE)
            .set_max_packet_size(LONGEST, LONGEST)
            .set_inflight(INFLIGHT);
        if let Some(one) = credential {
            options.set_credentials(&one.username, &one.password);
        }
        let (client, mut events) = AsyncClient::new(options, QUEUE);
        let mut network = NetworkOptions::new();
        network.set_connection_timeout(NEVER_FIRST);
        events.set_network_options(network);
        Self { client, events }
    }
}

impl Client for V3 {
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
        let filter = |filter: &String| SubscribeFilter::new(filter.clone(), QoS::AtMostOnce);
        let filters = filters.iter().map(filter);
        self.client.try_subscribe_many(filters).ok()
    }

    fn publish(&mut self, topic: &str, payload: &[u8]) -> Option<()> {
        let sent = self
            .client
            .try_publish(topic, QoS::AtMostOnce, false, payload);
        sent.ok()
    }

    fn disconnect(&mut self) -> Option<()> {
        self.client.try_disconnect().ok()
    }
}
