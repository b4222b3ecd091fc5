//! Two lists eliminated together: every answer chooses a group and a signature algorithm at once, so that both are crossed out
//! at once. A refusal says that one of the lists holds nothing any more that the server takes, not which; from
//! then on each is asked with the whole of the other. Pure.

/// Codes that are left, and codes that were chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::probe) struct Side {
    all: Vec<u16>,
    pub left: Vec<u16>,
    pub chosen: Vec<u16>,
}

impl Side {
    fn new(all: Vec<u16>) -> Self {
        Self {
            left: all.clone(),
            all,
            chosen: Vec::new(),
        }
    }

    /// Whether it is asked about at all.
    pub(in crate::probe) fn is_asked(&self) -> bool {
        !self.all.is_empty()
    }

    /// Crosses one out; false: it was not there.
    fn took(&mut self, code: Option<u16>) -> bool {
        let Some(place) = self.left.iter().position(|it| Some(*it) == code) else {
            return false;
        };
        self.chosen.push(self.left.remove(place));
        true
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Both,
    First,
    Second,
    Done,
}

/// The state of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::probe) struct Joint {
    pub first: Side,
    pub second: Side,
    phase: Phase,
}

impl Joint {
    /// An empty list is not asked about.
    pub(in crate::probe) fn new(first: Vec<u16>, second: Vec<u16>) -> Self {
        let phase = match (first.is_empty(), second.is_empty()) {
            (false, false) => Phase::Both,
            (false, true) => Phase::First,
            (true, false) => Phase::Second,
            (true, true) => Phase::Done,
        };
        Self {
            first: Side::new(first),
            second: Side::new(second),
            phase,
        }
    }

    /// What to offer next; none: everything is told.
    pub(in crate::probe) fn next(&mut self) -> Option<(Vec<u16>, Vec<u16>)> {
        if self.phase == Phase::Both && (self.first.left.is_empty() || self.second.left.is_empty())
        {
            self.phase = Phase::First;
        }
        if self.phase == Phase::First && self.first.left.is_empty() {
            self.phase = Phase::Second;
        }
        if self.phase == Phase::Second && self.second.left.is_empty() {
            self.phase = Phase::Done;
        }
        match self.phase {
            Phase::Both => Some((self.first.left.clone(), self.second.left.clone())),
            Phase::First => Some((self.first.left.clone(), self.second.all.clone())),
            Phase::Second => Some((self.first.all.clone(), self.second.left.clone())),
            Phase::Done => None,
        }
    }

    /// What was chosen of it. False: nothing of what is being asked about, so that asking on would not end.
    pub(in crate::probe) fn took(&mut self, first: Option<u16>, second: Option<u16>) -> bool {
        match self.phase {
            Phase::Both => self.first.took(first) | self.second.took(second),
            Phase::First => {
                self.second.took(second);
                self.first.took(first)
            }
            Phase::Second => {
                self.first.took(first);
                self.second.took(second)
            }
            Phase::Done => false,
        }
    }

    /// It was refused.
    pub(in crate::probe) fn refused(&mut self) {
        self.phase = match self.phase {
            Phase::Both => Phase::First,
            Phase::First => Phase::Second,
            Phase::Second | Phase::Done => Phase::Done,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Eliminates against a server that takes these, in its own order or the client's; how many questions it took.
    fn against(takes: (&[u16], &[u16]), own_order: bool) -> (Joint, usize) {
        let mut joint = Joint::new((1..=9).collect(), (11..=19).collect());
        let mut asked = 0;
        let choose = |takes: &[u16], offered: &[u16]| match own_order {
            true => takes.iter().copied().find(|it| offered.contains(it)),
            false => offered.iter().copied().find(|it| takes.contains(it)),
        };
        while let Some((first, second)) = joint.next() {
            asked += 1;
            match (choose(takes.0, &first), choose(takes.1, &second)) {
                (Some(first), Some(second)) => assert!(joint.took(Some(first), Some(second))),
                _ => joint.refused(),
            }
        }
        (joint, asked)
    }

    #[test]
    fn everything_that_is_taken_is_found_whatever_the_order() {
        for firsts in [&[3][..], &[9, 2, 5], &[1, 2, 3, 4, 5, 6, 7, 8, 9]] {
            for seconds in [
                &[15][..],
                &[19, 11, 12, 13],
                &[11, 12, 13, 14, 15, 16, 17, 18, 19],
            ] {
                for own_order in [false, true] {
                    let (joint, asked) = against((firsts, seconds), own_order);
                    let sorted = |side: &Side| {
                        let mut chosen = side.chosen.clone();
                        chosen.sort_unstable();
                        chosen
                    };
                    let mut expected = (firsts.to_vec(), seconds.to_vec());
                    expected.0.sort_unstable();
                    expected.1.sort_unstable();
                    assert_eq!((sorted(&joint.first), sorted(&joint.second)), expected);
                    let most = firsts.len().max(seconds.len()) + 3;
                    assert!(
                        asked <= most,
                        "{asked} questions for {firsts:?} {seconds:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_server_that_takes_nothing_or_says_the_same_again_ends_it() {
        let (joint, asked) = against((&[], &[]), false);
        assert_eq!((joint.first.chosen.len(), asked), (0, 3));
        let mut joint = Joint::new(vec![1, 2], vec![11, 12]);
        assert!(joint.next().is_some() && joint.took(Some(1), Some(11)));
        assert!(joint.next().is_some() && !joint.took(Some(1), Some(11)));
        assert_eq!(Joint::new(vec![], vec![]).next(), None);
    }
}
