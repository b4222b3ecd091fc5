//! Stand-ins as a client sees them, on loopback and unprivileged ports.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that panics has failed"
)]

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use proofmark_lab::standin::{Device, DeviceSpec, Event, StartError};

const PATIENCE: Duration = Duration::from_secs(10);

/// An address for each test, so that ports never clash.
fn address(test: u8) -> IpAddr {
    IpAddr::from(Ipv4Addr::new(127, 76, test, 10))
}

fn spec(text: &str) -> DeviceSpec {
    toml::from_str(text).unwrap()
}

fn connect(test: u8, port: u16) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&SocketAddr::new(address(test), port), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Everything that comes back until the peer hangs up.
fn talk(test: u8, port: u16, say: &str) -> String {
    let mut stream = connect(test, port).unwrap();
    stream.write_all(say.as_bytes()).unwrap();
    let mut heard = Vec::new();
    stream.read_to_end(&mut heard).unwrap();
    String::from_utf8_lossy(&heard).into_owned()
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

const GET: &str = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
/// `admin:right`.
const GET_AS_ADMIN: &str =
    "GET / HTTP/1.1\r\nAuthorization: Basic YWRtaW46cmlnaHQ=\r\nConnection: close\r\n\r\n";

#[test]
fn a_web_server_asks_for_its_owner() {
    let spec = spec(
        "[[http]]\nport = 8001\nrealm = \"R\"\n\
         accounts = [{ username = \"admin\", password = \"right\" }]\n",
    );
    let device = Device::start(&spec, address(1)).unwrap();
    let refused = talk(1, 8001, GET);
    assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
    assert!(refused.contains("WWW-Authenticate: Basic realm=\"R\""));
    assert!(talk(1, 8001, GET_AS_ADMIN).starts_with("HTTP/1.1 200"));
    assert!(talk(1, 8001, "\r\n\r\n").starts_with("HTTP/1.1 400"));
    drop(device);
    assert_eq!(
        connect(1, 8001).unwrap_err().kind(),
        ErrorKind::ConnectionRefused
    );
}

#[test]
fn a_connection_takes_several_requests() {
    let device = Device::start(&spec("[[http]]\nport = 8002\n"), address(2)).unwrap();
    let post = "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabcde";
    let answers = talk(2, 8002, &format!("{post}{GET}"));
    assert_eq!(answers.matches("HTTP/1.1 401").count(), 2, "{answers}");
    drop(device);
}

#[test]
fn a_telnet_login_opens_a_shell_that_echoes() {
    let spec = spec(
        "[[telnet]]\nport = 8003\naccounts = [{ username = \"root\", password = \"r00t\" }]\n",
    );
    let device = Device::start(&spec, address(3)).unwrap();
    let session = talk(
        3,
        8003,
        "root\r\nwrong\r\nroot\r\nr00t\r\necho a'b'c\r\nexit\r\n",
    );
    assert!(session.contains("Login incorrect"), "{session}");
    assert!(session.contains("# echo a'b'c\r\nabc\r\n# "), "{session}");
    assert!(
        !session.contains("r00t"),
        "a password is not echoed: {session}"
    );
    drop(device);
}

#[test]
fn an_open_telnet_asks_nothing() {
    let spec = spec("[[telnet]]\nport = 8004\nswitch.asks_no_login = true\n");
    let device = Device::start(&spec, address(4)).unwrap();
    let session = talk(4, 8004, "id\r\nexit\r\n");
    assert!(session.contains("uid=0(root)"), "{session}");
    assert!(!session.contains("login:"), "{session}");
    drop(device);
}

#[test]
fn bad_manners_are_as_bad_as_they_say() {
    let spec = spec(
        "[[http]]\nport = 8005\nswitch.resets = true\n\
         [[http]]\nport = 8006\nswitch.never_answers = true\n\
         [[http]]\nport = 8007\nswitch.endless_banner = true\n\
         [[raw]]\nport = 8008\nsends = \"\\u00ff\\u0000hello\"\n",
    );
    let device = Device::start(&spec, address(5)).unwrap();
    let mut reset = connect(5, 8005).unwrap();
    let error = reset.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);

    let mut mute = connect(5, 8006).unwrap();
    mute.write_all(GET.as_bytes()).unwrap();
    mute.set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    assert_eq!(
        mute.read(&mut [0]).unwrap_err().kind(),
        ErrorKind::WouldBlock
    );

    let mut flood = vec![0; 3 << 20];
    connect(5, 8007).unwrap().read_exact(&mut flood).unwrap();
    assert!(flood.iter().all(|&byte| byte == b'A'));

    let mut greeting = [0; 7];
    connect(5, 8008).unwrap().read_exact(&mut greeting).unwrap();
    assert_eq!(&greeting, b"\xff\0hello");
    drop(device);
}

#[test]
fn hostile_text_is_hostile() {
    let spec = spec(
        "[[http]]\nport = 8009\nswitch.hostile_text = true\nswitch.ok_for_everything = true\n\
         [[telnet]]\nport = 8010\nswitch.hostile_text = true\nswitch.asks_no_login = true\n",
    );
    let device = Device::start(&spec, address(6)).unwrap();
    for heard in [talk(6, 8009, GET), talk(6, 8010, "exit\r\n")] {
        for hostile in ["<script>", "\u{1b}", "\u{202e}", "\u{e0049}"] {
            assert!(heard.contains(hostile), "{hostile:?} in {heard:?}");
        }
    }
    drop(device);
}

#[test]
fn one_service_dies_and_the_other_lives() {
    let spec = spec("[[http]]\nport = 8011\nswitch.dies_after.logins = 1\n[[raw]]\nport = 8012\n");
    let device = Device::start(&spec, address(7)).unwrap();
    assert!(talk(7, 8011, GET).starts_with("HTTP/1.1 401"));
    let mut stream = connect(7, 8011).unwrap();
    stream.write_all(GET_AS_ADMIN.as_bytes()).unwrap();
    until("the service dies", || connect(7, 8011).is_err());
    assert!(connect(7, 8012).is_ok());
    drop(device);
}

#[test]
fn a_device_goes_down_and_comes_back() {
    let spec = spec(
        "goes_down = { after = { connections = 3 }, seconds = 0.3 }\n\
         [[raw]]\nport = 8013\n[[raw]]\nport = 8014\n",
    );
    let (tell, told) = mpsc::channel();
    let watcher = move |event| tell.send(event).unwrap();
    let device = Device::start_watched(&spec, address(8), watcher).unwrap();
    let mut first = connect(8, 8013).unwrap();
    let _second = connect(8, 8014).unwrap();
    assert!(told.try_recv().is_err());
    let _third = connect(8, 8014).unwrap();
    assert_eq!(told.recv_timeout(PATIENCE), Ok(Event::Down));
    assert_eq!(first.read(&mut [0]).unwrap(), 0, "open connections end");
    assert_eq!(told.recv_timeout(PATIENCE), Ok(Event::Up));
    for port in [8013, 8014, 8013, 8014, 8013] {
        assert!(connect(8, port).is_ok(), "it falls once");
    }
    drop(device);
}

#[test]
fn a_port_that_is_taken_is_named() {
    let spec = spec("[[raw]]\nport = 8015\n");
    let device = Device::start(&spec, address(9)).unwrap();
    let error = Device::start(&spec, address(9)).unwrap_err();
    assert!(matches!(error, StartError::Bind { port: 8015, .. }));
    assert!(error.to_string().contains("in use"), "{error}");
    drop(device);
}

#[test]
fn thousands_of_connections_do_not_stop_it() {
    let spec = spec("[[http]]\nport = 8016\n");
    let device = Device::start(&spec, address(10)).unwrap();
    for _ in 0..3000 {
        drop(connect(10, 8016).unwrap());
    }
    assert!(talk(10, 8016, GET).starts_with("HTTP/1.1 401"));
    drop(device);
}
