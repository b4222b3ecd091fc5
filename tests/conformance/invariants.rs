//! What must hold of every run, whatever the device.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// The same evidence under the same profile must be judged the same, with the device gone.
pub fn same_judgement(first: &Value, second: &Value) -> Vec<String> {
    [
        "outcome",
        "statement",
        "requirements",
        "identity",
        "coverage",
    ]
    .into_iter()
    .filter(|part| first.get(part) != second.get(part))
    .map(|part| format!("judged again, the certificate's {part} differ"))
    .collect()
}

/// All reports are there, and none shows what a device sent in a way that acts.
pub fn of_reports(directory: &Path, stdout: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for name in ["certificate.json", "certificate.html", "junit.xml"] {
        match std::fs::read_to_string(directory.join(name)) {
            Ok(text) => wrong.extend(harmful(&text).map(|what| format!("{name} shows {what}"))),
            Err(error) => wrong.push(format!("no {name}: {error}")),
        }
    }
    // On no terminal: colours would be control characters that are the tool's own.
    wrong.extend(harmful(stdout).map(|what| format!("standard output shows {what}")));
    let html = std::fs::read_to_string(directory.join("certificate.html")).unwrap_or_default();
    if html.contains("<script>alert") {
        wrong.push("certificate.html holds the device's script".to_owned());
    }
    wrong
}

/// The first character that a text must not show raw.
fn harmful(text: &str) -> Option<String> {
    text.chars()
        .find(|&character| {
            let control = character.is_control() && !matches!(character, '\n' | '\r' | '\t');
            let invisible = matches!(
                character,
                '\u{200b}'..='\u{200f}'
                    | '\u{202a}'..='\u{202e}'
                    | '\u{2060}'..='\u{2069}'
                    | '\u{feff}'
                    | '\u{e0000}'..='\u{e007f}'
            );
            control || invisible
        })
        .map(|character| format!("U+{:04X}", u32::from(character)))
}

/// No file of a run holds the owner's password, in clear or as HTTP Basic sends it.
pub fn no_secret(manifest: &str, run: &Path) -> Vec<String> {
    let needles: Vec<Vec<u8>> = owners(manifest)
        .into_iter()
        .flat_map(|(username, password)| {
            let basic = STANDARD.encode(format!("{username}:{password}"));
            [password.into_bytes(), basic.into_bytes()]
        })
        .collect();
    let mut wrong = Vec::new();
    for path in files(run) {
        let bytes = std::fs::read(&path).unwrap_or_default();
        let holds = |needle: &Vec<u8>| bytes.windows(needle.len()).any(|part| part == needle);
        if needles.iter().any(holds) {
            wrong.push(format!("{} holds the owner's password", path.display()));
        }
    }
    wrong
}

/// Nothing that was said to the device tells it that this is a test.
pub fn says_no_name(run: &Path) -> Vec<String> {
    let evidence = std::fs::read_to_string(run.join("evidence.jsonl")).unwrap_or_default();
    let attempts = evidence.lines().map(serde_json::from_str::<Value>);
    let blobs = attempts.flatten().flat_map(|attempt| {
        let blobs = attempt.get("blobs").and_then(Value::as_array);
        blobs.cloned().unwrap_or_default()
    });
    let sent = blobs
        .filter(|blob| blob["role"] == "sent")
        .filter_map(|blob| std::fs::read(run.join("blobs").join(blob["sha256"].as_str()?)).ok());
    sent.filter(|bytes| {
        // Update packages of the lab have the name inside, as the supplier's own word.
        let text = String::from_utf8_lossy(bytes).replace("proofmark firmware", "");
        text.to_ascii_lowercase().contains("proofmark")
    })
    .map(|bytes| format!("it was said: {:?}", String::from_utf8_lossy(&bytes)))
    .collect()
}

fn owners(manifest: &str) -> Vec<(String, String)> {
    let manifest: toml::Table = manifest.parse().unwrap_or_default();
    let services = manifest.get("service").and_then(toml::Value::as_array);
    services
        .into_iter()
        .flatten()
        .filter_map(|service| {
            let owner = service.get("owner")?;
            let text = |key| owner.get(key)?.as_str().map(str::to_owned);
            Some((text("username")?, text("password")?))
        })
        .collect()
}

fn files(directory: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}
