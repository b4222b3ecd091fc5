//! The run in time: what was done with a unit when, and whether it still answered.

use jiff::Timestamp;

use super::model::{Health, HealthSpan, Stage, StageSpan, UnitTimeline};
use crate::dut::Unit;
use crate::evidence::{Absence, Evidence, Outcome, Run};
use crate::observation::{Asked, Mechanism, Observation, Transport};
use crate::text::brief;

/// As many spans of one kind as a certificate holds for a unit. An ordinary run has a dozen stages an address.
const STAGES: usize = 96;
const HEALTH: usize = 256;

/// Answered heartbeats that are closer together than this part of the run are one span: no picture is finer.
const FINEST: u64 = 240;

/// The timelines of the units that were asked anything.
pub(super) fn timeline(run: &Run, tested: &[&Unit]) -> Vec<UnitTimeline> {
    let units = tested.iter().map(|unit| unit_timeline(run, &unit.id));
    units
        .filter(|it| !it.stages.is_empty() || !it.health.is_empty())
        .collect()
}

fn unit_timeline(run: &Run, unit: &str) -> UnitTimeline {
    let of_unit = || run.evidence.iter().filter(|item| item.unit == unit);
    let begin = run.info.started_at;
    let last = of_unit().map(|item| item.observed_at).max();
    let end = run.info.ended_at.max(last).unwrap_or(begin);
    let (mut stages, mut health) = (Vec::new(), Vec::new());
    for item in of_unit() {
        let (from, until) = (
            since(begin, item.started_at),
            since(begin, item.observed_at),
        );
        let when = (from, until.max(from));
        match &item.asked {
            Asked::Heartbeat { during, .. } => {
                add_heartbeat(&mut health, item, during, when, since(begin, end) / FINEST);
            }
            asked => {
                if let Some(stage) = stage(asked, item.target.transport) {
                    add_attempt(&mut stages, stage, item, when);
                }
            }
        }
    }
    let left_out = bounded(&mut stages, STAGES, usize::MAX, join)
        + bounded(&mut health, HEALTH, 1, join_health);
    UnitTimeline {
        unit: unit.to_owned(),
        stages,
        health,
        left_out: u32::try_from(left_out).unwrap_or(u32::MAX),
    }
}

/// Milliseconds between two times; none where a clock was set back meanwhile.
fn since(begin: Timestamp, time: Timestamp) -> u64 {
    let passed = time.as_millisecond().saturating_sub(begin.as_millisecond());
    u64::try_from(passed).unwrap_or_default()
}

/// The stage that a question belongs to. None: nothing was sent for it.
fn stage(asked: &Asked, transport: Option<Transport>) -> Option<Stage> {
    Some(match asked {
        Asked::Reach => Stage::Reach,
        Asked::OnLink { .. } => Stage::OnLink,
        Asked::Identity { .. } => Stage::Identity,
        Asked::PortSweep { .. } | Asked::PortsFromImport { .. } => Stage::TcpPorts,
        Asked::UdpPorts { .. } => Stage::UdpPorts,
        // What a UDP port speaks is told by the answer to the sweep.
        Asked::Identify if transport == Some(Transport::Udp) => Stage::UdpPorts,
        Asked::Identify => Stage::Identification,
        Asked::Tls { .. } | Asked::TlsAudit { .. } | Asked::Dtls { .. } => Stage::Tls,
        Asked::Ssh => Stage::Ssh,
        Asked::Disclosure { .. } => Stage::Disclosure,
        Asked::Access {
            mechanism: Mechanism::Coap,
            ..
        } => Stage::Coap,
        Asked::Access { .. } => Stage::Logins,
        Asked::Update(_) => Stage::Updates,
        Asked::Heartbeat { .. }
        | Asked::UpdatePackage { .. }
        | Asked::ImportedMud { .. }
        | Asked::ImportedPorts { .. }
        | Asked::Statements
        | Asked::Blocklist { .. }
        | Asked::Document { .. } => return None,
    })
}

fn add_attempt(stages: &mut Vec<StageSpan>, stage: Stage, item: &Evidence, when: (u64, u64)) {
    let facts = item.observations();
    let one = StageSpan {
        stage,
        address: brief(&item.target.address, 60),
        from: when.0,
        until: when.1,
        attempts: 1,
        unanswered: u32::from(facts.is_empty()),
        absences: facts
            .iter()
            .map(|fact| match fact {
                Observation::PortLedger(ledger) => ledger.sweep.absences,
                _ => 0,
            })
            .fold(0, u32::saturating_add),
    };
    if !stages.last_mut().is_some_and(|last| join(last, &one)) {
        stages.push(one);
    }
}

/// Makes two spans of one stage at one address one; false where they are not.
fn join(a: &mut StageSpan, b: &StageSpan) -> bool {
    let same = (a.stage, &a.address) == (b.stage, &b.address);
    if same {
        a.from = a.from.min(b.from);
        a.until = a.until.max(b.until);
        a.attempts = a.attempts.saturating_add(b.attempts);
        a.unanswered = a.unanswered.saturating_add(b.unanswered);
        a.absences = a.absences.saturating_add(b.absences);
    }
    same
}

fn add_heartbeat(
    health: &mut Vec<HealthSpan>,
    item: &Evidence,
    during: &str,
    (from, until): (u64, u64),
    close: u64,
) {
    let state = state(item);
    let one = HealthSpan {
        state,
        from,
        until,
        heartbeats: 1,
        after: (state != Health::Answered).then(|| {
            format!(
                "{}, after {}",
                brief(&item.target.address, 60),
                brief(during, 120)
            )
        }),
    };
    let near =
        |last: &HealthSpan| state == Health::Answered && from.saturating_sub(last.until) <= close;
    let last = health.last_mut().filter(|last| near(last));
    if !last.is_some_and(|last| join_health(last, &one)) {
        health.push(one);
    }
}

fn state(item: &Evidence) -> Health {
    let alive = item.observations().iter().find_map(|fact| match fact {
        Observation::Alive(alive) => Some(alive),
        _ => None,
    });
    match (alive, &item.outcome) {
        (Some(alive), _) if !alive.lost.is_empty() => Health::PortsLost,
        (Some(alive), _) if alive.interrupted => Health::CameBack,
        (Some(_), _) => Health::Answered,
        (
            None,
            Outcome::Absent {
                reason: Absence::Aborted | Absence::HarnessFault,
                ..
            },
        ) => Health::NotAsked,
        (None, _) => Health::Unanswered,
    }
}

/// Makes neighbours with the same result one; false where the results differ.
fn join_health(a: &mut HealthSpan, b: &HealthSpan) -> bool {
    let same = a.state == b.state;
    if same {
        a.until = a.until.max(b.until);
        a.heartbeats = a.heartbeats.saturating_add(b.heartbeats);
        a.after = None;
    }
    same
}

/// Where there are too many spans, joins what can be joined with one of the `back` before it, and then leaves the
/// rest out. Returns how many.
fn bounded<T>(
    spans: &mut Vec<T>,
    limit: usize,
    back: usize,
    join: fn(&mut T, &T) -> bool,
) -> usize {
    if spans.len() > limit {
        for span in std::mem::take(spans) {
            if !spans
                .iter_mut()
                .rev()
                .take(back)
                .any(|earlier| join(earlier, &span))
            {
                spans.push(span);
            }
        }
    }
    let left_out = spans.len().saturating_sub(limit);
    spans.truncate(limit);
    left_out
}
