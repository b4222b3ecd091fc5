//! What a service says: of its own accord, or after a question.

use std::time::Duration;

use tokio::time::Instant;

use crate::evidence::Absence;
use crate::probe::wire::{Fault, Heard, Wire};

/// How long a service may take to greet before it is asked.
pub(super) const LISTEN: Duration = Duration::from_millis(1500);
/// A pause after which a greeting counts as finished.
const PAUSE: Duration = Duration::from_millis(250);
/// The longest time given to one greeting: what drips or floods is told from its beginning.
const GREETING: Duration = Duration::from_secs(3);

/// Only what a service says of its own accord, for identity fingerprints.
pub(in crate::probe) async fn banner(wire: &mut Wire) -> Result<Vec<u8>, Fault> {
    greeting(wire, LISTEN).await
}

/// Collects what is said: the first byte within `patience`, then until a pause, a hang-up, the
/// bound, or the longest time for a greeting. Empty: silence.
pub(super) async fn greeting(wire: &mut Wire, patience: Duration) -> Result<Vec<u8>, Fault> {
    let mut bytes = match wire.hear(patience).await? {
        Heard::Bytes(bytes) => bytes,
        Heard::Quiet => return Ok(Vec::new()),
        Heard::Closed => {
            return Err(Fault::new(
                Absence::Disconnected,
                "it accepted and hung up without a word",
            ));
        }
    };
    let end = Instant::now() + GREETING;
    while Instant::now() < end {
        // A break after the first bytes does not unsay them.
        match wire.hear(PAUSE).await {
            Ok(Heard::Bytes(more)) => bytes.extend(more),
            Ok(Heard::Quiet | Heard::Closed) | Err(_) => break,
        }
    }
    Ok(bytes)
}
