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
fn hands_off_says_on_the_first_page_what_it_leaves_out() {
    let hands_off = profile("iot-minimum-hands-off");
    assert!(hands_off.title.contains("without software updates"));
    assert!(hands_off.leaves_out[0].contains("software updates"));
}
