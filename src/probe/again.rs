//! Asks chosen TCP ports what they are now: of those that somebody else scanned.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};

use super::Stop;
use super::ports::{PortAnswer, connect};
use crate::observation::{PortProof, PortState, Recheck};

/// A lost packet is sent again.
const TRIES: u32 = 3;
/// Below a second the kernel sends one SYN.
const TIMEOUT: Duration = Duration::from_millis(900);
/// A device has few open ports; one that has thousands is asked in turn.
const AT_ONCE: usize = 32;

/// Asks each port until it answers, at most `rate` a second. Stopped, it leaves the rest as not asked.
pub async fn again(
    address: SocketAddr,
    ports: impl Iterator<Item = u16>,
    rate: u32,
    stop: &Stop,
) -> Vec<Recheck> {
    let mut rechecks: Vec<Recheck> = ports
        .map(|port| Recheck {
            port,
            state: PortState::Unproven,
            proof: PortProof::NotAsked,
        })
        .collect();
    let mut stop = stop.clone();
    tokio::select! {
        biased;
        () = stop.wait() => {}
        () = ask(address, rate, &mut rechecks) => {}
    }
    rechecks
}

async fn ask(address: SocketAddr, rate: u32, rechecks: &mut [Recheck]) {
    let mut pace = tokio::time::interval(Duration::from_secs(1) / rate.max(1));
    pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for _ in 0..TRIES {
        let mut flight = JoinSet::new();
        let open = rechecks.iter().enumerate();
        let pending: Vec<(usize, u16)> = open
            .filter(|(_, recheck)| recheck.state == PortState::Unproven)
            .map(|(index, recheck)| (index, recheck.port))
            .collect();
        for (index, port) in pending {
            pace.tick().await;
            if flight.len() >= AT_ONCE {
                note(rechecks, flight.join_next().await);
            }
            let mut target = address;
            target.set_port(port);
            flight.spawn(async move { (index, connect(target, TIMEOUT).await) });
        }
        while let Some(ended) = flight.join_next().await {
            note(rechecks, Some(ended));
        }
    }
}

fn note(rechecks: &mut [Recheck], ended: Option<Result<(usize, PortAnswer), JoinError>>) {
    if let Some(Ok((index, answer))) = ended {
        rechecks[index].state = answer.state();
        rechecks[index].proof = answer.proof();
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::probe::Stopper;

    #[tokio::test]
    async fn each_port_says_what_it_is_now() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let open = listener.local_addr().unwrap();
        let closed = {
            let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
            gone.local_addr().unwrap().port()
        };
        let (stopper, stop) = Stopper::new();
        let ports = [open.port(), closed];
        let seen = again(open, ports.into_iter(), 1000, &stop).await;
        let states: Vec<_> = seen
            .iter()
            .map(|it| (it.port, it.state, it.proof))
            .collect();
        assert_eq!(
            states,
            [
                (open.port(), PortState::Open, PortProof::Accepted),
                (closed, PortState::Closed, PortProof::Refused),
            ]
        );
        stopper.stop("enough");
        let seen = again(open, ports.into_iter(), 1000, &stop).await;
        assert!(
            seen.iter().all(|it| it.proof == PortProof::NotAsked),
            "{seen:?}"
        );
    }
}
