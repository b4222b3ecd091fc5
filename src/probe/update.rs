//! Offering update packages to a device that may be changed, and looking at what is installed before and after.
//!
//! Nothing is judged here but whether to go on. What was answered to an upload is written down and decides
//! nothing: what counts is what the device says is installed, read until it changed or long enough.

mod body;
mod installed;
mod order;
mod upload;
mod watch;

use std::time::{Duration, Instant};

use hyper::body::Bytes;
use jiff::Timestamp;

pub use installed::Place;
pub use order::{Offered, Step, goes_on, steps};
pub use upload::Letterbox;

use super::Stop;
use super::wire::Fault;
use crate::evidence::{Absence, Exchange};
use crate::observation::{Observation, UpdateAttempt};

/// For so long a device must say the same before anything is offered, or for `settle` where that is shorter.
const STEADY: Duration = Duration::from_secs(5);

/// Where packages go, and where the device says what is installed.
#[derive(Debug)]
pub struct Channel {
    pub letterbox: Letterbox,
    pub place: Place,
    /// The longest time that an installation takes.
    pub settle: Duration,
}

/// Whether the device says the same for a while, with nothing done in between. What changes by itself would be
/// taken for an installation.
///
/// # Errors
///
/// Why it cannot be told what is installed.
pub async fn steady(channel: &Channel, stop: &Stop) -> Result<(), Exchange> {
    let started = Timestamp::now();
    let absent = |fault: Fault| Exchange::absent(started, fault.reason, unread(&fault.detail));
    let first = channel.place.read(stop).await.map_err(absent)?;
    let end = Instant::now() + channel.settle.min(STEADY);
    while Instant::now() < end && !stop.requested() {
        tokio::time::sleep(watch::BETWEEN_TWO).await;
        let next = channel.place.read(stop).await.map_err(absent)?;
        if first.installed != next.installed {
            let detail = unread("what it says is installed changes by itself");
            return Err(Exchange::absent(started, Absence::Malformed, detail));
        }
    }
    Ok(())
}

/// How long a device is watched after an offer, beside what it answers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    /// How long a genuine package took, where that is known.
    pub control: Option<Duration>,
    /// Whether another package that must be refused follows: what comes late is then seen there.
    pub followed: bool,
}

/// Offers one package, and watches.
///
/// Recorded are the head of the request, what was answered to it, and the last reading of what is installed;
/// the package itself is known by its digest.
pub async fn offer(channel: &Channel, offered: &Offered, pace: Pace, stop: &Stop) -> Exchange {
    let started = Timestamp::now();
    let before = match channel.place.read(stop).await {
        Ok(reading) => reading.installed,
        Err(fault) => return Exchange::absent(started, fault.reason, unread(&fault.detail)),
    };
    if !channel.letterbox.may_travel() {
        let detail = "the manifest does not allow sending the owner's password in clear";
        return Exchange::absent(started, Absence::CleartextNotAllowed, detail);
    }
    let package = Bytes::from_owner(offered.bytes.clone());
    let uploaded = upload::upload(&channel.letterbox, offered.file_name(), package, stop).await;
    let patience = watch::Patience {
        settle: channel.settle,
        refused: uploaded.upload.refused(),
        followed: pace.followed,
        control: pace.control,
    };
    let wanted = offered.version;
    let watched = watch::watch(&channel.place, &before, &patience, wanted, stop).await;
    let attempt = UpdateAttempt {
        upload: uploaded.upload,
        before,
        seen: watched.seen,
        after: watched.after,
        watched: watched.seconds,
    };
    let received = [uploaded.received, watched.received].concat();
    Exchange::observed(started, Observation::Update(attempt)).with_bytes(
        uploaded.head,
        received,
        uploaded.truncated,
    )
}

fn unread(why: &str) -> String {
    format!("nothing was uploaded, because it cannot be told what is installed: {why}")
}

#[cfg(test)]
mod tests;
