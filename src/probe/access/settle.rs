//! Which login of a web server is tried first, where the manifest names no owner to say it.

use super::{Door, Knocker, Trial, offers};
use crate::error::Error;
use crate::observation::{AccessReply, Mechanism};

/// Whether the device is to say it.
pub(super) fn open(door: &Door) -> bool {
    door.mechanism.is_http() && door.owner.is_none()
}

impl<K: Knocker> Trial<'_, K> {
    /// Takes what a stranger is offered: Basic where it is on offer, else Digest. What was held back until
    /// this was known is written down; without a reply as what it would have been.
    pub(super) fn settle(&mut self, reply: Option<&AccessReply>) -> Result<(), Error> {
        let Some(held) = self.held.take() else {
            return Ok(());
        };
        self.mechanism = match reply {
            Some(reply) if offers(reply, "digest") && !offers(reply, "basic") => {
                Mechanism::HttpDigest
            }
            _ => self.mechanism,
        };
        for (step, exchange) in held {
            self.record(step, None, exchange)?;
        }
        Ok(())
    }
}
