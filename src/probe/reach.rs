//! Does anything answer at an address?

use std::net::SocketAddr;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::Stop;
use super::ports::{COMMON, PortAnswer, connect};
use crate::observation::{PortProof, PortState, Reach, ReachAnswer};

/// A device that sleeps or boots gets so many chances.
const ROUNDS: u32 = 4;
/// Long enough for the kernel to send a second SYN.
const TIMEOUT: Duration = Duration::from_millis(1500);
/// Between two asks, so that a first answer spares the device the rest.
const GAP: Duration = Duration::from_millis(15);
/// Hardly ever open: a device without services refuses them, and that is an answer too.
const HIGH: [u16; 2] = [47_113, 61_517];

/// Asks the declared ports, common ones and two high ones, in rounds, until somebody answers.
///
/// One entry a port that was asked, in the order of asking, with its last answer. Silence proves
/// nothing here, so a port is open, closed or unproven.
pub async fn reach(address: SocketAddr, ports: &[u16], stop: &Stop) -> Reach {
    let mut stop = stop.clone();
    let ports = candidates(ports);
    let mut answers: Vec<ReachAnswer> = Vec::new();
    tokio::select! {
        biased;
        () = stop.wait() => {}
        () = ask(address, &ports, &mut answers) => {}
    }
    Reach { asked: answers }
}

fn candidates(ports: &[u16]) -> Vec<u16> {
    let mut all: Vec<u16> = Vec::new();
    for port in ports.iter().chain(&COMMON).chain(&HIGH) {
        if *port != 0 && !all.contains(port) {
            all.push(*port);
        }
    }
    all
}

async fn ask(address: SocketAddr, ports: &[u16], answers: &mut Vec<ReachAnswer>) {
    for _ in 0..ROUNDS {
        let mut flight: JoinSet<(u16, PortAnswer)> = JoinSet::new();
        let mut anybody = false;
        for port in ports {
            let mut target = address;
            target.set_port(*port);
            if !answers.iter().any(|answer| answer.port == *port) {
                answers.push(ReachAnswer {
                    port: *port,
                    state: PortState::Unproven,
                    proof: PortProof::NoAnswer,
                });
            }
            let port = *port;
            flight.spawn(async move { (port, connect(target, TIMEOUT).await) });
            sleep(GAP).await;
            while let Some(ended) = flight.try_join_next() {
                anybody |= ended.is_ok_and(|(port, answer)| note(answers, port, answer));
            }
            if anybody {
                break;
            }
        }
        while let Some(ended) = flight.join_next().await {
            anybody |= ended.is_ok_and(|(port, answer)| note(answers, port, answer));
        }
        if anybody {
            return;
        }
    }
}

/// Writes an answer down; true where somebody is there.
fn note(answers: &mut [ReachAnswer], port: u16, answer: PortAnswer) -> bool {
    if let Some(entry) = answers.iter_mut().find(|entry| entry.port == port) {
        entry.state = answer.state();
        entry.proof = answer.proof();
    }
    answer.answered()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::Stopper;

    fn nowhere() -> Stop {
        Stopper::new().1
    }

    #[tokio::test]
    async fn a_listener_is_reached_and_spares_the_rest() {
        let listener = std::net::TcpListener::bind("127.77.2.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let reach = reach(address, &[address.port()], &nowhere()).await;
        assert!(reach.answered());
        assert_eq!(reach.asked[0].state, PortState::Open);
        assert!(reach.asked.len() < 4, "{:?}", reach.asked);
    }

    #[tokio::test]
    async fn a_device_without_services_answers_by_refusing() {
        let reach = reach("127.77.2.2:0".parse().unwrap(), &[], &nowhere()).await;
        assert!(reach.answered());
        assert_eq!(reach.asked[0].state, PortState::Closed);
        assert_eq!(reach.asked[0].port, COMMON[0]);
        assert!(reach.asked.len() < 4, "{:?}", reach.asked);
    }

    #[tokio::test]
    async fn stopped_it_asks_nobody() {
        let (stopper, stop) = Stopper::new();
        stopper.stop("enough");
        let reach = reach("127.77.2.3:0".parse().unwrap(), &[22], &stop).await;
        assert!(!reach.answered());
        assert!(reach.asked.is_empty());
    }

    #[test]
    fn declared_ports_come_first_and_nothing_twice() {
        let ports = candidates(&[443, 0, 9999, 443]);
        assert_eq!(ports[..3], [443, 9999, 80]);
        assert_eq!(ports.len(), 1 + COMMON.len() + HIGH.len());
        assert_eq!(ports[ports.len() - 2..], HIGH);
    }
}
