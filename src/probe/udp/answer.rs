//! What speaks, told from the first datagram that came back.

mod bytes;
mod discovery;
mod gadgets;
mod industry;
mod management;
mod names;
#[cfg(test)]
mod tests;
mod tunnels;

use crate::observation::{FIRST_BYTES, Protocol, Service};
use crate::profile::Question;
use crate::text::shown;

/// What an answer tells.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    protocol: Protocol,
    /// As it came; not safe to show.
    product: Option<String>,
    /// What made it speak, where that says more than the question's word.
    after: Option<&'static str>,
}

impl Told {
    fn new(protocol: Protocol, product: Option<String>) -> Self {
        Self {
            protocol,
            product,
            after: None,
        }
    }

    fn after(self, after: &'static str) -> Self {
        Self {
            after: Some(after),
            ..self
        }
    }
}

/// What an answer shows. The port number has no part in it; the question has, because an answer must fit it.
pub(super) fn service(question: Question, sent: &[u8], received: &[u8]) -> Service {
    let told = told(question, sent, received);
    let told = told.unwrap_or(Told::new(Protocol::Unknown, None));
    let product = told.product.as_deref().map(str::trim);
    Service {
        protocol: told.protocol,
        tls: false,
        also_in_clear: false,
        product: product.filter(|it| !it.is_empty()).map(|it| shown(it, 200)),
        spoke_after: Some(told.after.unwrap_or(question.as_str()).to_owned()),
        first_bytes: shown(received, FIRST_BYTES),
    }
}

fn told(question: Question, sent: &[u8], received: &[u8]) -> Option<Told> {
    let tell = match question {
        Question::Bacnet => industry::bacnet,
        Question::Coap => discovery::coap,
        Question::Dnp3 => industry::dnp3,
        Question::Dns => names::dns,
        Question::Doip => industry::doip,
        Question::Dtls => tunnels::dtls,
        Question::EthernetIp => industry::ethernet_ip,
        Question::Ike | Question::IkeNat => tunnels::ike,
        Question::Kasa => gadgets::kasa,
        Question::Knx => industry::knx,
        Question::Lifx => gadgets::lifx,
        Question::Llmnr => names::llmnr,
        Question::Matter => gadgets::matter,
        Question::Mdns => names::mdns,
        Question::Memcached => tunnels::memcached,
        Question::Miio => gadgets::miio,
        Question::Modbus => industry::modbus,
        Question::MqttSn => discovery::mqtt_sn,
        Question::NatPmp => management::nat_pmp,
        Question::Netbios => names::netbios,
        Question::Ntp => management::ntp,
        Question::Openvpn => tunnels::openvpn,
        Question::Quic => discovery::quic,
        Question::Rip => management::rip,
        Question::Rmcp => management::ipmi,
        Question::Rpc => management::rpc,
        Question::Sip => discovery::sip,
        Question::Snmp => management::snmp,
        Question::SqlBrowser => management::sql_browser,
        Question::Ssdp => discovery::ssdp,
        Question::Stun => discovery::stun,
        Question::Text => tunnels::echo,
        Question::Tftp => tunnels::tftp,
        Question::Ubiquiti => gadgets::ubiquiti,
        Question::Wiz => gadgets::wiz,
        Question::WsDiscovery => discovery::ws_discovery,
    };
    tell(sent, received)
}
