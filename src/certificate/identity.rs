//! Whether the device was the same at the start, at the end and in the manifest (design rule 7).

use std::collections::{BTreeMap, BTreeSet};

use super::model::{IdentityCheck, IdentityState};
use crate::case::Facts;
use crate::case::updates::{Change, change};
use crate::dut::{Device, Unit};
use crate::evidence::Evidence;
use crate::observation::{Asked, Identity, Moment, Observation};
use crate::text::{brief, shown};

/// Compares what the device said of itself. That it shows another firmware in the end is right where this
/// run installed it, and nowhere else.
pub fn check_identity(facts: &Facts<'_>) -> IdentityCheck {
    let Facts {
        device, evidence, ..
    } = *facts;
    let mut check = Check::default();
    for unit in &facts.units {
        let change = change(facts, unit);
        let change = change.as_ref();
        let start = read(evidence, unit, Moment::Start);
        let end = read(evidence, unit, Moment::End);
        check
            .evidence
            .extend(start.iter().chain(&end).map(|(item, _)| item.id.clone()));
        for (item, first) in &start {
            against_manifest(device, unit, first, &mut check);
            let address = &item.target.address;
            match end.iter().find(|(item, _)| item.target.address == *address) {
                Some((_, last)) => compare(unit, address, first, last, change, &mut check),
                None => check
                    .unread
                    .push(format!("unit {} was not read at the end", unit.id)),
            }
        }
        if start.iter().all(|(_, identity)| nothing(identity)) {
            check.unread.push(format!(
                "nothing was read of unit {} that tells it from another device: declare `[identity]`, or a service that says what it is, or test it on its own link, where its link address is seen",
                unit.id
            ));
        }
        // One unit, whatever address it answers at.
        for pair in start.windows(2) {
            across(unit, pair[0].1, pair[1].1, &mut check);
        }
    }
    check.result()
}

#[derive(Default)]
struct Check {
    agrees: Vec<String>,
    differs: Vec<String>,
    unread: Vec<String>,
    evidence: Vec<String>,
}

impl Check {
    fn result(self) -> IdentityCheck {
        let (state, parts) = if !self.differs.is_empty() {
            (IdentityState::Differs, self.differs)
        } else if !self.unread.is_empty() {
            (IdentityState::Unobserved, self.unread)
        } else {
            (IdentityState::Agrees, self.agrees)
        };
        IdentityCheck {
            state,
            statement: parts.join("; "),
            evidence: self.evidence,
        }
    }
}

/// What was read of a unit at a moment, one an address.
fn read<'a>(
    evidence: &'a [Evidence],
    unit: &Unit,
    wanted: Moment,
) -> Vec<(&'a Evidence, &'a Identity)> {
    evidence
        .iter()
        .filter(|item| item.unit == unit.id)
        .filter(|item| matches!(item.asked, Asked::Identity { moment } if moment == wanted))
        .filter_map(|item| {
            item.observations().iter().find_map(|fact| match fact {
                Observation::Identity(identity) => Some((item, identity)),
                _ => None,
            })
        })
        .collect()
}

fn nothing(identity: &Identity) -> bool {
    identity.firmware.is_none() && identity.mac.is_none() && identity.fingerprints.is_empty()
}

/// Every trait by name: those of services, the firmware, the link address.
fn traits(identity: &Identity) -> BTreeMap<&str, &str> {
    let named = identity
        .fingerprints
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let firmware = identity
        .firmware
        .iter()
        .map(|value| ("firmware", value.as_str()));
    let mac = identity
        .mac
        .iter()
        .map(|value| ("link address", value.as_str()));
    let model = identity.model.iter();
    let model = model.map(|value| ("model", value.as_str()));
    named.chain(firmware).chain(model).chain(mac).collect()
}

fn compare(
    unit: &Unit,
    address: &str,
    start: &Identity,
    end: &Identity,
    change: Option<&Change<'_>>,
    check: &mut Check,
) {
    let (before, after) = (traits(start), traits(end));
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let renewed = renewal(start, end, change);
    let because = match change {
        Some(change) if !change.genuine => ", after it took a package that it had to refuse",
        _ => "",
    };
    let reworded = may_reword(start, end, change);
    let mut other_words = Vec::new();
    for name in &names {
        let (before, after) = (before.get(*name), after.get(*name));
        let agrees = match (before, after, renewed) {
            (Some(_), Some(after), Some((_, new))) if **name == "firmware" => *after == new,
            (Some(before), Some(after), Some((old, new))) => {
                before == after || before.replace(old, new) == *after
            }
            _ => before == after,
        };
        if !agrees && reworded && is_words_of_software(name) {
            other_words.push(format!("`{}`", brief(name, 80)));
        } else if !agrees {
            check.differs.push(format!(
                "unit {} at {address}: {} was `{}` at the start and `{}` at the end{because}",
                unit.id,
                brief(name, 80),
                brief(before.unwrap_or(&"not readable"), 80),
                brief(after.unwrap_or(&"not readable"), 80),
            ));
        }
    }
    let same = match names.len() - other_words.len() {
        1 => "the one trait that was read is the same".to_owned(),
        n if other_words.is_empty() => format!("all {n} traits that were read are the same"),
        n => format!("{n} traits that were read are the same, the link address among them,"),
    };
    let words = match other_words.as_slice() {
        [] => String::new(),
        words => format!("; the new firmware words {} otherwise", words.join(", ")),
    };
    let but = match renewed {
        Some((old, new)) => format!(
            ", but for firmware `{}`, which this run replaced by `{}`",
            brief(old, 80),
            brief(new, 80)
        ),
        None => String::new(),
    };
    let agrees = format!(
        "unit {} at {address}: {same} at the start and at the end{but}{words}",
        unit.id
    );
    check.agrees.push(agrees);
}

/// The firmware at the start, and what this run installed in its place as the device shows it. A trait that
/// names the firmware changes with it.
fn renewal<'a>(
    start: &'a Identity,
    end: &'a Identity,
    change: Option<&'a Change<'_>>,
) -> Option<(&'a str, &'a str)> {
    let old = start.firmware.as_deref()?;
    let change = change.filter(|change| change.genuine)?;
    let shown = end
        .firmware
        .as_deref()
        .filter(|end| change.is_shown_as(end));
    Some((old, shown.unwrap_or(&change.now.firmware)))
}

/// Whether services may describe themselves in other words at the end: the device shows the firmware that this run
/// installed, and answers from the link address of the start, which no firmware package brings along.
fn may_reword(start: &Identity, end: &Identity, change: Option<&Change<'_>>) -> bool {
    let shown = |change: &Change<'_>| {
        let firmware = end.firmware.as_deref();
        change.genuine && firmware.is_some_and(|firmware| change.is_shown_as(firmware))
    };
    change.is_some_and(shown) && start.mac.is_some() && start.mac == end.mac
}

/// What a service says of its software, by `tcp/PORT/trait`; not the firmware and not the link address.
fn is_words_of_software(name: &str) -> bool {
    name.starts_with("tcp/")
}

/// Traits that two addresses of one unit both show must be the same.
fn across(unit: &Unit, one: &Identity, other: &Identity, check: &mut Check) {
    let (one, other) = (traits(one), traits(other));
    for (name, value) in one {
        if let Some(another) = other.get(name).filter(|another| **another != value) {
            check.differs.push(format!(
                "unit {}: {} is `{}` at one address and `{}` at another",
                unit.id,
                brief(name, 80),
                brief(value, 80),
                brief(another, 80),
            ));
        }
    }
}

fn against_manifest(device: &Device, unit: &Unit, start: &Identity, check: &mut Check) {
    match (&device.firmware, &start.firmware) {
        (Some(declared), Some(observed)) if declared == observed => check.agrees.push(format!(
            "unit {} reports firmware `{}`, as the manifest says",
            unit.id,
            brief(observed, 80)
        )),
        (Some(declared), Some(observed)) => check.differs.push(format!(
            "unit {} reports firmware `{}`, and the manifest says `{}`",
            unit.id,
            brief(observed, 80),
            shown(declared, 80)
        )),
        (_, None) if device.identity.is_some() => check.unread.push(format!(
            "unit {} did not report its firmware where the manifest says it does",
            unit.id
        )),
        (_, None) => check.agrees.push(format!(
            "unit {}: the firmware version is the supplier's word, because the manifest names no place to read it",
            unit.id
        )),
        (None, Some(_)) => {}
    }
    if let (Some(declared), Some(observed)) = (&unit.mac, &start.mac)
        && declared != observed
    {
        check.differs.push(format!(
            "unit {} answers from link address `{}`, and the manifest says `{}`",
            unit.id,
            brief(observed, 40),
            shown(declared, 40)
        ));
    }
}
