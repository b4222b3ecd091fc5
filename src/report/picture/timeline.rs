//! The run of a unit in time: what was done as bars, the heartbeats below them.

use minijinja::value::Value;
use serde::Serialize;

use super::svg::Picture;
use super::time::duration;
use super::timeline_lanes::{Scale, draw};
use crate::certificate::{Certificate, Health, HealthSpan, Stage, StageSpan, UnitTimeline};
use crate::report::words::counted;
use crate::text::brief;

/// More spans than this of an edited certificate are not drawn.
pub const SPANS: usize = 400;
/// Incidents that are numbered and told below.
pub const INCIDENTS: usize = 20;

/// What the template sees.
#[derive(Debug, Serialize)]
pub struct TimelineFigure {
    picture: Value,
    unit: String,
    name: String,
    caption: String,
    rows: Vec<Row>,
    heartbeats: String,
    incidents: Vec<String>,
    incidents_left_out: usize,
    /// How the run ended, where it did not come to its end.
    stopped: Option<String>,
    left_out: u32,
}

/// A span in words.
#[derive(Debug, Serialize)]
struct Row {
    stage: &'static str,
    address: String,
    from: String,
    lasted: String,
    attempts: u32,
    unanswered: u32,
    absences: u32,
}

/// The figure of one unit.
pub fn timeline_figure(
    certificate: &Certificate,
    index: usize,
    unit: &UnitTimeline,
) -> TimelineFigure {
    let scale = Scale::of(certificate);
    let incidents: Vec<&HealthSpan> = unit
        .health
        .iter()
        .take(SPANS)
        .filter(|span| span.state != Health::Answered)
        .collect();
    let stopped = stopped(certificate);
    let heartbeats = heartbeats(unit);
    let told: Vec<String> = incidents.iter().copied().map(incident).collect();
    let caption = format!("{} in all, {heartbeats}", duration(scale.end));
    let description = description(unit, &told, stopped.as_deref());
    let (inside, height) = draw(unit, scale, stopped.as_deref());
    let picture = Picture::new(
        &format!("picture-timeline-{index}"),
        height,
        &format!("The run in time, unit {}", brief(&unit.unit, 60)),
        &description,
        inside,
    );
    TimelineFigure {
        picture: picture.into_value(),
        unit: unit.unit.clone(),
        name: format!("Unit {}", brief(&unit.unit, 60)),
        caption,
        rows: unit.stages.iter().take(SPANS).map(row).collect(),
        heartbeats,
        incidents_left_out: told.len().saturating_sub(INCIDENTS),
        incidents: told.into_iter().take(INCIDENTS).collect(),
        stopped,
        left_out: unit.left_out,
    }
}

fn row(span: &StageSpan) -> Row {
    Row {
        stage: words(span.stage),
        address: brief(&span.address, 60),
        from: duration(span.from),
        lasted: duration(span.until.saturating_sub(span.from)),
        attempts: span.attempts,
        unanswered: span.unanswered,
        absences: span.absences,
    }
}

pub fn words(stage: Stage) -> &'static str {
    match stage {
        Stage::Reach => "reach",
        Stage::OnLink => "on the link",
        Stage::Identity => "identity",
        Stage::TcpPorts => "TCP ports",
        Stage::UdpPorts => "UDP ports",
        Stage::Identification => "services",
        Stage::Tls => "TLS",
        Stage::Ssh => "SSH",
        Stage::Disclosure => "disclosure",
        Stage::Coap => "CoAP",
        Stage::Logins => "logins",
        Stage::Updates => "updates",
    }
}

/// How a run ended that did not come to its end.
fn stopped(certificate: &Certificate) -> Option<String> {
    use crate::certificate::RunStateWord;
    let run = &certificate.run;
    match (run.state, run.until) {
        (RunStateWord::Complete, _) => None,
        (RunStateWord::Aborted, None) => Some("killed".to_owned()),
        (RunStateWord::Aborted, Some(_)) => Some("stopped".to_owned()),
    }
}

fn heartbeats(unit: &UnitTimeline) -> String {
    let sum = |wanted: fn(&HealthSpan) -> bool| {
        let spans = unit.health.iter().filter(|span| wanted(span));
        spans.fold(0_u32, |sum, span| sum.saturating_add(span.heartbeats))
    };
    let all = usize::try_from(sum(|_| true)).unwrap_or(usize::MAX);
    let answered = sum(|span| span.state == Health::Answered);
    format!("{}, {answered} answered at once", counted(all, "heartbeat"))
}

/// `0.4 s to 10 s: no answer (192.0.2.10, after the port sweep)`.
fn incident(span: &HealthSpan) -> String {
    let what = match span.state {
        Health::Answered => "answered",
        Health::CameBack => "silent first, then back",
        Health::PortsLost => "ports that were open accept no connection any more",
        Health::Unanswered => "no sign of life",
        Health::NotAsked => "could not be asked",
    };
    let many = match span.heartbeats {
        0 | 1 => String::new(),
        many => format!(", {many} times"),
    };
    let after = span.after.as_ref();
    let after = after.map_or(String::new(), |it| format!(" ({})", brief(it, 200)));
    format!(
        "{what}{many}, {} to {} after the beginning{after}",
        duration(span.from),
        duration(span.until)
    )
}

fn description(unit: &UnitTimeline, incidents: &[String], stopped: Option<&str>) -> String {
    let mut stages: Vec<&str> = Vec::new();
    for span in unit.stages.iter().take(SPANS) {
        let word = words(span.stage);
        if !stages.contains(&word) {
            stages.push(word);
        }
    }
    let incidents = match incidents {
        [] => "every heartbeat was answered at once".to_owned(),
        [first] => first.clone(),
        [first, rest @ ..] => format!("{first}, and {} more", rest.len()),
    };
    let end = stopped.map_or(String::new(), |how| format!(" The run was {how}."));
    format!(
        "Bars for {}. Health of the device: {incidents}.{end} The table below the picture says the same.",
        stages.join(", ")
    )
}
