//! Certificates of devices that do not exist: those that the other renderers are tested with, and changes of them. `proofmark`
//! itself makes the pages of them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

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

/// The program whose pages are set, built as this test is: it lies beside `proofmark-pdf`.
pub fn proofmark() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let pdf = Path::new(env!("CARGO_BIN_EXE_proofmark-pdf"));
        let folder = pdf.parent().unwrap();
        let status = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--locked", "--package", "proofmark"])
            .arg("--target-dir")
            .arg(folder.parent().unwrap())
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .unwrap();
        assert!(status.success(), "proofmark cannot be built");
        let program = folder.join(format!("proofmark{}", std::env::consts::EXE_SUFFIX));
        assert!(program.is_file(), "{}", program.display());
        program
    })
}

/// What `proofmark report` says with these arguments of a certificate.
pub fn reported(certificate: &Value, arguments: &[&str]) -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let json = directory.path().join("certificate.json");
    std::fs::write(&json, certificate.to_string()).unwrap();
    let output = Command::new(proofmark())
        .arg("report")
        .arg(&json)
        .args(arguments)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && error.is_empty(), "{error}");
    output.stdout
}

/// The page of a certificate.
pub fn page(certificate: &Value) -> Value {
    serde_json::from_slice(&reported(certificate, &["--format", "page"])).unwrap()
}

/// Every one of `tests/golden/`, and one in which all of them come together.
pub const NAMES: [&str; 7] = [
    "full",
    "hub",
    "camera",
    "swapped",
    "commissioned",
    "waived",
    "examined",
];

/// One of [`NAMES`].
pub fn golden(name: &str) -> Value {
    if name == "full" {
        return full();
    }
    let path = repository(&format!("tests/golden/{name}.json"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Whatever a certificate can hold.
fn full() -> Value {
    let mut full = golden("commissioned");
    let (mut hub, mut waived, mut examined) = (golden("hub"), golden("waived"), golden("examined"));
    full["documents"] = hub["documents"].take();
    full["documents"]["documents"][0]["authority"] = json!("5c".repeat(32));
    full["records"] = examined["records"].take();
    full["waivers"] = waived["waivers"].take();
    let requirements = full["requirements"].as_array_mut().unwrap();
    requirements[0]["waiver"] = waived["requirements"][0]["waiver"].take();
    requirements[0]["findings"][1]["waiver"] = requirements[0]["waiver"].clone();
    requirements.push(examined["requirements"][3].take());
    let excerpt = |form: &str, bytes: u16, content: &str| json!({"form": form, "bytes": bytes, "content": content});
    let lines = "HTTP/1.1 200 OK\\r\\nServer: lighttpd/1.4.73\\r\\n\\r\\n";
    requirements[0]["findings"][0]["evidence"][0]["excerpt"] = excerpt("text", 43, lines);
    let hex = "00ff41".repeat(85) + "7e";
    requirements[1]["findings"][0]["evidence"][0]["blob"] = json!("ab".repeat(32));
    requirements[1]["findings"][0]["evidence"][0]["excerpt"] = excerpt("hex", 256, &hex);
    let mut protection = hub["protection"].take();
    protection[0]["tls"]["versions"][3]["suites"] =
        json!(["TLS13_AES_128_GCM_SHA256", "TLS13_AES_256_GCM_SHA384"]);
    full["protection"] = protection;
    full["run"]["blocklist"] = json!({"sha256": "b1".repeat(32), "keys": 4711});
    full["blocklist"] = json!({
        "sha256": "b2".repeat(32), "list": {"sha256": "b3".repeat(32), "keys": 815}, "looked_up": 6, "listed": 0
    });
    full["device"]["units"][0]["found_on_link"] = json!(["fe80::5054:ff:fe12:3456"]);
    full["coverage"]["ports"][0]["ledger_left_out"] = json!(3);
    full["coverage"]["changed"] = json!(["unit a: a mark was written"]);
    full["job"]["additions"] = json!([{"value": "A look at the label", "source": "laboratory"}]);
    full["job"]["external"] = json!([{"value": "The scan of radio", "source": "customer"}]);
    full
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
    poisoned(attacked)
}

/// The same document with attacks in every text that is not one of a closed set of words.
fn poisoned(value: Value) -> Value {
    let value = replaced(value, "", &mut |path, text| match path {
        // These are attacks already.
        "requirements.findings.message" => text.to_owned(),
        _ => format!("{text} {}", HOSTILE.join(" ")),
    });
    // The names of fingerprints come from the device as well.
    let mut value = value;
    for unit in value["device"]["units"].as_array_mut().unwrap() {
        if let Some(traits) = unit["fingerprints"].as_object_mut() {
            *traits = std::mem::take(traits)
                .into_iter()
                .map(|(name, value)| (format!("{name} {}", HOSTILE[1]), value))
                .collect();
        }
    }
    value
}

/// The same document with another text in place of every one that is not one of a closed set of words. What makes it
/// gets the path of the field as well, as `device.units.id`.
pub fn replaced(value: Value, path: &str, with: &mut dyn FnMut(&str, &str) -> String) -> Value {
    let closed = [
        "answer",
        "at",
        "basis",
        "carried",
        "checked",
        "coverage",
        "form",
        "format",
        "from",
        "judged_at",
        "kind",
        "not_after",
        "not_before",
        "obligation",
        "outcome",
        "policy",
        "proof",
        "publication",
        "reason",
        "reasons",
        "recorded_at",
        "severity",
        "source",
        "stage",
        "state",
        "transport",
        "trust",
        "until",
        "verdict",
    ];
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(name, value)| {
                let path = format!("{path}.{name}");
                let value = replaced(value, path.trim_start_matches('.'), with);
                (name, value)
            });
            Value::Object(fields.collect())
        }
        Value::Array(items) => {
            let items = items.into_iter().map(|item| replaced(item, path, with));
            Value::Array(items.collect())
        }
        Value::String(text)
            if !path
                .rsplit('.')
                .next()
                .is_some_and(|it| closed.contains(&it)) =>
        {
            json!(with(path, &text))
        }
        other => other,
    }
}
