//! For tests: an engine over a network that never was, in time that does not pass.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::TIMEOUT;
use super::connect::PortAnswer;
use super::engine::{Ask, Asker, Ended};
use crate::observation::Engine;

/// How long an answer takes.
const WAY: Duration = Duration::from_millis(2);

/// Asks a function.
pub(super) struct Imagined<F> {
    answer: F,
    /// By when they end, and the order in which they were sent.
    out: BTreeMap<(Instant, u64), Ended>,
    pub(super) sent: u64,
}

impl<F: FnMut(u16) -> PortAnswer> Imagined<F> {
    pub(super) fn new(answer: F) -> Self {
        Self {
            answer,
            out: BTreeMap::new(),
            sent: 0,
        }
    }
}

impl<F: FnMut(u16) -> PortAnswer + Send> Asker for Imagined<F> {
    fn engine(&self) -> Engine {
        Engine::Connect
    }

    fn send(&mut self, ask: Ask) {
        self.sent += 1;
        let answer = (self.answer)(ask.port);
        let wait = match answer {
            PortAnswer::NoAnswer => TIMEOUT,
            _ => WAY,
        };
        let key = (Instant::now() + wait, self.sent);
        self.out.insert(key, Ended { ask, answer });
    }

    fn ended(&mut self) -> Option<Ended> {
        let entry = self.out.first_entry()?;
        (entry.key().0 <= Instant::now()).then(|| entry.remove())
    }

    async fn ended_some_time(&mut self) -> Option<Ended> {
        let (due, _) = *self.out.first_key_value()?.0;
        sleep_until(due).await;
        self.ended()
    }

    fn full(&self) -> bool {
        self.out.len() >= 20_000
    }

    fn rest(&mut self) {}

    fn resting_until(&self) -> Instant {
        Instant::now()
    }

    fn hang_up(&mut self) {
        self.out.clear();
    }
}
