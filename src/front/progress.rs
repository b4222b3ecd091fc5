//! Progress on stderr: a line a step, and on a terminal a live line for sweeps and waits.

use std::io::{IsTerminal, Write};

use crate::evidence::{Absence, Outcome, RunState, summary};
use crate::runner::{Event, Listener};
use crate::text::shown;

/// Shows a run as it goes on.
#[derive(Debug)]
pub struct Progress {
    /// Stands before each line; tells devices apart that are tested together.
    label: String,
    live: bool,
    /// Whether a live line is on the screen that the next one must replace.
    pending: bool,
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
            quiet,
        }
    }

    fn line(&mut self, text: &str) {
        self.write(&format!("{}{text}\n", self.label));
        self.pending = false;
    }

    fn live_line(&mut self, text: &str) {
        if self.live {
            self.write(&format!("  {text}"));
            self.pending = true;
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
            Event::Sweeping(progress) => {
                let left = match progress.seconds_left {
                    Some(left) => format!(", about {left:.0} s left"),
                    None => String::new(),
                };
                self.live_line(&format!(
                    "{} of {} ports, {} open, {:.0} a second{left}",
                    progress.asked, progress.total, progress.open, progress.rate
                ));
            }
            Event::Recorded(evidence) => {
                if let Outcome::Absent {
                    reason: Absence::ImportRefused,
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
