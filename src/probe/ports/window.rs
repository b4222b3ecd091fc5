//! Windows of attempts: what each brought, and whether the silence in it may be believed.

use std::collections::VecDeque;

use super::connect::PortAnswer;
use super::pace::Report;

/// A window's silence is believed only if so many windows before and after it lost nothing either.
/// Canaries are a sample: where one attempt in twenty is lost, three canaries survive in six windows
/// of seven, the 27 of nine windows in one case of four.
const NEIGHBOURS: usize = 4;

/// Names a window that is still out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WindowId(u64);

#[derive(Debug, Default)]
struct Window {
    report: Report,
    outstanding: u32,
    canaries_out: u32,
    sealed: bool,
    silent: Vec<u16>,
}

impl Window {
    fn ended(&self) -> bool {
        self.sealed && self.outstanding == 0
    }

    fn clean(&self) -> bool {
        self.report.canaries > 0 && self.report.canaries_lost == 0
    }

    /// Whether all its canaries have been heard of.
    fn vetted(&self) -> bool {
        self.sealed && self.canaries_out == 0
    }
}

/// The windows that are not judged yet, oldest first.
#[derive(Debug, Default)]
pub(super) struct Windows {
    first: u64,
    waiting: VecDeque<Window>,
    /// The first that [`Windows::vetted`] has not told of.
    unvetted: u64,
    /// Whether the last judged ones were clean.
    before: VecDeque<bool>,
}

impl Windows {
    /// Begins a window, sent in this epoch of the pace.
    pub(super) fn open(&mut self, epoch: u32) -> WindowId {
        self.waiting.push_back(Window {
            report: Report {
                epoch,
                ..Report::default()
            },
            ..Window::default()
        });
        WindowId(self.first + self.waiting.len() as u64 - 1)
    }

    /// An attempt went out.
    pub(super) fn sent(&mut self, id: WindowId, canary: bool) {
        if let Some(window) = self.window(id) {
            window.outstanding += 1;
            window.canaries_out += u32::from(canary);
        }
    }

    /// What the canaries say of the next window, once those of this and every earlier one were heard of. That is long
    /// before it ends, where ports keep silent. Each window is told once; its counts of ports are not whole.
    pub(super) fn vetted(&mut self) -> Option<Report> {
        self.unvetted = self.unvetted.max(self.first);
        let window = self.window(WindowId(self.unvetted))?;
        let report = window.vetted().then_some(window.report)?;
        self.unvetted += 1;
        Some(report)
    }

    /// A port's attempt ended. Gives the report where that ended the window.
    pub(super) fn asked(&mut self, id: WindowId, port: u16, answer: PortAnswer) -> Option<Report> {
        let window = self.window(id)?;
        match answer {
            PortAnswer::Accepted | PortAnswer::Refused | PortAnswer::Rejected => {
                window.report.asked += 1;
                window.report.answered += 1;
            }
            PortAnswer::NoAnswer => {
                window.report.asked += 1;
                window.silent.push(port);
            }
            // Neither shows that something arrived nor that something was lost.
            PortAnswer::Unreachable | PortAnswer::LocalFault => {}
        }
        window.outstanding -= 1;
        window.ended().then_some(window.report)
    }

    /// A canary ended; our own fault tells nothing about the network.
    pub(super) fn canary(&mut self, id: WindowId, answer: PortAnswer) -> Option<Report> {
        let window = self.window(id)?;
        if answer != PortAnswer::LocalFault {
            window.report.canaries += 1;
            window.report.canaries_lost += u32::from(!answer.answered());
        }
        window.canaries_out -= 1;
        window.outstanding -= 1;
        window.ended().then_some(window.report)
    }

    /// Everything of the window was sent, at this rate.
    pub(super) fn seal(&mut self, id: WindowId, rate: f64, full: bool) -> Option<Report> {
        let window = self.window(id)?;
        window.sealed = true;
        window.report.rate = rate;
        window.report.full = full;
        window.ended().then_some(window.report)
    }

    /// Judges the windows that ended and whose neighbours have: ports whose silence is believed.
    /// `over`: no more windows follow for now.
    pub(super) fn judge(&mut self, over: bool) -> Vec<u16> {
        let mut believed = Vec::new();
        while self.ripe(over) {
            let later = self.waiting.iter().take(NEIGHBOURS + 1).all(Window::clean);
            let earlier = self.before.iter().all(|clean| *clean);
            let Some(window) = self.waiting.pop_front() else {
                break;
            };
            self.first += 1;
            self.before.push_back(window.clean());
            if self.before.len() > NEIGHBOURS {
                self.before.pop_front();
            }
            if later && earlier {
                believed.extend(window.silent);
            }
        }
        believed
    }

    fn ripe(&self, over: bool) -> bool {
        let mut neighbourhood = self.waiting.iter().take(NEIGHBOURS + 1);
        (over || self.waiting.len() > NEIGHBOURS)
            && !self.waiting.is_empty()
            && neighbourhood.all(Window::ended)
    }

    fn window(&mut self, id: WindowId) -> Option<&mut Window> {
        let index = usize::try_from(id.0.checked_sub(self.first)?).ok()?;
        self.waiting.get_mut(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One window with one silent port, named like the window's number, and canaries.
    fn add(windows: &mut Windows, port: u16, canaries: &[PortAnswer]) -> Option<Report> {
        let id = windows.open(0);
        windows.sent(id, false);
        for answer in canaries {
            windows.sent(id, true);
            assert!(windows.canary(id, *answer).is_none());
        }
        assert!(windows.asked(id, port, PortAnswer::NoAnswer).is_none());
        windows.seal(id, 100.0, true)
    }

    const FINE: [PortAnswer; 2] = [PortAnswer::Accepted, PortAnswer::Refused];
    const LOST: [PortAnswer; 2] = [PortAnswer::Accepted, PortAnswer::NoAnswer];

    #[test]
    fn silence_is_believed_when_nothing_was_lost_around_it() {
        let mut windows = Windows::default();
        for port in 0..20 {
            add(&mut windows, port, if port == 9 { &LOST } else { &FINE });
        }
        let mut believed = windows.judge(false);
        assert_eq!(believed, [0, 1, 2, 3, 4, 14, 15]);
        believed = windows.judge(true);
        assert_eq!(believed, [16, 17, 18, 19]);
    }

    #[test]
    fn a_loss_in_the_last_round_still_counts_for_the_next() {
        let mut windows = Windows::default();
        add(&mut windows, 1, &LOST);
        assert!(windows.judge(true).is_empty());
        for port in 2..=7 {
            add(&mut windows, port, &FINE);
        }
        assert_eq!(windows.judge(true), [6, 7]);
    }

    #[test]
    fn without_canaries_no_silence_is_believed() {
        let mut windows = Windows::default();
        for port in 0..9 {
            add(&mut windows, port, &[]);
        }
        add(&mut windows, 9, &[PortAnswer::LocalFault]);
        assert!(windows.judge(true).is_empty());
    }

    #[test]
    fn a_fault_of_our_own_is_no_lost_canary() {
        let mut windows = Windows::default();
        add(&mut windows, 3, &[PortAnswer::LocalFault, FINE[0]]);
        assert_eq!(windows.judge(true), [3]);
    }

    #[test]
    fn a_window_is_not_judged_before_it_ended() {
        let mut windows = Windows::default();
        let id = windows.open(7);
        for canary in [false, false, false, true] {
            windows.sent(id, canary);
        }
        assert!(windows.asked(id, 5, PortAnswer::NoAnswer).is_none());
        assert!(windows.asked(id, 6, PortAnswer::Refused).is_none());
        assert!(windows.asked(id, 7, PortAnswer::Unreachable).is_none());
        assert!(windows.seal(id, 40.0, true).is_none());
        assert!(windows.judge(true).is_empty());
        let report = windows.canary(id, PortAnswer::Accepted).unwrap();
        assert_eq!((report.asked, report.answered), (2, 1));
        assert_eq!((report.canaries, report.canaries_lost), (1, 0));
        assert_eq!((report.epoch, report.rate, report.full), (7, 40.0, true));
        assert_eq!(windows.judge(true), [5]);
        assert!(windows.asked(id, 8, PortAnswer::Refused).is_none());
    }
    #[test]
    fn canaries_are_told_of_in_order_before_silence_is_over() {
        let mut windows = Windows::default();
        let ids = [1.0, 2.0, 3.0].map(|rate| {
            let id = windows.open(0);
            windows.sent(id, false);
            windows.sent(id, true);
            windows.seal(id, rate, true);
            id
        });
        let told = |windows: &mut Windows| {
            let reports = std::iter::from_fn(|| windows.vetted());
            reports
                .map(|it| (it.rate, it.canaries_lost))
                .collect::<Vec<_>>()
        };
        assert_eq!(told(&mut windows), []);
        windows.canary(ids[1], FINE[0]);
        assert_eq!(told(&mut windows), [], "an earlier one is still out");
        windows.canary(ids[0], LOST[1]);
        assert_eq!(told(&mut windows), [(1.0, 1), (2.0, 0)]);
        windows.canary(ids[2], FINE[1]);
        for id in ids {
            windows.asked(id, 9, PortAnswer::NoAnswer);
        }
        windows.judge(true);
        assert_eq!(told(&mut windows), [], "judged and gone: told too late");
        add(&mut windows, 9, &FINE);
        assert_eq!(told(&mut windows), [(100.0, 0)]);
    }
}
