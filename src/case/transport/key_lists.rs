//! What lists of compromised keys say of the keys of a unit: the one that was handed in to the run, and the one that was to whoever
//! judges it.

use std::collections::BTreeMap;

use crate::case::facts::{Facts, absence};
use crate::dut::Unit;
use crate::keys::Lookups;
use crate::observation::{Asked, LookedUpKey, Observation};
use crate::verdict::{Assessment, Reason, Subject};

/// The lists, as far as they were asked.
#[derive(Debug)]
pub struct KeyLists<'a> {
    /// Whether one was handed in to the run.
    of_run: bool,
    /// By key, with the id of the evidence; also that a key is not on it.
    run: BTreeMap<&'a str, (&'a LookedUpKey, &'a str)>,
    later: Option<&'a Lookups>,
}

/// That a key stands on a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnList {
    /// `the list that was handed in (collection 3)`
    pub list: String,
    /// Ids of the evidence for it: what is said later is none of the run.
    pub evidence: Vec<String>,
}

impl<'a> KeyLists<'a> {
    /// What lists said of a unit. That one could not be read is added as a gap.
    pub fn of(facts: &Facts<'a>, unit: &Unit, assessment: &mut Assessment) -> Self {
        let mut run = BTreeMap::new();
        for item in facts.of(&unit.id) {
            if !matches!(item.asked, Asked::Blocklist { .. }) {
                continue;
            }
            if item.observations().is_empty() {
                let (_, why) = absence(item);
                let message = format!("the keys were not looked up: {why}");
                let (subject, evidence) = (Subject::unit(&unit.id), vec![item.id.clone()]);
                assessment.missing(Reason::NoEvidence, subject, message, evidence);
            }
            for fact in item.observations() {
                if let Observation::LookedUp(list) = fact {
                    for key in &list.keys {
                        let known = run.contains_key(key.identity.as_str());
                        if !known || !key.collections.is_empty() {
                            run.insert(key.identity.as_str(), (key, item.id.as_str()));
                        }
                    }
                }
            }
        }
        Self {
            of_run: facts.run.settings.blocklist.is_some(),
            run,
            later: facts.lookups,
        }
    }

    /// The lists on which the key of this identity stands.
    pub fn with(&self, identity: &str) -> Vec<OnList> {
        let on_list = |key: &LookedUpKey, whose: &str| {
            let collections: Vec<_> = key.collections.iter().map(u8::to_string).collect();
            let list = format!(
                "the list that {whose} (collection {})",
                collections.join(", ")
            );
            (!collections.is_empty()).then_some(list)
        };
        let run = self.run.get(identity).and_then(|(key, id)| {
            Some(OnList {
                list: on_list(key, "was handed in")?,
                evidence: vec![(*id).to_owned()],
            })
        });
        let later = self.later.and_then(|it| it.key(identity)).and_then(|key| {
            Some(OnList {
                list: on_list(key, "the run was judged with")?,
                evidence: Vec::new(),
            })
        });
        run.into_iter().chain(later).collect()
    }

    /// Whether a list that was handed in says nothing of a key, not even that it is not on it.
    pub fn passes_over(&self, identity: &str) -> bool {
        let not_by_run = self.of_run && !self.run.contains_key(identity);
        not_by_run || self.later.is_some_and(|it| it.key(identity).is_none())
    }
}
