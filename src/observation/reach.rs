//! Whether anything answers at an address.

use serde::{Deserialize, Serialize};

/// The first answers from an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// One entry a port that was asked, in order.
    pub asked: Vec<ReachAnswer>,
}

impl Reach {
    /// True where at least one port accepted or refused: somebody is there.
    pub fn answered(&self) -> bool {
        self.asked.iter().any(|answer| {
            matches!(
                answer.state,
                super::PortState::Open | super::PortState::Closed
            )
        })
    }
}

/// The answer of one port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReachAnswer {
    pub port: u16,
    pub state: super::PortState,
    pub proof: super::PortProof,
}
