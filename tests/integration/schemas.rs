//! The committed schemas are those of the types, and they judge real files as the types do.

use boon::{Compiler, Schemas};
use proofmark::schema::schemas;
use serde_json::Value;

use crate::root;

#[test]
fn the_committed_schemas_are_those_of_the_types() {
    for (name, schema) in schemas() {
        let path = root(&format!("schemas/{name}.schema.json"));
        let generated = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if std::env::var_os("PROOFMARK_BLESS").is_some() {
            std::fs::write(&path, &generated).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == generated,
            "{} is out of date: run the test with PROOFMARK_BLESS=1",
            path.display()
        );
    }
}

#[test]
fn every_schema_has_an_id_of_its_own_and_describes_itself() {
    for (name, schema) in schemas() {
        let schema = schema.to_value();
        assert_eq!(schema["$id"], format!("urn:proofmark:schema:{name}:1"));
        assert_eq!(
            schema["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        assert!(
            schema["title"].is_string() && schema["description"].is_string(),
            "{name}"
        );
    }
}

#[test]
fn shipped_profiles_are_valid() {
    for (id, text) in proofmark::profile::shipped() {
        assert_eq!(complaint("profile", text), None, "{id}");
    }
}

#[test]
fn the_example_manifest_is_valid() {
    let text = std::fs::read_to_string(root("examples/my-device.device.toml")).unwrap();
    assert_eq!(complaint("device", &text), None);
}

#[test]
fn the_example_waivers_are_valid_and_broken_ones_are_not() {
    let text = std::fs::read_to_string(root("examples/waivers.toml")).unwrap();
    assert_eq!(complaint("waivers", &text), None);
    for (right, wrong) in [
        ("waivers/1", "waivers/2"),
        ("unit = \"a\", ", ""),
        ("until = 2027-03-31", "until = \"soon\""),
        ("port = 9100", "port = 65536"),
        ("by = ", "who = "),
    ] {
        let broken = text.replacen(right, wrong, 1);
        assert_ne!(broken, text, "{right} is not in the example");
        assert!(complaint("waivers", &broken).is_some(), "{wrong}");
    }
}

#[test]
fn a_job_sheet_is_valid_and_broken_ones_are_not() {
    let text = crate::job::JOB;
    assert_eq!(complaint("job", text), None);
    let long = format!("place = \"{}\"", "x".repeat(301));
    for (right, wrong) in [
        ("job/1", "job/2"),
        ("issue = 2", "issue = 0"),
        ("name = \"O. Perator\"", "age = 40"),
        ("received = 2026-01-01", "received = \"soon\""),
        ("\"sampling\"]", "\"weight\"]"),
        ("place = \"Room 3\"", "place = \"\""),
        ("place = \"Room 3\"", &long),
    ] {
        let broken = text.replacen(right, wrong, 1);
        assert_ne!(broken, text, "{right} is not in the sheet");
        assert!(complaint("job", &broken).is_some(), "{wrong}");
    }
}

#[test]
fn a_broken_input_is_not() {
    let manifest = std::fs::read_to_string(root("examples/my-device.device.toml")).unwrap();
    for (right, wrong) in [
        ("port = 443", "port = 0"),
        ("port = 443", "port = 65536"),
        ("port = 443", "port = \"80\""),
        ("transport = \"tcp\"", "transport = \"TCP\""),
        ("state = \"initialised\"", "state = \"initialized\""),
        ("model = ", "modell = "),
        ("id = \"web\"", "id = \"Web\""),
        ("path = \"/settings\"", "path = \"settings\""),
        (
            "{ env = \"DOORBELL_OWNER_PASSWORD\" }",
            "{ env = \"A\", file = \"b\" }",
        ),
        ("proofmark-device/1", "proofmark-device/2"),
    ] {
        let broken = manifest.replacen(right, wrong, 1);
        assert_ne!(broken, manifest, "{right} is not in the example");
        assert!(complaint("device", &broken).is_some(), "{wrong}");
    }
    let (_, profile) = proofmark::profile::shipped()[0];
    for (right, wrong) in [
        ("obligation = \"mandatory\"", "obligation = \"must\""),
        ("states = [\"initialised\"]", "states = []"),
        ("when_absent = \"fail\"", ""),
    ] {
        let broken = profile.replacen(right, wrong, 1);
        assert_ne!(broken, profile, "{right} is not in the profile");
        assert!(complaint("profile", &broken).is_some(), "{wrong}");
    }
}

/// What a schema says against a TOML text. A date is a string to JSON, as for every TOML schema tool.
fn complaint(name: &str, text: &str) -> Option<String> {
    let (_, schema) = schemas()
        .into_iter()
        .find(|(other, _)| *other == name)
        .unwrap();
    let value = json(toml::Value::Table(text.parse().unwrap()));
    let mut compiler = Compiler::new();
    compiler.enable_format_assertions();
    compiler.add_resource(name, schema.to_value()).unwrap();
    let mut compiled = Schemas::new();
    let index = compiler.compile(name, &mut compiled).unwrap();
    compiled
        .validate(&value, index)
        .err()
        .map(|error| error.to_string())
}

fn json(value: toml::Value) -> Value {
    match value {
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        toml::Value::Array(values) => values.into_iter().map(json).collect(),
        toml::Value::Table(table) => table
            .into_iter()
            .map(|(key, value)| (key, json(value)))
            .collect(),
        other => serde_json::to_value(other).unwrap(),
    }
}
