//! What an offer did to a device, by everything that the device said was installed since.

use crate::observation::{Installed, UpdateAttempt, UpdateOffer, UpdateStep};
use crate::update::mcuboot::Version;

/// What an offer did to the device, by what it said was installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing was uploaded.
    NotTried,
    /// The same was installed before and after, all the time.
    Nothing,
    /// What was offered was installed, if only for a while.
    Installed,
    /// An earlier package that had to be refused was installed, by its place among the offers.
    Late(usize),
    /// Bytes were installed that nobody vouches for, with only packages offered that had to be refused.
    Replaced,
    /// Something is installed that the device had before: it fell back.
    Reverted,
    /// It said something that no package explains.
    Unclear,
    /// In the end nothing could be read.
    Unreadable,
    /// What was installed was another than the offer before left: something changed in between.
    Unsteady,
}

/// What is known when an offer is weighed.
#[derive(Debug)]
pub struct Known<'k, 'a> {
    /// The offers so far, in order.
    pub offers: &'k [&'a UpdateOffer],
    /// What the device is known to have had: what it came with, and what was installed in good order.
    pub had: &'k [&'a Installed],
    /// What the offer before left.
    pub left: Option<&'a Installed>,
}

/// What became of an offer. Every state that was seen is compared with what was there before, with this offer
/// and with all earlier ones: a device may install late, and only for a while.
pub fn effect(offer: &UpdateOffer, seen: &UpdateAttempt, known: &Known<'_, '_>) -> Effect {
    if let Some(left) = known.left.filter(|left| **left != seen.before) {
        let mut offers = known.offers.iter();
        if offers.next_back().map(|last| last.sequence + 1) != Some(offer.sequence) {
            // What was offered in between is not known.
            return Effect::Unsteady;
        }
        // Between two offers only an earlier one can have changed anything.
        return match late(left, &seen.before, None, known) {
            Some(place) => Effect::Late(place),
            None if unvouched(left, &seen.before, known) => known.last_forged(),
            None => Effect::Unsteady,
        };
    }
    let states: Vec<&Installed> = (seen.seen.iter().map(|it| &it.installed))
        .chain(&seen.after)
        .filter(|state| **state != seen.before)
        .collect();
    match is_control(offer.step) {
        true => of_control(offer, seen, &states, known),
        false => of_forged(offer, seen, &states, known),
    }
}

/// Of a package that had to be refused: the worst that was seen.
fn of_forged(
    offer: &UpdateOffer,
    seen: &UpdateAttempt,
    states: &[&Installed],
    known: &Known<'_, '_>,
) -> Effect {
    let before = &seen.before;
    if states.iter().any(|state| took(offer, before, state)) {
        return Effect::Installed;
    }
    let mut earlier = states.iter();
    if let Some(place) = earlier.find_map(|state| late(before, state, None, known)) {
        return Effect::Late(place);
    }
    let strange: Vec<&&Installed> = states
        .iter()
        .filter(|state| unvouched(before, state, known))
        .collect();
    if let Some(first) = strange.first() {
        // What is now this and now that is no measure of what is installed.
        return match strange.iter().all(|it| it.content == first.content) {
            true => Effect::Replaced,
            false => Effect::Unclear,
        };
    }
    match &seen.after {
        None => Effect::Unreadable,
        Some(after) if known.had.contains(&after) && after != before => Effect::Reverted,
        Some(_) if states.is_empty() => Effect::Nothing,
        Some(_) => Effect::Unclear,
    }
}

/// Of a genuine package.
fn of_control(
    offer: &UpdateOffer,
    seen: &UpdateAttempt,
    states: &[&Installed],
    known: &Known<'_, '_>,
) -> Effect {
    let before = &seen.before;
    let mut earlier = states.iter();
    if let Some(place) = earlier.find_map(|state| late(before, state, Some(offer), known)) {
        return Effect::Late(place);
    }
    let Some(after) = &seen.after else {
        return Effect::Unreadable;
    };
    if after == before {
        return match states.is_empty() {
            true => Effect::Nothing,
            false => Effect::Unclear,
        };
    }
    // On the way it may have words of its own for the one or the other, and no third content.
    let passing = |state: &&Installed| {
        let vouched = state.content == before.content || state.content == after.content;
        *state == after || state.content.is_some() && vouched && !forged(state, Some(offer), known)
    };
    match took(offer, before, after) {
        true if states.iter().all(passing) => Effect::Installed,
        true => Effect::Unclear,
        false if known.had.contains(&after) => Effect::Reverted,
        false => Effect::Unclear,
    }
}

/// Whether a state shows that the offer was installed: its version, over other bytes than before where the
/// manifest names a `content`.
fn took(offer: &UpdateOffer, before: &Installed, state: &Installed) -> bool {
    state != before && other_bytes(before, state) && claims(offer, state)
}

/// The latest earlier offer that had to be refused and that a state shows. A version that the genuine package
/// on offer has as well tells nothing.
fn late(
    before: &Installed,
    state: &Installed,
    genuine: Option<&UpdateOffer>,
    known: &Known<'_, '_>,
) -> Option<usize> {
    let had = known.had.contains(&state);
    if had || genuine.is_some_and(|offer| claims(offer, state)) {
        return None;
    }
    let place = known
        .offers
        .iter()
        .rposition(|offer| !is_control(offer.step) && took(offer, before, state))?;
    Some(place)
}

/// Whether a state has the version of an earlier offer that had to be refused, whatever its content.
fn forged(state: &Installed, genuine: Option<&UpdateOffer>, known: &Known<'_, '_>) -> bool {
    let mut offers = known.offers.iter();
    !genuine.is_some_and(|offer| claims(offer, state))
        && offers.any(|offer| !is_control(offer.step) && claims(offer, state))
}

/// Whether the bytes are shown to be others, and none that the device had before.
fn unvouched(before: &Installed, state: &Installed, known: &Known<'_, '_>) -> bool {
    let mut had = known.had.iter();
    state.content.is_some()
        && other_bytes(before, state)
        && !had.any(|had| had.content == state.content)
}

/// Whether bytes may have been replaced. The same content shows that none were, whatever the version says.
fn other_bytes(before: &Installed, state: &Installed) -> bool {
    state.content.is_none() || state.content != before.content
}

fn claims(offer: &UpdateOffer, state: &Installed) -> bool {
    Version::read(&offer.version).is_some_and(|version| version.is_shown_as(&state.firmware))
}

pub fn is_control(step: UpdateStep) -> bool {
    matches!(step, UpdateStep::ControlFirst | UpdateStep::ControlLast)
}

impl Known<'_, '_> {
    /// Bytes that nobody vouches for, between two offers: charged to the last one, where it had to be refused.
    fn last_forged(&self) -> Effect {
        match self.offers.last() {
            Some(offer) if !is_control(offer.step) => Effect::Late(self.offers.len() - 1),
            _ => Effect::Unsteady,
        }
    }
}
