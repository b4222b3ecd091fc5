//! Whether the device is still there: the ports that it opened before accept a connection.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::Stop;
use super::ports::{PortAnswer, connect};
use super::wire::{Fault, Talk, Terms};
use crate::evidence::{Absence, Exchange, Outcome};
use crate::observation::{Alive, Observation};

/// How long a silent device may take to come back.
pub const GRACE: Duration = Duration::from_secs(10);

/// Ports that one heartbeat asks at most; a device that opens more is asked the first of them.
const PORTS: usize = 256;
/// For one connect.
const PATIENCE: Duration = Duration::from_secs(1);
/// A port is lost only after so many connects in vain.
const ASKS: u32 = 3;
/// The first pause; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(200);

/// Asks the ports that were open when first seen. Where none accepts, waits with
/// growing pauses and asks again, up to `grace`.
///
/// # Outcome
///
/// [`Absence::NoAnswer`] where none accepted within the grace, or where there is no port to ask.
pub async fn heartbeat(
    address: SocketAddr,
    open: &[u16],
    grace: Duration,
    stop: &Stop,
) -> Exchange {
    let ports = &open[..open.len().min(PORTS)];
    // Beyond the grace: one round in which every port is silent, and the repetitions.
    let asks = u32::try_from(ports.len()).unwrap_or(u32::MAX);
    let whole = grace + PATIENCE.saturating_mul(asks).saturating_mul(ASKS + 1);
    let talk = Talk::begin(Terms {
        connect: PATIENCE,
        whole,
        read: 0,
    });
    talk.run(stop, async {
        let alive = ask(address, ports, grace).await?;
        Ok(Observation::Alive(alive))
    })
    .await
}

/// Whether a heartbeat found every port that it asked.
pub fn whole(exchange: &Exchange) -> bool {
    let Outcome::Observed { observations } = &exchange.outcome else {
        return false;
    };
    let all =
        |fact: &Observation| matches!(fact, Observation::Alive(alive) if alive.lost.is_empty());
    observations.iter().any(all)
}

async fn ask(host: SocketAddr, ports: &[u16], grace: Duration) -> Result<Alive, Fault> {
    let started = Instant::now();
    let mut pause = PAUSE;
    let mut rounds = 0;
    let (mut accepted, mut lost, seconds) = loop {
        let (accepted, lost, first) = round(host, ports).await?;
        rounds += 1;
        if let Some(first) = first {
            break (accepted, lost, (first - started).as_secs_f64());
        }
        if ports.is_empty() || started.elapsed() + pause > grace {
            return Err(silent(ports, grace));
        }
        sleep(pause).await;
        pause *= 2;
    };
    // Each port of the last round was asked once since the device answered.
    for again in 1..ASKS {
        if lost.is_empty() {
            break;
        }
        sleep(PAUSE * again).await;
        let (more, still, _) = round(host, &lost).await?;
        accepted.extend(more);
        lost = still;
    }
    accepted.sort_unstable();
    Ok(Alive {
        accepted,
        lost,
        interrupted: rounds > 1,
        seconds,
    })
}

/// Asks each port once: who accepted, who did not, and when the first one did.
async fn round(
    host: SocketAddr,
    ports: &[u16],
) -> Result<(Vec<u16>, Vec<u16>, Option<Instant>), Fault> {
    let (mut accepted, mut missed, mut first) = (Vec::new(), Vec::new(), None);
    for port in ports {
        let mut address = host;
        address.set_port(*port);
        match connect(address, PATIENCE).await {
            PortAnswer::Accepted => {
                first.get_or_insert_with(Instant::now);
                accepted.push(*port);
            }
            PortAnswer::LocalFault => {
                let detail =
                    format!("no connection to port {port} could be tried from this machine");
                return Err(Fault::new(Absence::HarnessFault, detail));
            }
            PortAnswer::Refused
            | PortAnswer::Rejected
            | PortAnswer::NoAnswer
            | PortAnswer::Unreachable => {
                missed.push(*port);
            }
        }
    }
    Ok((accepted, missed, first))
}

fn silent(ports: &[u16], grace: Duration) -> Fault {
    let detail = if ports.is_empty() {
        "no port was open when first seen, so there is none to ask".to_owned()
    } else {
        let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
        format!(
            "none of the ports {} accepted a connection within {} s",
            ports.join(", "),
            grace.as_secs_f32()
        )
    };
    Fault::new(Absence::NoAnswer, detail)
}

#[cfg(test)]
mod tests {
    use super::super::{Stopper, fake};
    use super::*;
    use tokio::net::TcpListener;

    async fn beat(ports: &[u16], grace: Duration) -> Result<Alive, Absence> {
        let (_keep, stop) = Stopper::new();
        let host = "127.0.0.1:0".parse().unwrap();
        let exchange = heartbeat(host, ports, grace, &stop).await;
        match exchange.outcome {
            Outcome::Observed { observations } => match &observations[..] {
                [Observation::Alive(alive)] => Ok(alive.clone()),
                other => panic!("{other:?}"),
            },
            Outcome::Absent { reason, .. } => Err(reason),
        }
    }

    #[tokio::test]
    async fn open_ports_are_accepted_and_closed_ones_lost() {
        let open = fake::serve(fake::hold).await.port();
        let closed = fake::closed_port().await.port();
        let alive = beat(&[closed, open], GRACE).await.unwrap();
        assert_eq!(
            (&alive.accepted[..], &alive.lost[..]),
            (&[open][..], &[closed][..])
        );
        assert!(!alive.interrupted);
    }

    #[tokio::test]
    async fn a_device_that_comes_back_was_interrupted() {
        let address = fake::free_port().await;
        tokio::spawn(async move {
            sleep(Duration::from_millis(300)).await;
            let listener = TcpListener::bind(address).await.unwrap();
            while listener.accept().await.is_ok() {}
        });
        let alive = beat(&[address.port()], GRACE).await.unwrap();
        assert!(alive.interrupted);
        assert!(alive.seconds >= 0.3, "{}", alive.seconds);
        assert_eq!(alive.lost, [0; 0]);
    }

    #[tokio::test]
    async fn a_port_that_misses_one_ask_is_not_lost() {
        let open = fake::serve(fake::hold).await.port();
        let late = fake::free_port().await;
        tokio::spawn(async move {
            sleep(Duration::from_millis(100)).await;
            let listener = TcpListener::bind(late).await.unwrap();
            while listener.accept().await.is_ok() {}
        });
        let alive = beat(&[open, late.port()], GRACE).await.unwrap();
        assert_eq!(alive.lost, [0; 0]);
        assert!(!alive.interrupted);
    }

    #[tokio::test]
    async fn a_device_that_stays_away_is_absent() {
        let closed = fake::closed_port().await.port();
        let started = Instant::now();
        let reply = beat(&[closed], Duration::from_millis(700)).await;
        assert_eq!(reply, Err(Absence::NoAnswer));
        assert!(started.elapsed() < Duration::from_secs(3));
        assert_eq!(beat(&[], GRACE).await, Err(Absence::NoAnswer));
    }

    #[tokio::test]
    async fn every_port_is_asked() {
        let mut ports = Vec::new();
        for _ in 0..5 {
            ports.push(fake::serve(fake::hold).await.port());
        }
        assert_eq!(beat(&ports, GRACE).await.unwrap().accepted.len(), 5);
    }
}
