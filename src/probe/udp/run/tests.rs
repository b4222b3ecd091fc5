use super::*;

/// A device with a bucket of refusals, as Linux has one for each peer.
struct Device {
    open: Vec<u16>,
    mute: Vec<u16>,
    /// Refusals at once, and seconds until there is one more. None: no limit.
    limit: Option<(f64, f64)>,
    tokens: f64,
    filled: Instant,
    waiting: VecDeque<(u16, Heard)>,
    dies_after: u64,
    sent: u64,
}

impl Device {
    fn new(open: &[u16], mute: &[u16], limit: Option<(f64, f64)>) -> Self {
        Self {
            open: open.to_vec(),
            mute: mute.to_vec(),
            limit,
            tokens: limit.map_or(0.0, |(burst, _)| burst),
            filled: Instant::now(),
            waiting: VecDeque::new(),
            dies_after: u64::MAX,
            sent: 0,
        }
    }

    fn reply(&mut self, port: u16) -> Option<Heard> {
        self.sent += 1;
        if self.sent > self.dies_after || self.mute.contains(&port) {
            return None;
        }
        if self.open.contains(&port) {
            return Some(Heard::Answered(b"here".to_vec()));
        }
        let Some((burst, seconds)) = self.limit else {
            return Some(Heard::Refused);
        };
        let passed = self.filled.elapsed().as_secs_f64();
        self.filled = Instant::now();
        self.tokens = (self.tokens + passed / seconds).min(burst);
        if self.tokens < 1.0 {
            return None;
        }
        self.tokens -= 1.0;
        Some(Heard::Refused)
    }
}

impl Net for Device {
    async fn send(&mut self, port: u16, _: &[u8]) {
        let reply = self.reply(port);
        self.waiting.extend(reply.map(|heard| (port, heard)));
    }

    async fn hear(&mut self, until: Instant) -> Option<(u16, Heard)> {
        if self.waiting.is_empty() {
            sleep_until(until).await;
        }
        self.waiting.pop_front()
    }

    async fn canary(&mut self, port: u16, _: &[u8]) -> bool {
        let heard = self.reply(port).is_some();
        if !heard {
            sleep(Duration::from_millis(700)).await;
        }
        heard
    }
}

const PORTS: u16 = 50;

async fn asked(device: Device) -> (Run<Device>, Duration) {
    let ports = 1..=PORTS;
    let questions = ports.map(|port| (port, (Question::Text, vec![vec![port as u8]])));
    let mut run = Run::new(device, questions.collect(), &[], 1000);
    let started = Instant::now();
    run.run().await;
    (run, started.elapsed())
}

fn count<N>(run: &Run<N>, state: PortState) -> usize {
    run.ports
        .values()
        .filter(|port| port.state() == state)
        .count()
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
async fn a_device_that_refuses_once_a_second_is_told_whole_within_the_budget() {
    for seconds in [0.01, 0.1, 0.25, 0.3, 0.5, 0.8, 1.0, 1.05] {
        let device = Device::new(&[7], &[9, 30], Some((6.0, seconds)));
        let (run, took) = asked(device).await;
        let counts =
            [PortState::Open, PortState::Closed, PortState::Silent].map(|it| count(&run, it));
        assert_eq!(counts, [1, 47, 2], "{seconds}");
        assert!(took < super::super::BUDGET, "{seconds}: {took:?}");
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
            run.ports
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
    let mut run = Run::new(
        Device::new(&[], &[], None),
        [1, 2]
            .map(|port| (port, (Question::Text, vec![vec![0]])))
            .into(),
        &[],
        1000,
    );
    run.vote(&[1]);
    run.note(2, Heard::Refused);
    assert_eq!(run.ports[&1].votes, 0);
    run.note(2, Heard::Answered(vec![]));
    assert_eq!(
        run.ports[&2].proof,
        PortProof::Refused,
        "the first answer stands"
    );
}

#[tokio::test(start_paused = true)]
async fn other_errors_prove_nothing() {
    let mut run = Run::new(
        Device::new(&[], &[], None),
        [(1, (Question::Text, vec![vec![0]]))].into(),
        &[],
        1000,
    );
    for (heard, proof) in [
        (Heard::Unreachable, PortProof::Unreachable),
        (Heard::LocalFault, PortProof::LocalFault),
    ] {
        run.note(1, heard);
        run.vote(&[1]);
        run.vote(&[1]);
        run.vote(&[1]);
        let [span] = run.spans()[..] else { panic!() };
        assert_eq!((span.state, span.proof), (PortState::Unproven, proof));
    }
}
