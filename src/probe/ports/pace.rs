//! The closed loop: how fast to ask, from what came back. Pure; rates are attempts a second.
//!
//! Every window of attempts reports what it lost. Loss is estimated over many windows (they fade),
//! and always of the smaller kind: a port that stays silent may be filtered, so silence only bounds
//! the loss from above; a canary, a port known to answer, shows it. Windows overlap: one that was sent
//! before the last slow-down says nothing about the present rate and is not listened to.

use std::time::Duration;

/// Where every sweep starts.
pub(super) const START: f64 = 500.0;
/// Slower than this no loss makes it.
const FLOOR: f64 = 50.0;
/// About the length of a window, before anything was lost and after, and the least attempts in one.
const WINDOW_EARLY: Duration = Duration::from_millis(10);
const WINDOW: Duration = Duration::from_millis(100);
const WINDOW_ATTEMPTS: f64 = 10.0;
/// How much of what is remembered stays when a window is added: half is gone after seven windows.
const FADE: f64 = 0.9;
/// Growth a window until the first loss, after it, and near the rate at which something was lost (what is added).
pub(super) const GROWTH: f64 = 2.0;
const GROWTH_WARY: f64 = 1.05;
const GROWTH_NEAR: f64 = 0.005;
/// So many canaries in a row that answered allow to grow before the silence of other ports is over. Where one attempt
/// in five is lost, so many survive in one case of fourteen.
const STREAK: u32 = 12;
/// The share of the last window in what was sent lately: a few seconds' worth count.
const LATELY: f64 = 0.02;
/// Loss up to here means nothing.
const HARMLESS: f64 = 0.01;
/// Loss above this slows down.
const TOLERATED: f64 = 0.03;
/// A network that loses this much at any rate is still asked faster than the floor, not more.
const TOLERATED_AT_MOST: f64 = 0.15;
/// So many slow-downs in a row must have made no difference.
const STUBBORN: u32 = 3;
/// After the device was gone, or hid: at most this part of the rate that may have been the reason.
const CHASTENED: f64 = 0.25;
/// What is asked of what the device was seen to take.
const RELIEF: f64 = 0.85;
/// What is asked of the rate at which the last few ports kept silent.
const EASE: f64 = 0.6;

/// What a finished window reports.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Report {
    /// The rate at which it was sent, and the [`Pace::epoch`] of that time.
    pub(super) rate: f64,
    pub(super) epoch: u32,
    /// Ports that were asked and ended in an answer or in silence.
    pub(super) asked: u32,
    pub(super) answered: u32,
    pub(super) canaries: u32,
    pub(super) canaries_lost: u32,
    /// Whether it was as big as the rate wanted; a rest of a round loads nothing.
    pub(super) full: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Memory {
    asked: f64,
    silent: f64,
    canaries: f64,
    lost: f64,
}

/// A loss to which slowing down seems to make no difference.
#[derive(Clone, Copy, Debug)]
struct Stubborn {
    /// Where it was first seen, and how much.
    rate: f64,
    loss: f64,
    times: u32,
}

/// The rate and why it is what it is.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    rate: f64,
    floor: f64,
    ceiling: f64,
    /// What the device itself allows, once it was gone or hid.
    allowed: f64,
    peak: f64,
    lately: f64,
    epoch: u32,
    memory: Memory,
    streak: u32,
    lossy_at: Option<f64>,
    /// The rate of the last window that lost nothing.
    carried: f64,
    /// How often in a row something was lost at about that rate: the next time is put off longer each time.
    confirmed: u32,
    stubborn: Option<Stubborn>,
    tolerated: f64,
}

impl Pace {
    pub(super) fn new(max_rate: u32) -> Self {
        let ceiling = f64::from(max_rate.max(1));
        let rate = START.min(ceiling);
        Self {
            rate,
            floor: FLOOR.min(ceiling),
            ceiling,
            allowed: ceiling,
            peak: rate,
            lately: rate,
            epoch: 0,
            memory: Memory::default(),
            streak: 0,
            lossy_at: None,
            carried: rate,
            confirmed: 0,
            stubborn: None,
            tolerated: TOLERATED,
        }
    }

    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    /// The rate over the last seconds: it goes up and down around what a device takes.
    pub(super) fn lately(&self) -> f64 {
        self.lately
    }

    pub(super) fn peak(&self) -> f64 {
        self.peak
    }

    pub(super) fn ceiling(&self) -> f64 {
        self.ceiling
    }

    /// Changes with every slow-down.
    pub(super) fn epoch(&self) -> u32 {
        self.epoch
    }

    /// The length of the next window and the attempts in it, canaries included.
    pub(super) fn window(&self) -> (Duration, u32) {
        let least = match self.lossy_at {
            None => WINDOW_EARLY,
            Some(_) => WINDOW,
        };
        let attempts = (self.rate * least.as_secs_f64()).floor();
        let attempts = attempts.max(WINDOW_ATTEMPTS);
        // Whole attempts at exactly this rate; rounded up, so that it is never passed.
        let length = Duration::from_secs_f64(attempts / self.rate) + Duration::from_nanos(1);
        (length, attempts as u32)
    }

    /// A window was sent at the present rate.
    pub(super) fn sent(&mut self) {
        self.lately = match self.lossy_at {
            // Still growing.
            None => self.rate,
            Some(_) => self.lately + (self.rate - self.lately) * LATELY,
        };
    }

    /// Takes in what a window brought.
    pub(super) fn learn(&mut self, report: &Report) {
        if report.epoch != self.epoch {
            return;
        }
        self.memory.add(report);
        self.note_carried(report);
        let Some(loss) = self.memory.loss() else {
            return; // nothing has ever answered: nothing allows to go faster
        };
        // One lost canary is no rate.
        if loss > self.tolerated && self.memory.lost > 1.5 {
            self.slow_down(report.rate, loss);
        } else if loss <= self.harmless() && report.full {
            self.grow(report.rate);
        }
    }

    /// Takes in what the canaries of a window say, those of all earlier windows having been heard of. A device that
    /// drops what it does not want is then not waited for; the first loss ends that.
    pub(super) fn vet(&mut self, report: &Report) {
        if report.epoch != self.epoch || self.lossy_at.is_some() {
            return;
        }
        self.note_carried(report);
        self.streak = match report.canaries_lost {
            0 => self.streak + report.canaries,
            _ => 0,
        };
        if self.streak >= STREAK && report.full {
            self.streak = 0;
            self.grow(report.rate);
        }
    }

    /// The device was gone or hid for a moment and is back: begin again.
    pub(super) fn came_back(&mut self) {
        self.lossy_at = Some(self.carried);
        self.confirmed = 0;
        self.set(self.carried.min(START) / 2.0);
        self.next_epoch();
    }

    /// It stayed away for longer, and our pace may be the reason: never come near that pace again.
    pub(super) fn chasten(&mut self) {
        self.allowed = (self.carried * CHASTENED).max(self.floor);
        self.carried = self.allowed;
        self.came_back();
    }

    /// Few ports are left: their silence is rather loss than a filter, so ask them more gently.
    pub(super) fn ease(&mut self) {
        self.lossy_at = Some(self.rate);
        self.set(self.rate * EASE);
        self.next_epoch();
    }

    fn note_carried(&mut self, report: &Report) {
        if report.canaries > 0 && report.canaries_lost == 0 && report.rate > 0.0 {
            self.carried = report.rate;
        }
    }

    fn grow(&mut self, carried: f64) {
        let growth = match self.lossy_at {
            None => GROWTH,
            Some(bad) if (0.9..1.1).contains(&(carried / bad)) => {
                1.0 + GROWTH_NEAR / f64::from(self.confirmed.max(1))
            }
            Some(_) => GROWTH_WARY,
        };
        // From what was carried, not from the present rate: the windows that are still out would
        // otherwise each raise it once more on the same evidence.
        self.set(self.rate.max(carried * growth));
    }

    fn slow_down(&mut self, carried: f64, loss: f64) {
        let again = |bad: f64| (0.8..1.25).contains(&(carried / bad));
        self.confirmed = match self.lossy_at.is_some_and(again) {
            true => self.confirmed + 1,
            false => 0,
        };
        self.lossy_at = Some(carried);
        self.suspect(carried, loss);
        self.set((carried * (1.0 - loss) * RELIEF).min(self.rate));
        self.lately = self.lately.min(self.rate);
        self.next_epoch();
    }

    /// Loss that stays the same while the rate falls is the network's, not ours: tolerate it, else
    /// a bad radio link would hold the sweep at the floor for nothing. A device that is overloaded
    /// loses nothing well below what it was seen to take.
    fn suspect(&mut self, carried: f64, loss: f64) {
        let fresh = Stubborn {
            rate: carried,
            loss,
            times: 1,
        };
        let before = self.stubborn.filter(|before| {
            carried < 0.9 * before.rate && (0.5..2.0).contains(&(loss / before.loss))
        });
        let now = before.map_or(fresh, |before| Stubborn {
            times: before.times + 1,
            ..before
        });
        self.stubborn = Some(now);
        if now.times >= STUBBORN && carried < 0.7 * now.rate * (1.0 - now.loss) {
            self.tolerated = (loss * 2.0).clamp(self.tolerated, TOLERATED_AT_MOST);
            self.lossy_at = Some(now.rate);
            self.stubborn = None;
        }
    }

    /// Loss up to here does not stop the growth; what the network loses anyway must not.
    fn harmless(&self) -> f64 {
        if self.tolerated > TOLERATED {
            self.tolerated / 2.0
        } else {
            HARMLESS
        }
    }

    fn next_epoch(&mut self) {
        self.epoch += 1;
        self.memory = Memory::default();
    }

    fn set(&mut self, rate: f64) {
        self.rate = rate.clamp(self.floor, self.ceiling.min(self.allowed));
        self.peak = self.peak.max(self.rate);
    }
}

impl Memory {
    fn add(&mut self, report: &Report) {
        let fade = |old: f64, new: u32| old * FADE + f64::from(new);
        self.asked = fade(self.asked, report.asked);
        self.silent = fade(self.silent, report.asked.saturating_sub(report.answered));
        self.canaries = fade(self.canaries, report.canaries);
        self.lost = fade(self.lost, report.canaries_lost);
    }

    /// The share of attempts that get lost; none where no canary tells.
    fn loss(&self) -> Option<f64> {
        let share = |part: f64, whole: f64| (whole > 0.5).then(|| part / whole);
        let by_canary = share(self.lost, self.canaries)?;
        Some(share(self.silent, self.asked).map_or(by_canary, |bound| by_canary.min(bound)))
    }
}

/// How long a sweep takes at best, and where the device drops what it does not want: then every
/// port waits for its timeout and is asked again, and only a streak of canaries lets the rate grow.
pub fn duration_estimate(ports: u32, max_rate: u32) -> (Duration, Duration) {
    let ceiling = f64::from(max_rate.max(1));
    let start = START.min(ceiling);
    let asks = |ports: f64, seconds_a_step: f64| {
        let (mut rate, mut left, mut seconds) = (start, ports, 0.0);
        while rate < ceiling && left > rate * seconds_a_step {
            left -= rate * seconds_a_step;
            seconds += seconds_a_step;
            rate = (rate * GROWTH).min(ceiling);
        }
        seconds + left / rate
    };
    let timeout = super::TIMEOUT.as_secs_f64();
    let rounds = f64::from(super::ledger::SILENCES);
    let best = asks(f64::from(ports), WINDOW_EARLY.as_secs_f64());
    let streak = f64::from(STREAK) / f64::from(super::run::CANARIES);
    let dropping = asks(
        f64::from(ports) * rounds,
        streak * WINDOW_EARLY.as_secs_f64(),
    );
    (
        Duration::from_secs_f64(best),
        Duration::from_secs_f64(dropping + rounds * timeout),
    )
}

#[cfg(test)]
mod tests {
    use super::super::order::Random;
    use super::*;

    /// A device that answers so many attempts a second and drops the rest; `filters`: it leaves
    /// closed ports silent; `noise`: share of attempts that the network loses at any rate.
    #[derive(Debug)]
    struct Device {
        capacity: f64,
        filters: bool,
        noise: f64,
    }

    /// Runs windows, each reported `delay` windows after it was sent; gives the seconds of sending.
    fn run(pace: &mut Pace, device: &Device, windows: usize, delay: usize, seed: u64) -> Vec<f64> {
        let mut random = Random::new(seed);
        let mut out: std::collections::VecDeque<Report> = std::collections::VecDeque::new();
        let mut rates = Vec::new();
        for _ in 0..windows {
            let (length, attempts) = pace.window();
            assert!(f64::from(attempts) / length.as_secs_f64() <= pace.ceiling() + 1e-6);
            let loss = device.noise.max(1.0 - device.capacity / pace.rate());
            let mut lost = |count: u32| {
                (0..count)
                    .filter(|_| (random.below(1_000_000) as f64) < loss * 1e6)
                    .count() as u32
            };
            let canaries = 3.min(attempts);
            let asked = attempts - canaries;
            let answered = if device.filters {
                0
            } else {
                asked - lost(asked)
            };
            out.push_back(Report {
                rate: pace.rate(),
                epoch: pace.epoch(),
                asked,
                answered,
                canaries,
                canaries_lost: lost(canaries),
                full: true,
            });
            if out.len() > delay {
                let report = out.pop_front().unwrap();
                pace.learn(&report);
            }
            rates.push(pace.rate());
        }
        rates
    }

    const STRONG: Device = Device {
        capacity: 1e9,
        filters: false,
        noise: 0.0,
    };

    #[test]
    fn it_starts_gently_reaches_the_ceiling_and_never_passes_it() {
        for max_rate in [1, 7, 50, 300, 500, 3000, 20_000] {
            let mut pace = Pace::new(max_rate);
            assert!(pace.rate() <= START);
            let rates = run(&mut pace, &STRONG, 40, 0, 1);
            let ceiling = f64::from(max_rate);
            assert!(rates.iter().all(|rate| *rate <= ceiling), "{max_rate}");
            assert_eq!(rates.last(), Some(&ceiling), "{max_rate}");
            assert_eq!(pace.peak(), ceiling);
        }
    }

    #[test]
    fn the_ceiling_of_20000_is_reached_within_about_a_second() {
        let mut pace = Pace::new(20_000);
        let rates = run(&mut pace, &STRONG, 10, 0, 1);
        assert_eq!(rates.last(), Some(&20_000.0));
    }

    #[test]
    fn evidence_that_is_late_counts_once() {
        let mut pace = Pace::new(1_000_000);
        let filtering = Device {
            filters: true,
            ..STRONG
        };
        // Ten windows are out at any time: the rate grows once a timeout, not once a window.
        let rates = run(&mut pace, &filtering, 31, 10, 1);
        let thrice = START * GROWTH.powi(3);
        assert!(*rates.last().unwrap() <= thrice * 1.001, "{rates:?}");
        assert!(*rates.last().unwrap() > START * 2.0);
    }

    #[test]
    fn a_fragile_device_is_asked_as_fast_as_it_answers() {
        for (capacity, filters) in [
            (500.0, false),
            (500.0, true),
            (150.0, false),
            (2500.0, true),
        ] {
            for seed in 0..100 {
                let mut pace = Pace::new(20_000);
                let device = Device {
                    capacity,
                    filters,
                    noise: 0.0,
                };
                let rates = run(&mut pace, &device, 1000, 9, seed);
                let late = &rates[200..];
                let mean = late.iter().sum::<f64>() / late.len() as f64 / capacity;
                // Now and then chance makes its loss look like the network's: then up to 15 % of it are tolerated.
                assert!((0.65..1.16).contains(&mean), "{device:?} {seed}: {mean}");
                let peak = late.iter().fold(0.0, |a: f64, b| a.max(*b)) / capacity;
                // Where only canaries tell, the first loss may be seen at twice what it takes.
                assert!(peak < 1.5, "{device:?} {seed}: {peak}");
            }
        }
    }

    #[test]
    fn loss_that_slowing_down_does_not_help_is_not_chased_to_the_floor() {
        for seed in 0..20 {
            let mut pace = Pace::new(5_000);
            let radio = Device {
                capacity: 1e9,
                filters: false,
                noise: 0.06,
            };
            let rates = run(&mut pace, &radio, 1500, 9, seed);
            assert!(*rates.last().unwrap() > 4.0 * FLOOR, "{seed} {rates:?}");
        }
    }

    #[test]
    fn without_canaries_nothing_is_learned() {
        let mut pace = Pace::new(20_000);
        for _ in 0..100 {
            pace.learn(&Report {
                rate: pace.rate(),
                epoch: pace.epoch(),
                asked: 50,
                full: true,
                ..Report::default()
            });
        }
        assert_eq!(pace.rate(), START);
    }

    #[test]
    fn filtered_ports_do_not_slow_down_while_canaries_answer() {
        let mut pace = Pace::new(20_000);
        for _ in 0..60 {
            pace.learn(&Report {
                rate: pace.rate(),
                epoch: pace.epoch(),
                asked: 100,
                answered: 40,
                canaries: 3,
                canaries_lost: 0,
                full: true,
            });
        }
        assert_eq!(pace.rate(), 20_000.0);
    }

    #[test]
    fn a_return_from_the_dead_is_met_gently() {
        let mut pace = Pace::new(20_000);
        run(&mut pace, &STRONG, 20, 0, 1);
        let epoch = pace.epoch();
        pace.came_back();
        assert_eq!(pace.rate(), START / 2.0);
        assert_ne!(pace.epoch(), epoch);
        run(&mut pace, &STRONG, 2000, 0, 1);
        assert_eq!(pace.rate(), 20_000.0);
        pace.chasten();
        let rates = run(&mut pace, &STRONG, 2000, 0, 1);
        let most = rates.iter().fold(0.0, |a: f64, b| a.max(*b));
        assert_eq!(most, 5000.0, "a quarter of what it was");
    }

    #[test]
    fn the_last_few_are_asked_more_gently() {
        let mut pace = Pace::new(20_000);
        run(&mut pace, &STRONG, 20, 0, 1);
        let epoch = pace.epoch();
        pace.ease();
        assert_eq!(pace.rate(), 12_000.0);
        assert_ne!(pace.epoch(), epoch);
        for _ in 0..50 {
            pace.ease();
        }
        assert_eq!(pace.rate(), FLOOR);
    }

    #[test]
    fn estimates_are_honest_about_a_device_that_drops() {
        let (best, dropping) = duration_estimate(65_535, 20_000);
        assert!((3.0..6.0).contains(&best.as_secs_f64()), "{best:?}");
        assert!(
            (8.0..11.0).contains(&dropping.as_secs_f64()),
            "{dropping:?}"
        );
        let (best, dropping) = duration_estimate(65_535, 400);
        assert!((160.0..170.0).contains(&best.as_secs_f64()), "{best:?}");
        assert!(dropping > 2 * best - Duration::from_secs(1));
        assert_eq!(duration_estimate(0, 0).0, Duration::ZERO);
    }

    /// A window of which only the canaries have been heard.
    fn vetted(pace: &Pace, canaries: u32, lost: u32) -> Report {
        Report {
            rate: pace.rate(),
            epoch: pace.epoch(),
            canaries,
            canaries_lost: lost,
            full: true,
            ..Report::default()
        }
    }

    #[test]
    fn a_streak_of_canaries_allows_to_grow_before_silence_is_over() {
        let mut pace = Pace::new(20_000);
        for _ in 0..3 {
            pace.vet(&vetted(&pace, 3, 0));
            assert_eq!(pace.rate(), START);
        }
        pace.vet(&vetted(&pace, 3, 0));
        assert_eq!(pace.rate(), START * GROWTH);
        // One loss, and the streak begins anew.
        for lost in [0, 0, 1, 0, 0, 0] {
            pace.vet(&vetted(&pace, 3, lost));
        }
        assert_eq!(pace.rate(), START * GROWTH);
        let stale = vetted(&pace, 3, 0);
        pace.ease();
        let eased = pace.rate();
        for _ in 0..9 {
            pace.vet(&stale);
            pace.vet(&vetted(&pace, 3, 0));
        }
        assert_eq!(
            pace.rate(),
            eased,
            "after a loss every window is waited for"
        );
    }
}
