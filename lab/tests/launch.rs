//! Every scenario's device starts in a namespace of its own, and its firewall is as silent as it says.
//!
//! Not a libtest: a namespace must be entered before there is a second thread.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test without libtest, which clippy does not know for one"
)]

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use proofmark_lab::library::{self, Entry};
use proofmark_lab::scenario::Dut;
use proofmark_lab::{Launched, NotLaunched, launch, namespace};

fn main() -> ExitCode {
    // First, while there is one thread.
    let namespace = namespace::enter();
    let unavailable = namespace.as_ref().err().map(ToString::to_string);
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let scenarios = library::load(&directory).expect("scenarios can be read");
    let mut arguments = Arguments::from_args();
    // One at a time: what is silent is told from what is slow by 300 ms.
    arguments.test_threads = Some(1);
    let trials = (1_u16..)
        .zip(scenarios)
        .map(|(place, entry)| {
            let unavailable = unavailable.clone();
            let name = format!("{} starts", entry.name);
            Trial::ignorable_test(name, move || match &unavailable {
                None => starts(entry, place),
                Some(unavailable) => ignored(unavailable),
            })
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// `place`, counted from one, gives each scenario a network of its own.
fn starts(mut entry: Entry, place: u16) -> Result<Completion, Failed> {
    let [high, low] = place.to_be_bytes();
    let ip = IpAddr::from(Ipv4Addr::new(127, 77 + high, low, 10));
    let ip = entry.scenario.placed(ip);
    // Their logins are counted here by a client without TLS.
    if let (true, Some(Dut::StandIn(spec))) =
        (entry.name.starts_with("dies-"), &mut entry.scenario.dut)
    {
        for http in &mut spec.http {
            http.switch.in_clear = true;
        }
    }
    match launch(&entry.scenario, ip) {
        Ok(launched) => try_out(&entry, ip, launched),
        Err(NotLaunched::Absent(reason)) => return ignored(&reason),
        Err(NotLaunched::Failed(why)) => return Err(why.into()),
    }
    Ok(Completion::Completed)
}

/// What did not start proves nothing, so that CI must have everything that it needs.
fn ignored(reason: &str) -> Result<Completion, Failed> {
    if std::env::var_os("CI").is_some_and(|value| value == "true") {
        return Err(format!("ignored, which CI does not allow: {reason}").into());
    }
    Ok(Completion::ignored_with(reason))
}

fn try_out(entry: &Entry, ip: IpAddr, launched: Launched) {
    let name = entry.name.as_str();
    let knock = |port| -> Result<TcpStream, ErrorKind> {
        TcpStream::connect_timeout(&SocketAddr::new(ip, port), Duration::from_secs(2))
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
            while knock(port).is_ok() {
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
