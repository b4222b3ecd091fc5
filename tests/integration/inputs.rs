//! Wrong inputs, and what a user reads about them.
//!
//! Each case changes one place of a text that is right, and says the whole error.

use std::path::Path;

use proofmark::case::TestCase;
use proofmark::dut::{self, Device};
use proofmark::error::InputError;
use proofmark::profile;
use proofmark::verdict::{Code, Severity};

use crate::root;
use crate::wrong::{DEVICE, IDENTITY, OWNERS, PROFILES, SERVICES, UNITS, UPDATE, UPDATES};

const MANIFEST: &str = r#"format = "proofmark-device/1"

[device]
manufacturer = "Example Ltd"
model = "Doorbell 2"
support-until = 2030-12-31

[[unit]]
id = "a"
addresses = ["192.0.2.10", "2001:db8::10"]
mac = "02-00-5E-10-00-0A"
state = "initialised"
label = { username = "admin", password = "hunter2" }

[[service]]
id = "web"
transport = "tcp"
port = 80
protocol = "http"
purpose = "Settings"

[service.login]
attempts_per_minute = 5

[service.owner]
mechanism = "http-basic"
username = "owner"
password = { env = "OWNER_PASSWORD" }
path = "/settings"

[[service]]
id = "shell"
transport = "tcp"
port = 23
protocol = "telnet"
purpose = "Service technician"

[service.owner]
mechanism = "telnet"
username = "root"
password = { file = "shell.secret" }

[identity]
service = "web"
path = "/about"
firmware = { json = "/firmware/version" }

[[connection]]
host = "updates.example.com"
port = 443
protocol = "https"
purpose = "Updates"
"#;

const PROFILE: &str = r#"format = "proofmark-profile/1"
id = "test"
version = "1.0.0"
title = "Test"
summary = """
Two
lines"""
decision_rule = "Binary."

[pacing]
max_rate = 100

[[requirement]]
id = "doors"
title = "Doors are shut"
obligation = "mandatory"
test_case = "house/doors"
states = ["initialised"]
when_absent = "fail"

[requirement.parameters]
most = 3

[requirement.severity]
door-open = "low"

[[requirement.provisions]]
standard = "ETSI EN 303 645"
version = "3.1.3"
id = "5.6-1"
coverage = "partial"
"#;

/// A test case that exists for these tests alone. Its parameters: `most`, and `least` below it.
static DOORS: TestCase = TestCase {
    id: "house/doors",
    title: "Doors",
    page: "",
    codes: &[Code {
        id: "door-open",
        severity: Severity::High,
    }],
    probes: &[],
    check_parameters: |table| {
        for (key, value) in table {
            if !matches!(key.as_str(), "most" | "least") {
                return Err(format!(
                    "unknown parameter `{key}`: legal are `most` and `least`"
                ));
            }
            if !value.is_integer() {
                return Err(format!("`{key}` is a whole number"));
            }
        }
        match (table.get("least"), table.get("most")) {
            (Some(least), Some(most)) if least.as_integer() > most.as_integer() => {
                Err("`least` is above `most`".to_owned())
            }
            _ => Ok(()),
        }
    },
    assess: |_, _| Default::default(),
};

fn manifest_in(base: &Path, text: &str, allow_public: bool) -> Result<Device, InputError> {
    let environment = |name: &str| match name {
        "OWNER_PASSWORD" => Some("correct horse".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    };
    dut::parse(text, "d.toml", base, &environment, allow_public)
}

/// A directory with files that hold secrets, good and bad.
fn secrets() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let write =
        |name: &str, bytes: &[u8]| std::fs::write(directory.path().join(name), bytes).unwrap();
    write("shell.secret", b"battery staple\n");
    write("windows.secret", b"battery staple\r\n");
    write("two-lines.secret", b"battery\n\n");
    write("empty.secret", b"\n");
    write("large.secret", &[b'x'; 4097]);
    write("large.pem", &[b'x'; 65537]);
    write(
        "empty.pem",
        b"-----BEGIN NOTHING-----\n-----END NOTHING-----\n",
    );
    let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    write("broken.pem", broken);
    write("latin.secret", b"caf\xe9");
    for (name, fixture) in [
        ("a.bin", "hub-2.5.0.bin"),
        ("b.bin", "hub-2.6.0.bin"),
        ("old.bin", "hub-2.3.0.bin"),
        ("key.pem", "keys/hub.pub.pem"),
        ("private.pem", "keys/test-only-hub.pem"),
    ] {
        let path = root("lab/fixtures/mcuboot").join(fixture);
        write(name, &std::fs::read(path).unwrap());
    }
    let whole = std::fs::read(directory.path().join("a.bin")).unwrap();
    write("half.bin", &whole[..whole.len() / 2]);
    write("notes.txt", b"no package");
    directory
}

/// Changes one place of a text.
fn changed(text: &str, from: &str, to: &str) -> String {
    assert_eq!(
        text.matches(from).count(),
        1,
        "`{from}` must stand there once"
    );
    text.replace(from, to)
}

/// Whether every case reads as it says; shows all that do not.
fn check(cases: &[(&str, &str, &str)], read: impl Fn(&str, &str) -> String) {
    let mut wrong = Vec::new();
    for (from, to, expected) in cases {
        let text = read(from, to);
        if text.trim_end() != expected.trim() {
            wrong.push(format!("{from:?} -> {to:?}\n<<<\n{text}\n>>>"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cases read differently:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn a_right_manifest_is_resolved() {
    let secrets = secrets();
    let device = manifest_in(secrets.path(), MANIFEST, false).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(device.support_until.as_deref(), Some("2030-12-31"));
    let unit = &device.units[0];
    assert_eq!(unit.mac.as_deref(), Some("02:00:5e:10:00:0a"));
    let known: Vec<_> = device
        .secrets()
        .map(|it| (it.id(), it.expose().unwrap()))
        .collect();
    assert_eq!(
        known,
        [
            ("owner-web", "correct horse"),
            ("owner-shell", "battery staple"),
            ("label-a", "hunter2")
        ]
    );
    let text = changed(MANIFEST, "shell.secret", "windows.secret");
    let device = manifest_in(secrets.path(), &text, false).unwrap();
    assert_eq!(
        device.secrets().nth(1).unwrap().expose(),
        Some("battery staple")
    );
}

#[test]
fn a_date_may_be_quoted_and_a_public_address_be_allowed() {
    let secrets = secrets();
    let text = changed(MANIFEST, "2030-12-31", "\"2030-12-31\"");
    let device = manifest_in(secrets.path(), &text, false).unwrap();
    assert_eq!(device.support_until.as_deref(), Some("2030-12-31"));
    let text = changed(MANIFEST, "192.0.2.10", "1.1.1.1");
    assert!(manifest_in(secrets.path(), &text, true).is_ok());
}

#[test]
fn the_resolved_device_keeps_no_secret_and_reads_back() {
    let secrets = secrets();
    let device = manifest_in(secrets.path(), MANIFEST, false).unwrap();
    let json = serde_json::to_string(&device).unwrap();
    for secret in ["correct horse", "battery", "hunter2"] {
        assert!(!json.contains(secret), "{json}");
    }
    let back: Device = serde_json::from_str(&json).unwrap();
    assert_eq!(back.units, redacted(&device).units);
    assert_eq!(back, redacted(&device));
}

fn redacted(device: &Device) -> Device {
    serde_json::from_value(serde_json::to_value(device).unwrap()).unwrap()
}

#[test]
fn the_example_is_right() {
    let path = root("examples/my-device.device.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let environment = |name: &str| name.starts_with("DOORBELL_").then(|| "secret".to_owned());
    let base = path.parent().unwrap();
    dut::parse(&text, "my-device.device.toml", base, &environment, false)
        .unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn a_right_profile_is_bound() {
    let profile =
        profile::parse_with(PROFILE, "p.toml", &[&DOORS]).unwrap_or_else(|e| panic!("{e}"));
    let requirement = &profile.requirements[0];
    assert_eq!(requirement.test_case.id, "house/doors");
    assert_eq!(requirement.severity_of(&DOORS.codes[0]), Severity::Low);
    assert_eq!(requirement.parameters["most"].as_integer(), Some(3));
    assert_eq!(profile.pacing.max_rate, 100);
    assert_eq!(profile.pacing.deadline_minutes, 60);
    assert_eq!(profile.text, PROFILE);
}

#[test]
fn wrong_manifests_say_where_what_and_what_is_legal() {
    let secrets = secrets();
    for cases in [DEVICE, UNITS, SERVICES, OWNERS, IDENTITY] {
        check(cases, |from, to| {
            let text = changed(MANIFEST, from, to);
            manifest_in(secrets.path(), &text, false)
                .err()
                .map_or("accepted".to_owned(), |e| e.to_string())
        });
    }
}

#[test]
fn wrong_updates_say_where_what_and_what_is_legal() {
    let secrets = secrets();
    let right = format!("{MANIFEST}{UPDATE}");
    let device = manifest_in(secrets.path(), &right, false).unwrap_or_else(|e| panic!("{e}"));
    let update = device.update.unwrap();
    let versions = update.packages().map(|package| {
        let inspection = package.inspection.as_ref().unwrap();
        inspection.version.clone().unwrap()
    });
    assert_eq!(
        versions.collect::<Vec<_>>(),
        ["2.5.0+0", "2.6.0+0", "2.3.0+0"]
    );
    assert_eq!(update.channel.upload.unwrap().settle_seconds, 60);
    check(UPDATES, |from, to| {
        let text = format!("{MANIFEST}{}", changed(UPDATE, from, to));
        manifest_in(secrets.path(), &text, false)
            .err()
            .map_or("accepted".to_owned(), |e| e.to_string())
    });
}

#[test]
fn a_package_is_bounded_and_another_format_is_not_looked_into() {
    let secrets = secrets();
    let large = std::fs::File::create(secrets.path().join("large.bin")).unwrap();
    large.set_len((64 << 20) + 1).unwrap();
    let text = format!(
        "{MANIFEST}{}",
        changed(UPDATE, "\"a.bin\"", "\"large.bin\"")
    );
    let error = manifest_in(secrets.path(), &text, false).unwrap_err();
    assert!(
        error.message.contains("more than 67108864 bytes"),
        "{error}"
    );
    let text = changed(UPDATE, "\"mcuboot\"", "\"swupdate\"").replace("a.bin", "notes.txt");
    let device = manifest_in(secrets.path(), &format!("{MANIFEST}{text}"), false).unwrap();
    let update = device.update.unwrap();
    assert_eq!(update.newer[0].inspection, None);
    assert_eq!(update.newer[0].size, 10);
}

#[test]
fn wrong_profiles_say_where_what_and_what_is_legal() {
    check(PROFILES, |from, to| {
        let text = changed(PROFILE, from, to);
        let profile = profile::parse_with(&text, "p.toml", &[&DOORS]);
        profile
            .err()
            .map_or("accepted".to_owned(), |error| error.to_string())
    });
}

#[test]
fn no_requirement_and_no_unit_are_said_so() {
    let (header, _) = PROFILE.split_once("[[requirement]]").unwrap();
    let error = profile::parse(header, "p.toml").unwrap_err();
    assert!(
        error.message.starts_with("no requirement is mandatory"),
        "{error}"
    );
    let text = "format = \"proofmark-device/1\"\n[device]\nmanufacturer = \"E\"\nmodel = \"D\"\n";
    let error = manifest_in(Path::new(""), text, false).unwrap_err();
    assert_eq!(error.message, "there is no unit to test");
}

#[test]
fn files_are_bounded_text() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("d.toml");
    let read = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let error = proofmark::input::manifest(&path, false)
            .unwrap_err()
            .to_string();
        error.replace(&directory.path().display().to_string(), "DIR")
    };
    assert_eq!(
        read(b"format = \"\xff\""),
        "DIR/d.toml: not UTF-8: byte 0xff at offset 10\n  legal: a text in UTF-8"
    );
    assert_eq!(
        read(&vec![b'#'; (1 << 20) + 1]),
        "DIR/d.toml: the file is too large\n  legal: at most 1048576 bytes"
    );
    let full = vec![b'#'; 1 << 20];
    assert!(read(&full).contains("`format` is missing"));
    let error = proofmark::input::profile(directory.path())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("cannot read it: not a regular file\n  legal: a regular file"),
        "{error}"
    );
}

#[test]
fn nested_input_does_not_exhaust_the_stack() {
    let deep = format!(
        "format = \"proofmark-device/1\"\nx = {}",
        "[".repeat(500_000)
    );
    assert!(manifest_in(Path::new(""), &deep, false).is_err());
    let dotted = format!(
        "format = \"proofmark-device/1\"\n{}a = 1",
        "a.".repeat(400_000)
    );
    assert!(manifest_in(Path::new(""), &dotted, false).is_err());
}

#[test]
fn mutated_inputs_never_panic() {
    let secrets = secrets();
    let mut random = Random(0x5eed);
    let mut refused = 0;
    for _ in 0..2000 {
        let text = mutated(MANIFEST, &mut random);
        let error = rendered(manifest_in(secrets.path(), &text, false));
        assert!(
            !error.as_ref().is_some_and(|it| it.contains("hunter2")),
            "{error:?}"
        );
        refused += usize::from(error.is_some());
        let text = mutated(PROFILE, &mut random);
        refused += usize::from(rendered(profile::parse_with(&text, "p.toml", &[&DOORS])).is_some());
    }
    // Mutants that all parse, or none of which does, would show nothing.
    assert!(
        (1000..3900).contains(&refused),
        "{refused} of 4000 were refused"
    );
}

/// The error as a user reads it, which must not panic either.
fn rendered<T>(result: Result<T, InputError>) -> Option<String> {
    let error = result.err()?.to_string();
    let hostile = |c: char| c.is_control() && c != '\n';
    assert!(
        !error.contains(hostile) && error.len() < 20_000,
        "{error:?}"
    );
    Some(error)
}

/// One to three small damages: a character dropped, doubled, replaced, or a line moved.
pub(crate) fn mutated(text: &str, random: &mut Random) -> String {
    const SPICE: &[char] = &[
        '"',
        '\'',
        '[',
        ']',
        '{',
        '}',
        '=',
        '.',
        ',',
        '\n',
        '\r',
        '\t',
        '\\',
        '#',
        '-',
        '0',
        '9',
        'x',
        '_',
        ' ',
        '\0',
        '\u{1b}',
        '\u{202e}',
        'ä',
        '\u{1f512}',
    ];
    let mut characters: Vec<char> = text.chars().collect();
    for _ in 0..=random.below(3) {
        let at = random.below(characters.len());
        match random.below(5) {
            0 => drop(characters.remove(at)),
            1 => characters.insert(at, characters[at]),
            2 => characters[at] = SPICE[random.below(SPICE.len())],
            3 => characters.insert(at, SPICE[random.below(SPICE.len())]),
            _ => {
                let text: String = characters.iter().collect();
                let mut lines: Vec<&str> = text.lines().collect();
                let line = lines.remove(random.below(lines.len()));
                let to = random.below(lines.len());
                lines.insert(to, line);
                characters = lines.join("\n").chars().collect();
            }
        }
    }
    characters.into_iter().collect()
}

/// xorshift64: the same mutants on every machine.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }
}

#[test]
fn a_secret_is_not_shown_where_the_text_is_no_toml() {
    for broken in [
        "password = \"\"\"\nTopSecretPw\"\"\" x\n",
        "password : TopSecretPw\n",
        "password =\nTopSecretPw\n",
        "TopSecretPw\n",
        "password = \"x\nTopSecretPw\"\n",
    ] {
        let text = format!("format = \"proofmark-device/1\"\n{broken}");
        let error = dut::parse(&text, "d.toml", Path::new(""), &|_| None, false).unwrap_err();
        let shown = error.to_string();
        assert!(shown.starts_with("d.toml:"), "{shown}");
        assert!(!shown.contains("TopSecret"), "{shown}");
    }
}
