use super::*;
use crate::observation::{IpFamily, MudDirection, MudPeer, Transport};

const HUB: &str = include_str!("../../../lab/fixtures/mud/hub.json");

fn mud(text: &str) -> Result<ImportedMud, InputError> {
    read("hub.json", "inputs/mud-hub.json", text)
}

/// The fixture with one place changed.
fn changed(from: &str, to: &str) -> Result<ImportedMud, InputError> {
    let text = HUB.replacen(from, to, 1);
    assert_ne!(text, HUB, "{from} is not in the fixture");
    mud(&text)
}

/// The entry `web` with another condition. Its own is TCP port 443 over IPv4, from local networks.
fn web(matches: &str) -> Result<Option<MudRule>, InputError> {
    entry(&format!(
        r#"{{ "name": "web", "matches": {matches}, "actions": {{ "forwarding": "accept" }} }}"#
    ))
}

/// The only entry of a to-device policy, read.
fn entry(ace: &str) -> Result<Option<MudRule>, InputError> {
    let mud = mud(&whole(&format!(
        r#""name": "to", "aces": {{ "ace": [{ace}] }}"#
    )))?;
    assert_eq!(mud.to_device.len() + mud.to_device_other as usize, 1);
    Ok(mud.to_device.into_iter().next())
}

/// A file with one access list, for packets to the device.
fn whole(list: &str) -> String {
    format!(
        r#"{{ "ietf-mud:mud": {{ "mud-version": 1, "mud-url": "https://example.com/hub",
            "last-update": "2026-03-02T09:30:00Z", "is-supported": true,
            "to-device-policy": {{ "access-lists": {{ "access-list": [{{ "name": "to" }}] }} }} }},
            "ietf-access-control-list:acls": {{ "acl": [{{ {list} }}] }} }}"#
    )
}

#[test]
fn a_file_says_who_it_is_about_and_who_may_come() {
    let mud = mud(HUB).unwrap();
    assert_eq!(mud.mud_url, "https://mud.harbour.example/hub-2.json");
    assert_eq!(mud.last_update, "2026-03-02T08:30:00Z".parse().unwrap());
    assert_eq!((mud.cache_validity_hours, mud.is_supported), (48, true));
    assert_eq!(mud.mfg_name.as_deref(), Some("Harbour"));
    assert_eq!(mud.model_name.as_deref(), Some("Hub 2"));
    assert_eq!((mud.from_device, mud.to_device_other), (2, 0));
    assert_eq!(mud.unread, Vec::<String>::new());
    let [updates, names, web] = &mud.to_device[..] else {
        panic!("{:?}", mud.to_device);
    };
    assert_eq!(
        updates.from,
        [MudPeer::DomainName("updates.harbour.example".to_owned())]
    );
    assert!(updates.is_answer() && names.is_answer() && !web.is_answer());
    assert_eq!(
        *web,
        MudRule {
            name: "web".to_owned(),
            accepts: true,
            family: Some(IpFamily::Ipv4),
            transport: Some(Transport::Tcp),
            ports: Some(vec![(443, 443)]),
            source_port: false,
            initiated: Some(MudDirection::ToDevice),
            from: vec![MudPeer::LocalNetworks],
            unclear: None,
        }
    );
}

#[test]
fn an_error_names_its_place_and_what_is_legal() {
    for (from, to, at, message, legal) in [
        ("{", "[", ": {", "it is no JSON", "JSON, RFC 8259"),
        (
            "\"ietf-mud:mud\"",
            "\"mud\"",
            "{",
            "`ietf-mud:mud` is missing",
            "here",
        ),
        (
            "version\": 1",
            "version\": 2",
            "2,",
            "unknown version of MUD",
            "1 (RFC 8520)",
        ),
        (
            "version\": 1",
            "version\": \"1\"",
            "\"1\",",
            "wrong type: a text",
            "0 to 255",
        ),
        (
            "version\": 1",
            "version\": 1.5",
            "1.5,",
            "the number is 1.5",
            "0 to 255",
        ),
        (
            "https://mud",
            "http://mud",
            "\"http:",
            "no MUD URL",
            "an `https:` URL",
        ),
        ("+01:00\"", "\"", "\"2026-", "no time", "with time and zone"),
        (
            "validity\": 48",
            "validity\": 169",
            "169,",
            "the number is 169",
            "1 to 168",
        ),
        (
            "supported\": true",
            "supported\": 1",
            "1,",
            "wrong type: a number",
            "`true` or",
        ),
        (
            "info\": ",
            "info\": 7, \"x\": ",
            "7,",
            "wrong type: a number",
            "a text",
        ),
        (
            "\"systeminfo\"",
            "\"mud-url\"",
            "\"The hub",
            "`mud-url` stands here twice",
            "once",
        ),
        (
            "\"hub-4-to\"",
            "\"none\"",
            "\"none\"",
            "no access list `none`",
            "hub-4-from, hub-4-to",
        ),
    ] {
        let error = changed(from, to).unwrap_err();
        assert!(error.message.contains(message), "{error}");
        assert!(error.legal.as_ref().unwrap().contains(legal), "{error}");
        let text = HUB.replacen(from, to, 1);
        let (line, column) = error.place.unwrap();
        let line = text.lines().nth(line - 1).unwrap();
        assert!(line[column - 1..].starts_with(at), "{error}");
        assert!(error.to_string().starts_with("hub.json:"), "{error}");
    }
}

#[test]
fn a_file_cut_anywhere_is_an_error() {
    let end = HUB.trim_end().len();
    for cut in (0..end).filter(|cut| HUB.is_char_boundary(*cut)) {
        assert!(mud(&HUB[..cut]).is_err(), "cut at {cut}");
    }
    assert!(mud(&HUB[..end]).is_ok());
}

#[test]
fn conditions_are_read() {
    let web = |matches: &str| web(matches).unwrap().unwrap();
    let ports = |matches: &str| web(matches).ports;
    for (condition, ranges) in [
        (r#"{ "port": 80 }"#, Some(vec![(80, 80)])),
        (r#"{ "operator": "lte", "port": 80 }"#, Some(vec![(1, 80)])),
        (
            r#"{ "operator": "gte", "port": 80 }"#,
            Some(vec![(80, 65_535)]),
        ),
        (
            r#"{ "operator": "neq", "port": 80 }"#,
            Some(vec![(1, 79), (81, 65_535)]),
        ),
        (
            r#"{ "operator": "neq", "port": 65535 }"#,
            Some(vec![(1, 65_534)]),
        ),
        (r#"{ "operator": "neq", "port": 0 }"#, None),
        (
            r#"{ "lower-port": 80, "upper-port": 90 }"#,
            Some(vec![(80, 90)]),
        ),
        (r#"{ "lower-port": 0, "upper-port": 65535 }"#, None),
        (r#"{ "port": 0 }"#, Some(vec![])),
    ] {
        let matches = format!(r#"{{ "tcp": {{ "destination-port": {condition} }} }}"#);
        assert_eq!(ports(&matches), ranges, "{condition}");
    }
    assert_eq!(web("{}").from, []);
    assert_eq!(web("{}").transport, None);
    assert_eq!(
        web(r#"{ "ipv6": { "protocol": 17 } }"#).transport,
        Some(Transport::Udp)
    );
    assert_eq!(web(r#"{ "ipv6": {} }"#).family, Some(IpFamily::Ipv6));
    assert_eq!(
        web(r#"{ "eth": { "ethertype": "0x86dd" } }"#).family,
        Some(IpFamily::Ipv6)
    );
    let network = r#"{ "ipv4": { "source-ipv4-network": "192.0.2.0/24" } }"#;
    let everybody = r#"{ "ipv4": { "source-ipv4-network": "0.0.0.0/0" } }"#;
    assert_eq!(
        web(network).from,
        [MudPeer::Network("192.0.2.0".parse().unwrap(), 24)]
    );
    assert_eq!(web(everybody).from, []);
    let peers =
        r#"{ "ietf-mud:mud": { "same-manufacturer": [null], "model": "https://example.com/x" } }"#;
    assert_eq!(
        web(peers).from,
        [
            MudPeer::SameManufacturer,
            MudPeer::Model("https://example.com/x".to_owned())
        ]
    );
}

#[test]
fn other_protocols_are_counted() {
    for matches in [
        r#"{ "ipv4": { "protocol": 1 } }"#,
        r#"{ "ipv6": { "protocol": 58 }, "icmp": { "type": 8 } }"#,
        r#"{ "icmp": {} }"#,
        r#"{ "eth": { "ethertype": "0x888e" } }"#,
        r#"{ "eth": { "ethertype": 2054 } }"#,
    ] {
        assert_eq!(web(matches).unwrap(), None, "{matches}");
    }
}

#[test]
fn what_may_narrow_and_is_not_known_is_said() {
    for (matches, why) in [
        (r#"{ "tcp": { "flags": "syn" } }"#, "`flags` in `tcp`"),
        (
            r#"{ "udp": { "ietf-mud:direction-initiated": "x" } }"#,
            "in `udp`",
        ),
        (r#"{ "ipv4": { "dscp": 3 } }"#, "`dscp` in `ipv4`"),
        (
            r#"{ "ipv4": { "destination-ipv4-network": "192.0.2.1/32" } }"#,
            "in `ipv4`",
        ),
        (r#"{ "ipv6": { "source-ipv4-network": "1" } }"#, "in `ipv6`"),
        (r#"{ "ietf-mud-tls:client-profile": {} }"#, "in `matches`"),
        (
            r#"{ "ietf-mud:mud": { "x": [null] } }"#,
            "in `ietf-mud:mud`",
        ),
        (r#"{ "eth": { "source-mac-address": "" } }"#, "in `eth`"),
        (r#"{ "eth": { "ethertype": "x" } }"#, "the ethertype `x`"),
        (
            r#"{ "tcp": { "destination-port": { "port": 1, "x": 1 } } }"#,
            "a port condition",
        ),
        (
            r#"{ "tcp": { "source-port": { "x": 1 } } }"#,
            "a port condition",
        ),
    ] {
        let unclear = web(matches).unwrap().unwrap().unclear;
        assert!(
            unclear.as_deref().is_some_and(|it| it.contains(why)),
            "{matches}: {unclear:?}"
        );
    }
    let list = |list: &str| {
        let ace = r#""aces": { "ace": [{ "name": "a", "actions": { "forwarding": "drop" } }] }"#;
        let mud = mud(&whole(&format!(r#""name": "to", {list} {ace}"#))).unwrap();
        mud.to_device[0].unclear.clone().unwrap()
    };
    assert!(list(r#""x": 1,"#).contains("`x` in the list"));
    assert!(list(r#""type": "x","#).contains("the type `x`"));
    let policy = whole(r#""name": "to", "aces": { "ace": [{ "name": "a", "actions": { "forwarding": "accept" } }] }"#)
        .replace("\"access-list\":", "\"x\": 1, \"access-list\":");
    assert!(mud(&policy).unwrap().to_device[0].unclear.is_some());
}

#[test]
fn what_contradicts_itself_is_an_error() {
    for (matches, message) in [
        (r#"{ "tcp": {}, "udp": {} }"#, "more than one of these"),
        (r#"{ "ipv4": {}, "ipv6": {} }"#, "more than one of these"),
        (
            r#"{ "ipv4": { "protocol": 17 }, "tcp": {} }"#,
            "protocol 17 beside `tcp`",
        ),
        (r#"{ "ipv4": { "protocol": 256 } }"#, "the number is 256"),
        (
            r#"{ "eth": { "ethertype": "ipv4" }, "ipv6": {} }"#,
            "`ipv6` where it cannot be",
        ),
        (
            r#"{ "ipv4": { "source-ipv4-network": "::/0" } }"#,
            "no network",
        ),
        (
            r#"{ "ipv4": { "source-ipv4-network": "10.0.0.0/33" } }"#,
            "no network",
        ),
        (r#"{ "tcp": { "destination-port": {} } }"#, "says no port"),
        (
            r#"{ "tcp": { "destination-port": { "port": 65536 } } }"#,
            "the number is 65536",
        ),
        (
            r#"{ "tcp": { "destination-port": { "port": 1, "lower-port": 1 } } }"#,
            "says no port",
        ),
        (
            r#"{ "tcp": { "destination-port": { "operator": "x", "port": 1 } } }"#,
            "unknown operator",
        ),
        (
            r#"{ "tcp": { "destination-port": { "lower-port": 2, "upper-port": 1 } } }"#,
            "ends before it begins",
        ),
        (
            r#"{ "tcp": { "ietf-mud:direction-initiated": "both" } }"#,
            "unknown direction",
        ),
        (
            r#"{ "ietf-mud:mud": { "local-networks": true } }"#,
            "only its presence",
        ),
        (
            r#"{ "ietf-mud:mud": { "local-networks": false } }"#,
            "only its presence",
        ),
    ] {
        let error = web(matches).unwrap_err();
        assert!(error.message.contains(message), "{matches}: {error}");
        assert!(error.place.is_some() && error.legal.is_some(), "{error}");
    }
    assert!(
        entry(r#"{ "name": "a" }"#)
            .unwrap_err()
            .message
            .contains("`actions` is missing")
    );
    let twice = whole(r#""name": "to" }, { "name": "to""#);
    assert!(
        mud(&twice)
            .unwrap_err()
            .message
            .contains("second access list")
    );
    let both = changed(
        "\"ietf-access-control-list:acls\"",
        "\"ietf-access-control-list:access-lists\": {}, \"ietf-access-control-list:acls\"",
    );
    assert!(both.unwrap_err().message.contains("in two places"));
}

#[test]
fn what_says_nothing_of_ports_is_named() {
    let mud = changed(
        "\"systeminfo\"",
        "\"ietf-mud-transparency:transparency\": {}, \"systeminfo\"",
    );
    assert_eq!(mud.unwrap().unread, ["ietf-mud-transparency:transparency"]);
    let mud = changed(
        "ietf-access-control-list:acls",
        "ietf-access-control-list:access-lists",
    )
    .unwrap();
    assert_eq!(mud.to_device.len(), 3);
    assert!(mud.unread[0].contains("an older draft"));
    let unused = changed("\"name\": \"hub-4-to\"", "\"name\": \"hub-4-from\"").unwrap();
    assert_eq!(
        unused.unread,
        ["access list hub-4-to, which no policy names"]
    );
}

#[test]
fn without_a_policy_nothing_is_permitted() {
    let text = whole(r#""name": "to""#);
    assert_eq!(mud(&text).unwrap().to_device, []);
    let none = text.replace("to-device-policy", "from-device-policy");
    assert_eq!(mud(&none).unwrap().to_device, []);
}

#[test]
fn bombs_stay_small() {
    let entries = |n: usize| {
        whole(&format!(
            r#""name": "to", "aces": {{ "ace": [{}{{}}] }}"#,
            "{},".repeat(n)
        ))
    };
    let error = mud(&entries(1_000_000)).unwrap_err();
    assert_eq!(error.message, "a list of more than 4096 entries");
    assert_eq!(error.legal.as_deref(), Some("at most 4096"));
    // As many again in a second list.
    let two = entries(4000).replacen(
        r#""acl": ["#,
        &format!(
            r#""acl": [{{ "name": "a", "aces": {{ "ace": [{}{{}}] }} }},"#,
            "{},".repeat(100)
        ),
        1,
    );
    assert_eq!(
        mud(&two).unwrap_err().message,
        "a list of more than 3995 entries"
    );
    let lists = changed("\"acl\": [", &format!("\"acl\": [{}", "{},".repeat(100)));
    assert_eq!(lists.unwrap_err().message, "a list of more than 64 entries");
    let named = changed(
        "\"access-list\": [",
        &format!(
            "\"access-list\": [{}",
            "{\"name\": \"hub-4-to\"},".repeat(100)
        ),
    );
    assert!(named.unwrap_err().message.contains("more than 64"));
    let keys: String = (0..1000).map(|n| format!("\"k{n}\": 0,")).collect();
    let keys = changed("\"mud-version\"", &format!("{keys}\"mud-version\""));
    assert!(
        keys.unwrap_err()
            .message
            .contains("keys that cannot be read")
    );
    // Deeper than any stack, where it matters and where it does not.
    let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    for from in ["1,", "\"hub-4-to\"", "\"Harbour\"", "[\n"] {
        let _ = changed(
            from,
            &format!("{deep}{}", if from == "1," { "," } else { "" }),
        );
    }
    let error = changed("1,", &format!("{deep},")).unwrap_err();
    assert!(error.message.contains("wrong type: a list"), "{error}");
    assert!(
        mud(&deep)
            .unwrap_err()
            .message
            .contains("wrong type: a list")
    );
    assert!(
        mud(&"[".repeat(1_000_000))
            .unwrap_err()
            .message
            .contains("no JSON")
    );
    assert!(
        mud(&"{\"a\":".repeat(500_000))
            .unwrap_err()
            .message
            .contains("no JSON")
    );
}

#[test]
fn what_a_file_says_is_safe_to_show() {
    let mud = changed("The hub of a", "\\u001b[2J\\u202e").unwrap();
    let shown = mud.systeminfo.unwrap();
    assert!(shown.contains("\\u{1b}[2J\\u{202e}"), "{shown}");
    let long = changed("The hub of a", &"x".repeat(100_000)).unwrap();
    assert!(long.systeminfo.unwrap().chars().count() <= 256);
    let surrogate = changed("The hub of a", "\\ud800").unwrap_err();
    assert!(surrogate.message.contains("wrong type"), "{surrogate}");
}
