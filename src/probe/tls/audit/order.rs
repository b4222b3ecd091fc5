//! What the orders tell in which a server chose suites. Pure.

use crate::tls::{Suite, suite};

/// A list from which one suite after the other was chosen and crossed out. Only choices from the same list stand in an order:
/// what is in another was never offered beside them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::probe) struct Choices {
    pub offered: Vec<u16>,
    /// Every one while all that follow stood there too.
    pub chosen: Vec<u16>,
}

impl Choices {
    /// Whether the order of the choices is not that of the offer, and so the server's own.
    pub(super) fn has_an_order_of_its_own(&self) -> bool {
        let place = |code: &u16| self.offered.iter().position(|it| it == code);
        !self.chosen.is_sorted_by_key(place)
    }

    /// Whether a suite without forward secrecy was chosen while one with it, taken later, was there to choose.
    fn passes_over_forward_secrecy(&self) -> bool {
        let lacks_it = |code: &u16| !is_forward_secret(*code);
        !self.chosen.is_sorted_by_key(lacks_it)
    }
}

/// Whether suites with forward secrecy come first, as far as orders tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// All are of one kind.
    NothingToPrefer,
    Prefers(bool),
    /// Of each list the first choice without forward secrecy, and the last with it: if each of these comes before each of
    /// those, all do.
    Open {
        without: Vec<u16>,
        with: Vec<u16>,
    },
}

/// What the choices from all lists tell of a server that goes by an order of its own, or of one that may go by ours.
pub(super) fn forward_secrecy_first(choices: &[Choices], by_its_own_order: bool) -> Told {
    let without = choices.iter().filter_map(|it| {
        let mut chosen = it.chosen.iter().copied();
        chosen.find(|code| !is_forward_secret(*code))
    });
    let with = choices.iter().filter_map(|it| {
        let mut chosen = it.chosen.iter().copied();
        chosen.rfind(|code| is_forward_secret(*code))
    });
    let (without, with): (Vec<_>, Vec<_>) = (without.collect(), with.collect());
    if without.is_empty() || with.is_empty() {
        Told::NothingToPrefer
    } else if choices.iter().any(Choices::passes_over_forward_secrecy) {
        Told::Prefers(false)
    } else if by_its_own_order && choices.len() == 1 {
        Told::Prefers(true)
    } else {
        Told::Open { without, with }
    }
}

pub(super) fn is_forward_secret(code: u16) -> bool {
    suite(code).is_some_and(Suite::is_forward_secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATIC: [u16; 2] = [0x009d, 0x009c];
    const SECRET: [u16; 2] = [0xc030, 0xc02f];

    fn told(lists: &[&[u16]], by_its_own_order: bool) -> Told {
        let choices = lists.iter().map(|chosen| Choices {
            offered: Vec::new(),
            chosen: chosen.to_vec(),
        });
        let choices: Vec<_> = choices.collect();
        forward_secrecy_first(&choices, by_its_own_order)
    }

    #[test]
    fn one_suite_passed_over_is_enough_whoever_chooses() {
        let [a, b] = STATIC;
        let [x, y] = SECRET;
        for own in [true, false] {
            assert_eq!(told(&[&[x, a, b, y]], own), Told::Prefers(false));
            assert_eq!(told(&[&[x, y, a], &[b, y]], own), Told::Prefers(false));
            assert_eq!(told(&[&[a, b], &[]], own), Told::NothingToPrefer);
            assert_eq!(told(&[&[x], &[y]], own), Told::NothingToPrefer);
        }
        assert_eq!(told(&[&[x, y, a, b]], true), Told::Prefers(true));
    }

    #[test]
    fn an_order_of_ours_and_lists_apart_leave_it_open() {
        let [a, b] = STATIC;
        let [x, y] = SECRET;
        let open = |without: &[u16], with: &[u16]| Told::Open {
            without: without.to_vec(),
            with: with.to_vec(),
        };
        assert_eq!(told(&[&[x, y, a, b]], false), open(&[a], &[y]));
        // One was never offered beside the other.
        assert_eq!(told(&[&[a, b], &[x, y]], true), open(&[a], &[y]));
        assert_eq!(told(&[&[x, a], &[y, b]], true), open(&[a, b], &[x, y]));
    }
}
