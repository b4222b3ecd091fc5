//! The attempts that are out: sent, bounded in number, taken back one by one.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::connect::{Dial, PortAnswer};
use super::window::WindowId;
use super::{TIMEOUT, limit};

/// After a fault of our own nothing is sent for so long, and less may be out at once.
const REST: Duration = Duration::from_millis(100);
const LEAST_ROOM: usize = 64;

/// An attempt that ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub(super) window: WindowId,
    pub(super) port: u16,
    pub(super) canary: bool,
    pub(super) answer: PortAnswer,
}

/// Dropped, it hangs up on everything that is out.
#[derive(Debug)]
pub(super) struct Flight<D> {
    network: D,
    address: SocketAddr,
    out: JoinSet<Ended>,
    room: usize,
    resting_until: Instant,
}

impl<D: Dial> Flight<D> {
    pub(super) fn new(network: D, address: SocketAddr) -> Self {
        Self {
            network,
            address,
            out: JoinSet::new(),
            room: limit::sockets(),
            resting_until: Instant::now(),
        }
    }

    pub(super) fn send(&mut self, window: WindowId, port: u16, canary: bool) {
        let network = self.network.clone();
        let mut target = self.address;
        target.set_port(port);
        self.out.spawn(async move {
            Ended {
                window,
                port,
                canary,
                answer: network.dial(target, TIMEOUT).await,
            }
        });
    }

    /// The next that has ended already; none: nothing has.
    pub(super) fn ended(&mut self) -> Option<Ended> {
        // An attempt whose task failed brings nothing: its window never ends and proves nothing.
        std::iter::from_fn(|| self.out.try_join_next()).find_map(Result::ok)
    }

    /// The next that ends before `due`; none: it is due.
    pub(super) async fn ended_before(&mut self, due: Instant) -> Option<Ended> {
        tokio::select! {
            biased;
            Some(ended) = self.ended_some_time() => Some(ended),
            () = sleep_until(due) => None,
        }
    }

    /// The next that ends; none: nothing is out.
    pub(super) async fn ended_some_time(&mut self) -> Option<Ended> {
        loop {
            match self.out.join_next().await {
                Some(Err(_)) => {}
                Some(Ok(ended)) => return Some(ended),
                None => return None,
            }
        }
    }

    /// Whether so many are out that no more may be.
    pub(super) fn full(&self) -> bool {
        self.out.len() >= self.room
    }

    /// Nothing should be sent before.
    pub(super) fn resting_until(&self) -> Instant {
        self.resting_until
    }

    /// Our own side failed: less at once, and not now.
    pub(super) fn rest(&mut self) {
        self.resting_until = Instant::now() + REST;
        self.room = (self.room / 2).max(LEAST_ROOM.min(self.room));
    }

    /// Forgets everything that is out.
    pub(super) fn hang_up(&mut self) {
        self.out.abort_all();
    }
}

#[cfg(test)]
mod tests {
    use super::super::connect::Tcp;
    use super::*;

    #[tokio::test]
    async fn a_fault_of_our_own_makes_room_smaller_and_waits() {
        let mut flight = Flight::new(Tcp, "192.0.2.1:0".parse().unwrap());
        flight.room = 200;
        let before = Instant::now();
        flight.rest();
        assert!(flight.resting_until() >= before + REST);
        assert_eq!(flight.room, 100);
        flight.rest();
        flight.rest();
        assert_eq!(flight.room, LEAST_ROOM, "never less");
        flight.room = 16;
        flight.rest();
        assert_eq!(flight.room, 16, "nor more than there was");
    }
}
