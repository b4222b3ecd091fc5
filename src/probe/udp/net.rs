//! What the loop asks through, so that it can be tested against devices that do not exist.

use std::time::Duration;

use tokio::time::Instant;

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Answered(Vec<u8>),
    /// The device itself said by ICMP that nobody is at the port.
    Refused,
    /// The device itself said by ICMP that the port is prohibited.
    Rejected,
    /// ICMP that says something else or comes from somebody else, a route or neighbour that is missing, a
    /// filter of our own.
    Unreachable,
    /// Our own side failed.
    LocalFault,
}

/// One question to a port.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask<'a> {
    pub(super) port: u16,
    pub(super) datagram: &'a [u8],
    /// Which of our addresses asks, below [`Net::sources`], or [`Net::own`].
    pub(super) source: usize,
    /// Through a socket of its own, so that an answer from any port of the device is one to this question.
    pub(super) apart: bool,
}

pub(super) trait Net: Send {
    /// How many addresses of ours there are to ask from, at least 1.
    fn sources(&self) -> usize;

    /// The address that the kernel would ask from, where the user gave others: one more than [`Net::sources`].
    fn own(&self) -> Option<usize>;

    /// Sends. That it could not is heard.
    fn send(&mut self, ask: Ask<'_>) -> impl Future<Output = ()> + Send;

    /// What is heard next, until then.
    fn hear(&mut self, until: Instant) -> impl Future<Output = Option<(u16, Heard)>> + Send;

    /// Asks known ports apart from everything else, with pauses between: which of them answered or refused.
    fn canaries(
        &mut self,
        asks: &[Ask<'_>],
        pause: Duration,
    ) -> impl Future<Output = Vec<bool>> + Send;
}
