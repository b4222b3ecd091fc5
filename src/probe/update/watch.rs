//! Reading what is installed until it changed, or long enough.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::installed::Place;
use super::order::is_installed;
use crate::observation::{Installed, InstalledAt};
use crate::probe::Stop;
use crate::update::mcuboot::Version;

/// Between two readings that are to say the same.
pub(super) const BETWEEN_TWO: Duration = Duration::from_millis(500);
/// The first pause between two readings; each further one is longer.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// A device that refused is watched for as long at least: what it answered is no evidence.
const REFUSED: Duration = Duration::from_secs(1);
/// States that are kept.
const KEPT: usize = 16;

/// For how long to watch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// The longest time that an installation takes.
    pub settle: Duration,
    /// Whether the device said that it refused the package.
    pub refused: bool,
    /// Whether something is offered right after that would show what comes late.
    pub followed: bool,
    /// How long a genuine package took.
    pub control: Option<Duration>,
}

impl Patience {
    /// A device that says no is watched for twice the time of an installation, where that is known and where
    /// the next offer would show what comes late. Everything else is waited out.
    fn time(&self) -> Duration {
        let twice = self.control.map(|time| time * 2);
        match twice {
            Some(twice) if self.refused && self.followed => twice.max(REFUSED),
            _ => self.settle.max(twice.unwrap_or_default()),
        }
    }
}

/// What was seen.
#[derive(Debug)]
pub(super) struct Watched {
    pub seen: Vec<InstalledAt>,
    /// What was read last; none where the last reading brought nothing.
    pub after: Option<Installed>,
    pub seconds: f64,
    /// The bytes of the last reading that brought something.
    pub received: Vec<u8>,
}

/// Watches until the device has said twice that `wanted` is installed, which it was not before, or until
/// the time is up. While something else than before is there, or nothing can be read, the whole time of an
/// installation is granted.
pub(super) async fn watch(
    place: &Place,
    before: &Installed,
    patience: &Patience,
    wanted: Version,
    stop: &Stop,
) -> Watched {
    let start = Instant::now();
    let mut watched = Watched {
        seen: Vec::new(),
        after: None,
        seconds: 0.0,
        received: Vec::new(),
    };
    let mut said = before.clone();
    let mut pause = PAUSE;
    let mut twice = false;
    loop {
        let reading = place.read(stop).await;
        watched.seconds = start.elapsed().as_secs_f64();
        watched.after = match reading {
            Ok(reading) => {
                watched.received = reading.received;
                Some(reading.installed)
            }
            Err(_) => None,
        };
        if let Some(now) = watched.after.as_ref().filter(|now| **now != said) {
            said = now.clone();
            twice = false;
            if watched.seen.len() < KEPT {
                watched.seen.push(InstalledAt {
                    seconds: watched.seconds,
                    installed: said.clone(),
                });
            }
        } else if watched.after.is_some() && is_installed(wanted, before, &said) {
            if twice {
                return watched;
            }
            twice = true;
        }
        let limit = match &watched.after {
            Some(now) if now == before => patience.time(),
            _ => patience.time().max(patience.settle),
        };
        // By the time of the reading: what is written down must reach the limit.
        if watched.seconds >= limit.as_secs_f64() || stop.requested() {
            return watched;
        }
        if twice || pause > LONGEST_PAUSE {
            pause = pause.min(LONGEST_PAUSE);
        }
        let mut stop = stop.clone();
        tokio::select! {
            () = stop.wait() => {}
            () = sleep(pause.min(limit.saturating_sub(start.elapsed()))) => {}
        }
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
    }
}
