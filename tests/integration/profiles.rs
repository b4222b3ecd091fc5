//! What the shipped profiles promise about each other.

use proofmark::profile::{Profile, parse, shipped};

fn profile(id: &str) -> Profile {
    let (_, text) = shipped().iter().find(|(name, _)| *name == id).unwrap();
    parse(text, id).unwrap()
}

/// Everything that a requirement says, by its id.
fn requirements(profile: &Profile) -> Vec<(String, toml::Value)> {
    let whole: toml::Table = profile.text.parse().unwrap();
    let requirements = whole["requirement"].as_array().unwrap().clone();
    let id = |it: &toml::Value| it["id"].as_str().unwrap().to_owned();
    requirements.into_iter().map(|it| (id(&it), it)).collect()
}

#[test]
fn hands_off_is_the_minimum_without_updates() {
    let whole = profile("iot-minimum");
    let hands_off = profile("iot-minimum-hands-off");
    let mut expected = requirements(&whole);
    expected.retain(|(_, it)| !it["test_case"].as_str().unwrap().starts_with("updates/"));
    assert_eq!(requirements(&hands_off), expected);
    assert_eq!(hands_off.pacing, whole.pacing);
    assert_eq!(hands_off.decision_rule, whole.decision_rule);
}

#[test]
fn thorough_is_the_minimum_with_every_udp_port_and_more_time() {
    let whole = profile("iot-minimum");
    let thorough = profile("iot-thorough");
    let mut expected = requirements(&whole);
    for (id, requirement) in &mut expected {
        if id == "closed-udp-ports" {
            requirement["title"] =
                "Every UDP port that answers belongs to a service that the supplier declares"
                    .into();
            requirement["parameters"]["list"] = "all".into();
        }
    }
    assert_eq!(requirements(&thorough), expected);
    let mut pacing = whole.pacing;
    pacing.deadline_minutes = 240;
    assert_eq!(thorough.pacing, pacing);
    assert_eq!(thorough.decision_rule, whole.decision_rule);
    let mut leaves_out = whole.leaves_out;
    leaves_out.retain(|it| !it.contains("UDP ports"));
    assert_eq!(thorough.leaves_out, leaves_out);
    assert!(thorough.title.contains("every UDP port"));
}

#[test]
fn hands_off_says_on_the_first_page_what_it_leaves_out() {
    let hands_off = profile("iot-minimum-hands-off");
    assert!(hands_off.title.contains("without software updates"));
    assert!(hands_off.leaves_out[0].contains("software updates"));
}
