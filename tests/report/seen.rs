//! Timelines and services of the devices that do not exist.

use proofmark::certificate::*;
use proofmark::observation::{PortProof, PortState, Transport};

use crate::samples;

/// A device that was silent after the sweep, and back after 40 seconds, and lost a port in the end.
pub(crate) fn timeline() -> Vec<UnitTimeline> {
    let mut health = vec![
        health(Health::CameBack, 73_000, 113_000),
        health(Health::Answered, 118_000, 118_020),
        health(Health::Answered, 126_000, 126_030),
    ];
    health.extend((0..6).map(|index| {
        let from = 300_000 + 200_000 * index;
        self::health(Health::Answered, from, from + 20)
    }));
    health.push(self::health(Health::PortsLost, 1_726_400, 1_727_000));
    vec![UnitTimeline {
        unit: "a".into(),
        stages: stages(),
        health,
        left_out: 0,
    }]
}

/// A device to which nothing happened.
pub(crate) fn calm() -> Vec<UnitTimeline> {
    let health = (0..8).map(|index| {
        let from = 73_000 + 230_000 * index;
        health(Health::Answered, from, from + 20)
    });
    vec![UnitTimeline {
        unit: "a".into(),
        stages: stages(),
        health: health.collect(),
        left_out: 0,
    }]
}

fn stages() -> Vec<StageSpan> {
    let span = |stage, from, until, attempts| StageSpan {
        stage,
        address: "192.0.2.10".into(),
        from,
        until,
        attempts,
        unanswered: 0,
        absences: 0,
    };
    let mut stages = vec![
        span(Stage::Reach, 200, 240, 1),
        span(Stage::Identity, 300, 420, 1),
        span(Stage::TcpPorts, 450, 61_950, 1),
        span(Stage::UdpPorts, 62_000, 72_800, 1),
        span(Stage::Identification, 113_100, 126_000, 2),
        span(Stage::Disclosure, 127_000, 131_000, 12),
        span(Stage::Logins, 131_500, 1_725_900, 29),
        span(Stage::Identity, 1_726_000, 1_726_300, 1),
    ];
    stages[2].absences = 1;
    stages[5].unanswered = 2;
    stages
}

pub(crate) fn health(state: Health, from: u64, until: u64) -> HealthSpan {
    HealthSpan {
        state,
        from,
        until,
        heartbeats: 1,
        after: (state != Health::Answered).then(|| "192.0.2.10, after the port sweep".into()),
    }
}

/// Both services of the camera speak in clear.
pub(crate) fn protection() -> Vec<ServiceProtection> {
    vec![
        service(23, "telnet", Carried::Clear, None),
        service(80, "http", Carried::Clear, None),
    ]
}

/// One service in TLS.
pub(crate) fn well_protected() -> Vec<ServiceProtection> {
    let tls = tls(
        ["refused", "refused", "taken", "taken"],
        "2025-06-01T00:00:00",
        "2027-06-01T00:00:00",
    );
    vec![service(80, "http in TLS", Carried::Tls, Some(tls))]
}

pub(crate) fn service(
    port: u16,
    protocol: &str,
    carried: Carried,
    tls: Option<SeenTls>,
) -> ServiceProtection {
    ServiceProtection {
        unit: "a".into(),
        address: "192.0.2.10".into(),
        port,
        protocol: protocol.into(),
        carried,
        tls,
    }
}

/// What was seen of TLS 1.0 to 1.3, and of a certificate.
pub(crate) fn tls(answers: [&str; 4], from: &str, until: &str) -> SeenTls {
    let versions = ["TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3"];
    let answer = |word| match word {
        "taken" => Some(VersionAnswer::Taken),
        "refused" => Some(VersionAnswer::Refused),
        "unclear" => Some(VersionAnswer::Unclear),
        _ => None,
    };
    let told = versions.into_iter().zip(answers);
    SeenTls {
        versions: told
            .filter_map(|(version, word)| {
                Some(SeenVersion {
                    suites: Vec::new(),
                    version: version.into(),
                    answer: answer(word)?,
                })
            })
            .collect(),
        session: Some("TLS 1.3, TLS13_AES_128_GCM_SHA256".into()),
        certificate: Some(SeenCertificate {
            subject: "CN=hub.local".into(),
            issuer: "CN=Nordlicht Device CA".into(),
            self_signed: false,
            not_before: from.parse().unwrap(),
            not_after: until.parse().unwrap(),
            key: "EC, P-256".into(),
            signature: "ecdsa-with-SHA256".into(),
            trust: SeenTrust::Verified,
            name_matches: Some(true),
        }),
        evidence: "e-0030".into(),
    }
}

/// Two addresses, many services, every state of a port, every answer of TLS.
pub(crate) fn crowded() -> Certificate {
    let mut camera = samples::camera();
    let six = "fd00:1234:5678:9abc:def0:1234:5678:9abc";
    let row = |first, last, state, proof| PortRow {
        first,
        last,
        state,
        proof,
        asked: 2,
    };
    let closed = |first, last| row(first, last, PortState::Closed, PortProof::Refused);
    let open = |port| row(port, port, PortState::Open, PortProof::Accepted);
    let four = &mut camera.coverage.ports[0];
    four.ledger = vec![
        closed(1, 21),
        open(22),
        open(23),
        closed(24, 79),
        open(80),
        closed(81, 442),
        open(443),
        closed(444, 553),
        open(554),
        closed(555, 1882),
        open(1883),
        closed(1884, 4999),
        row(5000, 8442, PortState::Silent, PortProof::NoAnswer),
        open(8443),
        open(8444),
        closed(8445, 20_000),
        row(20_001, 20_010, PortState::Unproven, PortProof::NotAsked),
        closed(20_011, 29_999),
        row(30_000, 34_999, PortState::Unproven, PortProof::NotAsked),
        closed(35_000, 39_999),
        row(40_000, 40_004, PortState::Closed, PortProof::Foreign),
        closed(40_005, 44_999),
        row(45_000, 47_999, PortState::Closed, PortProof::Foreign),
        closed(48_000, 49_151),
        row(49_152, 49_160, PortState::Open, PortProof::Accepted),
        closed(49_161, 65_532),
        open(65_533),
        closed(65_534, 65_535),
    ];
    count(four);
    let mut other = four.clone();
    other.address = six.into();
    let mut udp = four.clone();
    udp.transport = Transport::Udp;
    udp.ledger = vec![
        row(53, 53, PortState::Closed, PortProof::Refused),
        row(67, 69, PortState::Silent, PortProof::NoAnswer),
        row(123, 123, PortState::Closed, PortProof::Refused),
        row(161, 162, PortState::Unproven, PortProof::NotAsked),
        row(1900, 1900, PortState::Open, PortProof::Answered),
        row(5353, 5353, PortState::Open, PortProof::Answered),
        row(5683, 5683, PortState::Closed, PortProof::Foreign),
        row(49_152, 49_152, PortState::Closed, PortProof::Refused),
    ];
    count(&mut udp);
    camera.coverage.ports.extend([other, udp]);
    let service = |address: &str, port, protocol: &str, declared: bool| ServiceCoverage {
        address: address.into(),
        port,
        protocol: protocol.into(),
        declared: declared.then(|| "web".into()),
        ..camera.coverage.services[0].clone()
    };
    let mut services = vec![];
    for address in ["192.0.2.10", six] {
        for (port, protocol, declared) in [
            (22, "ssh", true),
            (23, "telnet", false),
            (80, "http", true),
            (443, "http in TLS", true),
            (554, "rtsp", true),
            (1883, "mqtt", false),
            (8443, "http in TLS", false),
        ] {
            services.push(service(address, port, protocol, declared));
        }
    }
    let mut ssdp = service("192.0.2.10", 1900, "ssdp", false);
    ssdp.transport = Transport::Udp;
    services.push(ssdp);
    camera.coverage.services = services;
    let old = tls(
        ["taken", "taken", "taken", "unclear"],
        "2014-01-01T00:00:00",
        "2026-01-01T00:00:00",
    );
    let mut endless = tls(
        ["refused", "unclear", "taken", "refused"],
        "2025-01-01T00:00:00",
        "9999-12-31T23:59:59",
    );
    let authority = endless.certificate.as_mut().unwrap();
    (authority.self_signed, authority.trust) = (true, SeenTrust::Failed);
    let early = tls(
        ["unasked", "refused", "refused", "taken"],
        "2026-09-01T00:00:00",
        "2027-03-01T00:00:00",
    );
    let new = tls(
        ["refused", "refused", "taken", "taken"],
        "2025-06-01T00:00:00",
        "2027-06-01T00:00:00",
    );
    camera.protection = vec![
        self::service(22, "ssh", Carried::Own, None),
        self::service(23, "telnet", Carried::Clear, None),
        self::service(25, "smtp", Carried::TurnsToTls, Some(new.clone())),
        self::service(80, "http", Carried::Clear, None),
        self::service(443, "http in TLS", Carried::Tls, Some(new)),
        self::service(554, "not told", Carried::NotKnown, None),
        self::service(1883, "mqtt in TLS", Carried::TlsAndClear, Some(endless)),
        self::service(8443, "http in TLS", Carried::Tls, Some(old)),
        self::service(8444, "http in TLS", Carried::Tls, Some(early)),
        self::service(8445, "tls", Carried::Tls, None),
    ];
    let requirement = &mut camera.requirements[0];
    requirement.test_case = "transport/versions".into();
    let mut old = requirement.findings[1].clone();
    old.code = "old-tls-version".into();
    old.subject.port = Some(8443);
    requirement.findings.push(old);
    camera
}

/// The counts that the rows say.
fn count(ports: &mut PortCoverage) {
    let sum = |wanted: fn(&PortRow) -> bool| {
        let rows = ports.ledger.iter().filter(|row| wanted(row));
        rows.map(|row| u32::from(row.last - row.first) + 1).sum()
    };
    let foreign = |row: &PortRow| row.proof == PortProof::Foreign;
    let counts = [
        sum(|row| row.state == PortState::Open),
        sum(|row| row.state == PortState::Closed && row.proof != PortProof::Foreign),
        sum(|row| row.state == PortState::Silent),
        sum(|row| row.state == PortState::Unproven),
        sum(foreign),
    ];
    [
        ports.open,
        ports.closed,
        ports.silent,
        ports.unproven,
        ports.excluded,
    ] = counts;
    ports.total = counts.iter().sum();
}

/// A device that never came back after the logins had begun; the run was stopped.
pub(crate) fn lost() -> Certificate {
    let mut camera = samples::camera();
    camera.run.state = RunStateWord::Aborted;
    camera.run.aborted_because = Some("its deadline came".into());
    let unit = &mut camera.timeline[0];
    unit.stages.truncate(7);
    unit.stages[6].until = 900_000;
    unit.stages[6].unanswered = 29;
    unit.health.truncate(4);
    unit.health.extend([
        health(Health::PortsLost, 500_000, 501_000),
        health(Health::Answered, 700_000, 700_100),
        health(Health::Unanswered, 901_000, 921_000),
        health(Health::NotAsked, 1_400_000, 1_400_000),
    ]);
    camera
}

/// Every other port is open, and the certificate holds 256 rows.
pub(crate) fn alternating() -> Certificate {
    let mut camera = samples::camera();
    let ports = &mut camera.coverage.ports[0];
    ports.ledger = (1..=256)
        .map(|port| PortRow {
            first: port,
            last: port,
            state: if port % 2 == 0 {
                PortState::Open
            } else {
                PortState::Closed
            },
            proof: if port % 2 == 0 {
                PortProof::Accepted
            } else {
                PortProof::Refused
            },
            asked: 1,
        })
        .collect();
    ports.ledger_left_out = 65_279;
    ports.ledger_blocks = (1..=262)
        .map(|block: u16| {
            let first = (block * 250).max(257);
            let last = (block * 250).saturating_add(249);
            let all = u32::from(last - first) + 1;
            PortBlock {
                first,
                last,
                open: all / 2,
                closed: all - all / 2,
                ..PortBlock::default()
            }
        })
        .collect();
    let blocks = ports.ledger_blocks.iter();
    ports.open = 128 + blocks.map(|block| block.open).sum::<u32>();
    ports.closed = 65_535 - ports.open;
    ports.silent = 0;
    camera
}
