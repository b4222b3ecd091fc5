//! The stand-in's updater as a client sees it: what it installs, what it refuses, and what each of its
//! faults lets through.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that panics has failed"
)]

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use proofmark_lab::files::package;
use proofmark_lab::standin::Device;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(10);
const PORT: u16 = 8080;
/// `admin:right`.
const OWNER: &str = "Authorization: Basic YWRtaW46cmlnaHQ=\r\n";

/// A device at an address of its own, so that tests never meet.
struct Lab {
    ip: IpAddr,
    device: Option<Device>,
}

impl Lab {
    /// A device with release 2.4.1 and these settings of its updater.
    fn new(test: u8, settings: &str) -> Self {
        let ip = IpAddr::from(Ipv4Addr::new(127, 75, test, 10));
        let spec = toml::from_str(&format!(
            "firmware = \"2.4.1\"\n[[http]]\nport = {PORT}\nversion_page = \"/v\"\n\
             accounts = [{{ username = \"admin\", password = \"right\" }}]\n\
             [http.update]\nkey = \"hub.pub.pem\"\ninstalled = \"hub-2.4.1.bin\"\n{settings}\n"
        ));
        let device = Some(Device::start(&spec.unwrap(), ip).unwrap());
        Self { ip, device }
    }

    fn connect(&self) -> std::io::Result<TcpStream> {
        let stream = TcpStream::connect_timeout(&SocketAddr::new(self.ip, PORT), PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(stream)
    }

    /// Status and body.
    fn ask(&self, head: &str, body: &[u8]) -> (u16, String) {
        let mut stream = self.connect().unwrap();
        let head = format!("{head}Connection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).unwrap();
        let heard = String::from_utf8(heard).unwrap();
        let status = heard.split(' ').nth(1).unwrap().parse().unwrap();
        (status, heard.split_once("\r\n\r\n").unwrap().1.to_owned())
    }

    fn send(&self, headers: &str, body: &[u8]) -> u16 {
        let length = body.len();
        let head = format!("POST /api/update HTTP/1.1\r\nContent-Length: {length}\r\n{headers}");
        self.ask(&head, body).0
    }

    fn offer(&self, body: &[u8]) -> u16 {
        self.send(OWNER, body)
    }

    /// Firmware and content.
    fn shows(&self) -> (String, String) {
        let (status, body) = self.ask("GET /v HTTP/1.1\r\n", b"");
        assert_eq!(status, 200);
        let body: Value = serde_json::from_str(&body).unwrap();
        let text = |key: &str| body[key].as_str().unwrap().to_owned();
        (text("firmware"), text("content"))
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        drop(self.device.take());
    }
}

fn hub(version: &str) -> Vec<u8> {
    package(&format!("hub-{version}.bin")).unwrap().to_vec()
}

/// Where the body of the lab's images begins.
const BODY: usize = 0x40;

fn field(image: &[u8], at: usize) -> usize {
    usize::from(u16::from_le_bytes([image[at], image[at + 1]]))
}

fn body_length(image: &[u8]) -> usize {
    field(image, 12) + (field(image, 14) << 16)
}

/// Where the unprotected area begins, and what hash and signature are over ends.
fn covered(image: &[u8]) -> usize {
    BODY + body_length(image) + field(image, 10)
}

/// What the version page shows once an image is installed.
fn shown_of(image: &[u8]) -> (String, String) {
    let end = image.len().min(BODY + body_length(image));
    let content = digest(&SHA256, &image[BODY..end]);
    let content: String = content
        .as_ref()
        .iter()
        .map(|it| format!("{it:02x}"))
        .collect();
    let version = format!("{}.{}.{}", image[20], image[21], field(image, 22));
    (version, content)
}

fn hash_repaired(mut image: Vec<u8>) -> Vec<u8> {
    let covered = covered(&image);
    let hash = digest(&SHA256, &image[..covered]);
    // After the area's header and the entry's.
    image[covered + 8..covered + 40].copy_from_slice(hash.as_ref());
    image
}

fn body_flipped() -> Vec<u8> {
    let mut image = hub("2.5.0");
    image[BODY + 1000] ^= 1;
    image
}

fn signature_flipped() -> Vec<u8> {
    let mut image = hub("2.5.0");
    *image.last_mut().unwrap() ^= 1;
    image
}

/// Signed by a key that was made for this.
fn stranger_signed() -> Vec<u8> {
    let mut image = hub("2.5.0");
    image.truncate(covered(&image));
    let random = SystemRandom::new();
    let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
    let key = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    let key = EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref(), &random).unwrap();
    let signature = key.sign(&random, &image).unwrap();
    let hash = digest(&SHA256, &image);
    let entry = |kind: u16, value: &[u8]| {
        let length = u16::try_from(value.len()).unwrap();
        [&kind.to_le_bytes()[..], &length.to_le_bytes(), value].concat()
    };
    let entries = [entry(0x10, hash.as_ref()), entry(0x22, signature.as_ref())].concat();
    let total = u16::try_from(entries.len() + 4).unwrap();
    [&image[..], &[0x07, 0x69], &total.to_le_bytes(), &entries].concat()
}

/// What is offered to every device.
fn offers() -> Vec<(&'static str, Vec<u8>)> {
    let good = hub("2.5.0");
    vec![
        ("good", good.clone()),
        ("nothing", Vec::new()),
        ("garbage", vec![0x5a; 3000]),
        ("truncated", good[..good.len() / 4 * 3].to_vec()),
        ("wrong hash", body_flipped()),
        ("flipped", hash_repaired(body_flipped())),
        ("signature flipped", signature_flipped()),
        ("unsigned", hub("unsigned-2.5.0")),
        ("stranger", stranger_signed()),
        ("older", hub("2.3.0")),
        ("the same", hub("2.4.1")),
    ]
}

const NO_IMAGE: [&str; 3] = ["nothing", "garbage", "truncated"];
const NOT_SIGNED: [&str; 4] = ["flipped", "signature flipped", "unsigned", "stranger"];
const NOT_NEWER: [&str; 2] = ["older", "the same"];

/// Offers each package to a device as if new, and compares status and effect with what `expected` says:
/// the status, and whether it is installed.
fn each(test: u8, switch: &str, expected: impl Fn(&str) -> (u16, bool)) {
    for (name, package) in offers() {
        let lab = Lab::new(test, switch);
        let before = lab.shows();
        assert_eq!(before, shown_of(&hub("2.4.1")));
        let (status, installed) = expected(name);
        assert_eq!(lab.offer(&package), status, "{name}");
        let after = match installed {
            true => shown_of(&package),
            false => before,
        };
        assert_eq!(lab.shows(), after, "{name}");
    }
}

#[test]
fn without_a_switch_only_a_newer_signed_release_is_installed() {
    each(1, "", |name| match name {
        "good" => (200, true),
        _ => (422, false),
    });
}

#[test]
fn without_a_signature_check_whatever_is_newer_is_installed() {
    each(2, "switch.no_signature_check = true", |name| {
        match NO_IMAGE.contains(&name) || NOT_NEWER.contains(&name) {
            true => (422, false),
            false => (200, true),
        }
    });
}

#[test]
fn a_hash_alone_lets_everybody_in_who_can_count() {
    each(3, "switch.hash_only = true", |name| {
        match name == "good" || NOT_SIGNED.contains(&name) {
            true => (200, true),
            false => (422, false),
        }
    });
}

#[test]
fn any_signature_will_do() {
    each(14, "switch.trusts_any_key = true", |name| {
        let signed = name != "unsigned" && NOT_SIGNED.contains(&name);
        match name == "good" || signed {
            true => (200, true),
            false => (422, false),
        }
    });
}

#[test]
fn a_signature_is_believed_that_names_the_key() {
    each(
        15,
        "switch.compares_key_name_only = true",
        |name| match name {
            "good" | "flipped" | "signature flipped" => (200, true),
            _ => (422, false),
        },
    );
}

#[test]
fn a_hash_is_believed_that_was_signed() {
    each(
        16,
        "switch.trusts_hash_in_package = true",
        |name| match name {
            "good" | "wrong hash" => (200, true),
            _ => (422, false),
        },
    );
}

#[test]
fn without_a_size_check_a_part_is_installed() {
    each(17, "switch.takes_half = true", |name| match name {
        "good" | "truncated" => (200, true),
        _ => (422, false),
    });
}

#[test]
fn without_a_rollback_check_an_older_release_is_installed() {
    each(4, "switch.no_rollback_check = true", |name| {
        match name == "good" || NOT_NEWER.contains(&name) {
            true => (200, true),
            false => (422, false),
        }
    });
}

#[test]
fn what_is_said_to_have_failed_is_installed() {
    each(
        5,
        "switch.says_failure_but_installs = true",
        |name| match name {
            "good" => (200, true),
            _ => (422, !NO_IMAGE.contains(&name)),
        },
    );
}

#[test]
fn what_is_said_to_be_well_is_not_installed() {
    each(6, "switch.always_200 = true", |name| (200, name == "good"));
}

#[test]
fn after_a_refusal_nothing_is_installed_any_more() {
    let lab = Lab::new(7, "switch.stops_after_refusal = true");
    assert_eq!(lab.offer(&hub("2.5.0")), 200);
    assert_eq!(lab.offer(&hub("2.3.0")), 422);
    assert_eq!(lab.offer(&hub("2.6.0")), 202);
    assert_eq!(lab.shows(), shown_of(&hub("2.5.0")));
}

#[test]
fn a_refusal_is_the_end_of_the_device() {
    let lab = Lab::new(8, "switch.dies_on_refusal = true");
    assert_eq!(lab.offer(&hub("2.5.0")), 200);
    assert_eq!(lab.offer(&hub("2.3.0")), 422);
    let deadline = Instant::now() + PATIENCE;
    while lab.connect().err().map(|it| it.kind()) != Some(ErrorKind::ConnectionRefused) {
        assert!(Instant::now() < deadline, "it lives");
    }
}

#[test]
fn an_installation_takes_its_time_and_is_alone() {
    let lab = Lab::new(9, "install_ms = 400");
    let offered = Instant::now();
    assert_eq!(lab.offer(&hub("2.5.0")), 200);
    // Later than that only on a machine that stood still in between.
    if offered.elapsed() < Duration::from_millis(300) {
        assert_eq!(lab.shows(), shown_of(&hub("2.4.1")));
        assert_eq!(lab.offer(&hub("2.6.0")), 409);
    }
    while lab.shows() != shown_of(&hub("2.5.0")) {
        assert!(offered.elapsed() < PATIENCE, "never installed");
    }
    assert!(offered.elapsed() >= Duration::from_millis(400));
    assert_eq!(lab.offer(&hub("2.6.0")), 200);
}

#[test]
fn only_the_owner_may_update() {
    let lab = Lab::new(10, "");
    let wrong = "Authorization: Basic YWRtaW46d3Jvbmc=\r\n";
    assert_eq!(lab.send("", &hub("2.5.0")), 401);
    assert_eq!(lab.send(wrong, &hub("2.5.0")), 401);
    assert_eq!(lab.shows().0, "2.4.1");
}

#[test]
fn whoever_asks_no_login_takes_packages_from_anybody() {
    let lab = Lab::new(13, "switch.asks_no_login = true");
    assert_eq!(lab.send("", &hub("unsigned-2.5.0")), 422);
    assert_eq!(lab.send("", &hub("2.5.0")), 200);
    assert_eq!(lab.ask("GET / HTTP/1.1\r\n", b"").0, 401);
}

#[test]
fn a_package_comes_as_it_is_or_in_a_form() {
    let lab = Lab::new(11, "");
    let good = hub("2.5.0");
    let head = format!(
        "PUT /api/update HTTP/1.1\r\nContent-Length: {}\r\n{OWNER}",
        good.len()
    );
    assert_eq!(lab.ask(&head, &good).0, 200);
    let form = [
        b"--x1\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\n".as_slice(),
        &hub("2.6.0"),
        b"\r\n--x1--\r\n",
    ];
    let headers = format!("{OWNER}Content-Type: multipart/form-data; boundary=x1\r\n");
    assert_eq!(lab.send(&headers, &form.concat()), 200);
    assert_eq!(lab.shows(), shown_of(&hub("2.6.0")));
    // Nothing else is updated by anything else.
    assert_eq!(lab.ask(&format!("PUT / HTTP/1.1\r\n{OWNER}"), b"").0, 405);
    let get = format!("GET /api/update HTTP/1.1\r\n{OWNER}");
    assert_eq!(lab.ask(&get, b"").0, 404);
}

#[test]
fn what_is_too_long_or_too_short_is_not_installed() {
    let lab = Lab::new(12, "switch.no_signature_check = true");
    assert_eq!(lab.offer(&vec![0; (1 << 20) + 1]), 413);
    assert_eq!(lab.offer(&vec![0; 1 << 20]), 422);
    let good = hub("2.5.0");
    let mut stream = lab.connect().unwrap();
    let head = format!("POST /api/update HTTP/1.1\r\n{OWNER}Content-Length: 4000\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&good).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(
        stream.read(&mut [0]).unwrap(),
        0,
        "no answer to half a request"
    );
    assert_eq!(lab.shows().0, "2.4.1");
}
