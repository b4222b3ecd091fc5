//! The questions, byte by byte. All of them only read, and none is empty: there are devices that an empty
//! datagram stops (CVE-2019-5636).

mod exotic;

use std::net::IpAddr;

pub(super) use exotic::dnp3_checksum;

use crate::probe::coap;
use crate::profile::Question;

/// The datagrams of a question; where there are several, they take turns. `random` makes what may not
/// be guessed or repeated: transaction ids, names, cookies.
pub(super) fn datagrams(question: Question, random: &[u8; 32], host: IpAddr) -> Vec<Vec<u8>> {
    let id = &random[..2];
    let one = match question {
        // RFC 7252: GET /.well-known/core.
        Question::Coap => coap::discovery(u16::from_be_bytes([id[0], id[1]]), &random[2..6]),
        // RFC 1035, section 4, both without recursion: the version of the server, of class CHAOS (RFC 4892,
        // section 2); then NS of the root, for servers that know only one class.
        Question::Dns => {
            let ask = |name: &[u8], tail: [u8; 4]| {
                [id, &[0, 0, 0, 1, 0, 0, 0, 0, 0, 0], name, &tail].concat()
            };
            return vec![
                ask(b"\x07version\x04bind\0", [0, 16, 0, 3]),
                ask(&[0], [0, 2, 0, 1]),
            ];
        }
        Question::Llmnr => exotic::llmnr(id, host),
        Question::Matter => exotic::matter(random),
        Question::Dnp3 => return exotic::dnp3(),
        Question::Bacnet => return exotic::bacnet(),
        Question::Ike => exotic::ike(random),
        // RFC 3948, section 2.2: behind four zeros, which tell it from ESP.
        Question::IkeNat => [&[0; 4][..], &exotic::ike(random)].concat(),
        // OpenVPN's reliability layer: a hard reset by a client, version 2, with a session id. A server that wants
        // packets signed says nothing.
        Question::Openvpn => [&[0x38][..], &random[..8], &[0; 5]].concat(),
        // MC-SQLR, section 2.2.2: CLNT_UCAST_EX, the instances of this server.
        Question::SqlBrowser => vec![3],
        // RFC 6763, section 9, asked one-shot (RFC 6762, section 5.1), answer by unicast wanted.
        Question::Mdns => [
            id,
            &[0, 0, 0, 1, 0, 0, 0, 0, 0, 0],
            b"\x09_services\x07_dns-sd\x04_udp\x05local\0",
            &[0, 12, 0x80, 1],
        ]
        .concat(),
        // RFC 1002, section 4.2.17: the node's status, for the name `*` (section 4.1 encodes it).
        Question::Netbios => [
            id,
            &[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x20],
            b"CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\0",
            &[0, 0x21, 0, 1],
        ]
        .concat(),
        // RFC 5905, section 7.3: client mode, version 4, and a transmit timestamp that comes back.
        Question::Ntp => [&[0x23][..], &[0; 39], &random[..8]].concat(),
        Question::Snmp => return snmp(random),
        // RFC 1350, section 5: read a file that nobody has.
        Question::Tftp => [&[0, 1][..], name(random).as_bytes(), b"\0octet\0"].concat(),
        // UPnP Device Architecture 2.0, section 1.3.2, by unicast.
        Question::Ssdp => b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\
            MAN: \"ssdp:discover\"\r\nMX: 1\r\nST: upnp:rootdevice\r\n\r\n"
            .to_vec(),
        // RFC 8489, section 5: Binding request with the magic cookie.
        Question::Stun => [&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &random[..12]].concat(),
        // RFC 3261, section 11: OPTIONS.
        Question::Sip => sip(random),
        // MQTT-SN 1.2, section 5.4.2: SEARCHGW with a radius of 0.
        Question::MqttSn => vec![3, 1, 0],
        Question::Dtls => client_hello(random),
        // WS-Discovery 1.1, section 5.2: Probe for anything.
        Question::WsDiscovery => ws_discovery(random),
        // RFC 5531, section 9: call 0 (NULL) of program 100000, the port mapper (RFC 1833), version 2.
        Question::Rpc => [
            &random[..4],
            &[
                0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0x86, 0xa0, 0, 0, 0, 2, 0, 0, 0, 0,
            ],
            &[0; 16],
        ]
        .concat(),
        // RFC 2453, section 3.9.1: the whole table.
        Question::Rip => [&[1, 2, 0, 0][..], &[0; 19], &[16]].concat(),
        // IPMI 2.0, sections 13.6 and 22.13: authentication capabilities, without a session; then section 13.2.3, a
        // presence ping.
        Question::Rmcp => {
            let header = [6, 0, 0xff, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9];
            let message = [0x20, 0x18, 0xc8, 0x81, 0, 0x38, 0x8e, 4, 0xb5];
            return vec![
                [&header[..], &message].concat(),
                vec![6, 0, 0xff, 6, 0, 0, 0x11, 0xbe, 0x80, 0, 0, 0],
            ];
        }
        // RFC 6886, section 3.2: the external address.
        Question::NatPmp => vec![0, 0],
        // Modbus application protocol 1.1b3, section 6.21: read the device identification.
        Question::Modbus => [id, &[0, 0, 0, 5, 0xff, 0x2b, 0x0e, 1, 0]].concat(),
        // RFC 9000, section 6: a version that nobody has draws Version Negotiation, if the datagram is
        // as long as section 14.1 wants it.
        Question::Quic => {
            let head = [&[0xc0, 0x1a, 0x2a, 0x3a, 0x4a, 8][..], &random[..8], &[0]].concat();
            [head.clone(), vec![0; 1200 - head.len()]].concat()
        }
        // KNXnet/IP, ISO 22510: DESCRIPTION_REQUEST, answer to where it came from.
        Question::Knx => vec![6, 0x10, 2, 3, 0, 14, 8, 1, 0, 0, 0, 0, 0, 0],
        // ODVA EtherNet/IP, chapter 2: ListIdentity.
        Question::EthernetIp => [&[0x63, 0][..], &[0; 22]].concat(),
        // ISO 13400-2: vehicle identification request.
        Question::Doip => vec![2, 0xfd, 0, 1, 0, 0, 0, 0],
        // memcached's protocol.txt, UDP: request id, 0 of 1, then the version command.
        Question::Memcached => [id, &[0, 0, 0, 1, 0, 0], b"version\r\n"].concat(),
        // miIO, as documented by OpenMiHome: hello.
        Question::Miio => [&[0x21, 0x31, 0, 0x20][..], &[0xff; 28]].concat(),
        // LIFX LAN protocol: GetService to all targets.
        Question::Lifx => [
            &[36, 0, 0, 0x34][..],
            &random[..4],
            &[0; 14],
            &[1, 0],
            &[0; 8],
            &[2, 0, 0, 0],
        ]
        .concat(),
        // TP-Link smart home protocol, as described by softScheck.
        Question::Kasa => kasa(br#"{"system":{"get_sysinfo":{}}}"#),
        // WiZ local control.
        Question::Wiz => br#"{"method":"getSystemConfig","params":{}}"#.to_vec(),
        // Ubiquiti discovery, version 1.
        Question::Ubiquiti => vec![1, 0, 0, 0],
        Question::Text => b"\r\n\r\n".to_vec(),
    };
    vec![one]
}

/// A name that nobody has.
fn name(random: &[u8; 32]) -> String {
    format!("pm{}", crate::digest::hex(&random[8..14]))
}

/// RFC 6347, section 4.2: a DTLS 1.2 ClientHello without a cookie.
fn client_hello(random: &[u8; 32]) -> Vec<u8> {
    let suites = [
        0xc0, 0xac, 0xc0, 0xae, 0xc0, 0xa8, 0xc0, 0x2b, 0xc0, 0x2f, 0xc0, 0x23, 0, 0xa8, 0, 0xae,
    ];
    // Groups (RFC 8422, 5.1.1), point formats (5.1.2), signature algorithms (RFC 5246, 7.4.1.4.1).
    let extensions = [
        &[0, 10, 0, 6, 0, 4, 0, 0x1d, 0, 0x17][..],
        &[0, 11, 0, 2, 1, 0],
        &[0, 13, 0, 8, 0, 6, 4, 3, 4, 1, 8, 4],
    ]
    .concat();
    let body = [
        &[0xfe, 0xfd][..],
        random,
        &[0, 0],
        &prefixed(2, &suites),
        &[1, 0],
        &prefixed(2, &extensions),
    ]
    .concat();
    let length = &prefixed(3, &body)[..3];
    let handshake = [&[1][..], length, &[0, 0, 0, 0, 0], length, &body].concat();
    let header = [22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0];
    [&header[..], &prefixed(2, &handshake)].concat()
}

/// `bytes` behind their length in so many bytes.
fn prefixed(width: usize, bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len().to_be_bytes();
    [&length[length.len() - width..], bytes].concat()
}

/// RFC 3416, section 3: sysDescr.0 (RFC 3418) with the community `public`, in versions 1 and 2c; then the
/// discovery of the engine that version 3 begins with (RFC 3414, section 4).
fn snmp(random: &[u8; 32]) -> Vec<Vec<u8>> {
    // Positive, in four bytes.
    let id = ber(
        2,
        &[random[0] & 0x3f | 0x40, random[1], random[2], random[3]],
    );
    let zero = ber(2, &[0]);
    let oid = ber(6, &[0x2b, 6, 1, 2, 1, 1, 1, 0]);
    let bindings = ber(0x30, &ber(0x30, &[oid, ber(5, &[])].concat()));
    let pdu = ber(0xa0, &[&id[..], &zero, &zero, &bindings].concat());
    let by_community = |version: u8| {
        let version = ber(2, &[version]);
        ber(0x30, &[&version[..], &ber(4, b"public"), &pdu].concat())
    };
    let nothing = ber(4, &[]);
    // Largest message 65507, reportable, user-based security.
    let global = [
        &id[..],
        &[2, 3, 0, 0xff, 0xe3],
        &ber(4, &[4]),
        &ber(2, &[3]),
    ]
    .concat();
    let security = [&nothing[..], &zero, &zero, &nothing, &nothing, &nothing].concat();
    let empty = ber(0xa0, &[&id[..], &zero, &zero, &ber(0x30, &[])].concat());
    let scoped = ber(0x30, &[&nothing[..], &nothing, &empty].concat());
    let discovery = [
        ber(2, &[3]),
        ber(0x30, &global),
        ber(4, &ber(0x30, &security)),
        scoped,
    ];
    vec![
        by_community(0),
        by_community(1),
        ber(0x30, &discovery.concat()),
    ]
}

/// Basic encoding rules, X.690, for contents of less than 128 bytes.
fn ber(tag: u8, contents: &[u8]) -> Vec<u8> {
    [
        &[tag, u8::try_from(contents.len()).unwrap_or_default()],
        contents,
    ]
    .concat()
}

fn sip(random: &[u8; 32]) -> Vec<u8> {
    let name = name(random);
    format!(
        "OPTIONS sip:nm SIP/2.0\r\nVia: SIP/2.0/UDP {name}.invalid;branch=z9hG4bK{name};rport\r\n\
         Max-Forwards: 70\r\nFrom: <sip:{name}@{name}.invalid>;tag={name}\r\nTo: <sip:nm>\r\n\
         Call-ID: {name}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )
    .into_bytes()
}

fn ws_discovery(random: &[u8; 32]) -> Vec<u8> {
    let id = crate::digest::hex(&random[..16]);
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
         <s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" \
         xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\"><s:Header>\
         <a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>\
         <a:MessageID>urn:uuid:{}-{}-{}-{}-{}</a:MessageID>\
         <a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>\
         </s:Header><s:Body><d:Probe/></s:Body></s:Envelope>",
        &id[..8],
        &id[8..12],
        &id[12..16],
        &id[16..20],
        &id[20..]
    )
    .into_bytes()
}

/// Each byte is the exclusive or of the text and the byte before it, of which the first is 171.
pub(super) fn kasa(text: &[u8]) -> Vec<u8> {
    let scramble = |last: &mut u8, byte: &u8| {
        *last ^= byte;
        Some(*last)
    };
    text.iter().scan(171, scramble).collect()
}

/// The text behind [`kasa`].
pub(super) fn unscrambled(bytes: &[u8]) -> Vec<u8> {
    let before = std::iter::once(&171).chain(bytes);
    bytes
        .iter()
        .zip(before)
        .map(|(byte, before)| byte ^ before)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANDOM: [u8; 32] = [0xa7; 32];
    const HOST: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn no_question_is_empty_and_none_is_cut_on_its_way() {
        for (word, question) in Question::ALL {
            for datagram in datagrams(*question, &RANDOM, HOST) {
                let length = datagram.len();
                assert!((1..=1200).contains(&length), "{word}: {length}");
            }
        }
    }

    #[test]
    fn lengths_inside_are_those_of_what_follows() {
        for datagram in snmp(&RANDOM) {
            assert_eq!(usize::from(datagram[1]) + 2, datagram.len());
        }
        let hello = client_hello(&RANDOM);
        let record = usize::from(u16::from_be_bytes([hello[11], hello[12]]));
        let message = usize::from(u16::from_be_bytes([hello[15], hello[16]]));
        assert_eq!((record + 13, message + 25), (hello.len(), hello.len()));
        let knx = &datagrams(Question::Knx, &RANDOM, HOST)[0];
        assert_eq!(usize::from(knx[5]), knx.len());
        let lifx = &datagrams(Question::Lifx, &RANDOM, HOST)[0];
        assert_eq!(usize::from(lifx[0]), lifx.len());
        assert_eq!(datagrams(Question::Ntp, &RANDOM, HOST)[0].len(), 48);
        assert_eq!(datagrams(Question::Rip, &RANDOM, HOST)[0].len(), 24);
    }

    #[test]
    fn snmp_asks_as_its_tools_do() {
        let second = crate::digest::hex(&snmp(&RANDOM)[1]);
        assert_eq!(
            second,
            "302902010104067075626c6963a01c020467a7a7a7020100020100300e300c06082b060102010101000500"
        );
    }
}
