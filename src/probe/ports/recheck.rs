//! Open ports are asked once more when the sweep is over: a device that began to hide or died of
//! the sweep shows here.

use std::time::Duration;

use tokio::time::Instant;

use super::TICK;
use super::engine::{Ask, Asker, Ended, Role};
use crate::observation::{PortProof, PortState, Recheck};

/// Here only the state matters: a lost packet is sent again.
const TRIES: u32 = 3;
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

/// How many are not open.
pub(super) fn vanished(rechecks: &[Recheck]) -> usize {
    let gone = |recheck: &&Recheck| recheck.state != PortState::Open;
    rechecks.iter().filter(gone).count()
}

/// Makes those that are not open ready to be asked again.
pub(super) fn again(rechecks: &mut [Recheck]) {
    for recheck in rechecks.iter_mut() {
        if recheck.state != PortState::Open {
            recheck.state = PortState::Unproven;
        }
    }
}

/// Asks each until it answers, at most `rate` a second, and writes what came back in its place. Cancelled, it leaves
/// the rest as it was.
pub(super) async fn ask(network: &mut impl Asker, rate: f64, rechecks: &mut [Recheck]) {
    let gap = Duration::from_secs_f64(1.0 / rate.max(1.0));
    let mut due = Instant::now();
    for _ in 0..TRIES {
        let open = rechecks
            .iter()
            .filter(|recheck| recheck.state == PortState::Unproven);
        let ports: Vec<u16> = open.map(|recheck| recheck.port).collect();
        let mut out = 0;
        for port in ports {
            while out >= AT_ONCE {
                out -= usize::from(note(rechecks, network.ended_some_time().await));
            }
            if due > Instant::now() + TICK {
                while let Some(ended) = network.ended_before(due).await {
                    out -= usize::from(note(rechecks, Some(ended)));
                }
            }
            due = due.max(Instant::now()) + gap;
            let role = Role::Recheck;
            network.send(Ask { port, role });
            out += 1;
        }
        while note(rechecks, network.ended_some_time().await) {}
    }
}

/// Writes down how one ended; false: none did.
fn note(rechecks: &mut [Recheck], ended: Option<Ended>) -> bool {
    let Some(Ended { ask, answer }) = ended else {
        return false;
    };
    // They are in order of port.
    if let Ok(index) = rechecks.binary_search_by_key(&ask.port, |recheck| recheck.port) {
        rechecks[index].state = answer.state();
        rechecks[index].proof = answer.proof();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::super::connect::PortAnswer;
    use super::super::imagined::Imagined;
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_is_asked_at_the_given_rate_and_silence_again() {
        // Even ports accept, odd ones answer only when they are asked for the third time.
        let mut asked = [0; 101];
        let mut network = Imagined::new(move |port| {
            asked[usize::from(port)] += 1;
            match port % 2 == 0 || asked[usize::from(port)] == 3 {
                true => PortAnswer::Accepted,
                false => PortAnswer::NoAnswer,
            }
        });
        let mut rechecks = pending(1..=100);
        rechecks.push(pending(std::iter::once(400))[0]);
        let begun = Instant::now();
        ask(&mut network, 10.0, &mut rechecks[..100]).await;
        assert!(begun.elapsed() >= Duration::from_millis(9_900 + 2 * 4_900));
        assert_eq!(network.sent, 200);
        for recheck in &rechecks[..100] {
            let seen = (recheck.state, recheck.proof);
            assert_eq!(
                seen,
                (PortState::Open, PortProof::Accepted),
                "{}",
                recheck.port
            );
        }
        let mut never = Imagined::new(|_| PortAnswer::NoAnswer);
        ask(&mut never, 10.0, &mut rechecks[100..]).await;
        let seen = (rechecks[100].state, rechecks[100].proof, never.sent);
        assert_eq!(seen, (PortState::Unproven, PortProof::NoAnswer, 3));
    }
}
