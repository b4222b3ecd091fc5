//! Progress on stderr: a line a step, and on a terminal a live line for sweeps and waits. Elsewhere, as in the log of a
//! CI job, what would be live is a line now and then.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::evidence::{Absence, Outcome, RunState, summary};
use crate::probe::ports::SweepProgress;
use crate::runner::{Event, Listener};
use crate::text::shown;

/// A log gets no more of what is live elsewhere.
const NOW_AND_THEN: Duration = Duration::from_secs(30);

/// Shows a run as it goes on.
#[derive(Debug)]
pub struct Progress {
    /// Stands before each line; tells devices apart that are tested together.
    label: String,
    live: bool,
    /// Whether a live line is on the screen that the next one must replace.
    pending: bool,
    /// When something was written last.
    last: Instant,
    quiet: bool,
}

impl Progress {
    /// Progress with a label, or none at all where `quiet`.
    pub fn new(label: &str, quiet: bool) -> Self {
        Self {
            label: if label.is_empty() {
                String::new()
            } else {
                format!("[{}] ", shown(label, 24))
            },
            live: std::io::stderr().is_terminal() && label.is_empty(),
            pending: false,
            last: Instant::now(),
            quiet,
        }
    }

    fn line(&mut self, text: &str) {
        self.write(&format!("{}{text}\n", self.label));
        self.pending = false;
        self.last = Instant::now();
    }

    fn live_line(&mut self, text: &str) {
        if self.live {
            self.write(&format!("  {text}"));
            self.pending = true;
        } else if self.last.elapsed() >= NOW_AND_THEN {
            self.line(&format!("  {text}"));
        }
    }

    fn write(&self, text: &str) {
        let clear = if self.pending { "\r\x1b[2K" } else { "" };
        let mut stderr = std::io::stderr().lock();
        // Progress that nobody can read is no reason to stop a test.
        let _ = write!(stderr, "{clear}{text}");
        let _ = stderr.flush();
    }
}

impl Listener for Progress {
    fn hear(&mut self, event: &Event<'_>) {
        if self.quiet {
            return;
        }
        match event {
            Event::Step {
                unit,
                address,
                what,
            } => self.line(&format!("unit {unit} {address}: {what}")),
            Event::Fetching { url } => self.line(&format!("fetching {}", shown(url, 120))),
            Event::Sweeping(progress) => {
                self.live_line(&swept(progress));
            }
            Event::Recorded(evidence) => {
                if let Outcome::Absent {
                    reason: Absence::ImportRefused | Absence::NotPermitted | Absence::Untrusted,
                    ..
                } = evidence.outcome
                {
                    self.line(&summary(evidence));
                }
            }
            Event::Waiting { time, why } => {
                if time.as_secs() >= 1 {
                    self.live_line(&format!(
                        "waiting {} s: {}",
                        time.as_secs(),
                        shown(why, 100)
                    ));
                }
            }
            Event::Lost { unit, during } => {
                self.line(&format!("unit {unit} stopped answering during {during}"));
            }
            Event::Ended { state, why } => match (state, why) {
                (RunState::Complete, _) => self.line("run complete"),
                (_, why) => self.line(&format!("run stopped: {}", why.unwrap_or("killed"))),
            },
        }
    }
}

/// How far a sweep is. The first round asks every port, later ones what is not settled yet.
fn swept(progress: &SweepProgress) -> String {
    let left = match progress.seconds_left {
        Some(left) if left >= 120.0 => format!(", about {:.0} min left", left / 60.0),
        Some(left) => format!(", about {left:.0} s left"),
        None => String::new(),
    };
    let doing = match (progress.waiting, progress.round) {
        (true, _) => ", no answer any more: waiting".to_owned(),
        (false, 0 | 1) => format!(", {:.0} a second{left}", progress.rate),
        (false, round) => format!(", round {round}, {:.0} a second{left}", progress.rate),
    };
    format!(
        "{} of {} ports, {} open{doing}",
        progress.asked, progress.total, progress.open
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_says_how_far_it_is_and_how_long_it_takes() {
        let progress = SweepProgress {
            asked: 5000,
            total: 65_535,
            open: 3,
            rate: 480.4,
            seconds_left: Some(119.0),
            round: 1,
            waiting: false,
        };
        let text = |change: fn(&mut SweepProgress)| {
            let mut changed = progress;
            change(&mut changed);
            swept(&changed)
        };
        let begin = "5000 of 65535 ports, 3 open";
        let expected = [
            ", 480 a second, about 119 s left",
            ", round 2, 480 a second, about 5 min left",
            ", 480 a second",
            ", no answer any more: waiting",
        ];
        let shown = [
            text(|_| {}),
            text(|it| (it.round, it.seconds_left) = (2, Some(290.0))),
            text(|it| it.seconds_left = None),
            text(|it| it.waiting = true),
        ];
        assert_eq!(shown, expected.map(|end| format!("{begin}{end}")));
    }

    #[test]
    fn a_log_gets_a_line_now_and_then() {
        let mut progress = Progress::new("a", false);
        let begun = progress.last;
        progress.live_line("too soon");
        assert_eq!(progress.last, begun);
        let Some(long_ago) = begun.checked_sub(NOW_AND_THEN) else {
            return; // the machine was started a moment ago
        };
        progress.last = long_ago;
        progress.live_line("at last");
        assert!(progress.last >= begun && !progress.pending);
    }
}
