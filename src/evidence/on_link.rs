//! Addresses in a run belong to their unit: the manifest declares them, or they were found on its link before.

use super::Evidence;
use crate::dut::{Address, Device};
use crate::observation::{Asked, Observation, OnLink};

/// What is wrong about the addresses of a piece of evidence, of which `earlier` is what was written down before it.
pub(super) fn contradiction(
    item: &Evidence,
    device: &Device,
    earlier: &[Evidence],
) -> Option<&'static str> {
    let unit = device.units.iter().find(|unit| unit.id == item.unit)?;
    let declared = |text: &str| unit.addresses.iter().any(|own| own.to_string() == text);
    let mut found = earlier
        .iter()
        .filter(|it| it.unit == item.unit)
        .flat_map(searches)
        .flat_map(|(_, search)| &search.found);
    if !declared(&item.target.address) && !found.any(|text| *text == item.target.address) {
        return Some("it speaks of an address that is not the unit's");
    }
    for observation in item.observations() {
        let Observation::OnLink(search) = observation else {
            continue;
        };
        let Asked::OnLink { mac } = &item.asked else {
            return Some("a search of the link answers something else");
        };
        if *mac != search.mac || unit.mac.as_ref() != Some(mac) {
            return Some(
                "a search of the link is about a link address that the manifest does not declare",
            );
        }
        if !search.found.is_empty() && search.links.is_empty() {
            return Some("addresses were found on no link");
        }
        for text in search.found.iter().chain(&search.left_out) {
            let own = text
                .parse::<Address>()
                .is_ok_and(|it| it.to_string() == *text);
            if declared(text) || !own {
                return Some("an address that was found is declared, or is none");
            }
        }
        if earlier
            .iter()
            .any(|it| it.unit == item.unit && searches(it).next().is_some())
        {
            return Some("the link of a unit was searched twice");
        }
    }
    None
}

fn searches(item: &Evidence) -> impl Iterator<Item = (&Evidence, &OnLink)> {
    item.observations()
        .iter()
        .filter_map(move |fact| match fact {
            Observation::OnLink(search) => Some((item, search)),
            _ => None,
        })
}
