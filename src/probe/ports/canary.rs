//! Canaries: ports that are known to answer, asked again and again between the others. When one is
//! lost, so may be anything else that was asked at that time; when an open one refuses, so may others that are open.

use super::connect::PortAnswer;
use super::window::Song;

/// How many of each kind are kept. Several, so that one slow service is not taken for the network.
const OPEN_KEPT: usize = 4;
const REFUSING_KEPT: usize = 4;
/// Missed so often in a row while others answered: the port is at fault, not the network.
const RETIRED_AFTER: u32 = 10;
/// All canaries in a row: a fifth of a second's worth at first, most of a second's later.
const GONE_AFTER: u32 = 24;
/// Open ones in a row that refuse: the device, or a firewall in its name, turns us away.
const HIDING_AFTER: u32 = 4;

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
    turned_in_row: u32,
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

    /// The next open one, or any where none is known to be open.
    pub(super) fn next_open(&mut self) -> Option<u16> {
        let any = self.next();
        let mut turns = self.kept.len();
        while turns > 0 && !self.kept.get(self.next).is_some_and(|it| it.open) {
            self.next = (self.next + 1) % self.kept.len();
            turns -= 1;
        }
        let open = self.kept.get(self.next).filter(|canary| canary.open);
        open.map(|canary| canary.port).or(any)
    }

    /// Whether there is any.
    pub(super) fn any(&self) -> bool {
        !self.kept.is_empty()
    }

    /// Takes in how a canary ended, and says what that means.
    pub(super) fn heard(&mut self, port: u16, answer: PortAnswer) -> Song {
        let index = self.kept.iter().position(|canary| canary.port == port);
        let open = index.is_some_and(|index| self.kept[index].open);
        let song = match answer {
            PortAnswer::LocalFault => return Song::NotSent,
            PortAnswer::Accepted => Song::Heard,
            PortAnswer::Refused | PortAnswer::Rejected if open => Song::Turned,
            PortAnswer::Refused | PortAnswer::Rejected => Song::Heard,
            PortAnswer::NoAnswer | PortAnswer::Unreachable => Song::Missed,
        };
        self.sent += 1;
        self.lost += u32::from(song != Song::Heard);
        match song {
            Song::Missed => self.missed_in_row += 1,
            _ => self.something_answered(),
        }
        match song {
            Song::Turned => self.turned_in_row += 1,
            Song::Heard if open => self.turned_in_row = 0,
            _ => {}
        }
        if let Some(index) = index {
            self.wear(index, song);
        }
        song
    }

    fn wear(&mut self, index: usize, song: Song) {
        let canary = &mut self.kept[index];
        let open = canary.open;
        canary.missed = match song {
            Song::Heard => 0,
            _ => canary.missed + 1,
        };
        let worn_out = canary.missed >= RETIRED_AFTER;
        // Only another open one can tell that it died alone: a filter may treat open and closed ports differently.
        let mut others = self.kept.iter().filter(|other| other.open || !open);
        if worn_out && others.any(|other| other.missed == 0) {
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

    /// Ports that were open refuse.
    pub(super) fn hiding(&self) -> bool {
        self.turned_in_row >= HIDING_AFTER
    }

    /// Those that were open are not any more.
    pub(super) fn forget_open(&mut self) {
        self.kept.retain(|canary| !canary.open);
        self.turned_in_row = 0;
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
            canaries.heard(22, PortAnswer::NoAnswer);
            canaries.heard(80, PortAnswer::Accepted);
        }
        assert_eq!((canaries.next(), canaries.next()), (Some(80), Some(80)));
        assert!(!canaries.gone());
        for _ in 0..GONE_AFTER {
            assert!(!canaries.gone());
            canaries.heard(80, PortAnswer::NoAnswer);
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

    #[test]
    fn an_open_one_that_refuses_has_turned_and_a_refusing_one_has_not() {
        let mut canaries = Canaries::default();
        canaries.offer(7, false);
        canaries.offer(22, true);
        for round in 1..=HIDING_AFTER {
            assert!(!canaries.hiding(), "{round}");
            assert_eq!(canaries.heard(7, PortAnswer::Refused), Song::Heard);
            assert_eq!(canaries.heard(22, PortAnswer::Refused), Song::Turned);
        }
        assert!(canaries.hiding() && !canaries.gone());
        assert_eq!(canaries.next_open(), Some(22));
        assert_eq!(canaries.next_open(), Some(22));
        assert_eq!(canaries.heard(22, PortAnswer::LocalFault), Song::NotSent);
        canaries.heard(22, PortAnswer::Accepted);
        assert!(!canaries.hiding());
        assert_eq!((canaries.sent(), canaries.lost()), (9, 4));
        for _ in 0..2 * RETIRED_AFTER {
            canaries.heard(22, PortAnswer::NoAnswer);
            canaries.heard(7, PortAnswer::Refused);
        }
        let kept: Vec<_> = (0..2).filter_map(|_| canaries.next()).collect();
        assert_eq!(kept.len(), 2);
        assert!(kept.contains(&22), "the last open one is not retired");
        canaries.forget_open();
        assert_eq!(canaries.next_open(), Some(7));
    }
}
