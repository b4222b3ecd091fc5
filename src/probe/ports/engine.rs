//! What a sweep asks over. An engine sends attempts and tells how each ended; when to send what, and what to make of
//! the answers, is none of its business.

use std::io;
use std::os::fd::AsRawFd;
use std::time::Duration;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::{Instant, sleep_until};

use super::connect::PortAnswer;
use super::window::WindowId;
use crate::observation::Engine;

/// One attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) port: u16,
    pub(super) role: Role,
}

/// Why a port is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// To learn its state.
    State(WindowId),
    /// To learn whether anything is being lost.
    Canary(WindowId),
    /// Once more, when everything is over.
    Recheck,
}

/// An attempt that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) ask: Ask,
    pub(super) answer: PortAnswer,
}

/// Sends attempts to one address, each of which ends once: with an answer, or after [`super::TIMEOUT`] with silence.
pub(super) trait Asker: Send {
    /// Which it is, for the ledger.
    fn engine(&self) -> Engine;

    /// Sends an attempt.
    fn send(&mut self, ask: Ask);

    /// The next that is known to have ended; none: nothing is. It may not look every time.
    fn ended(&mut self) -> Option<Ended>;

    /// The next that ends; none: nothing is out.
    fn ended_some_time(&mut self) -> impl Future<Output = Option<Ended>> + Send;

    /// Whether so many are out that no more may be.
    fn full(&self) -> bool;

    /// Our own side failed: less at once, and nothing for a while.
    fn rest(&mut self);

    /// Nothing should be sent before.
    fn resting_until(&self) -> Instant;

    /// Forgets everything that is out.
    fn hang_up(&mut self);

    /// The next that ends before `due`; none: it is due.
    fn ended_before(&mut self, due: Instant) -> impl Future<Output = Option<Ended>> + Send {
        async move {
            tokio::select! {
                biased;
                Some(ended) = self.ended_some_time() => Some(ended),
                () = sleep_until(due) => None,
            }
        }
    }
}

/// Looking whether something has come in costs a system call, and an attempt little more: looks are rationed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Glance {
    last: Instant,
}

impl Glance {
    /// Looks that nobody waits for are no more frequent.
    const PAUSE: Duration = Duration::from_micros(250);

    pub(super) fn new() -> Self {
        Self {
            last: Instant::now(),
        }
    }

    /// Whether it is time to look; then the next time is not now.
    pub(super) fn due(&mut self) -> bool {
        let now = Instant::now();
        let due = now >= self.last + Self::PAUSE;
        if due {
            self.last = now;
        }
        due
    }
}

/// Has the runtime watch a descriptor that `inner` owns to its end.
#[expect(
    deprecated,
    reason = "what replaces it is unsafe, because of types that close their descriptor early; sockets do not"
)]
pub(super) fn watch<T: AsRawFd>(inner: T) -> io::Result<AsyncFd<T>> {
    AsyncFd::with_interest(inner, Interest::READABLE)
}

/// Which engine a user wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum EngineChoice {
    /// The raw one where it is permitted, else the other
    #[default]
    Auto,
    /// Full TCP connections by the kernel; needs no privileges
    Connect,
    /// Single SYN packets; needs CAP_NET_RAW
    Raw,
}

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
#[error("{engine} are not to be had: {error}")]
pub struct Unavailable {
    engine: &'static str,
    error: io::Error,
}

impl Unavailable {
    pub(super) fn raw(error: io::Error) -> Self {
        let engine = "raw sockets";
        Self { engine, error }
    }

    pub(super) fn connect(error: io::Error) -> Self {
        let engine = "connects";
        Self { engine, error }
    }
}
