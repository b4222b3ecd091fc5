//! Windows of attempts: what each brought, and whether the silence in it may be believed.

use std::collections::VecDeque;

use super::connect::PortAnswer;
use super::pace::Report;

/// Around a loss nothing is believed: so many windows before it and after it.
const NEIGHBOURS: usize = 4;
/// A stretch of windows without a loss is weighed once it has so many canaries: the loss that they speak against should
/// not be thought to have been the same for longer than a few seconds.
const STRETCH: u32 = 200;

/// Names a window that is still out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WindowId(u64);

/// What judged windows showed.
#[derive(Debug, Default)]
pub(super) struct Judgement {
    /// Ports whose silence is believed, each with the chance that an open port would have been as silent.
    pub(super) believed: Vec<(u16, f64)>,
    /// Ports that refused while one that had been open refused as well: somebody may refuse in the device's name, or the
    /// device hides from us.
    pub(super) doubted: Vec<u16>,
}

/// How a canary ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Song {
    /// It answered as before.
    Heard,
    /// It did not answer.
    Missed,
    /// It was open and refuses.
    Turned,
    /// Our own fault tells nothing about the network.
    NotSent,
}

#[derive(Debug, Default)]
struct Window {
    report: Report,
    outstanding: u32,
    canaries_out: u32,
    sealed: bool,
    turned: bool,
    silent: Vec<u16>,
    refused: Vec<u16>,
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

/// The chance, at the rate of loss at which it is greatest, that an attempt was lost and so many others in the same
/// stretch were not: the greatest p (1 - p)^n.
fn doubt(canaries: u32) -> f64 {
    let n = f64::from(canaries);
    (n / (n + 1.0)).powf(n) / (n + 1.0)
}

/// The windows that are not judged yet, oldest first.
#[derive(Debug, Default)]
pub(super) struct Windows {
    first: u64,
    waiting: VecDeque<Window>,
    /// The first that [`Windows::vetted`] has not told of.
    unvetted: u64,
    /// The windows since the last loss that have not been weighed: the silent ports and the canaries of each.
    stretch: VecDeque<(Vec<u16>, u32)>,
    /// So many more windows after a loss are not believed.
    wary: usize,
    /// What refused in the last judged windows.
    refused: VecDeque<Vec<u16>>,
    /// So many more windows after a turned canary are doubted.
    doubting: usize,
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
            PortAnswer::Accepted => {
                window.report.asked += 1;
                window.report.answered += 1;
            }
            PortAnswer::Refused | PortAnswer::Rejected => {
                window.report.asked += 1;
                window.report.answered += 1;
                window.refused.push(port);
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

    /// A canary ended. One that turned is no less a warning than one that was lost.
    pub(super) fn canary(&mut self, id: WindowId, song: Song) -> Option<Report> {
        let window = self.window(id)?;
        if song != Song::NotSent {
            window.report.canaries += 1;
            window.report.canaries_lost += u32::from(song != Song::Heard);
        }
        window.turned |= song == Song::Turned;
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

    /// Judges the windows that ended, in their order. `over`: no more windows follow for now.
    pub(super) fn judge(&mut self, over: bool) -> Judgement {
        let mut judgement = Judgement::default();
        while self.waiting.front().is_some_and(Window::ended) {
            let Some(window) = self.waiting.pop_front() else {
                break;
            };
            self.first += 1;
            self.doubt_refusals(&window, &mut judgement.doubted);
            self.weigh(window, &mut judgement.believed);
        }
        if over {
            self.close_stretch(0, &mut judgement.believed);
        }
        judgement
    }

    fn weigh(&mut self, window: Window, believed: &mut Vec<(u16, f64)>) {
        if !window.clean() {
            let length = self.stretch.len().saturating_sub(NEIGHBOURS);
            self.stretch.truncate(length);
            self.close_stretch(0, believed);
            self.wary = NEIGHBOURS;
        } else if self.wary > 0 {
            self.wary -= 1;
        } else {
            let canaries = window.report.canaries;
            self.stretch.push_back((window.silent, canaries));
            let sung: u32 = self.stretch.iter().map(|(_, canaries)| canaries).sum();
            // A loss may follow.
            if sung >= STRETCH && self.stretch.len() > 2 * NEIGHBOURS {
                self.close_stretch(NEIGHBOURS, believed);
            }
        }
    }

    /// Believes all but the last `kept` windows of the stretch.
    fn close_stretch(&mut self, kept: usize, believed: &mut Vec<(u16, f64)>) {
        let closed = self.stretch.len().saturating_sub(kept);
        let closed: Vec<_> = self.stretch.drain(..closed).collect();
        let doubt = doubt(closed.iter().map(|(_, canaries)| canaries).sum());
        let silent = closed.into_iter().flat_map(|(silent, _)| silent);
        believed.extend(silent.map(|port| (port, doubt)));
    }

    fn doubt_refusals(&mut self, window: &Window, doubted: &mut Vec<u16>) {
        if window.turned {
            doubted.extend(self.refused.drain(..).flatten());
            self.doubting = NEIGHBOURS + 1;
        }
        if self.doubting > 0 {
            self.doubting -= 1;
            doubted.extend(&window.refused);
            return;
        }
        self.refused.push_back(window.refused.clone());
        if self.refused.len() > NEIGHBOURS {
            self.refused.pop_front();
        }
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
    fn add(windows: &mut Windows, port: u16, canaries: &[Song]) -> Option<Report> {
        let id = windows.open(0);
        windows.sent(id, false);
        for answer in canaries {
            windows.sent(id, true);
            assert!(windows.canary(id, *answer).is_none());
        }
        assert!(windows.asked(id, port, PortAnswer::NoAnswer).is_none());
        windows.seal(id, 100.0, true)
    }

    const FINE: [Song; 2] = [Song::Heard, Song::Heard];
    const LOST: [Song; 2] = [Song::Heard, Song::Missed];

    fn believed(windows: &mut Windows, over: bool) -> Vec<u16> {
        let judgement = windows.judge(over);
        judgement
            .believed
            .into_iter()
            .map(|(port, _)| port)
            .collect()
    }

    #[test]
    fn silence_is_believed_when_nothing_was_lost_around_it() {
        let mut windows = Windows::default();
        for port in 0..20 {
            add(&mut windows, port, if port == 9 { &LOST } else { &FINE });
        }
        assert_eq!(believed(&mut windows, false), [0, 1, 2, 3, 4]);
        assert_eq!(believed(&mut windows, true), [14, 15, 16, 17, 18, 19]);
    }

    #[test]
    fn the_more_canaries_sing_the_less_a_silence_is_doubted() {
        assert_eq!(doubt(0), 1.0);
        // One of two is lost at random, the other is not.
        assert!((doubt(1) - 0.25).abs() < 1e-9);
        assert!((0.0133..0.0134).contains(&doubt(27)), "{}", doubt(27));
        let mut windows = Windows::default();
        for port in 0..150 {
            add(&mut windows, port, &FINE);
        }
        let judgement = windows.judge(false);
        let ports: Vec<u16> = judgement.believed.iter().map(|(port, _)| *port).collect();
        // Two hundred canaries are a hundred windows; the last few wait for what comes.
        assert_eq!(ports, (0..96).collect::<Vec<_>>());
        assert!(judgement.believed.iter().all(|(_, it)| *it == doubt(192)));
        let rest = windows.judge(true).believed;
        assert_eq!(rest.len(), 54);
        assert!(rest.iter().all(|(_, it)| *it == doubt(108)));
    }

    #[test]
    fn refusals_around_an_open_port_that_refuses_are_doubted() {
        let mut windows = Windows::default();
        for port in 0..20 {
            let id = windows.open(0);
            for canary in [false, true] {
                windows.sent(id, canary);
            }
            let song = if port == 9 { Song::Turned } else { Song::Heard };
            windows.canary(id, song);
            windows.asked(id, port, PortAnswer::Refused);
            let report = windows.seal(id, 1.0, true).unwrap();
            assert_eq!(report.canaries_lost, u32::from(port == 9));
        }
        let judgement = windows.judge(true);
        assert_eq!(judgement.doubted, (5..=13).collect::<Vec<_>>());
    }

    #[test]
    fn a_loss_in_the_last_round_still_counts_for_the_next() {
        let mut windows = Windows::default();
        add(&mut windows, 1, &LOST);
        assert!(believed(&mut windows, true).is_empty());
        for port in 2..=7 {
            add(&mut windows, port, &FINE);
        }
        assert_eq!(believed(&mut windows, true), [6, 7]);
    }

    #[test]
    fn without_canaries_no_silence_is_believed() {
        let mut windows = Windows::default();
        for port in 0..9 {
            add(&mut windows, port, &[]);
        }
        add(&mut windows, 9, &[Song::NotSent]);
        assert!(believed(&mut windows, true).is_empty());
    }

    #[test]
    fn a_fault_of_our_own_is_no_lost_canary() {
        let mut windows = Windows::default();
        add(&mut windows, 3, &[Song::NotSent, FINE[0]]);
        assert_eq!(believed(&mut windows, true), [3]);
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
        assert!(believed(&mut windows, true).is_empty());
        let report = windows.canary(id, Song::Heard).unwrap();
        assert_eq!((report.asked, report.answered), (2, 1));
        assert_eq!((report.canaries, report.canaries_lost), (1, 0));
        assert_eq!((report.epoch, report.rate, report.full), (7, 40.0, true));
        assert_eq!(believed(&mut windows, true), [5]);
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
