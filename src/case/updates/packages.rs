//! What the declared packages say, from the evidence.

use crate::case::facts::Facts;
use crate::dut::{Package, Update};
use crate::evidence::Evidence;
use crate::observation::{Asked, Observation, PackageFacts};
use crate::text::shown;
use crate::update::{Conclusion, Problem, ProblemCode};

/// A declared package, and what was read from it.
#[derive(Clone, Copy, Debug)]
pub struct ReadPackage<'a> {
    pub declared: &'a Package,
    /// None: the run does not hold it.
    pub read: Option<(&'a Evidence, &'a PackageFacts)>,
}

impl ReadPackage<'_> {
    /// Why it is no package that the device should take, if it is none: what a refused one shows is then
    /// not what it was made for.
    pub fn not_genuine(&self) -> Option<String> {
        let name = self.name();
        let Some((_, facts)) = self.read else {
            return Some(format!("the run does not hold what package {name} says"));
        };
        let inspection = facts.inspection.as_ref()?;
        let other_key = |problem: &Problem| problem.code == ProblemCode::OtherKey;
        match inspection.conclusion {
            Conclusion::PublicKey | Conclusion::NotVerified | Conclusion::Intact => None,
            Conclusion::Broken if inspection.problems.iter().any(other_key) => Some(format!(
                "package {name} is none to try: signed by another key than the declared one"
            )),
            conclusion => Some(format!(
                "package {name} is none to try: {}",
                conclusion.words()
            )),
        }
    }

    /// The file, for a person.
    pub fn name(&self) -> String {
        shown(&self.declared.file, 80)
    }
}

/// The declared packages, the older one last.
pub fn packages<'a>(facts: &Facts<'a>, unit: &str, update: &'a Update) -> Vec<ReadPackage<'a>> {
    let read: Vec<(&Evidence, &PackageFacts)> = facts
        .of(unit)
        .filter(|item| matches!(item.asked, Asked::UpdatePackage { .. }))
        .filter_map(|item| {
            item.observations().iter().find_map(|fact| match fact {
                Observation::UpdatePackage(facts) => Some((item, facts)),
                _ => None,
            })
        })
        .collect();
    update
        .packages()
        .map(|declared| ReadPackage {
            declared,
            read: read
                .iter()
                .copied()
                .find(|(_, facts)| facts.sha256 == declared.sha256),
        })
        .collect()
}
