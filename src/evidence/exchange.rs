//! What a probe hands over: an attempt with its raw bytes, before it is written down.

use jiff::Timestamp;

use super::{Absence, Outcome};
use crate::observation::Observation;

/// One attempt, as a probe brings it home.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub started_at: Timestamp,
    pub observed_at: Timestamp,
    pub outcome: Outcome,
    pub sent: Vec<u8>,
    pub received: Vec<u8>,
    /// Whether the device sent more than was kept.
    pub truncated: bool,
}

impl Exchange {
    /// An attempt that was answered, ended now.
    pub fn observed(started_at: Timestamp, observation: Observation) -> Self {
        Self::ended(
            started_at,
            Outcome::Observed {
                observations: vec![observation],
            },
        )
    }

    /// An attempt that brought nothing, ended now.
    pub fn absent(started_at: Timestamp, reason: Absence, detail: impl Into<String>) -> Self {
        Self::ended(
            started_at,
            Outcome::Absent {
                reason,
                detail: detail.into(),
            },
        )
    }

    fn ended(started_at: Timestamp, outcome: Outcome) -> Self {
        Self {
            started_at,
            observed_at: Timestamp::now(),
            outcome,
            sent: Vec::new(),
            received: Vec::new(),
            truncated: false,
        }
    }

    /// Adds the raw bytes.
    #[must_use]
    pub fn with_bytes(mut self, sent: Vec<u8>, received: Vec<u8>, truncated: bool) -> Self {
        self.sent = sent;
        self.received = received;
        self.truncated = truncated;
        self
    }
}
