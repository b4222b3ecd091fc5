//! What was and was not looked at, in numbers that add up.

use std::collections::BTreeSet;

use super::model::{Coverage, LoginCoverage, PortCoverage, RequirementResult, ServiceCoverage};
use super::port_rows::rows;
use crate::case::Facts;
use crate::case::credentials::{Trial, trials};
use crate::case::updates::{left_changed, not_offered};
use crate::dut::Unit;
use crate::evidence::{Absence, Evidence, Outcome, Run, summary};
use crate::observation::{
    AccessStep, Asked, Engine, PortCounts, PortLedger, PortSpan, PortState, Service, StartTls,
    Transport,
};
use crate::text::{brief, shown};

/// The coverage of a run.
pub fn coverage(run: &Run, facts: &Facts<'_>, requirements: &[RequirementResult]) -> Coverage {
    Coverage {
        evidence: u32::try_from(run.evidence.len()).unwrap_or(u32::MAX),
        ports: facts
            .units
            .iter()
            .flat_map(|unit| ports(facts, unit).into_iter().chain(udp_ports(facts, unit)))
            .collect(),
        services: facts
            .units
            .iter()
            .flat_map(|unit| services(facts, unit))
            .collect(),
        logins: facts
            .units
            .iter()
            .flat_map(|unit| logins(facts, unit))
            .collect(),
        not_tried: not_tried(run, facts, requirements),
        changed: facts
            .units
            .iter()
            .filter_map(|unit| left_changed(facts, unit))
            .collect(),
    }
}

fn ports(facts: &Facts<'_>, unit: &Unit) -> Vec<PortCoverage> {
    let ledgers = facts.ledgers(&unit.id).iter();
    ledgers
        .map(|(address, (item, ledger))| PortCoverage {
            engine: engine(ledger),
            probes: ledger.sweep.probes,
            rate_peak: ledger.sweep.rate_peak,
            seconds: ledger.sweep.seconds,
            ..spans(unit, address, Transport::Tcp, item, &ledger.spans)
        })
        .collect()
}

fn udp_ports(facts: &Facts<'_>, unit: &Unit) -> Vec<PortCoverage> {
    let ledgers = facts.udp_ledgers(&unit.id).iter();
    ledgers
        .map(|(address, (item, ledger))| PortCoverage {
            probes: ledger.sweep.datagrams,
            rate_peak: ledger.sweep.rate_peak,
            seconds: ledger.sweep.seconds,
            ..spans(unit, address, Transport::Udp, item, &ledger.spans)
        })
        .collect()
}

/// What the spans of a ledger come to; how they were come by stands in the sweep.
fn spans(
    unit: &Unit,
    address: &str,
    transport: Transport,
    item: &Evidence,
    spans: &[PortSpan],
) -> PortCoverage {
    let counts = PortCounts::of(spans);
    let ledgered = rows(spans);
    let of = |state| spans.iter().filter(move |span| span.state == state);
    PortCoverage {
        unit: unit.id.clone(),
        address: address.to_owned(),
        transport,
        total: counts.total(),
        open: counts.open,
        closed: counts.closed,
        silent: counts.silent,
        unproven: counts.unproven,
        excluded: counts.excluded,
        open_ports: of(PortState::Open)
            .flat_map(|span| span.first..=span.last)
            .collect(),
        ledger: ledgered.rows,
        ledger_left_out: ledgered.left_out,
        ledger_blocks: ledgered.blocks,
        engine: String::new(),
        silent_rounds: of(PortState::Silent)
            .map(|span| span.asked)
            .min()
            .unwrap_or_default(),
        probes: 0,
        rate_peak: 0.0,
        seconds: 0.0,
        evidence: item.id.clone(),
    }
}

fn engine(ledger: &PortLedger) -> String {
    let engine = match ledger.engine {
        Engine::Connect => "connect",
        Engine::Raw => "raw",
        Engine::Imported => "imported",
    };
    match ledger.engine_because.as_str() {
        "" => String::new(),
        because => format!("{engine}: {}", shown(because, 120)),
    }
}

fn services(facts: &Facts<'_>, unit: &Unit) -> Vec<ServiceCoverage> {
    let tcp = facts.open_ports(&unit.id).into_iter();
    tcp.chain(facts.udp_ports(&unit.id))
        .filter_map(|open| {
            let imported = facts.imported_words(&unit.id, &open);
            let identified = open.identification.zip(open.service);
            // A port of which only another tool can tell what it speaks stands there too, and says so.
            let (evidence, service) = match identified {
                Some((item, service)) => (item.id.as_str(), Some(service)),
                None if imported.is_empty() => return None,
                None => (open.ledger, None),
            };
            Some(ServiceCoverage {
                unit: unit.id.clone(),
                address: open.address.to_owned(),
                transport: open.transport,
                port: open.port,
                protocol: service.map_or("not told to us".to_owned(), Service::spoken),
                imported,
                product: service
                    .and_then(|service| service.product.as_ref())
                    .map(|product| brief(product, 120)),
                declared: open.declared.map(|service| service.id.clone()),
                evidence: evidence.to_owned(),
            })
        })
        .collect()
}

fn logins(facts: &Facts<'_>, unit: &Unit) -> Vec<LoginCoverage> {
    trials(facts, &unit.id)
        .into_iter()
        .map(|trial| login(facts, unit, &trial))
        .collect()
}

fn login(facts: &Facts<'_>, unit: &Unit, trial: &Trial<'_>) -> LoginCoverage {
    let tried: BTreeSet<_> = trial
        .attempts
        .iter()
        .filter(|attempt| attempt.step == AccessStep::Candidate && attempt.reply.is_some())
        .filter_map(|attempt| attempt.account)
        .collect();
    let permitted = facts
        .device
        .service_at(Transport::Tcp, trial.port)
        .and_then(|service| service.login.attempts_per_minute);
    LoginCoverage {
        unit: unit.id.clone(),
        address: trial.address.to_owned(),
        port: trial.port,
        mechanism: trial.mechanism.as_str().to_owned(),
        path: trial.path.map(|path| shown(path, 120)),
        candidates: u32::try_from(tried.len()).unwrap_or(u32::MAX),
        attempts: u32::try_from(trial.attempts.len()).unwrap_or(u32::MAX),
        attempts_per_minute: permitted.unwrap_or(facts.run.settings.login_attempts_per_minute),
        owner_first: trial.owner_fault(AccessStep::OwnerFirst).is_none(),
        owner_last: trial.owner_fault(AccessStep::OwnerLast).is_none(),
    }
}

/// What was planned and not done, and what this version or profile never looks at.
fn not_tried(run: &Run, facts: &Facts<'_>, requirements: &[RequirementResult]) -> Vec<String> {
    let tested = &facts.units;
    let skipped = run.evidence.iter().filter_map(|item| match &item.outcome {
        Outcome::Absent {
            reason:
                Absence::Aborted
                | Absence::CleartextNotAllowed
                | Absence::Deadline
                | Absence::DeviceLost
                | Absence::HarnessFault
                | Absence::ImportRefused
                | Absence::NotFetched
                | Absence::NotPermitted,
            ..
        } => Some(summary(item)),
        _ => None,
    });
    let left_out = requirements
        .iter()
        .filter(|requirement| {
            requirement
                .reasons
                .contains(&crate::verdict::Reason::NotSelected)
        })
        .map(|requirement| {
            format!(
                "requirement {}: left out on the command line",
                requirement.id
            )
        });
    let off_link = tested.iter().filter_map(|unit| facts.on_link_limits(unit));
    let unturned = tested.iter().filter_map(|unit| not_turned(facts, unit));
    let unoffered = tested.iter().filter_map(|unit| not_offered(facts, unit));
    let whole = facts.units.iter().any(|unit| {
        let ledgers = facts.udp_ledgers(&unit.id);
        !ledgers.is_empty() && ledgers.values().all(|(_, ledger)| ledger.covers_all())
    });
    let ports = (!whole).then_some("UDP ports outside the list");
    let general = ports
        .into_iter()
        .chain(["logins of UDP services other than CoAP and the shared keys of DTLS"])
        .map(|what| format!("{what}: this version has no test case for them"));
    let untested = run
        .device
        .units
        .iter()
        .filter(|unit| tested.iter().all(|tested| tested.id != unit.id))
        .map(|unit| {
            let state = unit.state.as_str();
            format!("unit {}: no requirement binds its state, {state}", unit.id)
        });
    let mut all: Vec<String> = skipped
        .chain(unoffered)
        .chain(off_link)
        .chain(unturned)
        .chain(untested)
        .chain(left_out)
        .chain(general)
        .collect();
    all.dedup();
    all.truncate(100);
    all
}

/// Services that might have turned to TLS and were not asked to, where others of the run were.
fn not_turned(facts: &Facts<'_>, unit: &Unit) -> Option<String> {
    let audited: BTreeSet<(&str, u16)> = facts
        .of(&unit.id)
        .filter(|item| matches!(item.asked, Asked::TlsAudit { .. }))
        .filter_map(|item| Some((item.target.address.as_str(), item.target.port?)))
        .collect();
    let open = facts.open_ports(&unit.id).into_iter();
    let left = open
        .filter(|open| {
            let turns = |it: &&Service| !it.tls && StartTls::of(it.protocol).is_some();
            open.service.as_ref().is_some_and(turns)
                && !audited.contains(&(open.address, open.port))
        })
        .count();
    (left > 0 && !audited.is_empty()).then(|| {
        format!(
            "unit {}: STARTTLS at {left} ports, because so many greet like services that know it",
            unit.id
        )
    })
}
