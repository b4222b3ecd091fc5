//! The other version of a protocol at the same port: a broker may be open in one of them only, or keep its
//! accounts in one of them only.

use super::{Door, Ended};

/// The same door in the other version of MQTT, where a trial that ended so leaves something to ask there. It is
/// tried like the first, by the same ledger, so that no account is tried faster or more often for it.
pub(super) fn door(first: &Door, ended: Ended) -> Option<Door> {
    let version = first.version.filter(|_| is_worth_it(ended))?;
    Some(Door {
        version: Some(version.other()),
        ..first.clone()
    })
}

/// Whether the other version can change anything. A door that stands open in one need not be tried again,
/// and one that asked for peace gets it.
fn is_worth_it(ended: Ended) -> bool {
    match ended {
        Ended::DefaultFound | Ended::CandidatesTried | Ended::NoLoginToTry | Ended::Lost => true,
        Ended::NoLoginNeeded | Ended::AcceptsAnything | Ended::Throttled | Ended::Stopped => false,
    }
}
