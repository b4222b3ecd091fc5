//! What is known of each port so far, and the same as ranges.

use std::ops::RangeInclusive;

use super::connect::PortAnswer;
use crate::observation::{PortProof, PortSpan, PortState};

/// How many silences, each from another round in which nothing was lost around it, make a port silent at least.
pub(super) const SILENCES: u8 = 2;
/// The chance that an open port was as silent must be no greater.
const RESIDUAL: f64 = 1e-5;

#[derive(Clone, Copy, Debug)]
struct Entry {
    state: PortState,
    proof: PortProof,
    asked: u8,
    /// Silences that count, see [`SILENCES`].
    silences: u8,
    /// The chance that an open port would have kept them all, see [`RESIDUAL`].
    doubt: f64,
}

impl Entry {
    fn wants_an_answer(&self) -> bool {
        self.state == PortState::Unproven && self.proof != PortProof::Foreign
    }
}

/// The ports of one address and range.
#[derive(Debug)]
pub(super) struct Ledger {
    first: u16,
    entries: Vec<Entry>,
    gained: u64,
    touched: u32,
}

impl Ledger {
    /// Nothing asked yet; `foreign` ports never will be.
    ///
    /// A foreign port stays unproven: that another program holds it on this machine says that the
    /// device cannot, not that the device refused.
    pub(super) fn new(ports: RangeInclusive<u16>, foreign: &[u16]) -> Self {
        let first = *ports.start();
        let fresh = Entry {
            state: PortState::Unproven,
            proof: PortProof::NotAsked,
            asked: 0,
            silences: 0,
            doubt: 1.0,
        };
        let mut ledger = Self {
            first,
            entries: vec![fresh; ports.len()],
            gained: 0,
            touched: 0,
        };
        for port in foreign {
            if let Some(entry) = ledger.entry(*port) {
                entry.proof = PortProof::Foreign;
            }
        }
        ledger
    }

    /// Writes down an answer. What was shown once stays, but for a port that refused before it opened.
    pub(super) fn record(&mut self, port: u16, answer: PortAnswer) {
        let Some(entry) = self.entry(port) else {
            return;
        };
        let opened = answer == PortAnswer::Accepted && entry.state == PortState::Closed;
        if entry.state != PortState::Unproven && !opened {
            return;
        }
        let first = entry.proof == PortProof::NotAsked;
        // A fault of our own sent nothing, so nothing was asked.
        if answer != PortAnswer::LocalFault {
            entry.asked = entry.asked.saturating_add(1);
        }
        entry.proof = answer.proof();
        entry.state = answer.state();
        let settled = entry.state != PortState::Unproven;
        self.touched += u32::from(first);
        self.gained += u64::from(settled);
    }

    /// Counts the last silence of a port, which an open one would have kept with the chance `doubt`. At most once a
    /// round, so that they come from different times.
    pub(super) fn believe_silence(&mut self, port: u16, doubt: f64) {
        let Some(entry) = self.entry(port) else {
            return;
        };
        if entry.state != PortState::Unproven || entry.proof != PortProof::NoAnswer {
            return;
        }
        entry.silences = entry.silences.saturating_add(1);
        entry.doubt *= doubt;
        if entry.silences >= SILENCES && entry.doubt <= RESIDUAL {
            entry.state = PortState::Silent;
        }
        self.gained += 1;
    }

    /// Forgets that a port refused: it may have been somebody else who did.
    pub(super) fn doubt_refusal(&mut self, port: u16) {
        if let Some(entry) = self.entry(port)
            && entry.state == PortState::Closed
        {
            entry.state = PortState::Unproven;
        }
    }

    /// Forgets everything but what is open, to ask it all again.
    pub(super) fn doubt_all(&mut self) {
        let shown =
            |entry: &&mut Entry| matches!(entry.state, PortState::Closed | PortState::Silent);
        for entry in self.entries.iter_mut().filter(shown) {
            entry.state = PortState::Unproven;
            entry.silences = 0;
            entry.doubt = 1.0;
        }
    }

    /// The greatest chance with which an open port is among the silent ones; none where none is silent.
    pub(super) fn residual(&self) -> Option<f64> {
        let silent = self
            .entries
            .iter()
            .filter(|it| it.state == PortState::Silent);
        silent.map(|entry| entry.doubt).reduce(f64::max)
    }

    /// The ports that still want an answer, in order.
    pub(super) fn unsettled(&self) -> impl Iterator<Item = u16> + '_ {
        self.ports()
            .filter(|(_, entry)| entry.wants_an_answer())
            .map(|(port, _)| port)
    }

    /// Whether this port is one of them.
    pub(super) fn wanted(&self, port: u16) -> bool {
        let index = port.checked_sub(self.first).map(usize::from);
        index
            .and_then(|index| self.entries.get(index))
            .is_some_and(Entry::wants_an_answer)
    }

    /// The open ports, in order.
    pub(super) fn open(&self) -> impl Iterator<Item = u16> + '_ {
        self.ports()
            .filter(|(_, entry)| entry.state == PortState::Open)
            .map(|(port, _)| port)
    }

    /// Grows whenever something is learned; a round in which it stands still was fruitless.
    pub(super) fn gained(&self) -> u64 {
        self.gained
    }

    /// The number of ports that were asked at least once.
    pub(super) fn touched(&self) -> u32 {
        self.touched
    }

    /// The number of ports in the range.
    pub(super) fn total(&self) -> u32 {
        self.entries.len() as u32
    }

    /// The asks still to come, with `queued` of `size` ports left of round `round` (from 1), if those are like the ones
    /// that were asked in it. What kept silent is asked again at least once more.
    pub(super) fn asks_left(&self, queued: usize, size: usize, round: u32) -> f64 {
        let (queued, size) = (queued as f64, size as f64);
        let again = (self.unsettled().count() as f64 - queued).max(0.0);
        let share = again / (size - queued).max(1.0);
        let rounds_left = f64::from(u32::from(SILENCES).saturating_sub(round).max(1));
        queued + (again + share * queued) * rounds_left
    }

    /// Everything as ranges. A range keeps the least of its ports' asks, else every retry would
    /// cut it and the ledger of a lossy network would be as long as the list of ports.
    pub(super) fn spans(&self) -> Vec<PortSpan> {
        let mut spans: Vec<PortSpan> = Vec::new();
        for (port, entry) in self.ports() {
            match spans.last_mut() {
                Some(span) if span.state == entry.state && span.proof == entry.proof => {
                    span.last = port;
                    span.asked = span.asked.min(entry.asked);
                }
                _ => spans.push(PortSpan {
                    first: port,
                    last: port,
                    state: entry.state,
                    proof: entry.proof,
                    asked: entry.asked,
                }),
            }
        }
        spans
    }

    fn ports(&self) -> impl Iterator<Item = (u16, &Entry)> {
        (self.first..=u16::MAX).zip(&self.entries)
    }

    fn entry(&mut self, port: u16) -> Option<&mut Entry> {
        let index = port.checked_sub(self.first)?;
        self.entries.get_mut(usize::from(index))
    }
}

#[cfg(test)]
mod tests {
    use super::super::order::Random;
    use super::*;
    use crate::observation::{Engine, PortLedger, Sweep};

    fn finished(ledger: &Ledger) -> PortLedger {
        PortLedger {
            engine: Engine::Connect,
            engine_because: String::new(),
            link_addresses: Vec::new(),
            spans: ledger.spans(),
            rechecks: Vec::new(),
            sweep: Sweep {
                seed: 0,
                rounds: 0,
                probes: 0,
                canary: None,
                canaries_sent: 0,
                canaries_lost: 0,
                absences: 0,
                residual: None,
                rate_start: 0.0,
                rate_peak: 0.0,
                rate_end: 0.0,
                rate_ceiling: 0.0,
                timeout_seconds: 0.0,
                seconds: 0.0,
            },
        }
    }

    #[test]
    fn any_history_gives_spans_that_cover_the_range_and_tell_the_same() {
        const ANSWERS: [PortAnswer; 5] = [
            PortAnswer::Accepted,
            PortAnswer::Refused,
            PortAnswer::NoAnswer,
            PortAnswer::Unreachable,
            PortAnswer::LocalFault,
        ];
        for seed in 0..200 {
            let mut random = Random::new(seed);
            let first = random.below(65_000) as u16;
            let last = first.saturating_add(random.below(700) as u16);
            let foreign = [first.saturating_add(random.below(50) as u16)];
            let mut ledger = Ledger::new(first..=last, &foreign);
            for _ in 0..random.below(3000) {
                // Now and then a port that is outside.
                let port = first.saturating_add(random.below(720) as u16);
                if foreign.contains(&port) {
                    continue;
                }
                ledger.record(port, ANSWERS[random.below(5)]);
                if random.below(2) == 0 {
                    ledger.believe_silence(port, 0.01);
                }
            }
            let done = finished(&ledger);
            assert!(done.covers(first, last), "seed {seed}: {:?}", done.spans);
            assert_eq!(done.counts().total(), ledger.total(), "seed {seed}");
            for (port, entry) in ledger.ports() {
                let span = done.span(port).unwrap();
                assert_eq!((span.state, span.proof), (entry.state, entry.proof));
                assert!(span.asked <= entry.asked);
            }
            for pair in done.spans.windows(2) {
                assert_ne!(
                    (pair[0].state, pair[0].proof),
                    (pair[1].state, pair[1].proof),
                    "seed {seed}: neighbours that are alike are one span"
                );
            }
            let unsettled = ledger.unsettled().count() as u32;
            let foreign_inside = foreign.iter().filter(|port| **port <= last).count() as u32;
            assert_eq!(done.counts().unproven, unsettled);
            assert_eq!(done.counts().excluded, foreign_inside);
        }
    }

    #[test]
    fn what_proves_nothing_stays_unproven_with_its_reason() {
        let mut ledger = Ledger::new(1..=5, &[5]);
        for _ in 0..9 {
            ledger.record(1, PortAnswer::NoAnswer);
            ledger.record(2, PortAnswer::Unreachable);
            ledger.believe_silence(2, 0.001);
            ledger.record(3, PortAnswer::LocalFault);
            ledger.believe_silence(3, 0.001);
        }
        let seen: Vec<_> = ledger
            .spans()
            .iter()
            .map(|span| (span.first, span.state, span.proof, span.asked))
            .collect();
        let unproven = PortState::Unproven;
        assert_eq!(
            seen,
            [
                (1, unproven, PortProof::NoAnswer, 9),
                (2, unproven, PortProof::Unreachable, 9),
                (3, unproven, PortProof::LocalFault, 0),
                (4, unproven, PortProof::NotAsked, 0),
                (5, unproven, PortProof::Foreign, 0),
            ]
        );
    }

    #[test]
    fn silences_count_until_little_doubt_is_left_and_an_answer_beats_them() {
        let mut ledger = Ledger::new(1..=4, &[]);
        for round in 1..=3 {
            for port in 1..=4 {
                ledger.record(port, PortAnswer::NoAnswer);
            }
            // Little doubt at once is not enough: it must be another time.
            ledger.believe_silence(1, 1e-9);
            ledger.believe_silence(2, 0.02);
            if round < 2 {
                ledger.believe_silence(3, 1e-9);
            }
            let settled = |port| !ledger.wanted(port);
            let expected = [round >= 2, round >= 3, false, false];
            assert_eq!([1, 2, 3, 4].map(settled), expected, "round {round}");
        }
        assert_eq!(ledger.residual(), Some(0.02_f64 * 0.02 * 0.02));
        ledger.record(4, PortAnswer::Accepted);
        ledger.record(4, PortAnswer::Refused);
        let states: Vec<_> = ledger.spans().iter().map(|span| span.state).collect();
        assert_eq!(
            states,
            [PortState::Silent, PortState::Unproven, PortState::Open]
        );
        assert_eq!(ledger.open().collect::<Vec<_>>(), [4]);
    }

    #[test]
    fn a_refusal_can_be_doubted_and_is_beaten_by_an_acceptance() {
        let mut ledger = Ledger::new(1..=3, &[]);
        for port in 1..=3 {
            ledger.record(port, PortAnswer::Refused);
        }
        ledger.record(3, PortAnswer::Accepted);
        ledger.doubt_refusal(2);
        ledger.doubt_refusal(3);
        assert_eq!(ledger.unsettled().collect::<Vec<_>>(), [2]);
        assert_eq!(ledger.open().collect::<Vec<_>>(), [3]);
        ledger.doubt_all();
        assert_eq!(ledger.unsettled().collect::<Vec<_>>(), [1, 2]);
        assert_eq!((ledger.touched(), ledger.residual()), (3, None));
    }

    #[test]
    fn what_is_left_depends_on_what_was_seen() {
        let mut refusing = Ledger::new(1..=100, &[]);
        let mut dropping = Ledger::new(1..=100, &[]);
        for port in 1..=40 {
            refusing.record(port, PortAnswer::Refused);
            dropping.record(port, PortAnswer::NoAnswer);
        }
        assert_eq!(refusing.asks_left(60, 100, 1), 60.0);
        assert_eq!(dropping.asks_left(60, 100, 1), 60.0 + 40.0 + 60.0);
        // They may not have been settled in a later round either.
        assert_eq!(dropping.asks_left(60, 100, 5), 60.0 + 40.0 + 60.0);
    }

    #[test]
    fn the_whole_range_and_an_empty_one_work() {
        assert_eq!(Ledger::new(0..=65535, &[]).spans().len(), 1);
        assert_eq!(Ledger::new(1..=65535, &[]).total(), 65535);
        #[allow(clippy::reversed_empty_ranges)]
        let empty = Ledger::new(9..=8, &[]);
        assert!(empty.spans().is_empty());
    }
}
