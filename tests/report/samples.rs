//! Certificates of devices that do not exist.

use std::collections::BTreeMap;
use std::sync::Arc;

use proofmark::case::Basis;
use proofmark::certificate::*;
use proofmark::observation::{DocumentKind, Transport};
use proofmark::profile::{Checked, Coverage as ProvisionCoverage, WaiverPolicy};
use proofmark::verdict::{Obligation, Reason, Severity, Subject, Verdict};

use crate::seen;

pub(crate) const BLOB: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// Strings that attack a reader, a browser or a parser.
pub(crate) const HOSTILE: [&str; 6] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=1>",
    "exe.\u{202e}gpj",
    "]]>&amp;<!--\u{0}\u{1b}[2J\u{fffe}",
    "{{ c.id }}{% raw %}",
    "javascript:alert(1)",
];

/// Everything passes or does not apply.
pub(crate) fn hub() -> Certificate {
    let mut hub = base("Nordlicht", "Hub One", "3.2.0");
    hub.requirements = vec![
        closed_ports(Verdict::Pass),
        no_default(Verdict::NotApplicable),
        survives(Verdict::Pass),
    ];
    hub.requirements[1].declared_by = Some("the supplier, in the manifest".into());
    hub.requirements[1].rationale = "The manifest declares no login, and none was found.".into();
    hub.documents = Some(stated());
    hub.coverage.services.remove(0);
    hub.coverage.logins.clear();
    hub.coverage.not_tried.clear();
    hub.timeline = seen::calm();
    hub.protection = seen::well_protected();
    hub
}

/// One document of each sort: fetched, handed in, not had.
fn stated() -> SupplierDocuments {
    let declared = |value: &str| Sourced {
        value: value.into(),
        source: Source::Declared,
    };
    let document = |kind, publication| SupplierDocument {
        kind,
        publication,
        file: None,
        url: Some("https://nordlicht.example/security".into()),
        at: "2026-01-02T03:04:05Z".parse().unwrap(),
        route: vec![],
        authority: None,
        copy: None,
        sha256: None,
        says: vec![],
        evidence: "e-0001".into(),
    };
    SupplierDocuments {
        model_designation: declared("Hub One"),
        support_until: Some(declared("2031-12-31")),
        documents: vec![
            SupplierDocument {
                route: vec![
                    "https://nordlicht.example/security".into(),
                    "https://nordlicht.example/en/security".into(),
                ],
                copy: Some("inputs/vulnerability-policy-security".into()),
                sha256: Some(BLOB.into()),
                says: vec!["contacts: mailto:psirt@nordlicht.example".into()],
                ..document(DocumentKind::VulnerabilityPolicy, PublicationWord::Observed)
            },
            SupplierDocument {
                file: Some("security.txt".into()),
                url: Some("https://nordlicht.example/.well-known/security.txt".into()),
                copy: Some("inputs/security-txt-security.txt".into()),
                sha256: Some(BLOB.into()),
                says: vec![
                    "Contact: mailto:psirt@nordlicht.example".into(),
                    "Expires: 2026-12-31T23:59:59Z".into(),
                ],
                ..document(DocumentKind::SecurityTxt, PublicationWord::Declared)
            },
            SupplierDocument {
                url: Some("https://nordlicht.example/support".into()),
                says: vec!["it is named by its URL, and `--fetch-documents` was not given".into()],
                ..document(DocumentKind::SupportPeriod, PublicationWord::NotShown)
            },
        ],
    }
}

/// An undeclared telnet and a default credential.
pub(crate) fn camera() -> Certificate {
    let mut camera = base("Acme Imaging", "HomeCam 2", "1.4.2");
    camera.outcome = ConformityOutcome::NonConformant;
    camera.statement = "Nonconformity observed in 2 of 3 requirements by network test; 3 of 68 provisions were looked at, at least in part.".into();
    let telnet = finding(
        "undeclared-port",
        Severity::High,
        23,
        "telnet",
        "TCP port 23 is open and the manifest declares no service on it. It answered “HomeCam login: ”.",
        "Close the port in the shipped firmware, or declare the service and say what it is for.",
    );
    let admin = finding(
        "default-credential",
        Severity::Critical,
        80,
        "web",
        "The HTTP login on port 80 accepts the public default admin/admin and then opens “/”.",
        "Ship each unit with a password of its own, or make the user set one before the device does anything else.",
    );
    let mut ports = closed_ports(Verdict::Fail);
    ports.rationale = "TCP port 23 is open and not declared.".into();
    ports.findings = vec![
        finding(
            "banner-discloses-version",
            Severity::Note,
            80,
            "web",
            "The server names its product and version.",
            "Nothing has to be done.",
        ),
        telnet,
    ];
    let mut login = no_default(Verdict::Fail);
    login.rationale = "A public default credential opens the web interface.".into();
    login.findings = vec![admin];
    let mut survives = survives(Verdict::Inconclusive);
    survives.rationale =
        "The device did not answer for 40 s after the port sweep; the cause is not known.".into();
    survives.reasons = vec![Reason::DeviceLost];
    survives.gaps = vec![GapResult {
        reason: Reason::DeviceLost,
        subject: Subject::unit("a"),
        message: "No answer between 10:14:02 and 10:14:42; run again with a lower --max-rate."
            .into(),
        // The sweep has no bytes of its own.
        evidence: vec![Arc::new(EvidenceReference {
            blob: None,
            offset: None,
            length: None,
            ..reference("e-0007")
        })],
    }];
    camera.requirements = vec![ports, login, survives];
    camera
}

/// The device changed while it was tested: nothing else is wrong.
pub(crate) fn swapped() -> Certificate {
    let mut swapped = hub();
    swapped.outcome = ConformityOutcome::NotCertifiable;
    swapped.statement =
        "Not certifiable: the device that was tested is not shown to be the device that is named."
            .into();
    swapped.identity.state = IdentityState::Differs;
    swapped.identity.statement = "Firmware was 3.2.0 at the start and 3.2.1 at the end.".into();
    swapped.run.state = RunStateWord::Aborted;
    swapped.run.until = None;
    swapped.run.aborted_because = Some("the operator pressed Ctrl-C".into());
    swapped
}

/// The camera's failures, of which somebody accepts one; one waiver expired, and one matches nothing.
pub(crate) fn waived() -> Certificate {
    let mut camera = camera();
    let waiver = AppliedWaiver {
        by: "J. Doe, product security".into(),
        until: "2026-06-30".parse().unwrap(),
        reason: "Closed by firmware 1.5".into(),
    };
    let results = [
        (WaiverState::Active, 0, 1, "applies"),
        (
            WaiverState::Expired,
            1,
            0,
            "expired, so that the failure stands",
        ),
        (
            WaiverState::Unmatched,
            2,
            0,
            "matches nothing: the requirement could not be decided",
        ),
    ];
    let result = |(state, index, finding, remark): (WaiverState, usize, usize, &str)| {
        let requirement = &camera.requirements[index];
        let finding = requirement.findings.get(finding);
        WaiverResult {
            requirement: requirement.id.clone(),
            code: finding.map_or("device-lost".into(), |it| it.code.clone()),
            subject: finding.map_or(Subject::unit("a"), |it| it.subject.clone()),
            by: waiver.by.clone(),
            until: waiver.until,
            reason: waiver.reason.clone(),
            state,
            findings: u32::from(finding.is_some()),
            remark: remark.into(),
        }
    };
    camera.waivers = Some(Waiving {
        sha256: BLOB.into(),
        policy: WaiverPolicy::Shown,
        list: results.map(result).into(),
    });
    camera.requirements[0].findings[1].waiver = Some(waiver.clone());
    camera.requirements[0].waiver = Some(waiver);
    camera
}

/// Somebody looked inside, and another one at the wrong board.
pub(crate) fn examined() -> Certificate {
    let mut hub = hub();
    let mut inside = requirement(
        "no-debug-header",
        "No debug connector is fitted inside",
        "manual/examination",
        Verdict::Pass,
        "5.6-4B",
        "A person looked at this, because no test over the network can see it.",
    );
    inside.basis = Basis::Examined;
    let statement = "examined by J. Doe on 9 March 2026, 11:20 UTC: “two boards, no header” (attached: board.jpg, SHA-256 9f86d081884c7d65…)";
    inside.rationale = format!("E{}.", &statement[1..]);
    inside.proofs = vec![ProofResult {
        unit: "a".into(),
        statement: statement.into(),
        evidence: vec![Arc::new(EvidenceReference {
            id: "record-4".into(),
            blob: None,
            offset: None,
            length: None,
            excerpt: None,
            summary: Some(
                "no-debug-header of unit a examined by J. Doe on 9 March 2026, 11:20 UTC: PASS"
                    .into(),
            ),
        })],
    }];
    hub.requirements.push(inside);
    hub.judged_at = "2026-03-09T12:00:00Z".parse().unwrap();
    let record = |number: u32, kind, by: &str, at: &str, text: &str| RecordResult {
        id: format!("record-{number}"),
        kind,
        at: format!("2026-03-09T{at}:00Z").parse().unwrap(),
        recorded_at: "2026-03-09T11:20:00Z".parse().unwrap(),
        by: by.into(),
        unit: (kind != RecordKind::Withdrawal).then(|| "a".into()),
        text: text.into(),
        check: (kind == RecordKind::Check).then(|| ExaminedCheck {
            id: "no-debug-header".into(),
            verdict: Verdict::Pass,
            question: Some("Are both sides of the board free of fitted connectors?".into()),
            requirements: vec!["no-debug-header".into()],
        }),
        withdraws: None,
        withdrawn_by: None,
        attachments: vec![],
    };
    let step = record(
        1,
        RecordKind::Step,
        "J. Doe",
        "10:05",
        "held the reset button for 10 s",
    );
    let mut wrong = record(
        2,
        RecordKind::Check,
        "A. Roe",
        "11:02",
        "four pins beside the antenna",
    );
    wrong.withdrawn_by = Some("record-3".into());
    if let Some(check) = &mut wrong.check {
        check.verdict = Verdict::Fail;
    }
    let mut withdrawal = record(
        3,
        RecordKind::Withdrawal,
        "A. Roe",
        "11:20",
        "it was the board of another sample",
    );
    withdrawal.withdraws = Some("record-2".into());
    let mut right = record(
        4,
        RecordKind::Check,
        "J. Doe",
        "11:20",
        "two boards, no header",
    );
    right.attachments = vec![AttachmentReference {
        name: "board.jpg".into(),
        sha256: BLOB.into(),
        length: 482_113,
    }];
    hub.records = Some(Recorded {
        sha256: BLOB.into(),
        list: vec![step, wrong, withdrawal, right],
    });
    hub
}

/// The camera, tested by a laboratory for a customer: report, permission, item, and one opinion.
pub(crate) fn commissioned() -> Certificate {
    let mut camera = camera();
    camera.job = Some(Job {
        remarks: vec![],
        ..job()
    });
    camera
}

/// What a laboratory states of the camera, of which one thing does not fit the run.
pub(crate) fn job() -> Job {
    let by = |value: &str, source| Stated {
        value: value.into(),
        source,
    };
    let stated = |value: &str| by(value, Speaker::Laboratory);
    let party = |name: &str, address: &str| JobParty {
        name: stated(name),
        address: stated(address),
        accreditation: None,
        contact: None,
    };
    let person = |name: &str, function: &str| JobPerson {
        name: stated(name),
        function: Some(stated(function)),
    };
    Job {
        sha256: BLOB.into(),
        report: Some(JobReport {
            number: stated("2026/0417"),
            issue: Some(2),
            date: Some(stated("2026-03-12")),
            replaces: Some(ReplacedReport {
                number: stated("2026/0417"),
                issue: Some(1),
                because: stated("The serial number was wrong."),
            }),
            authorised_by: Some(person("M. Lindqvist", "head of the laboratory")),
        }),
        laboratory: Some(JobParty {
            accreditation: Some(stated("Example Accreditation Body, no. 1234")),
            ..party(
                "Nordic Test Laboratory",
                "Example Street 1, 111 11 Stockholm, Sweden",
            )
        }),
        customer: Some(JobParty {
            contact: Some(stated("A. Buyer")),
            ..party(
                "Consumers Together",
                "Market Square 5, 1000 Brussels, Belgium",
            )
        }),
        operator: Some(person("O. Perator", "test engineer")),
        authorisation: Some(TestAuthorisation {
            given_by: stated("Consumers Together, owner of the sample"),
            reference: stated("order CT-77"),
            date: stated("2026-03-01"),
            covers: Some(stated("Every test that leaves the device as it was.")),
        }),
        place: Some(stated("Room 3 of the laboratory")),
        conditions: Some(stated(
            "A switch of its own, no uplink; mains adapter of the product.",
        )),
        deviations: vec![
            stated("The test began without a factory reset."),
            stated("One unit instead of two."),
        ],
        additions: vec![],
        exclusions: vec![stated("IPv6: the network has none.")],
        external: vec![],
        items: vec![JobItem {
            unit: Some("a".into()),
            description: Some(by(
                "Indoor camera, white, with mains adapter",
                Speaker::Customer,
            )),
            identification: Some(stated("Serial number on the label; our tag L-0042")),
            condition: Some(stated("Sealed box, no damage")),
            received: Some(stated("2026-03-02")),
            sampling: Some(by(
                "Bought in a shop on 27 February 2026",
                Speaker::Customer,
            )),
        }],
        opinions: vec![JobOpinion {
            text: stated("The open Telnet port looks like a leftover of production."),
            person: stated("O. Perator"),
        }],
        remarks: vec!["the item of unit a was received on 2026-03-02, after the test began".into()],
    }
}

/// A job in which every text is this one.
pub(crate) fn job_saying(text: &str) -> Job {
    use serde_json::Value;
    fn said(value: Value, text: &str) -> Value {
        match value {
            Value::Object(map) => {
                let said = |(key, value): (String, Value)| match key.as_str() {
                    "source" => (key, value),
                    _ => (key, said(value, text)),
                };
                Value::Object(map.into_iter().map(said).collect())
            }
            Value::Array(list) => list.into_iter().map(|value| said(value, text)).collect(),
            Value::String(_) => text.into(),
            other => other,
        }
    }
    serde_json::from_value(said(serde_json::to_value(job()).unwrap(), text)).unwrap()
}

/// Every string is an attack, there are 60 findings, and words have no end.
pub(crate) fn hostile() -> Certificate {
    let mut base = waived();
    base.records = examined().records;
    base.job = Some(job());
    let long = "x".repeat(3000);
    let findings = (0..60).map(|index| {
        let mut one = finding(
            "undeclared-port",
            Severity::High,
            index,
            "web",
            HOSTILE[usize::from(index) % 6],
            "",
        );
        one.remediation = long.clone().into();
        Arc::make_mut(&mut one.evidence[0]).id = format!("e-{index}");
        one
    });
    base.requirements[0].findings = findings.collect();
    let text = serde_json::to_value(&base).unwrap();
    serde_json::from_value(poisoned(text, "")).unwrap()
}

/// The same document with attacks in place of every text that is not one of a closed set of words.
fn poisoned(value: serde_json::Value, key: &str) -> serde_json::Value {
    replaced(value, key, &|text| match text {
        long if long.len() >= 1000 || long.starts_with("e-") => long.to_owned(),
        text => format!("{text} {}", HOSTILE.join(" ")),
    })
}

/// The same document with another text in place of every text that is not one of a closed set of words.
pub(crate) fn replaced(
    value: serde_json::Value,
    key: &str,
    with: &dyn Fn(&str) -> String,
) -> serde_json::Value {
    use serde_json::Value;
    let closed = [
        "checked",
        "outcome",
        "verdict",
        "obligation",
        "severity",
        "proof",
        "state",
        "source",
        "reason",
        "transport",
        "reasons",
        "coverage",
        "judged_at",
        "from",
        "until",
        "policy",
        "kind",
        "at",
        "recorded_at",
        "stage",
        "carried",
        "answer",
        "trust",
        "not_before",
        "not_after",
    ];
    match value {
        Value::Object(map) => Value::Object(
            map.into_iter()
                .map(|(key, value)| {
                    let value = replaced(value, &key, with);
                    (key, value)
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(
            items
                .into_iter()
                .map(|item| replaced(item, key, with))
                .collect(),
        ),
        Value::String(text) if !closed.contains(&key) => Value::String(with(&text)),
        other => other,
    }
}

fn base(manufacturer: &str, model: &str, firmware: &str) -> Certificate {
    let declared = |value: &str| Sourced {
        value: value.into(),
        source: Source::Declared,
    };
    Certificate {
        format: CERTIFICATE_FORMAT.into(),
        id: "pm-4be1c0ffee5a17d2".into(),
        outcome: ConformityOutcome::Conformant,
        statement: "No nonconformity observed in 2 of 2 applicable requirements by network test; 3 of 68 provisions were looked at, at least in part.".into(),
        cautions: vec![],
        judged_at: "2026-03-09T10:31:07Z".parse().unwrap(),
        tool: Tool { version: "0.1.0".into(), rules: RULES_VERSION.into() },
        run: RunReference {
            sha256: "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae".into(),
            from: "2026-03-09T10:02:11Z".parse().unwrap(),
            until: Some("2026-03-09T10:30:58Z".parse().unwrap()),
            state: RunStateWord::Complete,
            aborted_because: None,
            observed_with: "0.1.0".into(),
            max_rate: 3000,
            candidates_sha256: BLOB.into(),
            shared_keys_sha256: Some("c".repeat(64)),
            blocklist: None,
            remarks: vec!["The unit was tested over IPv4 only; it has no IPv6 address.".into()],
        },
        profile: ProfileReference {
            id: "iot-minimum".into(),
            version: "1.0.0".into(),
            title: "Minimum security of a connected consumer device".into(),
            summary: "Three things that no connected device should get wrong.".into(),
            leaves_out: vec!["software updates".into(), "radio interfaces".into()],
            sha256: "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9".into(),
        },
        decision_rule: "A requirement passes only where every port, service and login it speaks of was looked at and none broke it. What was not seen counts as not shown.".into(),
        device: CertifiedDevice {
            manufacturer: declared(manufacturer),
            model: declared(model),
            firmware: Some(Sourced { value: firmware.into(), source: Source::Observed }),
            kind: Some(declared("camera")),
            units: vec![CertifiedUnit {
                id: "a".into(),
                serial: Some("HC2-000417".into()),
                state: "initialised".into(),
                addresses: vec!["192.0.2.10".into()],
                found_on_link: Vec::new(),
                fingerprints: BTreeMap::from([
                    ("http-server".into(), "lighttpd/1.4.73".into()),
                    ("ssh-host-key".into(), format!("SHA256:{BLOB}")),
                ]),
            }],
        },
        identity: IdentityCheck {
            state: IdentityState::Agrees,
            statement: format!("Firmware {firmware} and two key fingerprints were the same at the start, at the end and in the manifest."),
            evidence: vec!["e-0002".into(), "e-0041".into()],
        },
        documents: None,
        requirements: vec![],
        waivers: None,
        records: None,
        job: None,
        coverage: coverage(),
        timeline: seen::timeline(),
        protection: seen::protection(),
        not_assessed: ["5.1-4", "5.2-1", "5.3-2", "5.8-3"].iter().map(|id| not_assessed("ETSI EN 303 645", "3.1.3", id))
            .chain([not_assessed("Regulation (EU) 2024/2847, Annex I", "2024", "Part II (1)")]).collect(),
    }
}

fn not_assessed(standard: &'static str, version: &'static str, id: &'static str) -> NotAssessed {
    NotAssessed {
        standard: standard.into(),
        version: version.into(),
        id: id.into(),
        about: "What the manufacturer promises about support and reports of weaknesses".into(),
        checked: Checked::Secondary,
        why: "It is about documents and processes, which a network test does not see".into(),
    }
}

fn coverage() -> Coverage {
    let service =
        |port, protocol: &str, product: Option<&str>, declared: Option<&str>| ServiceCoverage {
            unit: "a".into(),
            address: "192.0.2.10".into(),
            transport: Transport::Tcp,
            port,
            protocol: protocol.into(),
            imported: match port {
                80 => vec!["http (Boa 0.94), says nmap 7.93".into()],
                _ => vec![],
            },
            product: product.map(Into::into),
            declared: declared.map(Into::into),
            evidence: format!("e-{port:04}"),
        };
    Coverage {
        evidence: 41,
        ports: vec![PortCoverage {
            unit: "a".into(),
            address: "192.0.2.10".into(),
            transport: Transport::Tcp,
            total: 65_535,
            open: 2,
            closed: 65_530,
            silent: 3,
            unproven: 0,
            excluded: 0,
            open_ports: vec![23, 80],
            ledger: ledger(),
            ledger_left_out: 0,
            ledger_blocks: vec![],
            engine: "raw: raw sockets are permitted".to_owned(),
            silent_rounds: 3,
            probes: 65_604,
            rate_peak: 1480.25,
            seconds: 61.5,
            evidence: "e-0005".into(),
        }],
        services: vec![
            service(23, "telnet", None, None),
            service(80, "http", Some("lighttpd/1.4.73"), Some("web")),
        ],
        logins: vec![LoginCoverage {
            unit: "a".into(),
            address: "192.0.2.10".into(),
            port: 80,
            mechanism: "http-basic".into(),
            path: Some("/".into()),
            candidates: 24,
            attempts: 29,
            attempts_per_minute: 5,
            owner_first: true,
            owner_last: false,
        }],
        not_tried: vec!["UDP ports: no requirement of this profile asks for them".into()],
        changed: vec![],
    }
}

fn closed_ports(verdict: Verdict) -> RequirementResult {
    requirement(
        "closed-ports",
        "Only declared TCP ports are open",
        "services/closed-ports",
        verdict,
        "5.6-1",
        "Every open port is a door. This test knocks at all of them and compares what is open with what the manufacturer says should be open.",
    )
}

fn no_default(verdict: Verdict) -> RequirementResult {
    requirement(
        "no-default-credentials",
        "No public default credential is accepted",
        "credentials/no-default",
        verdict,
        "5.1-1",
        "Passwords that are the same on every device are known to everybody. This test tries the well-known ones.",
    )
}

fn survives(verdict: Verdict) -> RequirementResult {
    let mut survives = requirement(
        "survives-testing",
        "The device survives being tested",
        "resilience/survives-testing",
        verdict,
        "5.9-2",
        "A device should not fall over because somebody looks at it. This test watches whether it still answers.",
    );
    survives.obligation = Obligation::Recommended;
    survives
}

fn requirement(
    id: &str,
    title: &str,
    case: &'static str,
    verdict: Verdict,
    provision: &'static str,
    plain: &'static str,
) -> RequirementResult {
    RequirementResult {
        id: id.into(),
        title: title.into(),
        obligation: Obligation::Mandatory,
        test_case: case.into(),
        basis: Basis::Observed,
        verdict,
        rationale: "Shown on unit a, over everything that the requirement speaks of.".into(),
        plain_words: plain.into(),
        reasons: vec![],
        declared_by: None,
        units: vec![UnitResult {
            id: "a".into(),
            verdict,
        }],
        waiver: None,
        provisions: vec![ServedProvision {
            standard: "ETSI EN 303 645".into(),
            version: "3.1.3".into(),
            id: provision.into(),
            coverage: ProvisionCoverage::Partial,
            about: "Unused interfaces are disabled".into(),
            checked: Checked::Secondary,
        }],
        findings: vec![],
        gaps: vec![],
        proofs: match verdict {
            Verdict::Pass => vec![ProofResult {
                unit: "a".into(),
                statement: "All 65,535 TCP ports were asked; the open ones are declared.".into(),
                evidence: vec![reference("e-0005").into()],
            }],
            _ => vec![],
        },
    }
}

fn finding(
    code: &str,
    severity: Severity,
    port: u16,
    service: &str,
    message: &str,
    remediation: &'static str,
) -> FindingResult {
    FindingResult {
        code: code.into(),
        severity,
        subject: Subject {
            unit: "a".into(),
            address: Some("192.0.2.10".into()),
            transport: Some(Transport::Tcp),
            port: Some(port),
            service: Some(service.into()),
        },
        message: message.into(),
        remediation: remediation.into(),
        waiver: None,
        evidence: vec![reference(&format!("e-01{port:02}")).into()],
    }
}

fn reference(id: &str) -> EvidenceReference {
    EvidenceReference {
        id: id.into(),
        blob: Some(BLOB.into()),
        offset: Some(0),
        length: Some(74),
        summary: Some("TCP connection accepted; 74 bytes received".into()),
        excerpt: None,
    }
}

fn ledger() -> Vec<PortRow> {
    use proofmark::observation::{PortProof, PortState};
    let row = |first, last, state, proof, asked| PortRow {
        first,
        last,
        state,
        proof,
        asked,
    };
    let closed = |first, last| row(first, last, PortState::Closed, PortProof::Refused, 1);
    let open = |port| row(port, port, PortState::Open, PortProof::Accepted, 1);
    vec![
        closed(1, 22),
        open(23),
        closed(24, 79),
        open(80),
        closed(81, 8999),
        row(9000, 9002, PortState::Silent, PortProof::NoAnswer, 3),
        closed(9003, 65_535),
    ]
}
