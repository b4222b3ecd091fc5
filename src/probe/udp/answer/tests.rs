use super::*;
use crate::probe::udp::payload::{datagrams, kasa};

const RANDOM: [u8; 32] = [0xa7; 32];

fn sent(question: Question) -> Vec<Vec<u8>> {
    datagrams(question, &RANDOM, std::net::Ipv4Addr::LOCALHOST.into())
}

/// Bytes written in hexadecimal, with spaces as one likes.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|it| it.to_digit(16)).collect();
    digits
        .chunks(2)
        .map(|it| (it[0] * 16 + it[1]) as u8)
        .collect()
}

/// Protocol, product and what made it speak.
fn seen(question: Question, received: &[u8]) -> (Protocol, String, String) {
    let service = service(question, &sent(question)[0], received);
    let after = service.spoke_after.unwrap_or_default();
    (service.protocol, service.product.unwrap_or_default(), after)
}

fn told(question: Question, received: &[u8]) -> (Protocol, String) {
    let (protocol, product, _) = seen(question, received);
    (protocol, product)
}

#[test]
fn an_echo_is_none_of_the_protocols_that_answer_differently() {
    for (word, question) in Question::ALL.iter().filter(|(_, it)| *it != Question::Text) {
        for sent in sent(*question) {
            let service = service(*question, &sent, &sent);
            assert_eq!(service.protocol, Protocol::Unknown, "{word}");
        }
    }
    assert_eq!(told(Question::Text, b"\r\n\r\n").0, Protocol::Echo);
    assert_eq!(told(Question::Text, b"hello").0, Protocol::Unknown);
}

#[test]
fn snmp_of_net_snmp_5_9_3() {
    // snmpd with `rocommunity public` and `sysDescr Harbour Gauge 2.4.1`.
    let by_community = |version: &str| {
        hex(&format!(
            "303c0201{version}04067075626c6963a22f020467a7a7a70201000201003021301f06082b06010201010100\
             0413486172626f757220476175676520322e342e31"
        ))
    };
    for (version, after) in [("00", "snmp-v1-public"), ("01", "snmp-v2c-public")] {
        let (protocol, product, spoke) = seen(Question::Snmp, &by_community(version));
        assert_eq!(
            (protocol, product.as_str(), spoke.as_str()),
            (Protocol::Snmp, "Harbour Gauge 2.4.1", after)
        );
    }
    let discovery = hex(
        "30710201033011020467a7a7a7020300ffe30401000201030421301f041180001f8880a1898a655d70026b00000000\
         0201010201020400040004003036041180001f8880a1898a655d70026b000000000400a81f020467a7a7a702010002\
         01003011300f060a2b060106030f01010400410101",
    );
    let (protocol, product, spoke) = seen(Question::Snmp, &discovery);
    // 8072 is Net-SNMP's number at IANA.
    assert_eq!(
        (protocol, product.as_str(), spoke.as_str()),
        (
            Protocol::Snmp,
            "SNMPv3 engine of enterprise 8072",
            "snmp-v3-discovery"
        )
    );
}

#[test]
fn dns_of_dnsmasq_2_90() {
    let version = hex(
        "a7a784800001000100000000 0776657273696f6e0462696e64 0000100003 c00c0010000300000000000d\
         0c646e736d6173712d322e3930",
    );
    assert_eq!(
        told(Question::Dns, &version),
        (Protocol::Dns, "dnsmasq-2.90".to_owned())
    );
    let refused = hex("a7a7808500010000000000000000020001");
    assert_eq!(
        told(Question::Dns, &refused),
        (Protocol::Dns, String::new())
    );
    let another = hex("a8a7808500010000000000000000020001");
    assert_eq!(told(Question::Dns, &another).0, Protocol::Unknown);
}

#[test]
fn memcached_1_6_18() {
    let answer = hex("a7a7000000010000 56455253494f4e20312e362e31380d0a");
    let wanted = (Protocol::Memcached, "memcached 1.6.18".to_owned());
    assert_eq!(told(Question::Memcached, &answer), wanted);
}

#[test]
fn names_are_told() {
    let record = |name: &[u8], data: &[u8]| {
        [name, &[0, 12, 0, 1, 0, 0, 0, 9, 0, data.len() as u8], data].concat()
    };
    let head = |answers: u8| [0xa7, 0xa7, 0x84, 0, 0, 0, 0, answers, 0, 0, 0, 0];
    let first = record(
        b"\x09_services\x07_dns-sd\x04_udp\x05local\0",
        b"\x05_http\x04_tcp\xc0\x23",
    );
    let mdns = [
        &head(2)[..],
        &first,
        &record(&[0xc0, 12], b"\x04_ssh\x04_tcp\xc0\x23"),
    ]
    .concat();
    assert_eq!(
        told(Question::Mdns, &mdns),
        (Protocol::Mdns, "_http._tcp, _ssh._tcp".to_owned())
    );
    // RFC 6762, section 18.1: multicast answers have no id.
    let unasked = [&[0, 0][..], &mdns[2..]].concat();
    assert_eq!(told(Question::Mdns, &unasked).0, Protocol::Mdns);
    assert_eq!(told(Question::Dns, &unasked).0, Protocol::Unknown);
    let llmnr = [&head(1)[..], &record(b"\x011\0", b"\x05pump7\0")].concat();
    assert_eq!(
        told(Question::Llmnr, &llmnr),
        (Protocol::Llmnr, "pump7".to_owned())
    );
    // RFC 1002, section 4.2.18.
    let entry = |name: &str, kind: u8, flags: u8| {
        [format!("{name:<15}").as_bytes(), &[kind, flags, 0]].concat()
    };
    let status = [
        &head(1)[..],
        b"\x20CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\0",
        &[0, 0x21, 0, 1, 0, 0, 0, 0, 0, 55, 3],
        &entry("NAS01", 0, 4),
        &entry("OFFICE", 0, 0x84),
        &entry("NAS01", 0x20, 4),
    ]
    .concat();
    let wanted = (Protocol::Netbios, "NAS01, workgroup OFFICE".to_owned());
    assert_eq!(told(Question::Netbios, &status), wanted);
}

#[test]
fn a_name_that_goes_in_circles_ends() {
    let circle = hex("a7a784000000000100000000 c00c 000c0001 00000009 0002 c00c");
    assert_eq!(
        told(Question::Mdns, &circle),
        (Protocol::Mdns, String::new())
    );
}

#[test]
fn stun_of_rfc_5769() {
    // Section 2.2, the sample IPv4 response, to its own transaction.
    let answer = hex(
        "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220 \
         002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96",
    );
    let sent = [&[0, 1, 0, 0][..], &answer[4..20]].concat();
    let service = service(Question::Stun, &sent, &answer);
    assert_eq!(service.protocol, Protocol::Stun);
    assert_eq!(service.product.as_deref(), Some("test vector"));
    assert_eq!(
        told(Question::Stun, &answer).0,
        Protocol::Unknown,
        "another transaction"
    );
}

#[test]
fn what_manages_networks_is_told() {
    let sent = &sent(Question::Ntp)[0];
    let ntp = [&[0x24, 3][..], &[0; 22], &sent[40..], &[0; 16]].concat();
    assert_eq!(
        told(Question::Ntp, &ntp),
        (Protocol::Ntp, "NTP version 4, stratum 3".to_owned())
    );
    let capabilities = |status: u8, extended: u8| {
        let head = [6, 0, 0xff, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16];
        let message = [
            0x81, 0x1c, 0x63, 0x20, 4, 0x38, 0, 1, 0x97, status, extended, 0, 0, 0, 0, 0,
        ];
        [&head[..], &message].concat()
    };
    let ipmi = |status, extended| told(Question::Rmcp, &capabilities(status, extended)).1;
    assert_eq!(ipmi(4, 2), "IPMI 2.0");
    assert_eq!(ipmi(5, 1), "IPMI 1.5, anonymous login enabled");
    let pong = [6, 0, 0xff, 6, 0, 0, 0x11, 0xbe, 0x40, 0, 0, 0x10];
    assert_eq!(told(Question::Rmcp, &pong).0, Protocol::Ipmi);
    let rpc = hex("a7a7a7a7 00000001 00000000 00000000 00000000 00000000");
    assert_eq!(told(Question::Rpc, &rpc).0, Protocol::Rpc);
    let rip = hex("02020000 00020000 0a000000 ff000000 00000000 00000001");
    assert_eq!(
        told(Question::Rip, &rip),
        (Protocol::Rip, "RIP version 2".to_owned())
    );
    let nat_pmp = hex("00800000 00000012 cb007101");
    assert_eq!(told(Question::NatPmp, &nat_pmp).0, Protocol::NatPmp);
    let list = b"ServerName;PLANT;InstanceName;S;IsClustered;No;Version;15.0.2000.5;tcp;1433;;";
    let sql = [&[5, list.len() as u8, 0][..], list].concat();
    let wanted = (Protocol::SqlBrowser, "SQL Server 15.0.2000.5".to_owned());
    assert_eq!(told(Question::SqlBrowser, &sql), wanted);
}

#[test]
fn what_finds_devices_is_told() {
    let ssdp = b"HTTP/1.1 200 OK\r\nST: x\r\nServer: Linux/4.9 UPnP/1.0 a\x1b[2Jb\r\n\r\n";
    let wanted = (Protocol::Ssdp, "Linux/4.9 UPnP/1.0 a\\u{1b}[2Jb".to_owned());
    assert_eq!(told(Question::Ssdp, ssdp), wanted);
    let sip = b"SIP/2.0 200 OK\r\nUser-Agent: Door 3.1\r\n\r\n";
    assert_eq!(
        told(Question::Sip, sip),
        (Protocol::Sip, "Door 3.1".to_owned())
    );
    let wsd =
        b"<e:Body><d:ProbeMatches><d:Types>dn:NetworkVideoTransmitter</d:Types></d:ProbeMatches>";
    let wanted = (
        Protocol::WsDiscovery,
        "dn:NetworkVideoTransmitter".to_owned(),
    );
    assert_eq!(told(Question::WsDiscovery, wsd), wanted);
    assert_eq!(told(Question::MqttSn, &[3, 2, 1]).0, Protocol::MqttSn);
    let sent = &sent(Question::Coap)[0];
    let list = b"</rd>;rt=\"oma.lwm2m\"";
    let coap = [&[0x64, 0x45][..], &sent[2..8], &[0xff], list].concat();
    assert_eq!(
        told(Question::Coap, &coap),
        (Protocol::Coap, "LwM2M".to_owned())
    );
    let quic = [
        &hex("cb00000000 00 08")[..],
        &RANDOM[..8],
        &hex("00000001 6b3343cf ff00001d 0a1a2a3a"),
    ]
    .concat();
    let wanted = (Protocol::Quic, "QUIC versions 1, 2, draft 29".to_owned());
    assert_eq!(told(Question::Quic, &quic), wanted);
}

#[test]
fn what_is_encrypted_is_told() {
    // RFC 6347, section 4.2.1: HelloVerifyRequest with a cookie of 20 bytes; an alert.
    let verify = [
        &hex("16feff 0000 000000000000 0023 03 000017 0000 000000 000017 feff 14")[..],
        &[9; 20],
    ]
    .concat();
    assert_eq!(told(Question::Dtls, &verify).0, Protocol::Dtls);
    let alert = hex("15fefd 0000 000000000000 0002 0228");
    assert_eq!(told(Question::Dtls, &alert).0, Protocol::Dtls);
    // RFC 7296, section 3.10.1: INVALID_MAJOR_VERSION.
    let refused =
        hex("a7a7a7a7a7a7a7a7 0000000000000000 29 20 22 20 00000000 00000024 00000008 00000005");
    let wanted = (Protocol::Ike, "IKE version 2.0".to_owned());
    assert_eq!(told(Question::Ike, &refused), wanted);
    assert_eq!(
        told(Question::IkeNat, &[&[0; 4][..], &refused].concat()),
        wanted
    );
    let reset = hex("40 0102030405060708 01 00000000 a7a7a7a7a7a7a7a7 00000000");
    assert_eq!(told(Question::Openvpn, &reset).0, Protocol::Openvpn);
    let tftp = b"\0\x05\0\x01File not found\0";
    assert_eq!(told(Question::Tftp, tftp).0, Protocol::Tftp);
}

#[test]
fn buildings_and_plants_are_told() {
    let text = |property: u8, value: &str| {
        let head = [0x29, property, 0x4e, 0x75, value.len() as u8 + 1, 0];
        [&head[..], value.as_bytes(), &[0x4f]].concat()
    };
    let list = [text(121, "Acme"), text(70, "Chiller 9"), text(44, "1.4")].concat();
    let bacnet = |npdu: &[u8], apdu: &[u8]| {
        let length = (4 + npdu.len() + apdu.len()) as u8;
        [&[0x81, 0x0a, 0, length][..], npdu, apdu].concat()
    };
    let complex = [&[0x30, 1, 0x0e, 0x0c, 2, 0, 0, 9, 0x1e][..], &list, &[0x1f]].concat();
    let wanted = (Protocol::Bacnet, "Acme Chiller 9 1.4".to_owned());
    assert_eq!(told(Question::Bacnet, &bacnet(&[1, 0], &complex)), wanted);
    // Through a router: a source network with an address of one byte.
    assert_eq!(
        told(Question::Bacnet, &bacnet(&[1, 8, 0, 5, 1, 7], &complex)),
        wanted
    );
    let error = bacnet(&[1, 0], &[0x50, 1, 0x0e, 0x91, 2, 0x91, 0x20]);
    assert_eq!(
        told(Question::Bacnet, &error),
        (Protocol::Bacnet, String::new())
    );

    let objects = b"\x00\x04Acme\x01\x05PLC-7\x02\x031.4";
    let length = (8 + objects.len()) as u8;
    let modbus = [
        &[0xa7, 0xa7, 0, 0, 0, length, 0xff, 0x2b, 0x0e, 1, 1, 0, 0, 3][..],
        objects,
    ]
    .concat();
    assert_eq!(
        told(Question::Modbus, &modbus),
        (Protocol::Modbus, "Acme PLC-7 1.4".to_owned())
    );
    let exception = hex("a7a7 0000 0003 ff ab 01");
    assert_eq!(told(Question::Modbus, &exception).0, Protocol::Modbus);

    let mut block = vec![54, 1, 2, 0];
    block.extend([0; 20]);
    block.extend(format!("{:\0<30}", "KNX Router 752").as_bytes());
    let knx = [&[6, 0x10, 2, 4, 0, 60][..], &block].concat();
    assert_eq!(
        told(Question::Knx, &knx),
        (Protocol::Knx, "KNX Router 752".to_owned())
    );

    let mut identity = hex("0100 0c00 2700 0100");
    identity.extend([0; 16]);
    identity.extend(hex("0100 0e00 3700 140b 3000 78563412 06"));
    identity.extend(b"1756-L\xff");
    let mut enip = vec![0x63, 0, identity.len() as u8, 0];
    enip.extend([0; 20]);
    enip.extend(identity);
    assert_eq!(
        told(Question::EthernetIp, &enip),
        (Protocol::EthernetIp, "1756-L 20.11".to_owned())
    );

    let doip = [
        &hex("02fd 0004 00000020")[..],
        b"WVWZZZ1JZXW000001",
        &[0; 15],
    ]
    .concat();
    assert_eq!(
        told(Question::Doip, &doip),
        (Protocol::Doip, "vehicle WVWZZZ1JZXW000001".to_owned())
    );

    // Link status (function 11) by a secondary station 1 to us, 0.
    let head = [5, 0x64, 5, 0x0b, 0, 0, 1, 0];
    let sum = crate::probe::udp::payload::dnp3_checksum(&head).to_le_bytes();
    let dnp3 = [&head[..], &sum].concat();
    assert_eq!(
        told(Question::Dnp3, &dnp3),
        (Protocol::Dnp3, "station 1".to_owned())
    );
    let broken = [&head[..], &[0, 0]].concat();
    assert_eq!(told(Question::Dnp3, &broken).0, Protocol::Unknown);
}

#[test]
fn things_at_home_are_told() {
    // An answer to the node that we said we are: a status report with or without a source of its own.
    let ours = [&[0xa7; 8][..], &[2, 0x40, 0xa7, 0xa7, 0, 0, 1, 0]].concat();
    let matter = [&[1, 0, 0, 0, 9, 9, 9, 9][..], &ours].concat();
    assert_eq!(told(Question::Matter, &matter).0, Protocol::Matter);
    let with_source = [&[5, 0, 0, 0, 9, 9, 9, 9][..], &[3; 8], &ours].concat();
    assert_eq!(told(Question::Matter, &with_source).0, Protocol::Matter);
    let others = [&[1, 0, 0, 0, 9, 9, 9, 9][..], &[3; 8], &ours[8..]].concat();
    assert_eq!(told(Question::Matter, &others).0, Protocol::Unknown);

    let miio = [&hex("21310020 00000000 03a1b2c3 00001234")[..], &[0xff; 16]].concat();
    assert_eq!(told(Question::Miio, &miio).0, Protocol::Miio);
    let mut lifx = vec![41, 0, 0, 0x14, 0xa7, 0xa7, 0xa7, 0xa7];
    lifx.extend([0; 24]);
    lifx.extend(hex("03000000 01 7cdd0000"));
    assert_eq!(told(Question::Lifx, &lifx).0, Protocol::Lifx);
    let kasa = kasa(br#"{"system":{"get_sysinfo":{"sw_ver":"1.5.4","model":"HS110(EU)"}}}"#);
    assert_eq!(
        told(Question::Kasa, &kasa),
        (Protocol::Kasa, "HS110(EU) 1.5.4".to_owned())
    );
    let wiz = br#"{"method":"getSystemConfig","result":{"moduleName":"ESP01_SHRGB","fwVersion":"1.25.0"}}"#;
    assert_eq!(
        told(Question::Wiz, wiz),
        (Protocol::Wiz, "ESP01_SHRGB 1.25.0".to_owned())
    );
    let ubiquiti = [
        &[1, 0, 0, 20, 3, 0, 6][..],
        b"v6.5.1",
        &[0x14, 0, 8],
        b"UAP-AC-P",
    ]
    .concat();
    assert_eq!(
        told(Question::Ubiquiti, &ubiquiti),
        (Protocol::Ubiquiti, "UAP-AC-P v6.5.1".to_owned())
    );
}

#[test]
fn any_bytes_are_taken_without_harm() {
    // Not random, so that a failure comes again: a generator of George Marsaglia's.
    let mut state: u32 = 2_463_534_242;
    let mut byte = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 8) as u8
    };
    for (_, question) in Question::ALL {
        let sent = sent(*question);
        let any = |received: &[u8]| {
            let service = service(*question, &sent[0], received);
            assert!(
                service
                    .product
                    .is_none_or(|it| it.chars().count() <= 200 * 10)
            );
        };
        for length in 0..80 {
            for byte in [0, 0x30, 0x45, 0x60, 0x81, 0xff] {
                any(&vec![byte; length]);
            }
        }
        for _ in 0..300 {
            // Half of it what was sent, changed in places, so that it comes further than its first check.
            let mut received = sent[0].clone();
            for _ in 0..4 {
                let at = usize::from(byte()) % received.len();
                received[at] = byte();
            }
            let more = usize::from(byte());
            received.extend((0..more).map(|_| byte()));
            received.truncate(usize::from(byte()) * 8);
            any(&received);
        }
    }
}

/// Every real answer, cut anywhere, and with every byte turned.
#[test]
fn real_answers_that_were_damaged_are_taken_without_harm() {
    let list = b"ServerName;PLANT;Version;15.0;;";
    for (question, answer) in [
        (
            Question::Snmp,
            hex(
                "303c02010004067075626c6963a22f020467a7a7a70201000201003021301f06082b060102010101000413486172626f757220476175676520322e342e31",
            ),
        ),
        (
            Question::Dns,
            hex(
                "a7a7848000010001000000000776657273696f6e0462696e640000100003c00c0010000300000000000d0c646e736d6173712d322e3930",
            ),
        ),
        (
            Question::SqlBrowser,
            [&[5, list.len() as u8, 0][..], list].concat(),
        ),
        (Question::Ubiquiti, hex("01000009 030006 76362e352e31")),
    ] {
        let sent = &sent(question)[0];
        for at in 0..answer.len() {
            service(question, sent, &answer[..at]);
            for value in [0, 0x7f, 0x80, 0xff] {
                let mut damaged = answer.clone();
                damaged[at] = value;
                service(question, sent, &damaged);
            }
        }
    }
}
