//! Runs made by hand, for tests of judging.

use jiff::Timestamp;
use proofmark::certificate::{Certificate, Judging, assess, issue};
use proofmark::dut::{
    AccessPolicy, Authority, DeclaredService, DeclaredTls, Device, LoginLimits, Owner, Secret,
    Unit, UnitState,
};
use proofmark::evidence::{
    Absence, Evidence, Outcome, RUN_FORMAT, Run, RunInfo, RunSettings, RunState, Target, ToolInfo,
};
use proofmark::observation::{
    AccessOutcome, AccessReply, AccessStep, Account, Alive, Asked, Engine, Identity, Mechanism,
    Moment, Observation, PortLedger, PortProof, PortSpan, PortState, Protocol, Reach, ReachAnswer,
    Recheck, Service, Sweep, Transport,
};
use proofmark::profile::{self, Waivers, candidates};
use proofmark::records::Records;

use crate::judging::{transport, udp, updates};

pub(crate) const ADDRESS: &str = "127.77.1.10";

/// The evidence that every good verdict of the conformant run rests on: all but e0001, because the sweep
/// shows that somebody is there.
pub(crate) const NEEDED: [u32; 13] = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14];

pub(crate) fn time() -> Timestamp {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

pub(crate) fn device() -> Device {
    Device {
        manufacturer: "Acme".to_owned(),
        model: "Hub".to_owned(),
        firmware: Some("1.0".to_owned()),
        kind: None,
        support_until: None,
        support_published: None,
        vulnerability_policy: None,
        security_txt: None,
        model_designation: None,
        units: vec![Unit {
            id: "a".to_owned(),
            serial: None,
            addresses: vec![ADDRESS.parse().unwrap()],
            mac: None,
            state: UnitState::Initialised,
            disposable: true,
            label: None,
        }],
        services: vec![DeclaredService {
            id: "web".to_owned(),
            transport: Transport::Tcp,
            port: 80,
            protocol: Protocol::Http,
            purpose: "settings".to_owned(),
            access: AccessPolicy::Login,
            paths: vec![],
            discloses: vec![],
            login: LoginLimits::default(),
            owner: Some(Owner {
                mechanism: Mechanism::HttpBasic,
                username: "owner".to_owned(),
                password: Secret::new("owner-web", "x"),
                topic: None,
                path: Some("/".to_owned()),
                allow_cleartext: true,
            }),
            tls: Some(DeclaredTls {
                ca: Some(Authority {
                    file: "ca.pem".to_owned(),
                    certificates: vec![],
                }),
                names: vec!["hub.local".to_owned()],
            }),
        }],
        identity: None,
        connections: vec![],
        update: Some(updates::declared()),
    }
}

pub(crate) fn evidence(
    id: u32,
    probe: &str,
    port: Option<u16>,
    asked: Asked,
    outcome: Outcome,
) -> Evidence {
    Evidence {
        id: format!("e{id:04}"),
        probe: probe.to_owned(),
        unit: "a".to_owned(),
        target: Target {
            address: ADDRESS.to_owned(),
            transport: port.map(|_| Transport::Tcp),
            port,
        },
        asked,
        started_at: time(),
        observed_at: time(),
        outcome,
        blobs: vec![],
    }
}

pub(crate) fn seen(observation: Observation) -> Outcome {
    Outcome::Observed {
        observations: vec![observation],
    }
}

pub(crate) fn gone(reason: Absence) -> Outcome {
    Outcome::Absent {
        reason,
        detail: "it said nothing".to_owned(),
    }
}

pub(crate) fn span(first: u16, last: u16, state: PortState, proof: PortProof) -> PortSpan {
    PortSpan {
        first,
        last,
        state,
        proof,
        asked: 3,
    }
}

pub(crate) fn ledger(spans: Vec<PortSpan>) -> Observation {
    let open = spans.iter().filter(|span| span.state == PortState::Open);
    let rechecks = open
        .flat_map(|span| span.first..=span.last)
        .map(|port| Recheck {
            port,
            state: PortState::Open,
            proof: PortProof::Accepted,
        })
        .collect();
    Observation::PortLedger(PortLedger {
        engine: Engine::Connect,
        engine_because: String::new(),
        link_addresses: Vec::new(),
        spans,
        rechecks,
        sweep: Sweep {
            seed: 1,
            rounds: 1,
            probes: 65_535,
            canary: Some(80),
            canaries_sent: 10,
            canaries_lost: 0,
            absences: 0,
            residual: None,
            rate_start: 500.0,
            rate_peak: 500.0,
            rate_end: 500.0,
            rate_ceiling: 500.0,
            timeout_seconds: 0.9,
            seconds: 1.0,
        },
    })
}

pub(crate) fn only_80() -> Vec<PortSpan> {
    vec![
        span(1, 79, PortState::Closed, PortProof::Refused),
        span(80, 80, PortState::Open, PortProof::Accepted),
        span(81, 65_535, PortState::Closed, PortProof::Refused),
    ]
}

pub(crate) fn access(
    id: u32,
    step: AccessStep,
    account: Option<(&str, &str)>,
    outcome: AccessOutcome,
) -> Evidence {
    access_at(id, id * 100, step, account, outcome)
}

pub(crate) fn access_at(
    id: u32,
    sequence: u32,
    step: AccessStep,
    account: Option<(&str, &str)>,
    outcome: AccessOutcome,
) -> Evidence {
    let account = account.map(|(username, password)| Account {
        username: username.to_owned(),
        password: password.to_owned(),
    });
    let asked = Asked::Access {
        mechanism: Mechanism::HttpBasic,
        path: Some("/".to_owned()),
        version: None,
        step,
        sequence,
        account,
        encrypted: true,
        account_of: None,
    };
    let reply = Observation::Access(AccessReply {
        outcome,
        detail: format!("{outcome:?}"),
        status: None,
        schemes: vec!["basic".to_owned()],
        location: None,
        content_sha256: None,
        content_length: None,
        title: None,
        mqtt: None,
    });
    evidence(id, "access", Some(80), asked, seen(reply))
}

pub(crate) fn identity(id: u32, moment: Moment, server: &str) -> Evidence {
    let observation = Observation::Identity(Identity {
        firmware: None,
        model: None,
        mac: None,
        fingerprints: [("tcp/80/server".to_owned(), server.to_owned())].into(),
    });
    evidence(
        id,
        "identity",
        None,
        Asked::Identity { moment },
        seen(observation),
    )
}

pub(crate) fn heartbeat(id: u32, last: bool, outcome: Outcome) -> Evidence {
    let asked = Asked::Heartbeat {
        during: "login attempts at port 80".to_owned(),
        since: vec![],
        last,
    };
    evidence(id, "heartbeat", None, asked, outcome)
}

pub(crate) fn alive(accepted: &[u16], lost: &[u16]) -> Outcome {
    seen(Observation::Alive(Alive {
        accepted: accepted.to_vec(),
        lost: lost.to_vec(),
        interrupted: false,
        seconds: 0.0,
    }))
}

/// The evidence of a run that passes everything.
pub(crate) fn conformant() -> Vec<Evidence> {
    use AccessOutcome::{Refused, Served};
    let reach = Observation::Reach(Reach {
        asked: vec![ReachAnswer {
            port: 80,
            state: PortState::Open,
            proof: PortProof::Accepted,
        }],
    });
    let service = Observation::Service(Service {
        protocol: Protocol::Http,
        tls: true,
        also_in_clear: false,
        product: None,
        spoke_after: Some("http-get".to_owned()),
        first_bytes: "HTTP/1.1 401".to_owned(),
    });
    let sweep = Asked::PortSweep {
        first: 1,
        last: 65_535,
    };
    let core = vec![
        evidence(1, "reach", None, Asked::Reach, seen(reach)),
        identity(2, Moment::Start, "httpd"),
        evidence(3, "ports", None, sweep, seen(ledger(only_80()))),
        evidence(4, "identify", Some(80), Asked::Identify, seen(service)),
        access(
            5,
            AccessStep::OwnerFirst,
            Some(("owner", "{{secret:owner-web}}")),
            Served,
        ),
        access(6, AccessStep::Anonymous, None, Refused),
        access(7, AccessStep::RandomAccount, Some(("r1", "r2")), Refused),
        access(
            8,
            AccessStep::RandomPassword,
            Some(("admin", "r3")),
            Refused,
        ),
        access(9, AccessStep::Candidate, Some(("admin", "admin")), Refused),
        access(
            10,
            AccessStep::OwnerLast,
            Some(("owner", "{{secret:owner-web}}")),
            Served,
        ),
        identity(11, Moment::End, "httpd"),
        heartbeat(12, true, alive(&[80], &[])),
        transport::tls(13, transport::good()),
        udp::all_closed(14),
        transport::audited(15),
    ];
    core.into_iter()
        .chain(other_candidates())
        .chain(owner_controls())
        .chain(updates::good())
        .collect()
}

/// The rest of the list after admin/admin, which is e0009: e0101 and on, tried between e0009 and e0010.
pub(crate) fn other_candidates() -> Vec<Evidence> {
    (1..)
        .zip(&candidates()[1..])
        .map(|(n, one)| {
            let account = Some((one.username.as_str(), one.password.as_str()));
            let (step, outcome) = (AccessStep::Candidate, AccessOutcome::Refused);
            access_at(100 + n, 900 + n, step, account, outcome)
        })
        .collect()
}

/// As many failures of the owner's as `admin` saw: e0201 and on.
pub(crate) fn owner_controls() -> Vec<Evidence> {
    let admin = candidates()
        .iter()
        .filter(|one| one.username.eq_ignore_ascii_case("admin"));
    (0..=u32::try_from(admin.count()).unwrap())
        .map(|n| {
            let (step, outcome) = (AccessStep::OwnerControl, AccessOutcome::Refused);
            access_at(201 + n, 970 + n, step, Some(("owner", "random")), outcome)
        })
        .collect()
}

pub(crate) fn run(evidence: Vec<Evidence>) -> Run {
    Run {
        info: RunInfo {
            format: RUN_FORMAT.to_owned(),
            state: RunState::Complete,
            aborted_because: None,
            tool: ToolInfo {
                name: "proofmark".to_owned(),
                version: "0.0.0".to_owned(),
            },
            started_at: time(),
            ended_at: Some(time()),
            settings: RunSettings {
                max_rate: 1000,
                login_attempts_per_minute: 5,
                candidates_sha256: "0".repeat(64),
                shared_keys_sha256: None,
                blocklist: None,
                allow_public: false,
                disruptive: true,
                deadline_seconds: 3600,
                selected: vec![],
                sources: vec![],
                remarks: vec![],
            },
            secrets: Default::default(),
            digests: Default::default(),
        },
        sha256: "0".repeat(64),
        device: device(),
        profile_text: String::new(),
        evidence,
        heads: Default::default(),
        remarks: vec![],
    }
}

pub(crate) fn judge(run: &Run) -> Certificate {
    judge_by(run, profile::shipped()[0].0)
}

pub(crate) fn judge_by(run: &Run, id: &str) -> Certificate {
    let mut shipped = profile::shipped().iter();
    let (_, text) = shipped.find(|(name, _)| *name == id).unwrap();
    let profile = profile::parse(text, id).unwrap();
    issue(&Judging {
        run,
        profile: &profile,
        judged_at: time(),
        waivers: &Waivers::default(),
        records: &Records::default(),
        job: None,
        lookups: None,
        assess,
    })
}

pub(crate) fn of<'c>(
    certificate: &'c Certificate,
    id: &str,
) -> &'c proofmark::certificate::RequirementResult {
    certificate
        .requirements
        .iter()
        .find(|requirement| requirement.id == id)
        .unwrap()
}

/// Replaces a piece of evidence of the conformant run.
/// The same as an earlier version observed it, which made no audits of TLS.
pub(crate) fn without_audits(mut all: Vec<Evidence>) -> Vec<Evidence> {
    all.retain(|item| !matches!(item.asked, Asked::TlsAudit { .. }));
    all
}

pub(crate) fn with(id: u32, replacement: Evidence) -> Vec<Evidence> {
    let mut all = conformant();
    let index = usize::try_from(id).unwrap() - 1;
    all[index] = replacement;
    all
}
