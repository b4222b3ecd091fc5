//! Addresses in a run belong to their unit: the manifest declares them, or they were found on its link before.

use super::Evidence;
use crate::dut::{Address, Device};
use crate::observation::{Asked, Observation, OnLink};

/// What is wrong about the addresses of a piece of evidence, of which `earlier` are the searches that were written down
/// before it.
pub(super) fn contradiction(
    item: &Evidence,
    device: &Device,
    earlier: &[&Evidence],
) -> Option<&'static str> {
    let unit = device.units.iter().find(|unit| unit.id == item.unit)?;
    let declared = |text: &str| unit.addresses.iter().any(|own| own.to_string() == text);
    let mut found = earlier
        .iter()
        .flat_map(|item| searches(item))
        .filter(|(it, _)| it.unit == item.unit)
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

pub(super) fn searches(item: &Evidence) -> impl Iterator<Item = (&Evidence, &OnLink)> {
    item.observations()
        .iter()
        .filter_map(move |fact| match fact {
            Observation::OnLink(search) => Some((item, search)),
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::evidence::{Outcome, Target};

    const MAC: &str = "02:50:4d:00:00:0a";

    fn item(address: &str, asked: Asked, search: Option<OnLink>) -> Evidence {
        let observations = search.map(Observation::OnLink).into_iter().collect();
        Evidence {
            id: "e0001".to_owned(),
            probe: "on-link".to_owned(),
            unit: "a".to_owned(),
            target: Target {
                address: address.to_owned(),
                transport: None,
                port: None,
            },
            asked,
            started_at: Timestamp::UNIX_EPOCH,
            observed_at: Timestamp::UNIX_EPOCH,
            outcome: Outcome::Observed { observations },
            blobs: vec![],
        }
    }

    fn search(mac: &str, found: &[&str]) -> Evidence {
        let search = OnLink {
            mac: mac.to_owned(),
            links: vec!["eth0".to_owned()],
            found: found.iter().map(|text| (*text).to_owned()).collect(),
            ..OnLink::default()
        };
        let mac = mac.to_owned();
        item("192.0.2.9", Asked::OnLink { mac }, Some(search))
    }

    fn device() -> Device {
        let text = format!(
            "{{\"manufacturer\":\"m\",\"model\":\"m\",\"units\":[{{\"id\":\"a\",\"addresses\":[\"192.0.2.9\"],\
             \"mac\":\"{MAC}\",\"state\":\"initialised\",\"disposable\":false}}],\"services\":[],\"connections\":[]}}"
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn evidence_speaks_of_an_address_once_it_was_found() {
        let device = device();
        let wrong = |item: &Evidence, earlier: &[Evidence]| {
            let earlier: Vec<&Evidence> = earlier.iter().collect();
            contradiction(item, &device, &earlier)
        };
        let reach = |address| item(address, Asked::Reach, None);
        assert_eq!(wrong(&reach("192.0.2.9"), &[]), None);
        let found = search(MAC, &["fe80::9%eth0"]);
        assert_eq!(wrong(&found, &[]), None);
        assert!(wrong(&reach("fe80::9%eth0"), &[]).is_some());
        assert_eq!(
            wrong(&reach("fe80::9%eth0"), std::slice::from_ref(&found)),
            None
        );
        assert!(wrong(&reach("fe80::8%eth0"), std::slice::from_ref(&found)).is_some());
        assert!(
            wrong(&found, std::slice::from_ref(&found)).is_some(),
            "twice"
        );
    }

    #[test]
    fn a_search_that_cannot_be_is_no_search() {
        let device = device();
        let wrong = |item: &Evidence| contradiction(item, &device, &[]).is_some();
        assert!(!wrong(&search(MAC, &[])));
        assert!(wrong(&search("02:50:4d:00:00:0b", &[])));
        for found in ["192.0.2.9", "fe80::9", "nonsense", "ff02::1", "FD99::1"] {
            assert!(wrong(&search(MAC, &[found])), "{found}");
        }
        let mut elsewhere = search(MAC, &["fd99::1"]);
        assert!(!wrong(&elsewhere));
        elsewhere.asked = Asked::Reach;
        assert!(wrong(&elsewhere));
    }
}
