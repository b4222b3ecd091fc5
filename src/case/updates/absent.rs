//! A device that declares no update mechanism.

use crate::case::facts::Facts;
use crate::observation::Observation;
use crate::verdict::{Absent, Assessment, Code, Declarant, Reason, Severity, Subject};

pub const NO_UPDATE_MECHANISM: Code = Code {
    id: "no-update-mechanism",
    severity: Severity::High,
};

/// What is said where the manifest has no `[update]`: of a unit that was there, and of no other.
pub fn absent(facts: &Facts<'_>) -> Assessment {
    let mut assessment = Assessment::default();
    let mut evidence = Vec::new();
    for unit in &facts.units {
        let answered = facts.of(&unit.id).find(|item| {
            let mut facts = item.observations().iter();
            facts.any(|fact| matches!(fact, Observation::Reach(reach) if reach.answered()))
        });
        match answered {
            Some(item) => evidence.push(item.id.clone()),
            None => assessment.missing(
                Reason::NoEvidence,
                Subject::unit(&unit.id),
                "the run does not show that the unit was there".to_owned(),
                vec![],
            ),
        }
    }
    assessment.absent = Some(Absent {
        statement: "the manifest declares no update mechanism".to_owned(),
        by: Declarant::Supplier,
        code: NO_UPDATE_MECHANISM,
        evidence,
    });
    assessment
}
