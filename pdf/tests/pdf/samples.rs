//! Certificates of devices that do not exist: those that the other renderers are tested with, and changes of them.

use std::path::PathBuf;

use serde_json::{Value, json};

/// Strings that attack a reader, a parser or a template.
pub const HOSTILE: [&str; 8] = [
    "<script>alert(1)</script>",
    "exe.\u{202e}gpj",
    "]]>&amp;<!--\u{0}\u{1b}[2J\u{fffe}",
    "#panic(\"x\") #read(\"/etc/passwd\") #",
    "*b* _i_ `r` $x^2$ @ref <label> // c /* d */ \\ \"",
    "= heading\n- item\n+ item\n/ term: x",
    "摄像头 \u{1f4f7} \u{e0041}",
    "javascript:alert(1)",
];

/// A file of the repository.
pub fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(path)
}

/// `hub`, `camera` or `swapped`.
pub fn golden(name: &str) -> Value {
    let path = repository(&format!("tests/golden/{name}.json"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The camera with this many findings, each with a text of its own.
pub fn findings(count: usize, text: impl Fn(usize) -> String) -> Value {
    let mut camera = golden("camera");
    let one = camera["requirements"][0]["findings"][1].clone();
    let all = (0..count).map(|index| {
        let mut finding = one.clone();
        finding["message"] = json!(text(index));
        finding
    });
    camera["requirements"][0]["findings"] = all.collect();
    camera
}

/// Every text is an attack, and there are words without an end.
pub fn hostile() -> Value {
    let attacked = findings(20, |index| {
        format!("{} {}", HOSTILE[index % HOSTILE.len()], "x".repeat(3000))
    });
    poisoned(attacked, "")
}

/// The same document with attacks in every text that is not one of a closed set of words.
fn poisoned(value: Value, key: &str) -> Value {
    let closed = [
        "checked",
        "outcome",
        "verdict",
        "obligation",
        "severity",
        "proof",
        "state",
        "source",
        "reason",
        "transport",
        "reasons",
        "coverage",
        "judged_at",
        "from",
        "until",
        "format",
        "message",
    ];
    match value {
        Value::Object(fields) => {
            let poisoned_field = |(name, value): (String, Value)| {
                let value = poisoned(value, &name);
                // The names of fingerprints come from the device as well.
                let name = if key == "fingerprints" {
                    format!("{name} {}", HOSTILE[1])
                } else {
                    name
                };
                (name, value)
            };
            Value::Object(fields.into_iter().map(poisoned_field).collect())
        }
        Value::Array(items) => items.into_iter().map(|item| poisoned(item, key)).collect(),
        Value::String(text) if !closed.contains(&key) => {
            json!(format!("{text} {}", HOSTILE.join(" ")))
        }
        other => other,
    }
}
