//! What whoever tests writes, and a run keeps as it is, may hold no secret of the manifest.

use std::path::Path;

use crate::directories::{own, proofmark, stderr};

/// The secret, and forms in which a careless person may leave it in a file.
const SECRET: &str = "quay-lantern/7";
const FORMS: [&str; 4] = [
    "the password is quay-lantern/7 until Monday",
    "Authorization: Basic b3duZXI6cXVheS1sYW50ZXJuLzc=",
    "http://host/login?p=quay-lantern%2F7",
    "717561792d6c616e7465726e2f37",
];

const MANIFEST: &str = r#"format = "proofmark-device/1"
[device]
manufacturer = "Harbour"
model = "Hub"
type = "hub"
[[unit]]
id = "a"
state = "initialised"
addresses = ["127.0.0.1"]
[[service]]
id = "web"
transport = "tcp"
port = 80
protocol = "http"
purpose = "PURPOSE"
[service.owner]
mechanism = "http-basic"
username = "owner"
password = { file = "owner.secret" }
path = "/"
"#;

const WAIVERS: &str = r#"format = "proofmark-waivers/1"
[[waiver]]
requirement = "tls-versions"
code = "old-tls-version"
subject = { unit = "a", transport = "tcp", port = 80 }
reason = "REASON"
by = "J. Doe"
until = 2030-06-30
"#;

fn write(dir: &Path, name: &str, text: &str) {
    std::fs::write(dir.join(name), text).unwrap();
}

/// A directory with a manifest, its secret, and the purpose of its service.
fn bench(purpose: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "owner.secret", SECRET);
    let manifest = MANIFEST.replace("PURPOSE", purpose);
    write(dir.path(), "d.toml", &manifest);
    dir
}

/// Refused before anything is written or sent, in words that do not repeat it.
#[track_caller]
fn refused(dir: &Path, arguments: &[&str], origin: &str) {
    let ended = proofmark(dir, arguments);
    let said = stderr(&ended);
    assert_eq!(ended.status.code(), Some(64), "{said}");
    assert!(said.contains(origin), "{said}");
    assert!(
        said.contains("the manifest's secret `owner-web` stands here"),
        "{said}"
    );
    for part in ["lantern", "b3duZXI6", "717561", "Monday"] {
        assert!(!said.contains(part), "{said}");
    }
    assert!(!dir.join("out").exists());
}

#[test]
fn waivers_may_not_hold_a_secret() {
    let dir = bench("Settings");
    for form in FORMS {
        let told = WAIVERS.replace("REASON", form);
        let beside = format!("# {form}\n{}", WAIVERS.replace("REASON", "known"));
        // What else is wrong with them is not said with the line that holds it.
        let illegal = told.replace("reason =", "raeson =");
        for (text, place) in [
            (told, "w.toml:6:"),
            (beside, "w.toml:1:"),
            (illegal, "w.toml:6:"),
        ] {
            write(dir.path(), "w.toml", &text);
            for command in ["run", "test"] {
                let arguments = [command, "d.toml", "--waivers", "w.toml", "--out", "out"];
                refused(dir.path(), &arguments, place);
            }
        }
    }
}

#[test]
fn a_job_sheet_may_not_hold_a_secret() {
    let dir = bench("Settings");
    for form in FORMS {
        let sheet = format!("format = \"proofmark-job/1\"\n[test]\nplace = \"{form}\"\n");
        let beside = format!("# {form}\nformat = \"proofmark-job/1\"\n");
        let illegal = sheet.replace("place =", "palce =");
        for (text, place) in [
            (sheet, "j.toml:3:"),
            (beside, "j.toml:1:"),
            (illegal, "j.toml:3:"),
        ] {
            write(dir.path(), "j.toml", &text);
            for command in ["run", "observe", "test"] {
                let arguments = [command, "d.toml", "--job", "j.toml", "--out", "out"];
                refused(dir.path(), &arguments, place);
            }
        }
    }
}

#[test]
fn a_profile_may_not_hold_a_secret() {
    let dir = bench("Settings");
    for form in FORMS {
        write(dir.path(), "p.toml", &format!("# {form}\n{}", own()));
        for command in ["run", "observe", "test"] {
            let arguments = [command, "d.toml", "--profile", "p.toml", "--out", "out"];
            refused(dir.path(), &arguments, "p.toml:1:");
        }
        refused(
            dir.path(),
            &["plan", "d.toml", "--profile", "p.toml"],
            "p.toml:1:",
        );
    }
}

#[test]
fn a_purpose_may_not_hold_a_secret() {
    for form in FORMS {
        let dir = bench(form);
        refused(
            dir.path(),
            &["plan", "d.toml"],
            "d.toml: purpose at service `web`",
        );
    }
}

#[test]
fn the_name_of_a_file_that_is_kept_may_not_hold_a_secret() {
    let dir = bench("Settings");
    write(dir.path(), "owner.secret", "quay-lantern");
    write(dir.path(), "of-quay-lantern.xml", "<nmaprun/>");
    let arguments = ["plan", "d.toml", "--nmap", "of-quay-lantern.xml"];
    refused(dir.path(), &arguments, "--nmap");
}

#[test]
fn an_error_about_a_profile_or_a_mud_file_shows_no_secret() {
    let dir = bench("Settings");
    write(dir.path(), "p.toml", "format = \"quay-lantern/7\"");
    write(
        dir.path(),
        "mud.json",
        "{\"ietf-mud:mud\": \"quay-lantern/7\"}",
    );
    for arguments in [
        ["plan", "d.toml", "--profile", "p.toml"],
        ["plan", "d.toml", "--mud", "mud.json"],
    ] {
        let ended = proofmark(dir.path(), &arguments);
        let said = stderr(&ended);
        assert_eq!(ended.status.code(), Some(64), "{said}");
        assert!(said.contains("{{secret:owner-web}}"), "{said}");
        assert!(!said.contains("lantern"), "{said}");
    }
}
