//! The addresses of a unit: those that the manifest declares, and those that were found on its link.

use crate::case::facts::Facts;
use crate::dut::Unit;
use crate::evidence::Evidence;
use crate::observation::{Asked, Observation, OnLink, PortLedger};
use crate::text::brief;
use crate::verdict::{Gap, Reason, Subject};

impl<'a> Facts<'a> {
    /// What the search for further addresses of a unit brought; none where there was none.
    pub fn on_link(&self, unit: &str) -> Option<(&'a Evidence, &'a OnLink)> {
        let asked = |item: &&Evidence| matches!(item.asked, Asked::OnLink { .. });
        self.of(unit).filter(asked).find_map(|item| {
            item.observations().iter().find_map(|fact| match fact {
                Observation::OnLink(on_link) => Some((item, on_link)),
                _ => None,
            })
        })
    }

    /// Every address that must be accounted for, declared ones first.
    pub fn addresses(&self, unit: &Unit) -> Vec<String> {
        let declared = unit.addresses.iter().map(ToString::to_string);
        let found = self.on_link(&unit.id).map(|(_, on_link)| &on_link.found);
        declared
            .chain(found.into_iter().flatten().cloned())
            .collect()
    }

    /// `, found on the link by its link address` for an address that the manifest does not declare.
    pub fn how_found(&self, unit: &Unit, address: &str) -> &'static str {
        match unit.addresses.iter().any(|own| own.to_string() == address) {
            true => "",
            false => ", found on the link by its MAC",
        }
    }

    /// What was not looked for on a unit's link, for the list of what was not tried.
    pub fn on_link_limits(&self, unit: &Unit) -> Option<String> {
        let id = &unit.id;
        let further = format!("unit {id}: further addresses on its link");
        match (&unit.mac, self.on_link(id)) {
            _ if self.ledgers(id).is_empty() => None,
            (None, _) => Some(format!(
                "{further}: they were not looked for, because the manifest declares no `mac` by which they would be known"
            )),
            // That is a gap.
            (Some(_), None) => None,
            (Some(_), Some((_, search))) if search.links.is_empty() => Some(format!(
                "{further}: no declared address answers with the declared link address on a link of the tester's machine"
            )),
            (Some(_), Some(_)) => Some(format!(
                "{further}, IPv4: there is no way to ask for them, only those were seen that the tester's machine had spoken to; IPv6: one is not found that answers no echo to all nodes of the link and whose interface id is not made from the `mac`"
            )),
        }
    }

    /// What keeps it open whether every address on the link is accounted for.
    pub(super) fn on_link_gaps(&self, unit: &Unit) -> Vec<Gap> {
        let Some(mac) = &unit.mac else {
            return Vec::new();
        };
        let gap = |message: String, evidence: Vec<String>| Gap {
            reason: Reason::NoEvidence,
            subject: Subject::unit(&unit.id),
            message,
            evidence,
        };
        let Some((item, on_link)) = self.on_link(&unit.id) else {
            let message = format!(
                "the run holds no search for further addresses that answer with link address {}",
                brief(mac, 40)
            );
            return vec![gap(message, vec![])];
        };
        let unsearched = on_link.unsearched.iter().map(|what| {
            format!(
                "further addresses with link address {} could not be looked for: {}",
                brief(mac, 40),
                brief(what, 200)
            )
        });
        let left_out = on_link.left_out.iter().map(|address| {
            format!(
                "{} answers with the unit's link address and was not asked anything: public addresses need --allow-public, and more than 16 are too many",
                brief(address, 60)
            )
        });
        unsearched
            .chain(left_out)
            .map(|message| gap(message, vec![item.id.clone()]))
            .collect()
    }
}

/// That somebody else answered for an address while it was swept.
pub(super) fn changed_hands(
    unit: &Unit,
    address: &str,
    evidence: &Evidence,
    ledger: &PortLedger,
) -> Option<Gap> {
    let seen = &ledger.link_addresses;
    let stranger = |mac: &String| unit.mac.as_ref().is_some_and(|declared| declared != mac);
    if seen.len() < 2 && !seen.iter().any(stranger) {
        return None;
    }
    let words: Vec<String> = seen.iter().map(|mac| brief(mac, 40)).collect();
    let declared = match &unit.mac {
        Some(mac) => format!("; the manifest says {}", brief(mac, 40)),
        None => String::new(),
    };
    Some(Gap {
        reason: Reason::IdentityChanged,
        subject: Subject {
            address: Some(address.to_owned()),
            ..Subject::unit(&unit.id)
        },
        message: format!(
            "while {address} was swept, link address {} answered for it{declared}: some answers may not be the unit's",
            words.join(", then ")
        ),
        evidence: vec![evidence.id.clone()],
    })
}
