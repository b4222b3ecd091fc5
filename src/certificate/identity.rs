//! Whether the device was the same at the start, at the end and in the manifest (design rule 7).

use std::collections::BTreeSet;

use super::model::{IdentityCheck, IdentityState};
use crate::dut::{Device, Unit};
use crate::evidence::Evidence;
use crate::observation::{Asked, Identity, Moment, Observation};
use crate::text::{brief, shown};

/// Compares what the device said of itself.
pub fn check_identity(device: &Device, evidence: &[Evidence]) -> IdentityCheck {
    let mut check = Check::default();
    for unit in &device.units {
        let start = read(evidence, unit, Moment::Start);
        let end = read(evidence, unit, Moment::End);
        check
            .evidence
            .extend(start.iter().chain(&end).map(|(item, _)| item.id.clone()));
        match (start, end) {
            (Some((_, start)), Some((_, end))) => compare(device, unit, start, end, &mut check),
            (Some((_, start)), None) => {
                against_manifest(device, unit, start, &mut check);
                check
                    .unread
                    .push(format!("unit {} was not read at the end", unit.id));
            }
            (None, _) => check
                .unread
                .push(format!("unit {} was not read at the start", unit.id)),
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

fn read<'a>(
    evidence: &'a [Evidence],
    unit: &Unit,
    wanted: Moment,
) -> Option<(&'a Evidence, &'a Identity)> {
    evidence
        .iter()
        .filter(|item| item.unit == unit.id)
        .filter(|item| matches!(item.asked, Asked::Identity { moment } if moment == wanted))
        .find_map(|item| {
            item.observations().iter().find_map(|fact| match fact {
                Observation::Identity(identity) => Some((item, identity)),
                _ => None,
            })
        })
}

fn compare(device: &Device, unit: &Unit, start: &Identity, end: &Identity, check: &mut Check) {
    against_manifest(device, unit, start, check);
    let mut traits = BTreeSet::new();
    traits.extend(start.fingerprints.keys());
    traits.extend(end.fingerprints.keys());
    for name in traits {
        let (before, after) = (start.fingerprints.get(name), end.fingerprints.get(name));
        if before != after {
            check.differs.push(format!(
                "unit {}: {} was `{}` at the start and `{}` at the end",
                unit.id,
                brief(name, 80),
                brief(before.map_or("absent", String::as_str), 80),
                brief(after.map_or("absent", String::as_str), 80),
            ));
        }
    }
    for (what, before, after) in [
        ("firmware", &start.firmware, &end.firmware),
        ("link address", &start.mac, &end.mac),
    ] {
        if before != after {
            check.differs.push(format!(
                "unit {}: the {what} was `{}` at the start and `{}` at the end",
                unit.id,
                brief(before.as_deref().unwrap_or("not readable"), 80),
                brief(after.as_deref().unwrap_or("not readable"), 80),
            ));
        }
    }
    check.agrees.push(format!(
        "unit {}: {} at the start and at the end are the same",
        unit.id,
        match start.fingerprints.len()
            + usize::from(start.firmware.is_some())
            + usize::from(start.mac.is_some())
        {
            0 => "the absence of any trait".to_owned(),
            1 => "the one trait read".to_owned(),
            n => format!("all {n} traits read"),
        }
    ));
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
