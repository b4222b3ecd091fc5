//! `identity/model-designation`: the device says what model it is, and it is the one that the supplier declares.

use crate::case::facts::Facts;
use crate::case::{TestCase, parameters};
use crate::dut::Unit;
use crate::evidence::Evidence;
use crate::observation::{Asked, Moment, Observation};
use crate::text::{brief, shown};
use crate::verdict::{Assessment, Code, Reason, Severity, Subject};

const MODEL_DIFFERS: Code = Code {
    id: "model-differs",
    severity: Severity::Medium,
};

/// The test case.
pub const MODEL_DESIGNATION: TestCase = TestCase {
    id: "identity/model-designation",
    title: "The device itself shows the model designation that the supplier declares",
    page: include_str!("model_designation.md"),
    codes: &[MODEL_DIFFERS],
    probes: &["reach", "identity", "ports", "identify", "heartbeat"],
    check_parameters: parameters::check::<parameters::None>,
    assess,
};

fn assess(facts: &Facts<'_>, _: &toml::Table) -> Assessment {
    let mut assessment = Assessment::default();
    for unit in &facts.units {
        assess_unit(facts, unit, &mut assessment);
    }
    assessment
}

fn assess_unit(facts: &Facts<'_>, unit: &Unit, assessment: &mut Assessment) {
    let subject = || Subject::unit(&unit.id);
    let designation = facts.device.designation();
    let said = shown(designation, 80);
    let reported: Vec<_> = facts.of(&unit.id).filter_map(reported).collect();
    for (item, model) in &reported {
        let evidence = vec![item.id.clone()];
        let model_shown = brief(model, 100);
        if names(model, designation) || is_the_same(model, &facts.device.manufacturer, designation)
        {
            let statement = format!(
                "where the manifest says that the device shows its model it says `{model_shown}`, as declared (`{said}`)"
            );
            assessment.proved(&unit.id, statement, evidence);
        } else {
            let message = format!(
                "where the manifest says that the device shows its model it says `{model_shown}`, and declared is `{said}`"
            );
            assessment.found(MODEL_DIFFERS, subject(), message, evidence);
        }
    }
    if !reported.is_empty() {
        return;
    }
    if facts
        .device
        .identity
        .as_ref()
        .is_some_and(|it| it.model.is_some())
    {
        let read: Vec<String> = facts
            .of(&unit.id)
            .filter(is_identity)
            .map(|it| it.id.clone())
            .collect();
        let (reason, message) = match read.is_empty() {
            true => (
                Reason::NoEvidence,
                "nobody read what the device says of its model",
            ),
            false => (
                Reason::ModelNotSeen,
                "the device says nothing where the manifest says that it shows its model",
            ),
        };
        assessment.missing(reason, subject(), message.to_owned(), read);
        return;
    }
    let texts = facts
        .of(&unit.id)
        .flat_map(|item| texts(item).map(move |text| (item, text)));
    let mut texts = texts.peekable();
    let nothing = texts.peek().is_none();
    let mut naming = texts.filter(|(_, (_, text))| names(text, designation));
    match naming.next() {
        Some((item, (place, text))) => {
            let statement = format!(
                "{place} says `{}`, in which the designation `{said}` stands",
                brief(text, 120)
            );
            assessment.proved(&unit.id, statement, vec![item.id.clone()]);
        }
        None if nothing => {
            let message = "nobody heard the device say anything of itself".to_owned();
            assessment.missing(Reason::NoEvidence, subject(), message, vec![]);
        }
        None => {
            let message = format!(
                "nothing that the device said has `{said}` in it; name where it shows its model (`model` in `[identity]`), or look at its label"
            );
            assessment.missing(Reason::ModelNotSeen, subject(), message, vec![]);
        }
    }
}

fn is_identity(item: &&Evidence) -> bool {
    matches!(item.asked, Asked::Identity { .. })
}

/// The model at the place that the manifest names.
fn reported(item: &Evidence) -> Option<(&Evidence, &str)> {
    let model = item.observations().iter().find_map(|fact| match fact {
        Observation::Identity(identity) => identity.model.as_deref(),
        _ => None,
    });
    let first = matches!(
        item.asked,
        Asked::Identity {
            moment: Moment::Start
        }
    );
    first.then_some((item, model?))
}

/// What the device said of itself, and where. Not the names in certificates, nor files that were handed in: those are
/// the supplier's word.
fn texts(item: &Evidence) -> impl Iterator<Item = (String, &str)> {
    let port = item.target.port.unwrap_or_default();
    item.observations().iter().flat_map(move |fact| {
        let mut texts: Vec<(String, &str)> = Vec::new();
        match fact {
            Observation::Identity(identity) => {
                let traits = identity.fingerprints.iter();
                texts.extend(traits.map(|(name, text)| (brief(name, 60), text.as_str())));
            }
            Observation::Service(service) => {
                let place = format!("the service at port {port}");
                let product = service.product.iter().map(String::as_str);
                // A greeting is words of the device. What answers a request is mostly words of the protocol, of which
                // `identity` and `access` have read what says who it is: the server's name and the title.
                let greeting = (!service.first_bytes.starts_with("HTTP/"))
                    .then_some(service.first_bytes.as_str());
                let said = product.chain(greeting);
                texts.extend(said.map(|text| (place.clone(), text)));
            }
            Observation::Access(reply) => {
                let title = reply.title.iter();
                texts.extend(title.map(|text| (format!("the page at port {port}"), text.as_str())));
            }
            _ => {}
        }
        texts
    })
}

/// Words of a text: letters and digits, with the points between them, so that `2` is not found in `2.4`.
fn words(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '.');
    let words = words.map(|word| word.trim_matches('.'));
    words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Whether a text has the words of a designation, one after the other.
fn names(text: &str, designation: &str) -> bool {
    let (text, wanted) = (words(text), words(designation));
    !wanted.is_empty() && text.windows(wanted.len()).any(|part| part == wanted)
}

/// Whether a text is the designation, or that and its maker, however it is divided: `HUB2` and `Hub 2`.
fn is_the_same(text: &str, manufacturer: &str, designation: &str) -> bool {
    let joined = |text: &str| words(text).concat();
    let wanted = joined(designation);
    let text = joined(text);
    !wanted.is_empty() && (text == wanted || text == joined(manufacturer) + &wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_designation_is_found_whole_or_not_at_all() {
        for (text, designation, found) in [
            ("Harbour Hub 2", "Hub 2", true),
            ("HUB-2", "Hub 2", true),
            ("Server: x\\r\\n<title>Hub 2</title>", "hub 2", true),
            ("Hub 2.", "Hub 2", true),
            ("Hub 2.4", "Hub 2", false),
            ("Hub 20", "Hub 2", false),
            ("Harbour Hub", "Hub 2", false),
            ("2 Hub", "Hub 2", false),
            ("", "Hub 2", false),
            ("***", "***", false),
        ] {
            assert_eq!(names(text, designation), found, "{text} {designation}");
        }
        assert!(is_the_same("HUB2", "Harbour", "Hub 2"));
        assert!(is_the_same("harbourhub2", "Harbour", "Hub 2"));
        assert!(!is_the_same("Hub", "Harbour", "Hub 2"));
        assert!(!is_the_same("", "", "***"));
    }
}
