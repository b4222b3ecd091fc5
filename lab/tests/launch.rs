//! Every scenario's device starts in a namespace of its own, and its firewall is as silent as it says.
//!
//! Not a libtest: a namespace must be entered before there is a second thread.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test without libtest, which clippy does not know for one"
)]

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use proofmark_lab::library::{self, Entry};
use proofmark_lab::scenario::Dut;
use proofmark_lab::{Launched, NotLaunched, launch, namespace};

fn main() -> ExitCode {
    // `cargo test -- --list` asks for names, and filters are for others.
    if std::env::args()
        .skip(1)
        .any(|argument| argument == "--list")
    {
        println!("every_device_starts: test");
        return ExitCode::SUCCESS;
    }
    if let Err(unavailable) = namespace::enter() {
        return ignored(&unavailable.to_string());
    }
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let scenarios = library::load(&directory).expect("scenarios can be read");
    let mut missing = Vec::new();
    for (index, entry) in scenarios.iter().enumerate() {
        let third = u8::try_from(index + 1).expect("fewer than 255 scenarios");
        let ip = IpAddr::from(Ipv4Addr::new(127, 77, third, 10));
        // Their logins are counted here by a client without TLS.
        let mut entry = entry.clone();
        if let (true, Some(Dut::StandIn(spec))) =
            (entry.name.starts_with("dies-"), &mut entry.scenario.dut)
        {
            for http in &mut spec.http {
                http.switch.in_clear = true;
            }
        }
        match launch(&entry.scenario, ip) {
            Ok(launched) => try_out(&entry, ip, launched),
            Err(NotLaunched::Absent(reason)) => missing.push(format!("{}: {reason}", entry.name)),
            Err(NotLaunched::Failed(why)) => panic!("{}: {why}", entry.name),
        }
    }
    if missing.is_empty() {
        println!("every_device_starts ... ok ({} scenarios)", scenarios.len());
        return ExitCode::SUCCESS;
    }
    ignored(&missing.join("\n"))
}

fn ignored(reason: &str) -> ExitCode {
    println!("every_device_starts ... ignored: {reason}");
    if std::env::var_os("CI").is_some_and(|value| value == "true") {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn try_out(entry: &Entry, ip: IpAddr, launched: Launched) {
    let name = entry.name.as_str();
    let knock = |port| -> Result<TcpStream, ErrorKind> {
        TcpStream::connect_timeout(&SocketAddr::new(ip, port), Duration::from_millis(300))
            .map_err(|error| error.kind())
    };
    let ports = entry
        .scenario
        .dut
        .as_ref()
        .map(Dut::ports)
        .unwrap_or_default();
    match name {
        "silent" => assert_eq!(knock(443).unwrap_err(), ErrorKind::TimedOut),
        "other-ports-dropped" => {
            assert!(knock(443).is_ok());
            assert_eq!(knock(81).unwrap_err(), ErrorKind::TimedOut);
        }
        "dies-silently" => dies(knock, ErrorKind::TimedOut),
        "dies-during-logins" => dies(knock, ErrorKind::ConnectionRefused),
        "busybox-httpd" => {
            let ask = |header: &str| {
                answer(
                    knock(8080).unwrap(),
                    &format!("GET / HTTP/1.0\r\n{header}\r\n"),
                )
            };
            assert!(ask("").contains(" 401 "), "{}", ask(""));
            // `admin:admin`.
            assert!(ask("Authorization: Basic YWRtaW46YWRtaW4=\r\n").contains(" 200 "));
        }
        "lighttpd" => {
            let ask =
                |path: &str| answer(knock(80).unwrap(), &format!("GET {path} HTTP/1.0\r\n\r\n"));
            assert!(ask("/").contains(" 401 "), "{}", ask("/"));
            assert!(
                ask("/api/version").contains("2.4.1"),
                "{}",
                ask("/api/version")
            );
        }
        "busybox-telnetd" => {
            let session = answer(knock(23).unwrap(), "id\r\nexit\r\n");
            assert!(session.contains("uid=0"), "{session:?}");
        }
        _ if entry.scenario.firewall.is_some() => {}
        _ => assert!(ports.iter().all(|&port| knock(port).is_ok()), "{name}"),
    }
    drop(launched);
    if entry.scenario.address.is_none() {
        // A server's forked children end a moment after it.
        let deadline = Instant::now() + Duration::from_secs(5);
        for port in ports {
            while knock(port).err() != Some(ErrorKind::ConnectionRefused) {
                assert!(Instant::now() < deadline, "{name} is still there");
            }
        }
    }
}

/// Logs in until nobody is there, which must look like `silence`.
fn dies(knock: impl Fn(u16) -> Result<TcpStream, ErrorKind>, silence: ErrorKind) {
    for _ in 0..200 {
        match knock(443) {
            Ok(stream) => drop(answer(
                stream,
                "GET / HTTP/1.0\r\nAuthorization: Basic eDp5\r\n\r\n",
            )),
            Err(kind) => return assert_eq!(kind, silence),
        }
    }
    panic!("it does not die");
}

/// What comes back within a moment.
fn answer(mut stream: TcpStream, say: &str) -> String {
    let mut heard = Vec::new();
    stream
        .set_read_timeout(Some(Duration::from_secs(2)))
        .expect("a timeout can be set");
    if stream.write_all(say.as_bytes()).is_ok() {
        let _ = stream.read_to_end(&mut heard);
    }
    String::from_utf8_lossy(&heard).into_owned()
}
