//! `proofmark tls` with arguments that make no sense, and where nobody speaks TLS.

use std::net::TcpListener;
use std::process::Command;

/// Exit status, stdout and stderr.
fn tls(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_proofmark"))
        .arg("tls")
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_sent() {
    for (arguments, words) in [
        (&["192.0.2.10"][..], "is no address with a port"),
        (&["hub.local:443"], "an IP address, as in"),
        (&["192.0.2.10:0"], "is no address with a port"),
        (&["9.9.9.9:443"], "is a public address"),
        (&["192.0.2.10:443", "--sni", "192.0.2.10"], "is no DNS name"),
        (
            &["192.0.2.10:443", "--sni", "x-."],
            "with no `-` at either end",
        ),
        (&["192.0.2.10:443", "--rules", "mine"], "rfc9325, rfc7925"),
        (
            &["192.0.2.10:443", "--starttls", "http"],
            "smtp, imap, pop3, ftp",
        ),
        (&["192.0.2.10:443", "--patience", "0"], "1..=60"),
        (
            &["192.0.2.10:443", "--blocklist", "Cargo.toml"],
            "error: Cargo.toml: it is a text, and a blocklist is none",
        ),
        (
            &["192.0.2.10:443", "--blocklist", "nothing.dat"],
            "`blocklist.dat` of badkeys, unpacked: records of 16 bytes, sorted",
        ),
    ] {
        let (status, out, error) = tls(arguments);
        assert_eq!((status, out.as_str()), (Some(64), ""), "{arguments:?}");
        assert!(error.contains(words), "{arguments:?}: {error}");
    }
}

#[test]
fn where_nobody_is_nothing_is_known() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let (status, out, _) = tls(&[&address]);
    assert_eq!(status, Some(2), "{out}");
    assert!(out.contains("TLS 1.2  unknown: cannot connect"), "{out}");
    assert!(out.contains("ended before everything was asked"), "{out}");
    assert!(!out.contains("  refused ("), "{out}");
}
