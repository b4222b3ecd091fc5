//! The order of a run: everything about one unit, then the next; whatever happens, the run is closed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::documents;
use super::event::{Event, Listener};
use super::foreign::Foreign;
use super::import;
use super::plan::{Plan, minutes};
use super::unit::{Twins, UnitRun};
use crate::error::Error;
use crate::evidence::{RunState, RunWriter};
use crate::probe::{Stop, Stopper};

/// A run that is about to start.
pub struct Observing<'a> {
    pub plan: &'a Plan<'a>,
    pub writer: RunWriter,
    pub listener: &'a mut dyn Listener,
    /// Stops the run from outside.
    pub stopper: Stopper,
    pub stop: Stop,
    /// Ports that other programs of this machine held before the device was started.
    pub foreign: Foreign,
}

impl std::fmt::Debug for Observing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Observing")
            .field("writer", &self.writer)
            .finish_non_exhaustive()
    }
}

/// Observes a device. Returns how the run ended; an error means that the harness failed, and the run
/// then stays marked as running, which readers take for aborted.
pub async fn observe(observing: Observing<'_>) -> Result<RunState, Error> {
    let Observing {
        plan,
        mut writer,
        listener,
        stopper,
        stop,
        foreign,
    } = observing;
    let limit = Duration::from_secs(plan.settings.deadline_seconds);
    let deadline = Instant::now() + limit;
    let alarm = tokio::spawn({
        let stopper = stopper.clone();
        async move {
            tokio::time::sleep_until(deadline).await;
            stopper.stop(&format!(
                "its deadline came, {} after the start",
                minutes(limit)
            ));
        }
    });
    import::record(plan, &mut writer, listener)?;
    documents::record(plan, &mut writer, listener, &stop).await?;
    for unit in plan.units() {
        if stop.requested() {
            break;
        }
        let mut run = UnitRun {
            plan,
            unit,
            writer: &mut writer,
            listener,
            stop: stop.clone(),
            deadline,
            foreign: &foreign,
            since: Vec::new(),
            open: BTreeMap::new(),
            coap: BTreeMap::new(),
            dtls: BTreeMap::new(),
            keyless: BTreeSet::new(),
            hints: BTreeMap::new(),
            twins: Twins::default(),
            spoken: BTreeMap::new(),
            keys: Vec::new(),
        };
        run.observe().await?;
        run.look_up_keys()?;
    }
    alarm.abort();
    let why = stop.reason();
    let state = if why.is_some() {
        RunState::Aborted
    } else {
        RunState::Complete
    };
    writer.close(state, why.clone(), Timestamp::now())?;
    listener.hear(&Event::Ended {
        state,
        why: why.as_deref(),
    });
    Ok(state)
}
