use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::super::connect::PortAnswer;
use super::super::imagined::Imagined;
use super::*;
use crate::observation::{PortCounts, PortProof, PortState};
use crate::probe::Stopper;

const OPEN: [u16; 5] = [22, 443, 1883, 3001, 4999];

/// A device that never was, in time that does not pass.
struct Device {
    born: Instant,
    open: BTreeSet<u16>,
    filtered: BTreeSet<u16>,
    /// What every other port does.
    others: PortAnswer,
    /// More SYNs a second than this are dropped (burst of 50).
    capacity: Option<f64>,
    bucket: (f64, Instant),
    /// When nothing answers, in seconds since its birth.
    away: std::ops::Range<f64>,
    defence: Option<Defence>,
}

/// More SYNs a second than this, and for so many seconds nobody is let in.
struct Defence {
    bucket: (f64, Instant),
    per_second: f64,
    seconds: f64,
    /// What those get whom it keeps out, who may be only those that ask at an open port.
    says: PortAnswer,
    hides_only: Option<u16>,
    /// Whether every knock begins the time anew.
    renews: bool,
    until: Option<Instant>,
}

impl Defence {
    fn new(per_second: f64, says: PortAnswer) -> Self {
        Self {
            bucket: (per_second, Instant::now()),
            per_second,
            seconds: 60.0,
            says,
            hides_only: None,
            renews: false,
            until: None,
        }
    }

    fn keeps_out(&mut self, port: u16) -> Option<PortAnswer> {
        let now = Instant::now();
        let (tokens, then) = self.bucket;
        let tokens = (tokens + then.elapsed().as_secs_f64() * self.per_second).min(self.per_second);
        self.bucket = ((tokens - 1.0).max(0.0), now);
        let closed = self.until.is_some_and(|until| now < until);
        if tokens < 1.0 || closed && self.renews {
            self.until = Some(now + Duration::from_secs_f64(self.seconds));
        }
        let meant = self.hides_only.is_none_or(|hidden| hidden == port);
        (closed && meant).then_some(self.says)
    }
}

impl Device {
    fn new(others: PortAnswer) -> Self {
        Self {
            born: Instant::now(),
            open: OPEN.into(),
            filtered: BTreeSet::new(),
            others,
            capacity: None,
            bucket: (50.0, Instant::now()),
            away: 0.0..0.0,
            defence: None,
        }
    }

    fn drops(&mut self) -> bool {
        if self.away.contains(&self.born.elapsed().as_secs_f64()) {
            return true;
        }
        let Some(capacity) = self.capacity else {
            return false;
        };
        let (tokens, then) = self.bucket;
        let tokens = (tokens + then.elapsed().as_secs_f64() * capacity).min(50.0);
        let dropped = tokens < 1.0;
        self.bucket = (if dropped { tokens } else { tokens - 1.0 }, Instant::now());
        dropped
    }

    fn answer(&mut self, port: u16) -> PortAnswer {
        let defence = self.defence.as_mut();
        if let Some(says) = defence.and_then(|defence| defence.keeps_out(port)) {
            says
        } else if self.drops() || self.filtered.contains(&port) {
            PortAnswer::NoAnswer
        } else if self.open.contains(&port) {
            PortAnswer::Accepted
        } else {
            self.others
        }
    }
}

fn plan(address: &str, last: u16, max_rate: u32) -> SweepPlan {
    SweepPlan {
        address: address.parse().unwrap(),
        first: 1,
        last,
        max_rate,
        seed: 11,
        likely: Vec::new(),
        foreign: Vec::new(),
        engine: EngineChoice::Auto,
        deadline: std::time::Instant::now() + Duration::from_secs(3600),
    }
}

async fn imagine(mut device: Device, plan: &SweepPlan) -> PortLedger {
    let (_stopper, stop) = Stopper::new();
    let mut network = Imagined::new(move |port| device.answer(port));
    let ledger = sweep_over(&mut network, plan, &stop, &mut |_| {}).await;
    assert!(ledger.covers(plan.first, plan.last));
    ledger
}

async fn really(plan: &SweepPlan) -> PortLedger {
    let (_stopper, stop) = Stopper::new();
    let ledger = sweep(plan, &stop, &mut |_| {}).await.unwrap();
    assert!(ledger.covers(plan.first, plan.last));
    ledger
}

fn found(ledger: &PortLedger) -> Vec<u16> {
    ledger.ports(PortState::Open).collect()
}

fn counts(open: u32, closed: u32, silent: u32, unproven: u32) -> PortCounts {
    PortCounts {
        open,
        closed,
        silent,
        unproven,
        excluded: 0,
    }
}

#[tokio::test(start_paused = true)]
async fn a_device_that_refuses_is_swept_in_one_round() {
    let device = Device::new(PortAnswer::Refused);
    let ledger = imagine(device, &plan("192.0.2.1:0", 65535, 20_000)).await;
    assert_eq!(found(&ledger), OPEN);
    assert_eq!(ledger.counts(), counts(5, 65530, 0, 0));
    assert_eq!((ledger.sweep.rounds, ledger.sweep.probes), (1, 65535));
    assert!(ledger.sweep.seconds < 6.0, "{:?}", ledger.sweep);
    assert!(ledger.sweep.seconds > 65535.0 / 20_000.0);
    let rechecked: Vec<_> = ledger.rechecks.iter().map(|r| (r.port, r.state)).collect();
    assert_eq!(rechecked, OPEN.map(|port| (port, PortState::Open)));
}

#[tokio::test(start_paused = true)]
async fn a_device_that_drops_is_silent_after_two_rounds() {
    let device = Device::new(PortAnswer::NoAnswer);
    let ledger = imagine(device, &plan("192.0.2.1:0", 6000, 5_000)).await;
    assert_eq!(found(&ledger), OPEN);
    assert_eq!(ledger.counts(), counts(5, 0, 5995, 0));
    assert_eq!(ledger.sweep.canaries_lost, 0);
    assert!(ledger.sweep.residual.unwrap() <= 1e-5);
    let silent = |span: &&crate::observation::PortSpan| span.state == PortState::Silent;
    assert!(
        ledger
            .spans
            .iter()
            .filter(silent)
            .all(|span| span.asked >= 2)
    );
}

#[tokio::test(start_paused = true)]
async fn filtered_ports_of_a_device_that_refuses_are_asked_more_gently() {
    let device = Device {
        filtered: (2000..2300).collect(),
        ..Device::new(PortAnswer::Refused)
    };
    let ledger = imagine(device, &plan("192.0.2.1:0", 20_000, 5_000)).await;
    assert_eq!(ledger.counts(), counts(5, 19_695, 300, 0));
    assert_eq!(ledger.span(2000).unwrap().count(), 300);
    assert_eq!(ledger.sweep.rate_peak, 5000.0);
    assert!(ledger.sweep.rate_end < 3000.0, "{:?}", ledger.sweep);
}

#[tokio::test(start_paused = true)]
async fn a_likely_port_is_the_first_choice_of_canary() {
    let mut plan = plan("192.0.2.1:0", 5000, 5_000);
    plan.likely = vec![4000, 4999, 443];
    let ledger = imagine(Device::new(PortAnswer::NoAnswer), &plan).await;
    assert_eq!(ledger.sweep.canary, Some(4999));
}

#[tokio::test(start_paused = true)]
async fn a_fragile_device_is_swept_slowly_and_wholly() {
    for max_rate in [20_000, 3000] {
        let device = Device {
            capacity: Some(500.0),
            ..Device::new(PortAnswer::Refused)
        };
        let ledger = imagine(device, &plan("192.0.2.1:0", 20_000, max_rate)).await;
        assert_eq!(found(&ledger), OPEN);
        assert_eq!(
            ledger.counts(),
            counts(5, 19_995, 0, 0),
            "{:?}",
            ledger.sweep
        );
        // The device itself cannot do better than 40 s.
        assert!(ledger.sweep.seconds < 65.0, "{:?}", ledger.sweep);
    }
}

#[tokio::test(start_paused = true)]
async fn a_device_that_drops_and_sheds_load_is_swept_wholly_and_soon() {
    for seed in 0..2 {
        let device = Device {
            capacity: Some(500.0),
            ..Device::new(PortAnswer::NoAnswer)
        };
        let mut plan = plan("192.0.2.1:0", 15_000, 100_000);
        plan.seed = seed;
        let ledger = imagine(device, &plan).await;
        assert_eq!(found(&ledger), OPEN, "{seed}: {:?}", ledger.sweep);
        assert_eq!(ledger.counts(), counts(5, 0, 14_995, 0));
        assert!(ledger.sweep.residual.unwrap() <= 1e-5);
        // Two silences each cannot be had in less than 60 s.
        assert!(ledger.sweep.seconds < 100.0, "{:?}", ledger.sweep);
    }
}

#[tokio::test(start_paused = true)]
async fn a_device_that_keeps_out_who_asks_too_fast_is_asked_again_more_slowly() {
    for says in [
        PortAnswer::NoAnswer,
        PortAnswer::Refused,
        PortAnswer::Rejected,
    ] {
        for others in [PortAnswer::Refused, PortAnswer::NoAnswer] {
            for renews in [false, true] {
                let device = Device {
                    defence: Some(Defence {
                        renews,
                        ..Defence::new(1500.0, says)
                    }),
                    ..Device::new(others)
                };
                let ledger = imagine(device, &plan("192.0.2.1:0", 6000, 20_000)).await;
                let name = format!("{says:?} {others:?} {renews} {:?}", ledger.sweep);
                assert_eq!(found(&ledger), OPEN, "{name}");
                let whole = match others {
                    PortAnswer::Refused => counts(5, 5995, 0, 0),
                    _ => counts(5, 0, 5995, 0),
                };
                assert_eq!(ledger.counts(), whole, "{name}");
                assert!(ledger.sweep.absences > 0, "{name}");
                assert!(ledger.rechecks.iter().all(|it| it.state == PortState::Open));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_port_that_hides_until_the_end_has_everything_asked_again() {
    // It hides alone, and is no canary: only at the end one sees that it is gone.
    let device = Device {
        open: (1..=6).collect(),
        defence: Some(Defence {
            hides_only: Some(6),
            ..Defence::new(1500.0, PortAnswer::Refused)
        }),
        ..Device::new(PortAnswer::Refused)
    };
    let mut plan = plan("192.0.2.1:0", 5000, 20_000);
    plan.likely = (1..=6).collect();
    let ledger = imagine(device, &plan).await;
    assert_eq!(found(&ledger), [1, 2, 3, 4, 5, 6]);
    assert_eq!(ledger.counts(), counts(6, 4994, 0, 0));
    assert!(ledger.rechecks.iter().all(|it| it.state == PortState::Open));
    assert_eq!(ledger.sweep.rounds, 2, "{:?}", ledger.sweep);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_dies_is_not_waited_for_twice() {
    // The only open one: the sweep waits for it, then goes on without.
    let device = Device {
        open: [80].into(),
        defence: Some(Defence {
            seconds: f64::INFINITY.min(1e9),
            ..Defence::new(1500.0, PortAnswer::Refused)
        }),
        ..Device::new(PortAnswer::Refused)
    };
    let ledger = imagine(device, &plan("192.0.2.1:0", 5000, 20_000)).await;
    assert_eq!(ledger.counts(), counts(1, 4999, 0, 0));
    assert_eq!(ledger.rechecks[0].state, PortState::Closed);
    assert!(ledger.sweep.seconds < 100.0, "{:?}", ledger.sweep);
}

#[tokio::test(start_paused = true)]
async fn the_time_left_is_honest() {
    for (others, capacity) in [
        (PortAnswer::Refused, None),
        (PortAnswer::Refused, Some(300.0)),
        (PortAnswer::NoAnswer, None),
        (PortAnswer::NoAnswer, Some(300.0)),
    ] {
        let mut device = Device {
            capacity,
            ..Device::new(others)
        };
        let (_stopper, stop) = Stopper::new();
        let mut network = Imagined::new(move |port| device.answer(port));
        let begun = Instant::now();
        let told = Arc::new(Mutex::new(Vec::new()));
        let telling = Arc::clone(&told);
        let plan = plan("192.0.2.1:0", 12_000, 2000);
        sweep_over(&mut network, &plan, &stop, &mut |progress| {
            let left = progress.seconds_left.unwrap_or_default();
            let now = begun.elapsed().as_secs_f64();
            telling.lock().unwrap().push((now, left));
        })
        .await;
        let whole = begun.elapsed().as_secs_f64();
        for (now, left) in told.lock().unwrap().iter() {
            if (0.2..0.8).contains(&(now / whole)) {
                let off = (now + left) / whole;
                assert!(
                    (0.7..1.4).contains(&off),
                    "{others:?} {capacity:?}: {left} s at {now} of {whole}"
                );
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_any_answer_silence_stays_unproven() {
    let device = Device {
        open: BTreeSet::new(),
        ..Device::new(PortAnswer::NoAnswer)
    };
    let ledger = imagine(device, &plan("192.0.2.1:0", 3000, 20_000)).await;
    assert_eq!(ledger.counts(), counts(0, 0, 0, 3000));
    assert_eq!(ledger.spans[0].proof, PortProof::NoAnswer);
    assert_eq!((ledger.sweep.rounds, ledger.sweep.canary), (2, None));
    assert_eq!(ledger.sweep.rate_peak, 500.0);
}

#[tokio::test(start_paused = true)]
async fn a_canary_whose_first_answer_was_lost_is_found_soon() {
    // 22 is among the common ports: asked first, in vain.
    let device = Device {
        open: [22].into(),
        away: 0.0..0.5,
        ..Device::new(PortAnswer::NoAnswer)
    };
    let ledger = imagine(device, &plan("192.0.2.1:0", 10_000, 20_000)).await;
    assert_eq!(ledger.counts(), counts(1, 0, 9999, 0));
    // Blind, one round alone takes 20 s.
    assert!(ledger.sweep.seconds < 20.0, "{:?}", ledger.sweep);
}

#[tokio::test(start_paused = true)]
async fn a_device_that_died_is_left_alone() {
    for others in [PortAnswer::Refused, PortAnswer::NoAnswer] {
        let device = Device {
            away: 3.0..f64::INFINITY,
            ..Device::new(others)
        };
        let ledger = imagine(device, &plan("192.0.2.1:0", 65535, 2000)).await;
        let never = ledger
            .spans
            .iter()
            .filter(|s| s.proof == PortProof::NotAsked);
        let never: u32 = never.map(|span| span.count()).sum();
        assert!(never > 55_000, "{others:?}: {never}");
        assert_eq!(ledger.counts().silent, 0, "{others:?}");
        assert!(ledger.sweep.seconds < 100.0, "{:?}", ledger.sweep);
        assert!(
            ledger
                .rechecks
                .iter()
                .all(|r| r.state == PortState::Unproven)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_device_that_comes_back_is_finished() {
    let device = Device {
        away: 1.0..4.0,
        ..Device::new(PortAnswer::Refused)
    };
    let ledger = imagine(device, &plan("192.0.2.1:0", 8000, 2000)).await;
    assert_eq!(ledger.counts(), counts(5, 7995, 0, 0), "{:?}", ledger.sweep);
    assert!(ledger.sweep.canaries_lost >= 15);
}

#[tokio::test(start_paused = true)]
async fn trouble_of_our_own_and_unreachables_prove_nothing() {
    for (answer, proof) in [
        (PortAnswer::LocalFault, PortProof::LocalFault),
        (PortAnswer::Unreachable, PortProof::Unreachable),
    ] {
        // With no answer at all it gives up …
        let device = Device {
            open: BTreeSet::new(),
            ..Device::new(answer)
        };
        let ledger = imagine(device, &plan("192.0.2.1:0", 5000, 2000)).await;
        assert_eq!(ledger.counts(), counts(0, 0, 0, 5000));
        assert!(ledger.sweep.probes < 2000, "{:?}", ledger.sweep);
        // … and beside ports that answer it asks again.
        let ledger = imagine(Device::new(answer), &plan("192.0.2.1:0", 300, 2000)).await;
        assert_eq!(found(&ledger), OPEN[..1]);
        assert_eq!(ledger.counts(), counts(1, 0, 0, 299));
        assert_eq!(ledger.span(300).unwrap().proof, proof);
        assert!(ledger.sweep.rounds > 1);
    }
}

#[tokio::test(start_paused = true)]
async fn no_second_sees_more_than_the_ceiling() {
    let mut device = Device::new(PortAnswer::Refused);
    let busiest = Arc::new(Mutex::new((0, 0, 0)));
    let seen = Arc::clone(&busiest);
    let mut network = Imagined::new(move |port| {
        let second = device.born.elapsed().as_secs();
        let mut busiest = seen.lock().unwrap();
        let (then, count, most) = *busiest;
        let count = if then == second { count + 1 } else { 1 };
        *busiest = (second, count, most.max(count));
        device.answer(port)
    });
    let (_stopper, stop) = Stopper::new();
    let plan = plan("192.0.2.1:0", 9000, 700);
    sweep_over(&mut network, &plan, &stop, &mut |_| {}).await;
    let most = busiest.lock().unwrap().2;
    assert!((600..=702).contains(&most), "{most}");
}

#[tokio::test]
async fn listeners_on_loopback_are_found() {
    let listeners: Vec<_> = ["127.77.3.1:20011", "127.77.3.1:20222", "127.77.3.1:20400"]
        .iter()
        .map(|address| std::net::TcpListener::bind(address).unwrap())
        .collect();
    let mut plan = plan("127.77.3.1:0", 20_400, 5000);
    plan.first = 20_001;
    plan.foreign = vec![20_222, 9];
    let ledger = really(&plan).await;
    assert_eq!(found(&ledger), [20_011, 20_400]);
    let excluded = PortCounts {
        excluded: 1,
        ..counts(2, 397, 0, 0)
    };
    assert_eq!(ledger.counts(), excluded);
    let foreign = ledger.span(20_222).unwrap();
    assert_eq!((foreign.proof, foreign.asked), (PortProof::Foreign, 0));
    assert_eq!(ledger.rechecks.len(), 2);
    // Nobody knocked on the foreign one.
    listeners[1].set_nonblocking(true).unwrap();
    assert!(listeners[1].accept().is_err());
}

#[tokio::test]
async fn ipv6_is_swept_like_ipv4() {
    let Ok(listener) = std::net::TcpListener::bind("[::1]:0") else {
        return; // a machine without IPv6
    };
    let port = listener.local_addr().unwrap().port();
    let mut plan = plan("[::1]:0", port.saturating_add(20), 5000);
    plan.first = port - 20;
    plan.likely = vec![port];
    let ledger = really(&plan).await;
    assert!(found(&ledger).contains(&port));
    assert_eq!(ledger.sweep.canary, Some(port));
    assert_eq!(ledger.counts().unproven, 0);
}

#[tokio::test]
async fn stop_and_deadline_end_it_at_once() {
    let (stopper, stop) = Stopper::new();
    let mut plan = plan("127.77.3.2:0", 65535, 200);
    let started = Instant::now();
    let ledger = sweep(&plan, &stop, &mut |progress| {
        if progress.asked > 20 {
            stopper.stop("enough");
        }
    })
    .await
    .unwrap();
    assert!(started.elapsed() < Duration::from_secs(1));
    assert!(ledger.covers(1, 65535));
    assert!(ledger.counts().closed > 10);
    assert!(ledger.counts().unproven > 65_000);

    let (_stopper, stop) = Stopper::new();
    plan.deadline = std::time::Instant::now() + Duration::from_millis(250);
    let started = Instant::now();
    let ledger = sweep(&plan, &stop, &mut |_| {}).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(1));
    assert!(started.elapsed() >= Duration::from_millis(250));
    assert!(ledger.counts().closed > 10);
    assert!(ledger.counts().unproven > 65_000);
}
