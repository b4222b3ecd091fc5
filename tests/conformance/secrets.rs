//! Secrets of the manifest are in no file and no output, in no form, also where the device repeats them and where a file
//! that was handed in holds them.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use libtest_mimic::{Completion, Trial};
use md5::{Digest as _, Md5};
use proofmark::digest::hex;
use proofmark_lab::files::lay_beside_manifest;
use proofmark_lab::scenario::FIXTURE_ADDRESS;
use proofmark_lab::standin::{Device, DeviceSpec, RawSpec};
use sha2::Sha256;

use super::stage::{Stage, ignored};

const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 78, 1, 60));

/// Each with its user, and the id under which a run speaks of it.
const SECRETS: [(&str, &str, &str); 5] = [
    ("owner-web", "admin", "q/+\"&<7>'\u{fc} lantern?"),
    ("owner-broker", "hub", "quay-lantern-47-mist"),
    ("owner-console", "root", "mast;59=rope"),
    ("owner-panel", "panel", "rudder-88-keel"),
    ("label-a", "admin", "Printed~2Label"),
];
/// The variable that holds the broker's.
const VARIABLE: &str = "PROOFMARK_TEST_BROKER";

const MANIFEST: &str = r#"
format = "proofmark-device/1"
[device]
manufacturer = "Harbour"
model = "Hub 2"
type = "hub"
[[unit]]
id = "a"
state = "initialised"
addresses = ["{address}"]
label = { username = "admin", password = "Printed~2Label" }
[[service]]
id = "web"
transport = "tcp"
port = 443
protocol = "http"
purpose = "Settings"
login = { attempts_per_minute = 6000 }
tls = { ca = "lab-ca.pem", names = ["hub.local"] }
owner = { mechanism = "http-basic", username = "admin", password = { file = "web.secret" }, path = "/", allow_cleartext = true }
[[service]]
id = "broker"
transport = "tcp"
port = 8883
protocol = "mqtt"
purpose = "Messages"
login = { attempts_per_minute = 6000 }
tls = { ca = "lab-ca.pem" }
owner = { mechanism = "mqtt", username = "hub", password = { env = "PROOFMARK_TEST_BROKER" }, topic = "home/#", allow_cleartext = true }
[[service]]
id = "console"
transport = "tcp"
port = 21
protocol = "ftp"
purpose = "Service"
login = { attempts_per_minute = 6000 }
owner = { mechanism = "ftp", username = "root", password = "mast;59=rope", allow_cleartext = true }
[[service]]
id = "panel"
transport = "tcp"
port = 8080
protocol = "http"
purpose = "Panel"
login = { attempts_per_minute = 6000 }
owner = { mechanism = "http-digest", username = "panel", password = "rudder-88-keel", path = "/", allow_cleartext = true }
[[service]]
id = "plain"
transport = "tcp"
port = 80
protocol = "http"
purpose = "Settings"
login = { attempts_per_minute = 6000 }
[[service]]
id = "plain-broker"
transport = "tcp"
port = 1883
protocol = "mqtt"
purpose = "Messages"
login = { attempts_per_minute = 6000 }
[[service]]
id = "shell"
transport = "tcp"
port = 23
protocol = "telnet"
purpose = "Service"
login = { attempts_per_minute = 6000 }
"#;

const DEVICE: &str = r#"
[[http]]
port = 443
accounts = [{ username = "admin", password = """q/+"&<7>'\u00fc lantern?""" }]
title = "quay-lantern-47-mist"
realm = "Printed~2Label"
server = "mast;59=rope"
pages = ["/"]
switch.tells.accounts = true
[http.tls]
names = ["quay-lantern-47-mist", "hub.local"]
[[mqtt]]
port = 8883
accounts = [{ username = "hub", password = "quay-lantern-47-mist" }]
retained = ["home/quay-lantern-47-mist", "home/Printed~2Label"]
tls = { names = ["hub.local"] }
[[ftp]]
port = 21
banner = "Welcome. The password is mast;59=rope"
accounts = [{ username = "root", password = "mast;59=rope" }]
[[http]]
port = 8080
accounts = [{ username = "panel", password = "rudder-88-keel" }]
title = "rudder-88-keel"
switch.digest_only = true
[[http]]
port = 80
accounts = [{ username = "admin", password = """q/+"&<7>'\u00fc lantern?""" }]
[[mqtt]]
port = 1883
accounts = [{ username = "hub", password = "quay-lantern-47-mist" }]
[[telnet]]
port = 23
accounts = [{ username = "hub", password = "quay-lantern-47-mist" }]
[[coap]]
port = 5683
resources = ["/quay-lantern-47-mist"]
switch.open = true
[[udp]]
port = 1900
answers = "SERVER: Printed~2Label"
"#;

/// The trial.
pub fn trial(stage: &Arc<Stage>) -> Trial {
    let stage = Arc::clone(stage);
    Trial::ignorable_test("secrets::no-output-holds-one", move || {
        if let Some(reason) = stage.unavailable() {
            return ignored(&reason);
        }
        perform()?;
        Ok(Completion::Completed)
    })
}

fn perform() -> Result<(), String> {
    let directory = tempfile::tempdir().map_err(text)?;
    let base = directory.path();
    let greeting = every_form("|");
    let page = every_form("</p><p>");
    let page = [
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n", page.len()).as_bytes(),
        b"Server: quay-lantern-47-mist\r\nWWW-Authenticate: Basic realm=mast;59=rope\r\n\r\n",
        &page,
    ]
    .concat();
    let mut device: DeviceSpec = toml::from_str(DEVICE).map_err(text)?;
    for (port, sends) in [(2000, &greeting), (2001, &page)] {
        let sends = sends.iter().copied().map(char::from).collect();
        device.raw.push(toml_of(port, sends)?);
    }
    device.validate().map_err(text)?;
    let device = Device::start(&device, ADDRESS).map_err(text)?;
    prepare(base)?;
    let mut outputs = Outputs::default();
    let run: &[&str] = &[
        "run",
        "d.toml",
        "--out",
        "run",
        "--profile",
        "iot-minimum-hands-off",
        "--max-rate",
        "20000",
        "--nmap",
        "scan.xml",
        "--mud",
        "mud.json",
    ];
    outputs.of(base, run, &[1])?;
    drop(device);
    planted(&base.join("run"), &greeting)?;
    sent_in_clear(&base.join("run"))?;
    for arguments in [
        &["key", "new", "lab.pem"][..],
        &["evaluate", "run", "--out", "again"],
        &["report", "run", "--format", "text", "--out", "text"],
        &["report", "run", "--format", "json", "--out", "json"],
        &["report", "run", "--format", "html", "--out", "html"],
        &["report", "run", "--format", "junit", "--out", "junit"],
        &["report", "run", "--format", "csv", "--out", "csv"],
        &["report", "run", "--format", "markdown", "--out", "markdown"],
        &["compare", "run", "again", "--format", "html"],
        &["compare", "run", "again", "--format", "csv"],
        &["compare", "run", "again"],
        &[
            "sign",
            "run",
            "--key",
            "lab.pem",
            "--pack",
            "a.proofmark",
            "--test-result",
            "t.json",
        ],
        &["verify", "a.proofmark", "--key", "lab.pub.pem"],
        &["verify", "run", "--key", "lab.pub.pem", "--json"],
        &["plan", "d.toml"],
    ] {
        outputs.of(base, arguments, &[0, 1])?;
    }
    outputs.files(base, &["d.toml", "web.secret", "scan.xml", "mud.json"])?;
    match outputs.wrong().as_slice() {
        [] => Ok(()),
        wrong => Err(wrong.join("\n")),
    }
}

fn toml_of(port: u16, sends: String) -> Result<RawSpec, String> {
    let mut table = toml::Table::new();
    table.insert("port".to_owned(), i64::from(port).into());
    table.insert("sends".to_owned(), sends.into());
    table.try_into().map_err(text)
}

/// What the tester has: the manifest, a secret beside it, a scan and a MUD file that hold more than they should.
fn prepare(base: &Path) -> Result<(), String> {
    lay_beside_manifest(base).map_err(text)?;
    let write = |name: &str, content: &str| std::fs::write(base.join(name), content).map_err(text);
    let manifest = MANIFEST.trim_start();
    write(
        "d.toml",
        &manifest.replace("{address}", &ADDRESS.to_string()),
    )?;
    write("web.secret", SECRETS[0].2)?;
    let fixture = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("lab/fixtures")
            .join(name);
        std::fs::read_to_string(path).map_err(text)
    };
    let scan = fixture("nmap/complete.xml")?;
    let scan = scan.replace(FIXTURE_ADDRESS, &ADDRESS.to_string());
    let scan = scan.replace("args=\"nmap", "args=\"nmap --script-args p=mast;59=rope");
    write(
        "scan.xml",
        &scan.replace("harbour-httpd/2.4", "quay-lantern-47-mist"),
    )?;
    let mud = fixture("mud/hub.json")?;
    let told = "\"systeminfo\": \"Printed~2Label and q\\/+\\\"&<7>'\\u00fc lantern?, ";
    write("mud.json", &mud.replace("\"systeminfo\": \"", told))
}

/// Whether the secrets came as far as the run, where their names stand in their places: else nothing would be shown.
fn planted(run: &Path, greeting: &[u8]) -> Result<(), String> {
    let mut all = Vec::new();
    for path in files(run)? {
        all.push(std::fs::read(&path).map_err(text)?);
    }
    for (id, _, _) in SECRETS {
        let name = format!("{{{{secret:{id}}}}}");
        let forms = greeting.split(|byte| *byte == b'|').count() / SECRETS.len();
        let most = all.iter().map(|file| count(file, name.as_bytes())).max();
        if most.unwrap_or_default() < forms / 2 {
            return Err(format!(
                "{name} stands {most:?} times in the fullest file, not {forms}"
            ));
        }
    }
    Ok(())
}

/// Whether accounts of services inside TLS were sent to every login in clear: else nothing would be shown of these attempts.
fn sent_in_clear(run: &Path) -> Result<(), String> {
    let evidence = std::fs::read_to_string(run.join("evidence.jsonl")).map_err(text)?;
    let attempts = evidence
        .lines()
        .filter(|line| line.contains(r#""step":"twin-account""#));
    let sent = |port: u16, service: &str| {
        let port = format!(r#""port":{port}}}"#);
        let service = format!(r#""account_of":"{service}""#);
        let answered = r#""kind":"observed""#;
        let mut attempts = attempts.clone();
        attempts.any(|it| {
            [&port, &service, answered]
                .iter()
                .all(|part| it.contains(*part))
        })
    };
    for port in [21, 23, 80, 1883, 8080] {
        for service in ["web", "broker"] {
            if !sent(port, service) {
                return Err(format!(
                    "the account of {service} was not sent to port {port}"
                ));
            }
        }
    }
    Ok(())
}

/// What was written and said, by name.
#[derive(Default)]
struct Outputs(BTreeMap<String, Vec<u8>>);

impl Outputs {
    /// Runs the tool and keeps what it says.
    fn of(&mut self, base: &Path, arguments: &[&str], exits: &[i32]) -> Result<(), String> {
        let Output {
            status,
            stdout,
            stderr,
        } = Command::new(env!("CARGO_BIN_EXE_proofmark"))
            .args(arguments)
            .current_dir(base)
            .env(VARIABLE, SECRETS[1].2)
            .output()
            .map_err(text)?;
        let name = arguments.join(" ");
        if !status.code().is_some_and(|code| exits.contains(&code)) {
            let said = String::from_utf8_lossy(&stderr);
            return Err(format!("{name}: {status}\n{said}"));
        }
        self.0.insert(format!("stdout of {name}"), stdout);
        self.0.insert(format!("stderr of {name}"), stderr);
        Ok(())
    }

    /// Every file below a directory but those of the tester, and every file's name.
    fn files(&mut self, base: &Path, own: &[&str]) -> Result<(), String> {
        for path in files(base)? {
            let name = path.strip_prefix(base).map_err(text)?;
            if !own.iter().any(|own| name == Path::new(own)) {
                let content = std::fs::read(&path).map_err(text)?;
                let name = name.display().to_string();
                self.0
                    .insert(format!("the name of {name}"), name.clone().into());
                self.0.insert(name, content);
            }
        }
        Ok(())
    }

    fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (id, user, value) in SECRETS {
            for (form, bytes) in looked_for(value, user) {
                let holds = |content: &[u8]| count(content, &bytes) > 0;
                for (name, _) in self.0.iter().filter(|(_, content)| holds(content)) {
                    wrong.push(format!("{name} holds {id} as {form}"));
                }
            }
        }
        for (name, content) in &self.0 {
            let text = String::from_utf8_lossy(content);
            for owner in &SECRETS[..4] {
                if text.lines().any(|line| answers_for(line, owner)) {
                    let whose = owner.0;
                    wrong.push(format!("{name} holds a response of HTTP Digest by {whose}"));
                }
            }
        }
        wrong
    }
}

/// Whether a header answers a challenge of HTTP Digest (RFC 7616, section 3.4.1) with this password: whoever has it can
/// try passwords on it.
fn answers_for(line: &str, (_, user, password): &(&str, &str, &str)) -> bool {
    let value = |name: &str| {
        let (_, rest) = line.split_once(&format!("{name}="))?;
        let rest = rest.trim_start_matches('"');
        rest.split(['"', ',', ' ']).next()
    };
    let (Some(realm), Some(nonce), Some(uri)) = (value(" realm"), value(" nonce"), value("uri"))
    else {
        return false;
    };
    let (Some(count), Some(cnonce), Some(response)) =
        (value("nc"), value("cnonce"), value("response"))
    else {
        return false;
    };
    let hashes: [fn(&str) -> String; 2] = [
        |text| hex(&Md5::digest(text)),
        |text| hex(&Sha256::digest(text)),
    ];
    hashes.iter().any(|hash| {
        let ours = hash(&format!("{user}:{realm}:{password}"));
        let asked = hash(&format!("GET:{uri}"));
        hash(&format!("{ours}:{nonce}:{count}:{cnonce}:auth:{asked}")) == response
    })
}

/// Every form of every secret, with something between.
fn every_form(between: &str) -> Vec<u8> {
    let forms = SECRETS
        .iter()
        .flat_map(|(_, user, value)| planted_as(value, user));
    let forms = forms.map(|(_, bytes)| [bytes, between.into()].concat());
    forms.collect::<Vec<_>>().concat()
}

/// The forms in which a device repeats a secret.
fn planted_as(value: &str, user: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms = plain_forms(value);
    let pair = format!("{user}:{value}");
    forms.push(("Basic", format!("Basic {}", STANDARD.encode(&pair)).into()));
    for around in ["", "x", "xy", "xyz"] {
        let text = format!("{around}{value}{around}");
        forms.push(("Base64", STANDARD.encode(&text).into()));
        forms.push((
            "Base64 without padding",
            STANDARD_NO_PAD.encode(&text).into(),
        ));
        forms.push(("Base64 for URLs", URL_SAFE.encode(&text).into()));
        forms.push((
            "Base64 for URLs without padding",
            URL_SAFE_NO_PAD.encode(&text).into(),
        ));
    }
    forms
}

/// What is looked for in what was written: the same, and of Base64 what is the same whatever stands around.
fn looked_for(value: &str, user: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms = plain_forms(value);
    forms.extend(planted_as(value, user));
    for before in ["", "x", "xy"] {
        for engine in [STANDARD, URL_SAFE] {
            let [one, other] = ["", "\u{7f}\u{7f}\u{7f}"].map(|after| {
                let texts = [before, &before.replace(['x', 'y'], "\u{7f}")];
                texts.map(|it| engine.encode(format!("{it}{value}{after}")).into_bytes())
            });
            let all = one.iter().chain(&other);
            let shortest = all.clone().map(Vec::len).min().unwrap_or_default();
            let same = |at: &usize| all.clone().all(|text| text[*at] == one[0][*at]);
            let common: Vec<u8> = (0..shortest).filter(same).map(|at| one[0][at]).collect();
            forms.push(("Base64 inside something", common));
        }
    }
    forms
}

fn plain_forms(value: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = value.as_bytes();
    let of_bytes = |piece: fn(&u8) -> String| bytes.iter().map(piece).collect::<String>();
    let of_chars = |piece: fn(char) -> String| value.chars().map(piece).collect::<String>();
    let json = serde_json::to_string(value).unwrap_or_default();
    let json = json.trim_matches('"').to_owned();
    let html = value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let quoted = html.replace('"', "&quot;");
    vec![
        ("plain", bytes.to_vec()),
        ("hex", of_bytes(|it| format!("{it:02x}")).into()),
        ("capital hex", of_bytes(|it| format!("{it:02X}")).into()),
        ("percent", of_bytes(|it| format!("%{it:02X}")).into()),
        ("small percent", of_bytes(|it| format!("%{it:02x}")).into()),
        (
            "a URL",
            of_bytes(|it| match it {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    char::from(*it).to_string()
                }
                _ => format!("%{it:02X}"),
            })
            .into(),
        ),
        (
            "quoted-printable",
            of_bytes(|it| match it {
                b'=' | 0x7f.. => format!("={it:02X}"),
                _ => char::from(*it).to_string(),
            })
            .into(),
        ),
        ("JSON with slashes", json.replace('/', "\\/").into()),
        ("JSON", json.into()),
        (
            "JSON in ASCII",
            of_chars(|it| format!("\\u{:04x}", u32::from(it))).into(),
        ),
        (
            "references",
            of_chars(|it| format!("&#{};", u32::from(it))).into(),
        ),
        (
            "references in hex",
            of_chars(|it| format!("&#x{:x};", u32::from(it))).into(),
        ),
        (
            "HTML with apostrophes",
            quoted.replace('\'', "&#39;").into(),
        ),
        (
            "HTML with other apostrophes",
            quoted.replace('\'', "&#x27;").into(),
        ),
        ("HTML", quoted.into()),
        (
            "UTF-16LE",
            value.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ),
        (
            "UTF-16BE",
            value.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        ),
    ]
}

fn count(content: &[u8], needle: &[u8]) -> usize {
    content
        .windows(needle.len())
        .filter(|part| *part == needle)
        .count()
}

fn files(directory: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(text)? {
        let path = entry.map_err(text)?.path();
        match path.is_dir() {
            true => found.extend(files(&path)?),
            false => found.push(path),
        }
    }
    Ok(found)
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
