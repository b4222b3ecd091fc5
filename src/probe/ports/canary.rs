//! Canaries: ports that are known to answer, asked again and again between the others. When one is
//! lost, so may be anything else that was asked at that time.

/// How many of each kind are kept. Several, so that one slow service is not taken for the network.
const OPEN_KEPT: usize = 4;
const REFUSING_KEPT: usize = 4;
/// Missed so often in a row while others answered: the port is at fault, not the network.
const RETIRED_AFTER: u32 = 10;
/// All canaries in a row: a fifth of a second's worth at first, most of a second's later.
const GONE_AFTER: u32 = 24;

#[derive(Clone, Copy, Debug)]
struct Canary {
    port: u16,
    open: bool,
    missed: u32,
}

/// The canaries of one sweep. A refusing port serves as well as an open one: its RST shows that the
/// way there and back is free, and it costs the device less.
#[derive(Debug, Default)]
pub(super) struct Canaries {
    kept: Vec<Canary>,
    next: usize,
    named: Option<(u16, bool)>,
    sent: u32,
    lost: u32,
    missed_in_row: u32,
}

impl Canaries {
    /// A port that has just answered; it is kept while there is room.
    pub(super) fn offer(&mut self, port: u16, open: bool) {
        let room = if open { OPEN_KEPT } else { REFUSING_KEPT };
        let alike = self.kept.iter().filter(|canary| canary.open == open);
        if alike.count() >= room || self.kept.iter().any(|canary| canary.port == port) {
            return;
        }
        // The evidence names one: the first open port, else the first that refused.
        if !self
            .named
            .is_some_and(|(_, named_open)| named_open || !open)
        {
            self.named = Some((port, open));
        }
        self.kept.push(Canary {
            port,
            open,
            missed: 0,
        });
    }

    /// The next one to ask, in turn.
    pub(super) fn next(&mut self) -> Option<u16> {
        self.next = (self.next + 1) % self.kept.len().max(1);
        self.kept.get(self.next).map(|canary| canary.port)
    }

    /// Whether there is any.
    pub(super) fn any(&self) -> bool {
        !self.kept.is_empty()
    }

    /// Takes in how a canary ended.
    pub(super) fn heard(&mut self, port: u16, answered: bool) {
        self.sent += 1;
        if answered {
            self.something_answered();
        } else {
            self.lost += 1;
            self.missed_in_row += 1;
        }
        let Some(index) = self.kept.iter().position(|canary| canary.port == port) else {
            return;
        };
        let canary = &mut self.kept[index];
        canary.missed = if answered { 0 } else { canary.missed + 1 };
        let worn_out = canary.missed >= RETIRED_AFTER;
        if worn_out && self.kept.iter().any(|other| other.missed == 0) {
            self.kept.remove(index);
        }
    }

    /// Any answer from the device, canary or not.
    pub(super) fn something_answered(&mut self) {
        self.missed_in_row = 0;
    }

    /// The device answered before and nothing comes back any more.
    pub(super) fn gone(&self) -> bool {
        self.missed_in_row >= GONE_AFTER
    }

    /// The one that evidence names.
    pub(super) fn named(&self) -> Option<u16> {
        self.named.map(|(port, _)| port)
    }

    pub(super) fn sent(&self) -> u32 {
        self.sent
    }

    pub(super) fn lost(&self) -> u32 {
        self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_port_is_named_before_a_refusing_one() {
        let mut canaries = Canaries::default();
        assert_eq!((canaries.next(), canaries.named()), (None, None));
        canaries.offer(9, false);
        assert_eq!(canaries.named(), Some(9));
        canaries.offer(22, true);
        canaries.offer(80, true);
        canaries.offer(7, false);
        assert_eq!(canaries.named(), Some(22));
    }

    #[test]
    fn they_take_turns_and_are_few() {
        let mut canaries = Canaries::default();
        for port in 1..=100 {
            canaries.offer(port, port % 2 == 0);
            canaries.offer(port, port % 2 == 0);
        }
        let mut asked: Vec<u16> = (0..16).filter_map(|_| canaries.next()).collect();
        asked.sort_unstable();
        asked.dedup();
        assert_eq!(asked, [1, 2, 3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn one_that_died_alone_is_retired_and_all_together_mean_gone() {
        let mut canaries = Canaries::default();
        canaries.offer(22, true);
        canaries.offer(80, true);
        for _ in 0..RETIRED_AFTER {
            canaries.heard(22, false);
            canaries.heard(80, true);
        }
        assert_eq!((canaries.next(), canaries.next()), (Some(80), Some(80)));
        assert!(!canaries.gone());
        for _ in 0..GONE_AFTER {
            assert!(!canaries.gone());
            canaries.heard(80, false);
        }
        assert!(canaries.gone());
        assert!(canaries.any(), "the last one stays");
        canaries.something_answered();
        assert!(!canaries.gone());
        assert_eq!(
            (canaries.sent(), canaries.lost()),
            (2 * RETIRED_AFTER + GONE_AFTER, RETIRED_AFTER + GONE_AFTER)
        );
    }
}
