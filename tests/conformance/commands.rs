//! What no scenario runs: `test`, `discover` and `ports` against the devices of the demo, and imports that are none.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use libtest_mimic::{Completion, Failed, Trial};
use proofmark_lab::files::lay_beside_manifest;
use proofmark_lab::{Scenario, demo, launch};
use serde_json::Value;

use super::process::{Ended, proofmark};
use super::stage::{Stage, ignored};

type Check = fn() -> Result<(), String>;

const CHECKS: &[(&str, Check)] = &[
    ("test-sends-nothing-until-a-trial-runs", nothing_is_sent),
    ("test-runs-what-is-selected", selection),
    ("test-of-a-good-hub-is-green", good_hub),
    ("test-of-a-bad-camera-is-red", bad_camera),
    ("no-import-at-all-is-a-usage-error", no_import),
    ("discover-declares-nothing-by-itself", discovery),
    ("discover-finds-nobody", nobody),
    ("ports-shows-the-ledger", ports),
    ("ports-is-whole-or-says-so", ports_refused),
];

const NAMES: [&str; 23] = [
    "iot-minimum::certificate-valid",
    "iot-minimum::closed-ports",
    "iot-minimum::closed-udp-ports",
    "iot-minimum::disclosure-policy",
    "iot-minimum::dtls-cookie",
    "iot-minimum::matches-mud",
    "iot-minimum::model-designation",
    "iot-minimum::no-debug-services",
    "iot-minimum::no-default-credentials",
    "iot-minimum::no-information-before-login",
    "iot-minimum::no-unauthenticated-access",
    "iot-minimum::outcome",
    "iot-minimum::package-signed",
    "iot-minimum::signed-updates",
    "iot-minimum::sound-keys",
    "iot-minimum::ssh-algorithms",
    "iot-minimum::support-period",
    "iot-minimum::survives-testing",
    "iot-minimum::tls-only",
    "iot-minimum::tls-suites",
    "iot-minimum::tls-versions",
    "iot-minimum::unique-keys",
    "iot-minimum::update-no-rollback",
];

/// A trial a check.
pub fn trials(stage: &Arc<Stage>) -> Vec<Trial> {
    CHECKS
        .iter()
        .map(|(name, check)| {
            let stage = Arc::clone(stage);
            Trial::ignorable_test(format!("command::{name}"), move || {
                if let Some(reason) = stage.unavailable() {
                    return ignored(&reason);
                }
                check()?;
                Ok::<_, Failed>(Completion::Completed)
            })
        })
        .collect()
}

fn address(last: u8) -> IpAddr {
    IpAddr::from(Ipv4Addr::new(127, 78, 1, last))
}

/// Runs `proofmark test` on a manifest; `libtest` are the arguments after `--`.
fn test(manifest: &str, directory: &Path, libtest: &[&str]) -> Result<Ended, String> {
    let place = |name: &str| directory.join(name).display().to_string();
    let (file, out) = (place("dut.device.toml"), place("run"));
    lay_beside_manifest(directory).map_err(|error| error.to_string())?;
    std::fs::write(&file, manifest).map_err(|error| error.to_string())?;
    let _ = std::fs::remove_dir_all(&out);
    let mut arguments = vec!["test", &file, "--out", &out, "--disruptive"];
    arguments.extend(["--max-rate", "20000", "--"]);
    arguments.extend(libtest);
    proofmark(&arguments, None)
}

/// The events of the trials, by name.
fn events(ended: &Ended) -> Result<BTreeMap<String, Value>, String> {
    let mut events = BTreeMap::new();
    for line in ended.stdout.lines() {
        let event: Value =
            serde_json::from_str(line).map_err(|error| format!("{error}: {line}"))?;
        if event["type"] == "test" && event["event"] != "started" {
            let name = event["name"].as_str().unwrap_or_default().to_owned();
            if events.insert(name.clone(), event).is_some() {
                return Err(format!("{name} ended twice"));
            }
        }
    }
    Ok(events)
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, wanted: T) -> Result<(), String> {
    if found == wanted {
        return Ok(());
    }
    Err(format!("{what}: {found:?}, not {wanted:?}"))
}

fn temporary() -> Result<tempfile::TempDir, String> {
    tempfile::tempdir().map_err(|error| error.to_string())
}

/// A listener counts: nothing comes until a trial runs, and then something does.
fn nothing_is_sent() -> Result<(), String> {
    let directory = temporary()?;
    let listener = TcpListener::bind((address(1), 80)).map_err(|error| error.to_string())?;
    listener
        .set_nonblocking(true)
        .map_err(|error| error.to_string())?;
    let hub = demo::hub().map_err(|error| error.to_string())?;
    let manifest = hub.manifest_for(address(1));
    let list: String = NAMES.map(|name| format!("{name}: test\n")).concat();
    for (libtest, wanted) in [
        (&["--list"][..], Some(list.as_str())),
        (&["--list", "--format", "terse"], Some(&list)),
        (&["--list", "--ignored"], Some("")),
        (
            &["--list", "--exact", "iot-minimum::closed-ports"],
            Some("iot-minimum::closed-ports: test\n"),
        ),
        (&["no-such-trial"], None),
        (&["--skip", "iot-minimum"], None),
        (&["--ignored"], None),
    ] {
        let ended = test(&manifest, directory.path(), libtest)?;
        same(&format!("exit of {libtest:?}"), ended.exit, Some(0))?;
        if let Some(wanted) = wanted {
            let mut lines: Vec<_> = ended.stdout.lines().collect();
            lines.sort_unstable();
            same(&format!("{libtest:?}"), lines, wanted.lines().collect())?;
        }
        if listener.accept().is_ok() {
            return Err(format!("{libtest:?} sent something"));
        }
        if directory.path().join("run").exists() {
            return Err(format!("{libtest:?} made a run directory"));
        }
    }
    let wrong = test(&manifest, directory.path(), &["--no-such-argument"])?;
    same("exit of a wrong argument", wrong.exit, Some(64))?;
    test(
        &manifest,
        directory.path(),
        &["--exact", "iot-minimum::survives-testing"],
    )?;
    match listener.accept() {
        Ok(_) => Ok(()),
        Err(_) => Err("a trial ran, and the listener saw nothing of it".to_owned()),
    }
}

/// One trial alone: no other runs, and no login is tried for it.
fn selection() -> Result<(), String> {
    let directory = temporary()?;
    let camera = demo::camera().map_err(|error| error.to_string())?;
    let launched = launch(&camera, address(2)).map_err(|error| error.to_string())?;
    let libtest = ["--format", "json", "--exact", NAMES[1]];
    let ended = test(&camera.manifest_for(address(2)), directory.path(), &libtest)?;
    drop(launched);
    same("exit", ended.exit, Some(101))?;
    let events = events(&ended)?;
    same(
        "trials",
        events.keys().map(String::as_str).collect(),
        vec![NAMES[1]],
    )?;
    let evidence = std::fs::read_to_string(directory.path().join("run/evidence.jsonl"))
        .map_err(|error| error.to_string())?;
    same(
        "logins tried",
        evidence.contains("\"kind\":\"access\""),
        false,
    )
}

fn good_hub() -> Result<(), String> {
    let hub = demo::hub().map_err(|error| error.to_string())?;
    let (ended, events) = whole(&hub, address(3))?;
    same("exit", ended.exit, Some(0))?;
    for name in NAMES {
        let wanted = match name {
            // N/A: nobody handed in a MUD file, and there is neither DTLS nor SSH.
            "iot-minimum::matches-mud"
            | "iot-minimum::dtls-cookie"
            | "iot-minimum::ssh-algorithms" => "ignored",
            // Only recommended, and there is one unit.
            "iot-minimum::unique-keys" => "ignored",
            _ => "ok",
        };
        same(name, events[name]["event"].as_str(), Some(wanted))?;
    }
    Ok(())
}

fn bad_camera() -> Result<(), String> {
    let camera = demo::camera().map_err(|error| error.to_string())?;
    let (ended, events) = whole(&camera, address(4))?;
    same("exit", ended.exit, Some(101))?;
    let wanted: [&str; NAMES.len()] = [
        "ignored", // certificate-valid: N/A
        "failed",  // closed-ports
        "ok",      // closed-udp-ports
        "ignored", // disclosure-policy: only recommended
        "ignored", // dtls-cookie: N/A
        "ignored", // matches-mud: N/A
        "ignored", // model-designation: only recommended
        "failed",  // no-debug-services
        "failed",  // no-default-credentials
        "ignored", // no-information-before-login: only recommended
        "failed",  // no-unauthenticated-access
        "failed",  // outcome: it is another firmware now
        "ignored", // package-signed: only recommended
        "failed",  // signed-updates
        "ignored", // sound-keys: N/A
        "ignored", // ssh-algorithms: N/A
        "ignored", // support-period: only recommended
        "ok",      // survives-testing
        "failed",  // tls-only
        "ignored", // tls-suites: N/A
        "ignored", // tls-versions: N/A
        "ignored", // unique-keys: N/A
        "failed",  // update-no-rollback
    ];
    for (name, wanted) in NAMES.into_iter().zip(wanted) {
        same(name, events[name]["event"].as_str(), Some(wanted))?;
    }
    let message = events[NAMES[1]]["stdout"].as_str().unwrap_or_default();
    for part in [
        "FAIL: ",
        "undeclared-port",
        "TCP port 23",
        "to do: Close the port",
    ] {
        if !message.contains(part) {
            return Err(format!("the message does not say {part:?}: {message}"));
        }
    }
    Ok(())
}

/// Nothing is sent for a file that is not there, no nmap XML, or too large.
fn no_import() -> Result<(), String> {
    let directory = temporary()?;
    let place = |name: &str| directory.path().join(name).display().to_string();
    let listener = TcpListener::bind((address(5), 443)).map_err(|error| error.to_string())?;
    listener
        .set_nonblocking(true)
        .map_err(|error| error.to_string())?;
    let hub = demo::hub().map_err(|error| error.to_string())?;
    let (manifest, out) = (place("dut.device.toml"), place("run"));
    lay_beside_manifest(directory.path()).map_err(|error| error.to_string())?;
    std::fs::write(&manifest, hub.manifest_for(address(5))).map_err(|error| error.to_string())?;
    // Sparse: no disk is filled.
    std::fs::File::create(place("huge.xml"))
        .and_then(|file| file.set_len(1 << 30))
        .map_err(|error| error.to_string())?;
    let mud = |name: &str, text: &str| {
        std::fs::write(place(name), text).map_err(|error| error.to_string())?;
        Ok::<_, String>(("--mud", place(name)))
    };
    let (mud_root, mud_cut) = (
        mud("root.json", "[]")?,
        mud("cut.json", "{\"ietf-mud:mud\": {")?,
    );
    for ((flag, file), says) in [
        (("--nmap", place("absent.xml")), "cannot read it"),
        (("--nmap", manifest.clone()), "is no nmap XML"),
        (("--nmap", place("huge.xml")), "too large"),
        (
            ("--nmap", directory.path().display().to_string()),
            "not a regular file",
        ),
        (("--mud", place("absent.json")), "cannot read it"),
        (("--mud", manifest.clone()), "it is no JSON"),
        (("--mud", place("huge.xml")), "too large"),
        (mud_root, "root.json:1:1: wrong type: a list"),
        (mud_cut, "cut.json:1:18: it is no JSON"),
    ] {
        for command in ["run", "observe", "test"] {
            let arguments = [command, &manifest, "--out", &out, flag, &file];
            let ended = proofmark(&arguments, None)?;
            if ended.exit.is_none_or(|exit| exit < 64) || !ended.stderr.contains(says) {
                return Err(format!(
                    "{command} {flag} {file}: {:?} {}",
                    ended.exit, ended.stderr
                ));
            }
        }
    }
    same("run directory", Path::new(&out).exists(), false)?;
    match listener.accept() {
        Ok(_) => Err("something was sent".to_owned()),
        Err(_) => Ok(()),
    }
}

/// A manifest fresh from `discover` loads, and its device does not pass: what is open was declared by nobody.
fn discovery() -> Result<(), String> {
    let directory = temporary()?;
    let place = |name: &str| directory.path().join(name).display().to_string();
    let (file, out) = (place("found.device.toml"), place("run"));
    let camera = demo::camera().map_err(|error| error.to_string())?;
    let launched = launch(&camera, address(6)).map_err(|error| error.to_string())?;
    let ip = address(6).to_string();
    let discover = ["discover", &ip, "--out", &file, "--max-rate", "20000"];
    let ended = proofmark(&discover, None)?;
    same("exit", ended.exit, Some(0))?;
    let text = std::fs::read_to_string(&file).map_err(|error| error.to_string())?;
    for wanted in [
        "#id = \"telnet-23\"",
        "#id = \"http-80\"",
        "mini-httpd/1.19",
    ] {
        if !text.contains(wanted) {
            return Err(format!("no {wanted} in:\n{text}"));
        }
    }
    let again = proofmark(&discover, None)?;
    same("exit over a file", again.exit, Some(64))?;
    let kept = std::fs::read_to_string(&file).map_err(|error| error.to_string())?;
    same("the file", kept, text)?;
    let rate = ["--max-rate", "20000", "--requirement", "closed-ports"];
    let mut arguments = vec!["run", &file, "--out", &out];
    arguments.extend(rate);
    let ended = proofmark(&arguments, None)?;
    drop(launched);
    same("exit of the run", ended.exit, Some(1))?;
    let certificate = std::fs::read_to_string(Path::new(&out).join("certificate.json"))
        .map_err(|error| error.to_string())?;
    let certificate: Value =
        serde_json::from_str(&certificate).map_err(|error| error.to_string())?;
    let requirements = certificate["requirements"].as_array();
    let closed = requirements
        .into_iter()
        .flatten()
        .find(|it| it["id"] == "closed-ports");
    let ports: Vec<_> = closed
        .and_then(|closed| closed["findings"].as_array())
        .into_iter()
        .flatten()
        .filter(|finding| finding["code"] == "undeclared-port")
        .filter_map(|finding| finding["subject"]["port"].as_u64())
        .collect();
    same("undeclared ports", ports, vec![23, 80])
}

/// No manifest of what does not answer, of a public address, or of no address.
fn nobody() -> Result<(), String> {
    let directory = temporary()?;
    let file = directory.path().join("none.device.toml");
    let path = file.display().to_string();
    for (address, exit, says) in [
        ("192.0.2.77", 2, "nothing answered"),
        ("8.8.8.8", 64, "public address"),
        ("camera.local", 64, "no IP address"),
        ("fe80::1", 64, "needs its interface"),
    ] {
        let ended = proofmark(&["discover", address, "--out", &path], None)?;
        same(address, ended.exit, Some(exit))?;
        if !ended.stderr.contains(says) || file.exists() {
            return Err(format!("{address}: {}", ended.stderr));
        }
    }
    Ok(())
}

/// The sweep alone: what is open, what speaks there, and that everything else refused.
fn ports() -> Result<(), String> {
    let camera = demo::camera().map_err(|error| error.to_string())?;
    let launched = launch(&camera, address(7)).map_err(|error| error.to_string())?;
    let ip = address(7).to_string();
    let arguments = ["ports", &ip, "--json", "--identify", "--max-rate", "20000"];
    let ended = proofmark(&arguments, None)?;
    drop(launched);
    same("exit", ended.exit, Some(0))?;
    let document: Value = serde_json::from_str(&ended.stdout).map_err(|it| it.to_string())?;
    let seen: Vec<String> = document["ports"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|it| ["port", "transport", "state", "proof", "at_end", "service"].map(|key| &it[key]))
        .map(|values| {
            values
                .map(|value| value.to_string().replace('"', ""))
                .join(" ")
        })
        .collect();
    let wanted = [
        "23 tcp open accepted open telnet",
        "80 tcp open accepted open http",
    ];
    same("ports", seen, wanted.map(str::to_owned).to_vec())?;
    for (key, wanted) in [("closed", 65_533), ("silent", 0), ("unresolved", 0)] {
        same(key, document[key].as_u64(), Some(wanted))?;
    }
    Ok(())
}

/// No result of an address that is none, is public, or of no ports; and none that hides what is not known.
fn ports_refused() -> Result<(), String> {
    for (arguments, exit, says) in [
        (vec!["camera.local"], 64, "no IP address"),
        (vec!["8.8.8.8"], 64, "public address"),
        (vec!["127.0.0.1", "--ports", "9-1"], 64, "no range of ports"),
        (vec!["fe80::1%pm-none"], 64, "interface `pm-none`"),
        (vec!["192.0.2.77", "--ports", "80"], 2, ""),
    ] {
        let arguments = [vec!["ports"], arguments].concat();
        let ended = proofmark(&arguments, None)?;
        same(&arguments.join(" "), ended.exit, Some(exit))?;
        let unresolved = ended.stdout.contains("1 unresolved of 1 TCP ports");
        if !ended.stderr.contains(says) || unresolved != (exit == 2) {
            return Err(format!("{arguments:?}: {}{}", ended.stdout, ended.stderr));
        }
    }
    Ok(())
}

/// All trials of a device.
fn whole(scenario: &Scenario, ip: IpAddr) -> Result<(Ended, BTreeMap<String, Value>), String> {
    let directory = temporary()?;
    let launched = launch(scenario, ip).map_err(|error| error.to_string())?;
    let ended = test(
        &scenario.manifest_for(ip),
        directory.path(),
        &["--format", "json"],
    )?;
    drop(launched);
    let events = events(&ended)?;
    same(
        "trials",
        events.keys().map(String::as_str).collect(),
        NAMES.to_vec(),
    )
    .map_err(|error| format!("{error}\n{}", ended.stderr))?;
    Ok((ended, events))
}
