//! Open ports are asked once more when the sweep is over: a device that began to hide or died of
//! the sweep shows here.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::connect::{Dial, PortAnswer};
use crate::observation::{PortProof, PortState, Recheck};

/// Long enough for the kernel to send again after one second: here only the state matters.
const TIMEOUT: Duration = Duration::from_millis(2500);
/// A device has few open ports; one that has thousands is asked in turn.
const AT_ONCE: usize = 32;

/// Not asked yet.
pub(super) fn pending(ports: impl Iterator<Item = u16>) -> Vec<Recheck> {
    ports
        .map(|port| Recheck {
            port,
            state: PortState::Unproven,
            proof: PortProof::NotAsked,
        })
        .collect()
}

/// Asks each, at most `rate` a second, and writes what came back in its place. Cancelled, it leaves
/// the rest as it was.
pub(super) async fn ask(
    network: &impl Dial,
    address: SocketAddr,
    rate: f64,
    rechecks: &mut [Recheck],
) {
    let gap = Duration::from_secs_f64(1.0 / rate.max(1.0));
    let mut flight: JoinSet<(usize, PortAnswer)> = JoinSet::new();
    let mut due = Instant::now();
    for index in 0..rechecks.len() {
        while flight.len() >= AT_ONCE {
            note(rechecks, flight.join_next().await);
        }
        sleep_until(due).await;
        due = Instant::now() + gap;
        let mut target = address;
        target.set_port(rechecks[index].port);
        let network = network.clone();
        flight.spawn(async move { (index, network.dial(target, TIMEOUT).await) });
    }
    while !flight.is_empty() {
        note(rechecks, flight.join_next().await);
    }
}

fn note(
    rechecks: &mut [Recheck],
    ended: Option<Result<(usize, PortAnswer), tokio::task::JoinError>>,
) {
    if let Some(Ok((index, answer))) = ended {
        rechecks[index].state = answer.state();
        rechecks[index].proof = answer.proof();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Even ports accept, odd ones never answer.
    #[derive(Clone)]
    struct Even;

    impl Dial for Even {
        async fn dial(&self, address: SocketAddr, timeout: Duration) -> PortAnswer {
            if address.port() % 2 == 0 {
                return PortAnswer::Accepted;
            }
            tokio::time::sleep(timeout).await;
            PortAnswer::NoAnswer
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_is_asked_once_at_the_given_rate_and_in_its_place() {
        let mut rechecks = pending(1..=100);
        let begun = Instant::now();
        ask(&Even, "192.0.2.1:0".parse().unwrap(), 10.0, &mut rechecks).await;
        assert!(begun.elapsed() >= Duration::from_millis(9_900));
        for recheck in rechecks {
            let expected = match recheck.port % 2 {
                0 => (PortState::Open, PortProof::Accepted),
                _ => (PortState::Unproven, PortProof::NoAnswer),
            };
            assert_eq!((recheck.state, recheck.proof), expected, "{}", recheck.port);
        }
    }
}
