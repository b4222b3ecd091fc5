//! The other login of a web server: one that offers both Basic and Digest may take a default by one of them only.

use super::door::Door;
use super::{Ended, Recorder, reply_in};
use crate::error::Error;
use crate::evidence::Exchange;
use crate::observation::{AccessStep, Asked, Mechanism};

/// Passes on what happens, and notes what a stranger was offered and by which login it was tried.
pub(super) struct Offers<'a> {
    recorder: &'a mut dyn Recorder,
    tried: Option<Mechanism>,
    offered: Vec<String>,
}

impl<'a> Offers<'a> {
    pub(super) fn new(recorder: &'a mut dyn Recorder) -> Self {
        Self {
            recorder,
            tried: None,
            offered: Vec::new(),
        }
    }

    /// The same door by the other login, where it is offered and a trial that ended so leaves something to try
    /// there: a door that stands open need not be tried again, and one that asked for peace gets it.
    pub(super) fn other(&self, first: &Door, ended: Ended) -> Option<Door> {
        let (other, scheme) = match self.tried? {
            Mechanism::HttpBasic => (Mechanism::HttpDigest, "digest"),
            Mechanism::HttpDigest => (Mechanism::HttpBasic, "basic"),
            _ => return None,
        };
        let wanted = ended == Ended::CandidatesTried && self.offered.iter().any(|it| it == scheme);
        wanted.then(|| Door {
            mechanism: other,
            ..first.clone()
        })
    }
}

impl Recorder for Offers<'_> {
    fn record(&mut self, asked: Asked, exchange: Exchange) -> Result<(), Error> {
        if let Asked::Access {
            step: AccessStep::Anonymous,
            mechanism,
            ..
        } = &asked
            && let Some(reply) = reply_in(&exchange)
        {
            self.tried = Some(*mechanism);
            self.offered = reply.schemes;
        }
        self.recorder.record(asked, exchange)
    }

    fn waiting(&mut self, until: std::time::Instant, why: &str) {
        self.recorder.waiting(until, why);
    }
}
