//! Offers to a device of a few lines, which installs what it is told to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use ring::rand::SystemRandom;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::super::{Stopper, fake};
use super::*;
use crate::dut::{ChannelKind, UpdateChannel, UpdateMechanism};
use crate::dut::{Owner, Package, PackageBytes, Secret, Update, VersionPlace};
use crate::evidence::Outcome;
use crate::observation::{Installed, Mechanism, UpdateStep};
use crate::probe::Endpoint;
use crate::probe::access::OwnerLogin;
use crate::update::mcuboot::Version;

const A: &[u8] = include_bytes!("../../../lab/fixtures/mcuboot/hub-2.5.0.bin");
const B: &[u8] = include_bytes!("../../../lab/fixtures/mcuboot/hub-2.6.0.bin");
const OLD: &[u8] = include_bytes!("../../../lab/fixtures/mcuboot/hub-2.3.0.bin");

/// What the device does with an upload.
#[derive(Clone, Copy)]
struct Behaviour {
    answer: &'static str,
    /// What it shows afterwards, and for how many readings it shows the old; none: what it showed before.
    shows: Option<(&'static str, usize)>,
    /// Readings of the version page that are answered with nothing.
    silent: usize,
}

const ACCEPTS: Behaviour = Behaviour {
    answer: "200 OK",
    shows: Some(("2.5.0", 1)),
    silent: 0,
};

#[derive(Default)]
struct State {
    shown: String,
    pending: Option<(&'static str, usize)>,
    silent: usize,
    uploads: Vec<(String, Vec<u8>)>,
    readings: usize,
}

type Shared = Arc<Mutex<State>>;

async fn device(behaviour: Behaviour) -> (SocketAddr, Shared) {
    let state = Shared::default();
    state.lock().unwrap().shown = "2.4.1".to_owned();
    let shared = Arc::clone(&state);
    let address = fake::serve(move |stream| serve(stream, Arc::clone(&shared), behaviour)).await;
    (address, state)
}

async fn serve(mut stream: TcpStream, state: Shared, behaviour: Behaviour) {
    let head = fake::read_request(&mut stream).await;
    let answer = if head.starts_with("GET") {
        let mut state = state.lock().unwrap();
        state.readings += 1;
        if state.silent > 0 {
            state.silent -= 1;
            return;
        }
        match &mut state.pending {
            Some((shown, 0)) => state.shown = (*shown).to_owned(),
            Some((_, left)) => *left -= 1,
            None => {}
        }
        let body = format!("{{\"firmware\": \"{}\"}}", state.shown);
        format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    } else {
        let length = head.to_lowercase();
        let length = length.split_once("content-length: ").unwrap().1;
        let length = length.split_once("\r\n").unwrap().0.parse().unwrap();
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.unwrap();
        let mut state = state.lock().unwrap();
        state.uploads.push((head, body));
        state.pending = behaviour.shows;
        state.silent = behaviour.silent;
        format!(
            "HTTP/1.1 {}\r\nContent-Length: 4\r\n\r\ndone",
            behaviour.answer
        )
    };
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

fn channel(address: SocketAddr, settle: Duration) -> Channel {
    let owner = Owner {
        mechanism: Mechanism::HttpBasic,
        username: "owner".to_owned(),
        password: Secret::new("owner-web", "hunter2"),
        path: None,
        topic: None,
        allow_cleartext: true,
    };
    Channel {
        letterbox: Letterbox {
            endpoint: Endpoint::clear(address),
            method: "POST",
            path: "/api/update".to_owned(),
            form_field: None,
            owner: Some(OwnerLogin::from(&owner)),
        },
        place: Place {
            endpoint: Endpoint::clear(address),
            path: "/api/version".to_owned(),
            firmware: VersionPlace::Json("/firmware".to_owned()),
            content: None,
            credential: None,
        },
        settle,
    }
}

fn package(bytes: &[u8]) -> Package {
    Package {
        file: "packages/hub 2.bin".to_owned(),
        size: bytes.len() as u64,
        sha256: crate::digest::sha256_hex(bytes),
        inspection: None,
        bytes: PackageBytes(bytes.into()),
    }
}

fn genuine() -> Offered {
    let package = package(A);
    let step = Step {
        step: UpdateStep::ControlFirst,
        package: &package,
        mutation: None,
    };
    step.offered(&SystemRandom::new()).unwrap()
}

async fn offered(channel: &Channel, control: Option<Duration>) -> (Exchange, UpdateAttempt) {
    let (_keep, stop) = Stopper::new();
    let pace = Pace {
        control,
        followed: true,
    };
    let exchange = offer(channel, &genuine(), pace, &stop).await;
    let Outcome::Observed { observations } = &exchange.outcome else {
        panic!("{exchange:?}")
    };
    let [Observation::Update(attempt)] = &observations[..] else {
        panic!("{observations:?}")
    };
    let attempt = attempt.clone();
    (exchange, attempt)
}

fn installed(firmware: &str) -> Installed {
    Installed {
        firmware: firmware.to_owned(),
        content: None,
    }
}

#[tokio::test]
async fn an_installation_is_seen_when_it_comes_and_the_package_is_not_kept() {
    let (address, state) = device(ACCEPTS).await;
    let started = Instant::now();
    let (exchange, attempt) = offered(&channel(address, Duration::from_secs(30)), None).await;
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(attempt.before, installed("2.4.1"));
    assert_eq!(attempt.after, Some(installed("2.5.0")));
    assert!(attempt.changed_after().unwrap() < 5.0);
    assert_eq!(attempt.upload.detail, "200, done");
    let size = A.len() as u64;
    assert_eq!((attempt.upload.sent, attempt.upload.of), (size, size));
    let (head, body) = state.lock().unwrap().uploads.remove(0);
    assert_eq!(body, A);
    assert!(
        head.contains("Content-Type: application/octet-stream"),
        "{head}"
    );
    assert!(
        head.contains("Authorization: Basic b3duZXI6aHVudGVyMg=="),
        "{head}"
    );
    assert_eq!(String::from_utf8_lossy(&exchange.sent), head);
    let received = String::from_utf8_lossy(&exchange.received);
    assert!(
        received.contains("done") && received.contains("2.5.0"),
        "{received}"
    );
}

#[tokio::test]
async fn a_form_has_the_package_in_its_field() {
    let (address, state) = device(ACCEPTS).await;
    let mut channel = channel(address, Duration::from_secs(30));
    channel.letterbox.form_field = Some("fw".to_owned());
    let (_, attempt) = offered(&channel, None).await;
    assert!(attempt.upload.delivered() && attempt.upload.of > A.len() as u64);
    let (head, body) = state.lock().unwrap().uploads.remove(0);
    let (_, boundary) = head.split_once("multipart/form-data; boundary=").unwrap();
    let (boundary, _) = boundary.split_once("\r\n").unwrap();
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"fw\"; filename=\"package.bin\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    let expected = [
        head.as_bytes(),
        A,
        format!("\r\n--{boundary}--\r\n").as_bytes(),
    ]
    .concat();
    assert!(body == expected, "{}", String::from_utf8_lossy(&body));
}

#[tokio::test]
async fn a_refusal_is_not_believed_for_twice_the_time_of_an_installation() {
    let lies = Behaviour {
        answer: "422 Unprocessable Content",
        shows: Some(("2.5.0", 3)),
        silent: 0,
    };
    let (address, _) = device(lies).await;
    let control = Some(Duration::from_millis(400));
    let (_, attempt) = offered(&channel(address, Duration::from_secs(30)), control).await;
    assert_eq!(attempt.after, Some(installed("2.5.0")));
    let honest = Behaviour {
        shows: None,
        ..lies
    };
    let (address, _) = device(honest).await;
    let control = Some(Duration::from_millis(700));
    let (_, attempt) = offered(&channel(address, Duration::from_secs(30)), control).await;
    assert_eq!(attempt.after, Some(installed("2.4.1")));
    assert_eq!(attempt.changed_after(), None);
    assert!((1.4..5.0).contains(&attempt.watched), "{}", attempt.watched);
}

#[tokio::test]
async fn a_yes_without_effect_is_waited_out() {
    let nothing = Behaviour {
        shows: None,
        ..ACCEPTS
    };
    let (address, _) = device(nothing).await;
    let control = Some(Duration::from_millis(100));
    let (_, attempt) = offered(&channel(address, Duration::from_secs(3)), control).await;
    assert!((3.0..8.0).contains(&attempt.watched), "{}", attempt.watched);
    // Without a control, nobody knows how long is long enough.
    let refuses = Behaviour {
        answer: "400 Bad Request",
        ..nothing
    };
    let (address, _) = device(refuses).await;
    let (_, attempt) = offered(&channel(address, Duration::from_secs(3)), None).await;
    assert!(attempt.watched >= 3.0, "{}", attempt.watched);
}

#[tokio::test]
async fn the_last_refusal_is_waited_out_and_so_is_what_it_hides() {
    let lies = Behaviour {
        answer: "400 Bad Request",
        shows: Some(("2.5.0", 6)),
        silent: 0,
    };
    let (address, _) = device(lies).await;
    let pace = Pace {
        control: Some(Duration::from_millis(50)),
        followed: false,
    };
    let (_keep, stop) = Stopper::new();
    let channel = channel(address, Duration::from_secs(6));
    let exchange = offer(&channel, &genuine(), pace, &stop).await;
    let Outcome::Observed { observations } = &exchange.outcome else {
        panic!("{exchange:?}")
    };
    let [Observation::Update(attempt)] = &observations[..] else {
        panic!("{observations:?}")
    };
    assert_eq!(attempt.after, Some(installed("2.5.0")), "{attempt:?}");
}

/// What came of an upload to a device that reads so much of the body, or the head alone, and answers then.
async fn upload_to(reads_all: bool) -> crate::observation::Upload {
    let address = fake::serve(move |mut stream: TcpStream| async move {
        let head = fake::read_request(&mut stream).await;
        if head.starts_with("POST") && reads_all {
            stream.read_exact(&mut vec![0; A.len()]).await.unwrap();
        }
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone";
        stream.write_all(answer).await.unwrap();
        let _ = stream.shutdown().await;
    })
    .await;
    let (_keep, stop) = Stopper::new();
    let letterbox = channel(address, Duration::from_secs(1)).letterbox;
    upload::upload(&letterbox, "hub.bin", Bytes::from_static(A), &stop)
        .await
        .upload
}

#[tokio::test]
async fn an_answer_before_the_end_of_the_package_is_an_answer_to_a_part() {
    let early = upload_to(false).await;
    assert_eq!(early.status, Some(200), "{early:?}");
    assert!(!early.delivered(), "{early:?}");
    let whole = upload_to(true).await;
    assert!(whole.delivered() && whole.status == Some(200), "{whole:?}");
}

#[tokio::test]
async fn a_device_that_restarts_is_waited_for() {
    let restarts = Behaviour {
        answer: "500 Oops",
        shows: Some(("2.5.0", 0)),
        silent: 5,
    };
    let (address, _) = device(restarts).await;
    let control = Some(Duration::from_millis(10));
    let (_, attempt) = offered(&channel(address, Duration::from_secs(20)), control).await;
    assert_eq!(attempt.after, Some(installed("2.5.0")));
    let gone = Behaviour {
        silent: usize::MAX,
        ..restarts
    };
    let (address, _) = device(gone).await;
    let (_, attempt) = offered(&channel(address, Duration::from_secs(2)), control).await;
    assert_eq!(attempt.after, None);
    assert!(attempt.watched >= 2.0, "{}", attempt.watched);
}

#[tokio::test]
async fn nothing_is_uploaded_blindly_or_in_clear() {
    let (_keep, stop) = Stopper::new();
    let (address, state) = device(ACCEPTS).await;
    let mut blind = channel(address, Duration::from_secs(1));
    blind.place.firmware = VersionPlace::Json("/nothing".to_owned());
    let absence = |exchange: Exchange| match exchange.outcome {
        Outcome::Absent { reason, .. } => reason,
        other => panic!("{other:?}"),
    };
    let exchange = offer(&blind, &genuine(), Pace::default(), &stop).await;
    assert_eq!(absence(exchange), Absence::Malformed);
    let mut clear = channel(address, Duration::from_secs(1));
    clear.letterbox.owner.as_mut().unwrap().allow_cleartext = false;
    let exchange = offer(&clear, &genuine(), Pace::default(), &stop).await;
    assert_eq!(absence(exchange), Absence::CleartextNotAllowed);
    assert!(state.lock().unwrap().uploads.is_empty());
}

#[tokio::test]
async fn what_changes_by_itself_is_not_steady() {
    let (_keep, stop) = Stopper::new();
    let (address, state) = device(ACCEPTS).await;
    let channel = channel(address, Duration::from_secs(1));
    assert!(steady(&channel, &stop).await.is_ok());
    state.lock().unwrap().pending = Some(("2.4.2", 1));
    assert!(steady(&channel, &stop).await.is_err());
    state.lock().unwrap().silent = 1;
    assert!(steady(&channel, &stop).await.is_err());
    // Not at the first look, and before an installation would be over.
    let channel = Channel {
        settle: Duration::from_secs(3),
        ..channel
    };
    state.lock().unwrap().pending = Some(("2.4.3", 3));
    assert!(steady(&channel, &stop).await.is_err());
}

#[tokio::test]
async fn a_stopped_run_stops_watching() {
    let (stopper, stop) = Stopper::new();
    let nothing = Behaviour {
        shows: None,
        ..ACCEPTS
    };
    let (address, state) = device(nothing).await;
    let channel = channel(address, Duration::from_secs(600));
    let started = Instant::now();
    let stopping = async {
        while state.lock().unwrap().readings < 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        stopper.stop("Ctrl-C");
    };
    let offered = genuine();
    tokio::join!(offer(&channel, &offered, Pace::default(), &stop), stopping);
    assert!(started.elapsed() < Duration::from_secs(30));
}

fn update(newer: &[&[u8]], older: Option<&[u8]>) -> Update {
    Update {
        mechanism: UpdateMechanism::Mcuboot,
        channel: UpdateChannel {
            kind: ChannelKind::HttpUpload,
            upload: None,
        },
        installed: None,
        newer: newer.iter().map(|bytes| package(bytes)).collect(),
        older: older.map(package),
        verify_key: None,
    }
}

fn order(update: &Update, mutants: bool, older: bool) -> String {
    let words = steps(update, mutants, older).into_iter().map(|step| {
        let version = step.offered(&SystemRandom::new()).unwrap().version;
        format!("{:?} {version}", step.step)
    });
    words.collect::<Vec<_>>().join(", ")
}

#[test]
fn mutants_stand_between_two_controls_and_the_older_one_comes_last() {
    let two = update(&[A, B], Some(OLD));
    assert_eq!(
        order(&two, true, true),
        "ControlFirst 2.5.0+0, Mutant 2.6.0+0, Mutant 2.6.0+1, Mutant 2.6.0+2, Mutant 2.6.0+0, \
         Mutant 2.6.0+0, Mutant 2.6.0+3, ControlLast 2.6.0+0, Older 2.3.0+0"
    );
    assert_eq!(
        order(&two, false, true),
        "ControlLast 2.6.0+0, Older 2.3.0+0"
    );
    let one = update(&[A], Some(OLD));
    let all = order(&one, true, false);
    assert!(
        all.starts_with("Mutant 2.5.0+0") && all.ends_with("ControlLast 2.5.0+0"),
        "{all}"
    );
    assert_eq!(order(&update(&[], Some(OLD)), true, true), "");
}

#[test]
fn the_stage_goes_on_only_where_all_is_as_it_must_be() {
    let version = |text| Version::read(text).unwrap();
    let attempt = |before: &str, after: Option<&str>| UpdateAttempt {
        upload: crate::observation::Upload {
            status: None,
            detail: String::new(),
            sent: 0,
            of: 0,
        },
        before: installed(before),
        seen: vec![],
        after: after.map(installed),
        watched: 1.0,
    };
    let (new, control, mutant) = (
        version("2.5.0+0"),
        UpdateStep::ControlFirst,
        UpdateStep::Mutant,
    );
    assert!(goes_on(control, new, &attempt("2.4.1", Some("2.5.0"))));
    assert!(!goes_on(control, new, &attempt("2.4.1", Some("2.4.1"))));
    assert!(!goes_on(control, new, &attempt("2.5.0", Some("2.5.0"))));
    assert!(!goes_on(control, new, &attempt("2.4.1", Some("2.7.0"))));
    assert!(!goes_on(control, new, &attempt("2.4.1", None)));
    assert!(goes_on(mutant, new, &attempt("2.4.1", Some("2.4.1"))));
    assert!(!goes_on(mutant, new, &attempt("2.4.1", Some("2.5.0"))));
    assert!(!goes_on(mutant, new, &attempt("2.4.1", None)));
    let mut for_a_while = attempt("2.4.1", Some("2.4.1"));
    for_a_while.seen = vec![crate::observation::InstalledAt {
        seconds: 1.0,
        installed: installed("2.5.0"),
    }];
    assert!(!goes_on(mutant, new, &for_a_while));
    // Something else for a while, for a genuine package and for another.
    for_a_while.seen[0].installed = installed("0.0.0-unknown");
    assert!(!goes_on(mutant, new, &for_a_while));
    let mut through = attempt("2.4.1", Some("2.5.0"));
    through.seen.clone_from(&for_a_while.seen);
    assert!(!goes_on(control, new, &through));
    // With a content: it must be another, and no third may be passed through.
    let over = |firmware: &str, content: &str| Installed {
        content: Some(content.to_owned()),
        ..installed(firmware)
    };
    through.before = over("2.4.1", "a");
    for (passing, after, expected) in [
        (over("updating", "a"), over("2.5.0", "b"), true),
        (over("updating", "c"), over("2.5.0", "b"), false),
        (over("updating", "a"), over("2.5.0", "a"), false),
    ] {
        through.seen[0].installed = passing;
        through.after = Some(after);
        assert_eq!(goes_on(control, new, &through), expected, "{through:?}");
    }
}
