//! Servers that do to a client what servers have done, and worse.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;
use crate::observation::{Heartbeat, Preference};
use crate::probe::tls::audit::client::SPARE;
use crate::probe::tls::record::tests::{in_message, in_record};
use crate::probe::{Stopper, fake};

/// A ClientHello, read by nobody who wrote it.
struct Asked {
    version: u16,
    suites: Vec<u16>,
    compressions: Vec<u8>,
    extensions: BTreeMap<u16, Vec<u8>>,
}

fn pair(bytes: &[u8]) -> u16 {
    u16::from_be_bytes([bytes[0], bytes[1]])
}

fn pairs(bytes: &[u8]) -> Vec<u16> {
    bytes.chunks_exact(2).map(pair).collect()
}

/// None: SSL 2, or the end.
async fn read_hello(stream: &mut TcpStream) -> Option<Asked> {
    let mut head = [0; 5];
    stream.read_exact(&mut head).await.ok()?;
    if head[0] != 22 {
        return None;
    }
    let mut record = vec![0; usize::from(pair(&head[3..]))];
    stream.read_exact(&mut record).await.ok()?;
    let session = usize::from(record[38]);
    let mut rest = &record[39 + session..];
    let length = usize::from(pair(rest));
    let suites = pairs(&rest[2..2 + length]);
    rest = &rest[2 + length..];
    let compressions = rest[1..1 + usize::from(rest[0])].to_vec();
    rest = &rest[1 + usize::from(rest[0])..];
    let mut extensions = BTreeMap::new();
    if !rest.is_empty() {
        rest = &rest[2..];
    }
    while !rest.is_empty() {
        let length = usize::from(pair(&rest[2..]));
        extensions.insert(pair(rest), rest[4..4 + length].to_vec());
        rest = &rest[4 + length..];
    }
    let mut version = pair(&record[4..]);
    if let Some(content) = extensions.get(&43) {
        version = pair(&content[1..]);
    }
    Some(Asked {
        version,
        suites,
        compressions,
        extensions,
    })
}

/// A ServerHello, and for TLS 1.2 and older what ends a flight.
fn flight(version: u16, suite: u16, compression: u8, extensions: &[(u16, &[u8])]) -> Vec<u8> {
    let mut body = [&version.min(0x0303).to_be_bytes()[..], &[9; 32], &[0]].concat();
    body.extend(suite.to_be_bytes());
    body.push(compression);
    let mut list = Vec::new();
    for (kind, content) in extensions {
        list.extend(kind.to_be_bytes());
        list.extend(u16::try_from(content.len()).unwrap().to_be_bytes());
        list.extend(*content);
    }
    body.extend(u16::try_from(list.len()).unwrap().to_be_bytes());
    body.extend(list);
    let mut messages = in_message(2, &body);
    if version < 0x0304 {
        messages.extend(in_message(
            11,
            &[0, 0, 8, 0, 0, 5, 0x30, 0x84, 0xff, 0xff, 0xff],
        ));
        messages.extend(in_message(14, &[]));
    }
    messages
}

fn alert(number: u8) -> Vec<u8> {
    in_record(21, &[2, number])
}

/// A service that takes RSA suites of TLS 1.2 in its own order.
const TAKES: [u16; 3] = [0x009d, 0x002f, 0x000a];

fn decent(asked: &Asked) -> Vec<u8> {
    match TAKES.iter().find(|code| asked.suites.contains(code)) {
        _ if asked.version != 0x0303 => alert(70),
        Some(code) => in_record(22, &flight(0x0303, *code, 0, &[(0xff01, &[0])])),
        None => alert(40),
    }
}

/// Answers every hello by `script`, and everything else by an alert.
async fn answering(script: impl Fn(&Asked) -> Vec<u8> + Send + Sync + 'static) -> SocketAddr {
    let script = Arc::new(script);
    fake::serve(move |mut stream| {
        let script = Arc::clone(&script);
        async move {
            let bytes = match read_hello(&mut stream).await {
                Some(asked) => script(&asked),
                None => alert(70),
            };
            let _ = stream.write_all(&bytes).await;
            let _ = stream.read(&mut [0; 64]).await;
        }
    })
    .await
}

async fn audited(address: SocketAddr, name: Option<&str>) -> TlsAudit {
    after(None, address, name).await
}

async fn after(starttls: Option<StartTls>, address: SocketAddr, name: Option<&str>) -> TlsAudit {
    let whom = Audited {
        address,
        name: name.map(str::to_owned),
        starttls,
        patience: Duration::from_millis(400),
        max_rate: 100_000,
        spare: SPARE,
    };
    let (_keep, stop) = Stopper::new();
    let audit = audit(&whom, &stop).await;
    let most = u32::try_from(audit.pairs()).unwrap() + SPARE;
    assert!(
        audit.connections <= most,
        "{} connections",
        audit.connections
    );
    assert_eq!(audit.versions.len(), 6);
    audit
}

fn state(audit: &TlsAudit, version: TlsVersion) -> VersionState {
    audit.version(version).unwrap().state
}

#[tokio::test]
async fn a_decent_service_is_told_whole() {
    let audit = audited(answering(decent).await, None).await;
    let version = audit.version(TlsVersion::Tls12).unwrap();
    assert_eq!(
        version.suites,
        [
            "TLS_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_RSA_WITH_AES_128_CBC_SHA",
            "TLS_RSA_WITH_3DES_EDE_CBC_SHA"
        ]
    );
    assert_eq!(version.preference, Some(Preference::Server));
    assert_eq!(version.secure_renegotiation, Some(true));
    assert_eq!(version.extended_master_secret, Some(false));
    assert_eq!(version.compression, Some(false));
    assert_eq!(version.mac_then_encrypt.len(), 2);
    assert_eq!(version.heartbeat, Some(Heartbeat::NotOffered));
    for other in TlsVersion::ALL {
        let expected = match other {
            TlsVersion::Tls12 => VersionState::Offered,
            _ => VersionState::Refused,
        };
        assert_eq!(state(&audit, other), expected, "{other}");
    }
    // Five bytes that say they are four gigabytes of certificate.
    assert_eq!(audit.certificates.len(), 1);
    assert_eq!(audit.certificates[0].certificate.facts, None);
    assert_eq!(audit.interrupted, None);
}

/// What is to do with whoever says a hello of SSL 2.
#[derive(Clone, Copy, Debug)]
enum Abort {
    Alert,
    Reset,
    Silence,
}

/// An abort is what SSL 2 is refused by, where TLS was spoken before (RFC 6176); silence is not.
#[tokio::test]
async fn an_aborted_hello_of_ssl2_is_refused_and_an_unanswered_one_is_not() {
    for (how, expected) in [
        (Abort::Alert, VersionState::Refused),
        (Abort::Reset, VersionState::Refused),
        (Abort::Silence, VersionState::Unknown),
    ] {
        let address = fake::serve(move |mut stream| async move {
            let bytes = match (read_hello(&mut stream).await, how) {
                (Some(asked), _) => decent(&asked),
                (None, Abort::Alert) => alert(50),
                // There is more to be read.
                (None, Abort::Reset) => return,
                (None, Abort::Silence) => Vec::new(),
            };
            let _ = stream.write_all(&bytes).await;
            let _ = stream.read(&mut [0; 64]).await;
            let _ = stream.read(&mut [0; 64]).await;
        });
        let audit = audited(address.await, None).await;
        assert_eq!(state(&audit, TlsVersion::Ssl20), expected, "{how:?}");
    }
}

#[tokio::test]
async fn pieces_of_a_byte_change_nothing_but_the_time() {
    let address = answering(|asked| {
        let whole = decent(asked);
        match whole[0] {
            22 => whole[5..]
                .chunks(1)
                .flat_map(|it| in_record(22, it))
                .collect(),
            _ => whole,
        }
    });
    let pieces = audited(address.await, None).await;
    let whole = audited(answering(decent).await, None).await;
    assert_eq!(pieces.versions, whole.versions);
    assert_eq!(pieces.connections, whole.connections);
}

/// It chooses the same whatever is offered: a list that ends only where that is noticed.
#[tokio::test]
async fn what_was_never_offered_is_its_own_fact_and_never_accepted() {
    let address = answering(|asked| match asked.version {
        0x0303 => in_record(22, &flight(0x0303, 0x002f, 0, &[])),
        // TLS 1.0 that is answered with TLS 1.2, and TLS 1.3 with a suite of TLS 1.2.
        0x0301 => in_record(22, &flight(0x0303, 0x002f, 0, &[])),
        0x0304 => in_record(22, &flight(0x0304, 0x002f, 0, &[(43, &[3, 4])])),
        _ => alert(70),
    });
    let audit = audited(address.await, None).await;
    let version = audit.version(TlsVersion::Tls12).unwrap();
    assert_eq!(version.suites, ["TLS_RSA_WITH_AES_128_CBC_SHA"]);
    assert_eq!(version.unasked[0], "a cipher suite that was not offered");
    for (unasked, what) in [
        (TlsVersion::Tls10, "a version that was not offered"),
        (TlsVersion::Tls13, "a cipher suite that was not offered"),
    ] {
        let version = audit.version(unasked).unwrap();
        assert_eq!(version.state, VersionState::Unknown);
        assert_eq!(
            (version.suites.len(), &version.unasked[..]),
            (0, &[what.to_owned()][..])
        );
    }
}

#[tokio::test]
async fn an_odd_alert_silence_a_reset_and_a_hang_up_are_unknown() {
    for number in [0, 10, 47, 80, 112] {
        let audit = audited(answering(move |_| alert(number)).await, None).await;
        for version in TlsVersion::OFFERED {
            assert_eq!(
                state(&audit, version),
                VersionState::Unknown,
                "alert {number}"
            );
        }
    }
    for address in [
        fake::serve(fake::hold).await,
        fake::serve(fake::reset).await,
        fake::serve(async |stream| drop(stream)).await,
        fake::serve(fake::flood).await,
        fake::serve(fake::drip).await,
        fake::closed_port().await,
    ] {
        let audit = audited(address, None).await;
        for version in TlsVersion::ALL {
            assert_eq!(state(&audit, version), VersionState::Unknown);
        }
        assert!(audit.connections < 20, "{} connections", audit.connections);
    }
}

#[tokio::test]
async fn a_storm_of_alerts_and_an_endless_certificate_end_at_a_bound() {
    let storm = answering(|_| in_record(21, &[1, 112]).repeat(10_000)).await;
    let audit = audited(storm, None).await;
    let version = audit.version(TlsVersion::Tls12).unwrap();
    assert_eq!(version.state, VersionState::Unknown);
    assert!(
        version.because.contains("warnings without"),
        "{}",
        version.because
    );
    let endless = answering(|asked| match asked.version {
        0x0303 if asked.suites.contains(&0x002f) => {
            let hello = flight(0x0303, 0x002f, 0, &[]);
            let hello = &hello[..hello.len() - 4 - 15];
            [in_record(22, hello), in_record(22, &[11, 0xff, 0xff, 0xff])].concat()
        }
        _ => alert(40),
    });
    let audit = audited(endless.await, None).await;
    let version = audit.version(TlsVersion::Tls12).unwrap();
    assert_eq!(version.suites, ["TLS_RSA_WITH_AES_128_CBC_SHA"]);
    assert!(
        version.untold[0].why.contains("absurd length"),
        "{:?}",
        version.untold
    );
}

/// The pace is ours: a service that answers at once is not silent because nobody asks it sooner.
#[tokio::test]
async fn the_wait_between_connections_is_no_silence() {
    let whom = Audited {
        address: answering(decent).await,
        name: None,
        starttls: None,
        patience: Duration::from_millis(100),
        max_rate: 2,
        spare: 1,
    };
    let (_keep, stop) = Stopper::new();
    let audit = audit(&whom, &stop).await;
    let version = audit.version(TlsVersion::Tls12).unwrap();
    assert_eq!(version.suites.len(), 3, "{version:?}");
    assert_eq!(audit.connections, 4);
    assert!(audit.seconds > 1.5, "{} s", audit.seconds);
}

#[tokio::test]
async fn a_server_that_stumbles_over_extensions_is_asked_without() {
    let address = answering(|asked| match asked.extensions.contains_key(&22) {
        true => alert(50),
        false => decent(asked),
    });
    let audit = audited(address.await, None).await;
    let version = audit.version(TlsVersion::Tls12).unwrap();
    assert_eq!(version.suites.len(), 3);
    assert_eq!(version.session_ticket, None, "it was not asked");
}

/// SMTP in clear, which goes on to TLS where it was asked to and `permits` it.
async fn mail(permits: bool) -> SocketAddr {
    fake::serve(move |mut stream| async move {
        let _ = stream.write_all(b"220 hub ESMTP\r\n").await;
        let mut line = [0; 64];
        let _ = stream.read(&mut line).await;
        let _ = stream.write_all(b"250-hub\r\n250 STARTTLS\r\n").await;
        let length = stream.read(&mut line).await.unwrap_or_default();
        assert_eq!(&line[..length], b"STARTTLS\r\n");
        if !permits {
            let _ = stream.write_all(b"454 not now\r\n").await;
            return;
        }
        let _ = stream.write_all(b"220 go on\r\n").await;
        let bytes = match read_hello(&mut stream).await {
            Some(asked) => decent(&asked),
            None => alert(70),
        };
        let _ = stream.write_all(&bytes).await;
        let _ = stream.read(&mut [0; 64]).await;
    })
    .await
}

#[tokio::test]
async fn mail_is_asked_for_tls_first() {
    let audit = after(Some(StartTls::Smtp), mail(true).await, None).await;
    assert_eq!(audit.version(TlsVersion::Tls12).unwrap().suites.len(), 3);
    let audit = after(Some(StartTls::Smtp), mail(false).await, None).await;
    let version = audit.version(TlsVersion::Tls12).unwrap();
    assert_eq!(version.state, VersionState::Unknown);
    assert!(
        version.because.contains("does not go on to TLS"),
        "{}",
        version.because
    );
}

/// As a device with room for one connection counts them, which takes a moment to hang up: each until both sides have gone.
#[tokio::test]
async fn one_connection_at_a_time_is_enough() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&most);
    let address = fake::serve(move |mut stream| {
        let (now, most) = (Arc::clone(&now), Arc::clone(&most));
        async move {
            let others = now.fetch_add(1, Ordering::SeqCst);
            most.fetch_max(others + 1, Ordering::SeqCst);
            let bytes = match read_hello(&mut stream).await {
                Some(asked) => decent(&asked),
                None => alert(70),
            };
            let _ = stream.write_all(&bytes).await;
            let _ = stream.read(&mut [0; 64]).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
            now.fetch_sub(1, Ordering::SeqCst);
        }
    });
    let audit = audited(address.await, None).await;
    assert_eq!((audit.max_concurrent, seen.load(Ordering::SeqCst)), (1, 1));
}

#[tokio::test]
async fn a_server_that_dies_of_it_is_noticed_and_left_alone() {
    let served = Arc::new(AtomicU32::new(0));
    let address = fake::serve(move |mut stream| {
        let number = served.fetch_add(1, Ordering::SeqCst);
        async move {
            if number >= 2 {
                return fake::hold(stream).await;
            }
            if let Some(asked) = read_hello(&mut stream).await {
                let _ = stream.write_all(&decent(&asked)).await;
            }
        }
    });
    let audit = audited(address.await, None).await;
    assert_eq!(audit.version(TlsVersion::Tls12).unwrap().suites.len(), 2);
    assert_eq!(
        audit.interrupted.as_deref(),
        Some("it stopped answering what it answered before")
    );
    assert_eq!(state(&audit, TlsVersion::Tls13), VersionState::Unknown);
    assert!(audit.connections <= 8, "{} connections", audit.connections);
}

#[test]
fn every_suite_that_fits_is_offered_once_and_no_hello_holds_too_many() {
    for version in TlsVersion::OFFERED {
        let lists = chunks(version);
        assert!(lists.iter().all(|list| list.len() <= MOST));
        let mut all = lists.concat();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
    let count = |version| chunks(version).concat().len();
    assert_eq!(count(TlsVersion::Tls12), 344);
    assert_eq!(
        (count(TlsVersion::Tls10), count(TlsVersion::Tls13)),
        (156, 15)
    );
}

mod doubt;
mod heartbeat;
mod name;
mod order;
