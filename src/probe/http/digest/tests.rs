use std::net::SocketAddr;

use super::super::super::{Stopper, fake};
use super::super::challenge::challenges;
use super::*;
use crate::dut::Secret;
use crate::evidence::Outcome;
use tokio::io::AsyncWriteExt;

fn question(challenge: &str) -> Result<Question, &'static str> {
    Question::of(&challenges(&[challenge.as_bytes()]))
}

const PAGE: &str = "/dir/index.html";
/// RFC 7616, section 3.9.1.
const CNONCE: &str = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

fn example(algorithm: &str, qop: &str) -> String {
    format!(
        "Digest realm=\"http-auth@example.org\", {qop}{algorithm}\
         nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
         opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
    )
}

/// The first two are the standard's own; the others were computed with Python's hashlib.
#[test]
fn the_hash_is_the_standard_s() {
    let mufasa = Credential::clear("Mufasa", "Circle of Life");
    let qop = "qop=\"auth, auth-int\", ";
    for (algorithm, qop, response) in [
        ("algorithm=MD5, ", qop, "8ca523f5e9506fed4657c9700eebdbec"),
        (
            "algorithm=SHA-256, ",
            qop,
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        ),
        (
            "algorithm=md5-sess, ",
            qop,
            "e783283f46242139c486a698fec7211d",
        ),
        (
            "algorithm=SHA-256-sess, ",
            qop,
            "2fd51b3a77ad75bad6afad6003e818d767133c46d9e2749e7f5232ae1ea3efd7",
        ),
        ("", "", "7b2cc3b30e75b4777ea31027084363fd"),
    ] {
        let question = question(&example(algorithm, qop)).unwrap();
        assert_eq!(
            question.response(&mufasa, PAGE, CNONCE),
            response,
            "{algorithm}"
        );
    }
}

#[test]
fn the_header_quotes_what_may_hold_anything() {
    let asked =
        question("Digest realm=\"a \\\"b\\\"\", nonce=n, qop=auth, algorithm=SHA-256").unwrap();
    let odd = Credential::clear("o\"d\\d", "x");
    assert_eq!(
        asked.header(&odd, "/", "c", "r"),
        "Digest username=\"o\\\"d\\\\d\", realm=\"a \\\"b\\\"\", nonce=\"n\", uri=\"/\", \
         response=\"r\", algorithm=SHA-256, qop=auth, nc=00000001, cnonce=\"c\""
    );
    let old = question("Digest realm=r, nonce=n").unwrap();
    assert_eq!(
        old.header(&odd, "/", "c", "r"),
        "Digest username=\"o\\\"d\\\\d\", realm=\"r\", nonce=\"n\", uri=\"/\", response=\"r\""
    );
}

#[test]
fn what_cannot_be_answered_is_not() {
    for (challenge, why) in [
        ("Basic realm=x", "no digest is asked for"),
        ("Digest nonce=n", "no realm"),
        ("Digest realm=r", "no nonce"),
        (
            "Digest realm=r, nonce=n, algorithm=SHA-512-256",
            "algorithm",
        ),
        (
            "Digest realm=r, nonce=n, qop=auth-int",
            "quality of protection",
        ),
    ] {
        let error = question(challenge).unwrap_err();
        assert!(error.contains(why), "{challenge}: {error}");
    }
    // The first that can be is, wherever it stands.
    let both = "Digest realm=r, nonce=a, algorithm=SHA-512-256, Digest realm=r, nonce=b";
    assert_eq!(question(both).unwrap().nonce, "b");
}

/// A server whose answers follow each other, over one connection or over one each.
async fn server(answers: &'static [&'static str], keeps_open: bool) -> SocketAddr {
    let next = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    fake::serve(move |mut stream| {
        let next = std::sync::Arc::clone(&next);
        async move {
            loop {
                if fake::read_request(&mut stream).await.is_empty() {
                    return;
                }
                let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                let answer = answers[at.min(answers.len() - 1)];
                let close = if keeps_open {
                    ""
                } else {
                    "Connection: close\r\n"
                };
                let answer = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\n{close}\r\n");
                if stream.write_all(answer.as_bytes()).await.is_err() || !keeps_open {
                    return;
                }
            }
        }
    })
    .await
}

async fn try_at(address: SocketAddr, credential: &Credential) -> (AccessReply, String) {
    let (_keep, stop) = Stopper::new();
    let exchange = attempt(&Endpoint::clear(address), "/", Some(credential), &stop).await;
    let sent = String::from_utf8(exchange.sent).unwrap();
    match exchange.outcome {
        Outcome::Observed { observations } => match &observations[..] {
            [Observation::Access(reply)] => (reply.clone(), sent),
            other => panic!("{other:?}"),
        },
        absent @ Outcome::Absent { .. } => panic!("{absent:?}"),
    }
}

const ASKS: &str = "401 Unauthorized\r\nWWW-Authenticate: Digest realm=r, nonce=n, qop=auth";
const STALE: &str =
    "401 Unauthorized\r\nWWW-Authenticate: Digest realm=r, nonce=m, qop=auth, stale=true";
const ODD: &str = "401 Unauthorized\r\nWWW-Authenticate: Digest realm=r, nonce=n, qop=auth-int";

#[tokio::test]
async fn an_attempt_is_two_requests() {
    let root = Credential::clear("root", "vizxv");
    for keeps_open in [true, false] {
        let address = server(&[ASKS, "200 OK"], keeps_open).await;
        let (reply, sent) = try_at(address, &root).await;
        assert_eq!(reply.outcome, AccessOutcome::Served);
        assert_eq!(sent.matches("GET / HTTP/1.1").count(), 2, "{sent}");
        assert!(sent.contains(" nonce=\"n\""), "{sent}");
    }
    let address = server(&[ASKS, ASKS], true).await;
    let (reply, sent) = try_at(address, &root).await;
    assert_eq!(reply.outcome, AccessOutcome::Refused);
    assert_eq!(sent.matches("GET / HTTP/1.1").count(), 2, "{sent}");
}

#[tokio::test]
async fn a_stale_nonce_is_replaced_once() {
    let root = Credential::clear("root", "vizxv");
    let address = server(&[ASKS, STALE, "200 OK"], true).await;
    let (reply, sent) = try_at(address, &root).await;
    assert_eq!(reply.outcome, AccessOutcome::Served);
    assert!(sent.contains(" nonce=\"m\""), "{sent}");
    let address = server(&[ASKS, STALE], true).await;
    let (reply, sent) = try_at(address, &root).await;
    assert_eq!(reply.outcome, AccessOutcome::Refused);
    assert_eq!(sent.matches("GET / HTTP/1.1").count(), 3, "{sent}");
}

#[tokio::test]
async fn what_was_not_tried_was_not_refused() {
    let address = server(&[ODD], true).await;
    let (reply, sent) = try_at(address, &Credential::clear("root", "vizxv")).await;
    assert_eq!(reply.outcome, AccessOutcome::Unclear);
    assert!(
        reply.detail.contains("quality of protection"),
        "{}",
        reply.detail
    );
    assert!(!sent.contains("Authorization"), "{sent}");
}

#[tokio::test]
async fn the_owner_s_hash_is_not_written_down() {
    let secret = Secret::new("owner-web", "quay-lantern");
    let address = server(&[ASKS, "200 OK"], true).await;
    let (reply, sent) = try_at(address, &Credential::secret("root", &secret)).await;
    assert_eq!(reply.outcome, AccessOutcome::Served);
    assert!(sent.contains("response=\"{{secret:owner-web}}\""), "{sent}");
}

/// What a server that knows the password can make of it, and what it repeats of what we made.
#[tokio::test]
async fn nothing_that_was_made_of_the_owner_s_password_is_written_down() {
    let made = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let making = std::sync::Arc::clone(&made);
    let address = fake::serve(move |mut stream| {
        let making = std::sync::Arc::clone(&making);
        async move {
            let md5 = |text: String| hex(&Md5::digest(text));
            loop {
                let head = fake::read_request(&mut stream).await;
                if head.is_empty() {
                    return;
                }
                let field = |name: &str| {
                    let (_, rest) = head.split_once(&format!(" {name}=\""))?;
                    Some(rest.split('"').next().unwrap().to_owned())
                };
                let answer = match field("response") {
                    None => format!("HTTP/1.1 {ASKS}\r\nContent-Length: 0\r\n\r\n"),
                    Some(response) => {
                        let secret = md5("root:r:quay-lantern".to_owned());
                        let cnonce = field("cnonce").unwrap();
                        let path = md5(":/".to_owned());
                        let back = md5(format!("{secret}:n:00000001:{cnonce}:auth:{path}"));
                        let body = format!(
                            "<title>{response}</title>{} {secret} {back}",
                            response.to_uppercase()
                        );
                        making.lock().unwrap().extend([response, secret, back.clone()]);
                        format!(
                            "HTTP/1.1 200 OK\r\nAuthentication-Info: rspauth=\"{back}\", nc=00000001\r\n\
                             X-Odd: RspAuth = {ODD_HASH}\r\nContent-Length: {}\r\n\r\n{body}",
                            body.len()
                        )
                    }
                };
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
        }
    })
    .await;
    let secret = Secret::new("owner-web", "quay-lantern");
    let (_keep, stop) = Stopper::new();
    let owner = Credential::secret("root", &secret);
    let exchange = attempt(&Endpoint::clear(address), "/", Some(&owner), &stop).await;
    let received = String::from_utf8_lossy(&exchange.received).to_lowercase();
    let sent = String::from_utf8_lossy(&exchange.sent).to_lowercase();
    let seen = format!("{:?}", exchange.outcome);
    let mut made = made.lock().unwrap().clone();
    assert_eq!(made.len(), 3);
    made.push(ODD_HASH.to_owned());
    for hash in made {
        for kept in [&received, &sent, &seen] {
            assert!(!kept.contains(&hash), "{hash} in {kept}");
        }
    }
    assert!(received.contains("nc=00000001"), "{received}");
    // The hash of what was served, with the placeholder in it, gives nothing to try either.
    let hidden = "{{secret:owner-web}}";
    let body = format!("<title>{hidden}</title>{hidden} {hidden} {hidden}");
    let sum = crate::digest::sha256_hex(body.as_bytes());
    assert!(seen.contains(&sum), "{seen}");
}

const ODD_HASH: &str = "0123456789abcdef0123456789abcdef";
