use std::sync::Arc;

use tokio::time::sleep_until;

use super::*;
use crate::observation::PortState;

/// A device with a bucket of refusals for each peer, as Linux has.
struct Device {
    open: Vec<u16>,
    mute: Vec<u16>,
    /// Refusals at once, and seconds until there is one more. None: no limit.
    limit: Option<(f64, f64)>,
    /// For each peer what is left, and since when that has been so.
    buckets: Vec<(f64, Instant)>,
    waiting: VecDeque<(u16, Heard)>,
    dies_after: u64,
    sent: u64,
    /// Open to the address that the kernel asks from, and to no other.
    open_to_us: Vec<u16>,
}

impl Device {
    fn new(open: &[u16], mute: &[u16], limit: Option<(f64, f64)>) -> Self {
        Self {
            open: open.to_vec(),
            mute: mute.to_vec(),
            limit,
            buckets: vec![(limit.map_or(0.0, |(burst, _)| burst), Instant::now())],
            waiting: VecDeque::new(),
            dies_after: u64::MAX,
            sent: 0,
            open_to_us: vec![],
        }
    }

    fn with_peers(mut self, peers: usize) -> Self {
        self.buckets = vec![self.buckets[0]; peers];
        self
    }

    fn reply(&mut self, port: u16, peer: usize) -> Option<Heard> {
        self.sent += 1;
        if self.sent > self.dies_after || self.mute.binary_search(&port).is_ok() {
            return None;
        }
        if self.open.contains(&port) {
            return Some(Heard::Answered(b"here".to_vec()));
        }
        if Some(peer) == self.own() && self.open_to_us.contains(&port) {
            return Some(Heard::Answered(b"here".to_vec()));
        }
        let Some((burst, seconds)) = self.limit else {
            return Some(Heard::Refused);
        };
        // The one that asked nothing before.
        let Some((tokens, filled)) = self.buckets.get_mut(peer) else {
            return Some(Heard::Refused);
        };
        let passed = filled.elapsed().as_secs_f64();
        *filled = Instant::now();
        *tokens = (*tokens + passed / seconds).min(burst);
        if *tokens < 1.0 {
            return None;
        }
        *tokens -= 1.0;
        Some(Heard::Refused)
    }
}

impl Net for Device {
    fn sources(&self) -> usize {
        self.buckets.len()
    }

    fn own(&self) -> Option<usize> {
        (self.buckets.len() > 1).then_some(self.buckets.len())
    }

    async fn send(&mut self, ask: Ask<'_>) {
        let reply = self.reply(ask.port, ask.source);
        self.waiting.extend(reply.map(|heard| (ask.port, heard)));
    }

    async fn hear(&mut self, until: Instant) -> Option<(u16, Heard)> {
        if self.waiting.is_empty() {
            sleep_until(until).await;
        }
        self.waiting.pop_front()
    }

    async fn canaries(&mut self, asks: &[Ask<'_>], pause: Duration) -> Vec<bool> {
        let mut heard = Vec::new();
        for ask in asks {
            heard.push(self.reply(ask.port, ask.source).is_some());
            sleep(pause).await;
        }
        if heard.contains(&false) {
            sleep(Duration::from_millis(700)).await;
        }
        heard
    }
}

const PORTS: u16 = 50;

fn run(device: Device, ports: u16, max_rate: u32) -> Run<'static, Device> {
    let questions = (1..=ports).map(|port| {
        let datagrams: Datagrams = Arc::from([vec![0]]);
        (port, (Question::Text, datagrams))
    });
    let deadline = Instant::now() + crate::probe::udp::budget(ports.into(), device.sources());
    let progress = Box::leak(Box::new(|_| {}));
    Run::new(
        device,
        questions.collect(),
        &[],
        max_rate,
        deadline,
        progress,
    )
}

async fn finished(mut run: Run<'static, Device>) -> (Run<'static, Device>, Duration) {
    let started = Instant::now();
    let _ = tokio::time::timeout_at(run.deadline, run.run()).await;
    (run, started.elapsed())
}

async fn asked(device: Device) -> (Run<'static, Device>, Duration) {
    finished(run(device, PORTS, 1000)).await
}

fn count<N>(run: &Run<'_, N>, state: PortState) -> usize {
    let ports = run.table.ports.values();
    ports.filter(|port| port.state() == state).count()
}

#[tokio::test(start_paused = true)]
async fn a_device_that_refuses_freely_is_done_in_one_pass() {
    let (run, took) = asked(Device::new(&[7], &[], None)).await;
    assert_eq!(
        (count(&run, PortState::Open), count(&run, PortState::Closed)),
        (1, 49)
    );
    assert_eq!(run.datagrams, 50);
    assert!(took < Duration::from_millis(400), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn what_refuses_addresses_that_nobody_knows_is_asked_from_our_own() {
    let mut device = Device::new(&[7], &[], None).with_peers(32);
    device.open_to_us = vec![30];
    let mut run = run(device, PORTS, 1000);
    for port in run.table.ports.values_mut() {
        port.question = Question::Snmp;
    }
    let (run, _) = finished(run).await;
    assert_eq!(run.table.ports[&30].state(), PortState::Open);
    assert_eq!(
        (count(&run, PortState::Open), count(&run, PortState::Closed)),
        (2, 48)
    );
}

#[tokio::test(start_paused = true)]
async fn a_device_that_refuses_once_a_second_is_told_whole_within_the_budget() {
    for seconds in [0.01, 0.1, 0.25, 0.3, 0.5, 0.8, 1.0, 1.05] {
        let device = Device::new(&[7], &[9, 30], Some((6.0, seconds)));
        let (run, took) = asked(device).await;
        let counts =
            [PortState::Open, PortState::Closed, PortState::Silent].map(|it| count(&run, it));
        assert_eq!(counts, [1, 47, 2], "{seconds}");
        assert!(
            took < crate::probe::udp::budget(50, 1),
            "{seconds}: {took:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn silence_is_believed_after_several_rounds_and_never_called_closed() {
    for open in [&[][..], &[7]] {
        let mute: Vec<u16> = (1..=PORTS).filter(|port| !open.contains(port)).collect();
        let (run, took) = asked(Device::new(open, &mute, None)).await;
        assert_eq!(count(&run, PortState::Silent), mute.len());
        assert_eq!(count(&run, PortState::Closed), 0);
        assert!(
            run.table
                .ports
                .values()
                .all(|port| port.settled() || port.asked > 3)
        );
        assert!(took < Duration::from_secs(40), "{took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn silence_of_a_device_that_died_stays_unproven() {
    let mut device = Device::new(&[], &[], None);
    device.dies_after = 20;
    let (run, _) = asked(device).await;
    let counts =
        [PortState::Closed, PortState::Silent, PortState::Unproven].map(|it| count(&run, it));
    assert_eq!(counts, [20, 0, 30]);
    assert!(run.canaries_lost > 0);
}

#[tokio::test(start_paused = true)]
async fn what_came_before_the_first_canary_is_asked_again() {
    let mut run = run(Device::new(&[], &[], None), 2, 1000);
    for port in [1, 2] {
        run.table.ask(port);
    }
    run.table.vote(&[1]);
    run.note(2, Heard::Refused);
    assert_eq!(run.table.ports[&1].votes, 0);
    run.note(2, Heard::Answered(vec![]));
    run.note(2, Heard::Refused);
    assert_eq!(
        run.table.ports[&2].proof,
        PortProof::Answered,
        "an answer stands"
    );
}

#[tokio::test(start_paused = true)]
async fn other_errors_prove_nothing() {
    for (heard, proof) in [
        (Heard::Unreachable, PortProof::Unreachable),
        (Heard::LocalFault, PortProof::LocalFault),
    ] {
        let mut run = run(Device::new(&[], &[], None), 1, 1000);
        run.table.ask(1);
        run.note(1, heard);
        for _ in 0..3 {
            run.table.vote(&[1]);
        }
        let [span] = run.spans()[..] else { panic!() };
        assert_eq!((span.state, span.proof), (PortState::Unproven, proof));
    }
}

#[tokio::test(start_paused = true)]
async fn every_peer_is_another_budget() {
    let device = Device::new(&[53], &[69, 777], Some((6.0, 1.0))).with_peers(250);
    let (run, took) = finished(run(device, 1000, 3000)).await;
    let counts = [PortState::Open, PortState::Closed, PortState::Silent].map(|it| count(&run, it));
    assert_eq!(counts, [1, 997, 2]);
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn all_ports_of_a_device_that_limits_its_refusals_take_minutes() {
    let mute = [69, 1900, 12_345];
    let device = Device::new(&[53, 161], &mute, Some((6.0, 1.0))).with_peers(250);
    let (run, took) = finished(run(device, u16::MAX, 3000)).await;
    let counts = [PortState::Open, PortState::Closed, PortState::Silent].map(|it| count(&run, it));
    assert_eq!(counts, [2, 65_530, 3]);
    assert!(took < Duration::from_secs(450), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn all_ports_of_a_silent_device_are_silent_in_the_end() {
    for open in [&[][..], &[7]] {
        let mute: Vec<u16> = (1..=10_000).filter(|port| !open.contains(port)).collect();
        let (run, took) = finished(run(Device::new(open, &mute, None), 10_000, 3000)).await;
        assert_eq!(
            count(&run, PortState::Silent),
            mute.len(),
            "{open:?} {took:?}"
        );
        assert!(took < Duration::from_secs(4 * 60), "{took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_time_will_not_do_for_is_given_up_early() {
    let device = Device::new(&[53], &[], Some((6.0, 1.0)));
    let mut run = run(device, u16::MAX, 3000);
    run.deadline = Instant::now() + Duration::from_secs(3600);
    let (run, took) = finished(run).await;
    assert_eq!(count(&run, PortState::Open), 1);
    assert_eq!(count(&run, PortState::Silent), 0);
    assert!(count(&run, PortState::Unproven) > 60_000);
    assert!(took < Duration::from_secs(15 * 60), "{took:?}");
}
