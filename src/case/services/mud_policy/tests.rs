use super::*;
use crate::observation::{IpFamily, MudDirection};

fn rule(accepts: bool, ports: Option<(u16, u16)>, from: Vec<MudPeer>) -> MudRule {
    MudRule {
        name: "e".to_owned(),
        accepts,
        family: None,
        transport: Some(Transport::Tcp),
        ports: ports.map(|range| vec![range]),
        source_port: false,
        initiated: None,
        from,
        unclear: None,
    }
}

fn accept(from: MudPeer) -> MudRule {
    rule(true, Some((443, 443)), vec![from])
}

fn drops(from: Vec<MudPeer>) -> MudRule {
    rule(false, None, from)
}

fn unclear(rule: MudRule) -> MudRule {
    MudRule {
        unclear: Some("`x`".to_owned()),
        ..rule
    }
}

/// Who may reach TCP port 443 over IPv4.
fn of(rules: Vec<MudRule>) -> &'static str {
    at("192.0.2.1", Transport::Tcp, 443, rules)
}

fn at(ip: &str, transport: Transport, port: u16, rules: Vec<MudRule>) -> &'static str {
    let mud = ImportedMud {
        source: String::new(),
        mud_url: String::new(),
        last_update: jiff::Timestamp::UNIX_EPOCH,
        cache_validity_hours: 48,
        is_supported: true,
        systeminfo: None,
        mfg_name: None,
        model_name: None,
        firmware_rev: None,
        software_rev: None,
        extensions: vec![],
        to_device: rules,
        to_device_other: 0,
        from_device: 0,
        unread: vec![],
    };
    match permission(&mud, ip.parse().unwrap(), transport, port) {
        Permission::Everybody => "everybody",
        Permission::Some(_) => "some",
        Permission::Elsewhere(_) => "elsewhere",
        Permission::Nobody => "nobody",
        Permission::Unclear { .. } => "unclear",
    }
}

const LOCAL: MudPeer = MudPeer::LocalNetworks;
const MINE: MudPeer = MudPeer::MyController;

fn cloud() -> MudPeer {
    MudPeer::DomainName("cloud.example".to_owned())
}

#[test]
fn what_no_entry_accepts_is_not_permitted() {
    assert_eq!(of(vec![]), "nobody");
    assert_eq!(of(vec![rule(true, Some((80, 442)), vec![])]), "nobody");
    assert_eq!(of(vec![rule(true, Some((80, 443)), vec![])]), "everybody");
    assert_eq!(of(vec![rule(true, None, vec![])]), "everybody");
    let other = |change: fn(&mut MudRule)| {
        let mut it = rule(true, None, vec![]);
        change(&mut it);
        of(vec![it])
    };
    assert_eq!(other(|it| it.family = Some(IpFamily::Ipv6)), "nobody");
    assert_eq!(other(|it| it.family = Some(IpFamily::Ipv4)), "everybody");
    assert_eq!(other(|it| it.transport = Some(Transport::Udp)), "nobody");
    assert_eq!(other(|it| it.transport = None), "everybody");
    let six = MudRule {
        family: Some(IpFamily::Ipv6),
        ..accept(LOCAL)
    };
    assert_eq!(
        at("fd00::1", Transport::Tcp, 443, vec![six.clone()]),
        "everybody"
    );
    assert_eq!(at("fd00::1", Transport::Udp, 443, vec![six]), "nobody");
}

#[test]
fn answers_to_the_device_open_nothing() {
    let answers = |change: fn(&mut MudRule)| {
        let mut it = rule(true, None, vec![]);
        change(&mut it);
        of(vec![it])
    };
    assert_eq!(
        answers(|it| it.initiated = Some(MudDirection::FromDevice)),
        "nobody"
    );
    assert_eq!(
        answers(|it| it.initiated = Some(MudDirection::ToDevice)),
        "everybody"
    );
    assert_eq!(answers(|it| it.source_port = true), "nobody");
    // A peer that must use a certain port of its own may come all the same.
    assert_eq!(
        answers(|it| {
            it.source_port = true;
            it.ports = Some(vec![(443, 443)]);
        }),
        "everybody"
    );
}

#[test]
fn who_may_come_is_told_apart() {
    let network = |ip: &str, prefix| MudPeer::Network(ip.parse().unwrap(), prefix);
    for (from, expected) in [
        (LOCAL, "everybody"),
        (MINE, "some"),
        (MudPeer::SameManufacturer, "some"),
        (MudPeer::Controller(String::new()), "some"),
        (MudPeer::Manufacturer(String::new()), "some"),
        (MudPeer::Model(String::new()), "some"),
        (network("192.168.0.0", 16), "some"),
        (network("1.1.1.0", 24), "elsewhere"),
        (network("1.0.0.0", 1), "some"),
        (cloud(), "elsewhere"),
    ] {
        assert_eq!(of(vec![accept(from.clone())]), expected, "{from:?}");
    }
    let both = |from| of(vec![rule(true, None, from)]);
    assert_eq!(both(vec![LOCAL, MINE]), "some");
    assert_eq!(both(vec![LOCAL, cloud()]), "elsewhere");
    assert_eq!(of(vec![accept(cloud()), accept(MINE)]), "some");
    assert_eq!(of(vec![accept(cloud()), accept(LOCAL)]), "everybody");
}

#[test]
fn the_first_entry_that_matches_decides() {
    assert_eq!(of(vec![drops(vec![]), accept(LOCAL)]), "nobody");
    assert_eq!(of(vec![drops(vec![LOCAL]), accept(LOCAL)]), "nobody");
    assert_eq!(of(vec![accept(LOCAL), drops(vec![])]), "everybody");
    assert_eq!(of(vec![accept(MINE), drops(vec![]), accept(LOCAL)]), "some");
    assert_eq!(of(vec![drops(vec![cloud()]), accept(LOCAL)]), "everybody");
    // Whom else the second lets in is not worked out.
    assert_eq!(of(vec![drops(vec![MINE]), accept(LOCAL)]), "unclear");
    assert_eq!(of(vec![drops(vec![MINE])]), "nobody");
}

#[test]
fn what_cannot_be_read_neither_permits_nor_denies() {
    assert_eq!(of(vec![unclear(accept(LOCAL))]), "unclear");
    assert_eq!(of(vec![unclear(accept(LOCAL)), accept(LOCAL)]), "everybody");
    assert_eq!(of(vec![accept(cloud()), unclear(accept(LOCAL))]), "unclear");
    assert_eq!(of(vec![accept(MINE), unclear(accept(LOCAL))]), "some");
    assert_eq!(of(vec![unclear(drops(vec![])), accept(LOCAL)]), "unclear");
    assert_eq!(of(vec![unclear(drops(vec![]))]), "nobody");
    assert_eq!(of(vec![drops(vec![]), unclear(accept(LOCAL))]), "nobody");
    assert_eq!(
        of(vec![unclear(rule(true, Some((80, 80)), vec![]))]),
        "nobody"
    );
}
