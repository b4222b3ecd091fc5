//! How fast a pass over many ports goes: gently at first, faster while what is asked is told, and never
//! much faster than what comes back.

use std::time::Duration;

use tokio::time::Instant;

/// Datagrams a second at first, and at least, where nothing forbids it.
const GENTLE: f64 = 200.0;
/// For so long answers are counted before the rate changes.
const SPAN: Duration = Duration::from_millis(250);
/// With fewer questions nothing is learned.
const ENOUGH: u32 = 20;
/// Such a share of what was asked is told where nothing is lost.
const WHOLE: f64 = 0.85;
const RISE: f64 = 1.5;
/// Where refusals are limited, asking somewhat faster than they come uses up all of them.
const LEAD: f64 = 1.2;

#[derive(Debug)]
pub(super) struct Pace {
    rate: f64,
    peak: f64,
    ceiling: f64,
    asked: u32,
    told: u32,
    since: Instant,
}

impl Pace {
    /// `max_rate`: datagrams a second.
    pub(super) fn new(max_rate: u32) -> Self {
        let ceiling = f64::from(max_rate.max(1));
        let rate = GENTLE.min(ceiling);
        Self {
            rate,
            peak: rate,
            ceiling,
            asked: 0,
            told: 0,
            since: Instant::now(),
        }
    }

    /// Between two datagrams.
    pub(super) fn pause(&self) -> Duration {
        Duration::from_secs_f64(1.0 / self.rate)
    }

    /// The shortest pause that is allowed.
    pub(super) fn shortest(&self) -> Duration {
        Duration::from_secs_f64(1.0 / self.ceiling)
    }

    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    pub(super) fn peak(&self) -> f64 {
        self.peak
    }

    /// A port answered or refused.
    pub(super) fn told(&mut self) {
        self.told += 1;
    }

    /// A datagram was sent.
    pub(super) fn asked(&mut self) {
        self.asked += 1;
        let passed = self.since.elapsed();
        if passed < SPAN || self.asked < ENOUGH {
            return;
        }
        if f64::from(self.told) >= WHOLE * f64::from(self.asked) {
            self.rate = (self.rate * RISE).min(self.ceiling);
            self.peak = self.peak.max(self.rate);
        } else {
            let lead = LEAD * f64::from(self.told) / passed.as_secs_f64();
            self.rate = lead.max(GENTLE).min(self.rate);
        }
        self.restart();
    }

    /// Counts from now.
    pub(super) fn restart(&mut self) {
        (self.asked, self.told, self.since) = (0, 0, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    /// The rate after some seconds at a device that tells so many ports a second.
    async fn after(seconds: u32, told_each_second: f64, max_rate: u32) -> (f64, f64) {
        let mut pace = Pace::new(max_rate);
        let start = Instant::now();
        let (mut due, mut told) = (0.0, 0.0);
        while start.elapsed() < Duration::from_secs(seconds.into()) {
            pace.asked();
            due += told_each_second * pace.pause().as_secs_f64();
            if due - told >= 1.0 {
                told += 1.0;
                pace.told();
            }
            // Nobody waits for a chance that is over.
            due = due.min(told + 1.0);
            advance(pace.pause()).await;
        }
        (pace.rate(), pace.peak())
    }

    #[tokio::test(start_paused = true)]
    async fn it_rises_to_the_ceiling_where_everything_is_told() {
        let (rate, peak) = after(3, 1e9, 2000).await;
        assert!(
            (rate - 2000.0).abs() < 1.0 && (peak - 2000.0).abs() < 1.0,
            "{rate} {peak}"
        );
        assert!(after(2, 1e9, 50).await.0 <= 50.0);
    }

    #[tokio::test(start_paused = true)]
    async fn it_follows_what_comes_back_and_does_not_stop_at_silence() {
        let (rate, _) = after(10, 400.0, 20_000).await;
        assert!((300.0..800.0).contains(&rate), "{rate}");
        let (rate, peak) = after(10, 0.0, 20_000).await;
        assert!(
            (rate - 200.0).abs() < 1.0 && (peak - 200.0).abs() < 1.0,
            "{rate} {peak}"
        );
    }
}
