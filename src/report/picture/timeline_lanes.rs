//! The picture of a run in time: a lane for each stage, and one for the heartbeats.

use super::svg::{Element, WIDTH, line, named, rect, text, text_width};
use super::time::{duration, ticks};
use super::timeline::{INCIDENTS, SPANS, words};
use crate::certificate::{Certificate, Health, HealthSpan, Stage, StageSpan, UnitTimeline};
use crate::text::brief;

const LEFT: i64 = 1260;
const RIGHT: i64 = WIDTH - 60;
/// Above the bars: nothing, or the word of how the run ended.
const TOP: i64 = 40;
const TOP_STOPPED: i64 = 280;
const LANE: i64 = 250;
/// The height of a bar, and the least width that is seen.
const BAR: i64 = 140;
const THIN: i64 = 24;

/// Time across the picture.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// Milliseconds; at least one.
    pub end: u64,
}

impl Scale {
    /// To the end of the run, or of whatever was later.
    pub fn of(certificate: &Certificate) -> Self {
        let run = &certificate.run;
        let whole = run.until.map_or(0, |until| {
            let passed = until
                .as_millisecond()
                .saturating_sub(run.from.as_millisecond());
            u64::try_from(passed).unwrap_or_default()
        });
        let units = certificate.timeline.iter();
        let ends = units.flat_map(|unit| {
            let stages = unit.stages.iter().map(|span| span.until);
            stages.chain(unit.health.iter().map(|span| span.until))
        });
        Self {
            end: ends.fold(whole, u64::max).max(1),
        }
    }

    fn x(self, time: u64) -> i64 {
        let whole = u128::from(RIGHT.unsigned_abs() - LEFT.unsigned_abs());
        let part = whole * u128::from(time.min(self.end)) / u128::from(self.end);
        LEFT + i64::try_from(part).unwrap_or_default()
    }
}

/// The lanes, and their height.
pub fn draw(unit: &UnitTimeline, scale: Scale, stopped: Option<&str>) -> (Vec<Element>, i64) {
    let mut lanes: Vec<Stage> = Vec::new();
    for span in unit.stages.iter().take(SPANS) {
        if !lanes.contains(&span.stage) {
            lanes.push(span.stage);
        }
    }
    let top = if stopped.is_some() { TOP_STOPPED } else { TOP };
    let count = i64::try_from(lanes.len()).unwrap_or_default();
    let health = top + count * LANE + 60;
    let bottom = health + LANE + 150;
    let mut inside = grid(scale, top, bottom);
    for (lane, y) in lanes
        .iter()
        .zip((top..).step_by(usize::try_from(LANE).unwrap_or(1)))
    {
        inside.extend(bars(unit, *lane, scale, y));
    }
    inside.extend(signs_of_life(unit, scale, health));
    if let Some(how) = stopped {
        let x = scale.x(scale.end);
        inside.push(line("stopped", (x, top - 110), (x, bottom)));
        inside.push(text(
            "alarm ends",
            x + 60,
            top - 185,
            format!("the run was {how}"),
        ));
    }
    (inside, bottom + 240)
}

fn grid(scale: Scale, top: i64, bottom: i64) -> Vec<Element> {
    let mut grid = vec![line("base", (LEFT, bottom), (RIGHT, bottom))];
    for tick in ticks(scale.end) {
        let x = scale.x(tick);
        grid.push(line("tick", (x, top - 30), (x, bottom + 40)));
        let name = match tick {
            0 => "0".to_owned(),
            tick => duration(tick),
        };
        grid.push(text("axis middle", x.min(RIGHT - 200), bottom + 140, name));
    }
    grid
}

/// A lane: its name, its bars, and how long they lasted where there is room to say so.
fn bars(unit: &UnitTimeline, stage: Stage, scale: Scale, top: i64) -> Vec<Element> {
    let middle = top + LANE / 2;
    let mut lane = vec![
        text("", 0, middle, words(stage)),
        line("lane", (LEFT, middle), (RIGHT, middle)),
    ];
    let spans = unit.stages.iter().take(SPANS);
    let mut spans: Vec<&StageSpan> = spans.filter(|span| span.stage == stage).collect();
    spans.sort_by_key(|span| span.from);
    let mut free = LEFT;
    for (index, span) in spans.iter().enumerate() {
        let from = scale.x(span.from).min(RIGHT - THIN);
        let until = scale.x(span.until).max(from + THIN);
        let lasted = duration(span.until.saturating_sub(span.from));
        let class = match span.unanswered >= span.attempts {
            true => "bar none",
            false => "bar",
        };
        let name = format!("{}, {}: {lasted}", words(stage), brief(&span.address, 60));
        let bar = rect(class, from, middle - BAR / 2, until - from, BAR);
        lane.push(named(bar, name));
        let waited = match span.absences {
            0 => lasted,
            times => format!("{lasted}, waited {times} ×"),
        };
        let width = text_width(&waited) + 60;
        let next = spans
            .get(index + 1)
            .map_or(RIGHT, |next| scale.x(next.from));
        if until + width < next {
            lane.push(text("lasted", until + 60, middle, waited));
            free = until + width;
        } else if from - width > free {
            lane.push(text("lasted ends", from - 60, middle, waited));
            free = until;
        } else {
            free = until;
        }
    }
    lane
}

/// The lane of heartbeats. What was not simply answered has a number, by which the words below name it.
fn signs_of_life(unit: &UnitTimeline, scale: Scale, top: i64) -> Vec<Element> {
    let middle = top + LANE / 2;
    let mut lane = vec![
        text("strong", 0, middle, "heartbeats"),
        line("lane", (LEFT, middle), (RIGHT, middle)),
    ];
    let spans: Vec<&HealthSpan> = unit.health.iter().take(SPANS).collect();
    for (index, span) in spans.iter().enumerate() {
        if span.state == Health::Unanswered {
            let back = spans[index..]
                .iter()
                .find(|it| !matches!(it.state, Health::Unanswered | Health::NotAsked));
            let (from, until) = (
                scale.x(span.from),
                scale.x(back.map_or(scale.end, |it| it.from)),
            );
            let gone = rect("gone", from, middle - 90, until - from, 180);
            lane.push(gone.with("fill", "url(#fill-gone)"));
        }
    }
    let (mut number, mut free) = (0, LEFT - 200);
    let signs = |wanted: bool| {
        let spans = spans
            .iter()
            .filter(move |it| (it.state == Health::Answered) == wanted);
        spans.map(|it| sign(it.state, scale.x(it.from), scale.x(it.until), middle))
    };
    // What was not simply answered stands over what was.
    lane.extend(signs(true).chain(signs(false)));
    for span in spans.iter().filter(|it| it.state != Health::Answered) {
        let until = scale.x(span.until);
        number += 1;
        if number <= INCIDENTS && until > free {
            let name = number.to_string();
            free = until + text_width(&name) + 40;
            lane.push(text("alarm middle", until, middle + 190, name));
        }
    }
    lane
}

/// A sign for a heartbeat, at its end: disc, ring, triangle, cross, dash.
fn sign(state: Health, from: i64, until: i64, y: i64) -> Element {
    let path = |class, d: String| Element::new("path").with("class", class).with("d", d);
    match state {
        // Not every reader draws a line without a length, even one with round ends.
        Health::Answered => path("beat", format!("M{from} {y}H{}", until.max(from + 1))),
        Health::CameBack => Element::new("circle")
            .with("class", "sign back")
            .with("cx", until)
            .with("cy", y)
            .with("r", 58_i64),
        Health::PortsLost => path("sign lost", format!("M{until} {}l70 125h-140z", y - 70)),
        Health::Unanswered => path(
            "sign dead",
            format!("M{} {}l120 120m0-120l-120 120", until - 60, y - 60),
        ),
        Health::NotAsked => path("sign unknown", format!("M{} {y}h100", until - 50)),
    }
}
