use std::net::SocketAddr;

use super::super::{Stopper, fake};
use super::*;
use crate::evidence::Outcome;
use AccessOutcome::*;
use tokio::io::AsyncWriteExt;

fn page(status: u16, headers: &[(&str, &str)], body: &str) -> Page {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name: header::HeaderName = name.parse().unwrap();
        map.append(name, value.parse().unwrap());
    }
    Page {
        status: StatusCode::from_u16(status).unwrap(),
        headers: map,
        body: body.into(),
        end: BodyEnd::Whole,
    }
}

#[test]
fn each_status_has_its_outcome() {
    for (status, headers, outcome) in [
        (200, &[][..], Served),
        (204, &[], Served),
        (301, &[("Location", "https://elsewhere/")], Redirected),
        (401, &[], Refused),
        (403, &[], Forbidden),
        (404, &[], NotFound),
        (410, &[], NotFound),
        (429, &[], Throttled),
        (503, &[("Retry-After", "30")], Throttled),
        (503, &[], Unclear),
        (500, &[], Unclear),
        (407, &[], Unclear),
    ] {
        assert_eq!(
            reply(&page(status, headers, "")).outcome,
            outcome,
            "{status}"
        );
    }
}

#[test]
fn a_password_field_makes_a_login_form_only_where_content_was_served() {
    let form = "<form><input type=password></form>";
    assert_eq!(reply(&page(200, &[], form)).outcome, LoginForm);
    assert_eq!(reply(&page(401, &[], form)).outcome, Refused);
}

#[test]
fn a_promised_body_of_which_nothing_came_is_not_served() {
    let mut broken = page(200, &[], "");
    broken.end = BodyEnd::Broken;
    assert_eq!(reply(&broken).outcome, Unclear);
    broken.body = b"secret".to_vec();
    assert_eq!(reply(&broken).outcome, Served);
    assert_eq!(reply(&broken).detail, "200, the body broke off");
}

#[test]
fn schemes_come_from_every_challenge() {
    let found = |values: &[&str]| {
        let headers: Vec<_> = values.iter().map(|v| ("WWW-Authenticate", *v)).collect();
        reply(&page(401, &headers, "")).schemes
    };
    assert_eq!(found(&["Basic realm=\"IPCAM\""]), ["basic"]);
    assert_eq!(
        found(&[
            "Digest realm=\"a, Basic b\", qop = \"auth\", nonce=x",
            "BASIC"
        ]),
        ["digest", "basic"]
    );
    assert_eq!(
        found(&["Negotiate, Digest realm=\"a \\\" , Bearer\", Basic realm=x"]),
        ["negotiate", "digest", "basic"]
    );
    assert_eq!(found(&["", ",,", "<script>", "realm=\"x\""]), [""; 0]);
}

#[test]
fn what_the_device_says_is_safe_to_show() {
    let mut hostile = page(401, &[], "<title>\u{202e}evil</title>");
    let raw = header::HeaderValue::from_bytes(b"Basic realm=\"\xff\xfe\"").unwrap();
    hostile.headers.insert(header::WWW_AUTHENTICATE, raw);
    let reply = reply(&hostile);
    assert_eq!(reply.detail, "401, Basic realm=\"\\xff\\xfe\"");
    assert_eq!(reply.title.as_deref(), Some("\\u{202e}evil"));
}

#[test]
fn host_headers() {
    for (address, expected) in [
        ("192.0.2.1:80", "192.0.2.1"),
        ("192.0.2.1:8080", "192.0.2.1:8080"),
        ("[fe80::1%3]:8080", "[fe80::1]:8080"),
    ] {
        assert_eq!(Endpoint::clear(address.parse().unwrap()).host(), expected);
    }
}

async fn try_at(address: SocketAddr, credential: Option<&Credential>) -> Exchange {
    let (_keep, stop) = Stopper::new();
    attempt(&Endpoint::clear(address), "/admin", credential, &stop).await
}

fn seen(exchange: &Exchange) -> Result<AccessReply, Absence> {
    match &exchange.outcome {
        Outcome::Observed { observations } => match &observations[..] {
            [Observation::Access(reply)] => Ok(reply.clone()),
            other => panic!("{other:?}"),
        },
        Outcome::Absent { reason, .. } => Err(*reason),
    }
}

async fn answered(answer: &'static str) -> Result<AccessReply, Absence> {
    seen(&try_at(fake::http(answer).await, None).await)
}

#[tokio::test]
async fn basic_credentials_travel_and_are_recorded() {
    let address = fake::serve(async |mut stream| {
        let head = fake::read_request(&mut stream).await;
        // RFC 7617, section 2: base64 of `Aladdin:open sesame`.
        let granted = head.contains("Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n");
        let answer = if granted {
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nin"
        } else {
            "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n"
        };
        let _ = stream.write_all(answer.as_bytes()).await;
    })
    .await;
    let credential = Credential::clear("Aladdin", "open sesame");
    let exchange = try_at(address, Some(&credential)).await;
    let reply = seen(&exchange).unwrap();
    assert_eq!((reply.outcome, reply.content_length), (Served, Some(2)));
    assert!(exchange.sent.starts_with(b"GET /admin HTTP/1.1\r\n"));
    assert!(exchange.received.ends_with(b"\r\n\r\nin"));
    let refused = seen(&try_at(address, None).await).unwrap();
    assert_eq!(
        (refused.outcome, refused.schemes),
        (Refused, vec!["basic".to_owned()])
    );
}

#[tokio::test]
async fn a_redirect_is_recorded_and_not_followed() {
    let reply = answered("HTTP/1.1 302 Found\r\nLocation: http://203.0.113.9/\r\n\r\n").await;
    let reply = reply.unwrap();
    assert_eq!(reply.outcome, Redirected);
    assert_eq!(reply.location.as_deref(), Some("http://203.0.113.9/"));
}

#[tokio::test]
async fn odd_but_legal_answers_are_read() {
    let informed = "HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 100 Go\r\n\r\nHTTP/1.1 403 No\r\n\r\n";
    assert_eq!(answered(informed).await.unwrap().outcome, Forbidden);
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    assert_eq!(answered(chunked).await.unwrap().content_length, Some(3));
    let old = "HTTP/1.0 200 OK\r\nX: <script>\u{1b}\r\n\r\n<script>alert(1)</script>";
    assert_eq!(answered(old).await.unwrap().outcome, Served);
}

#[tokio::test]
async fn wrong_lengths_are_survived() {
    let short = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc";
    let reply = answered(short).await.unwrap();
    assert_eq!((reply.outcome, reply.content_length), (Served, Some(3)));
    assert!(reply.detail.ends_with("broke off"));
    let long = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabcdef";
    assert_eq!(answered(long).await.unwrap().content_length, Some(2));
    let two = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc";
    assert_eq!(answered(two).await, Err(Absence::Malformed));
    let chunk = "HTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
    assert_eq!(answered(chunk).await.unwrap().outcome, Refused);
}

#[tokio::test]
async fn what_is_no_http_is_malformed_and_what_hangs_up_is_disconnected() {
    assert_eq!(answered("SSH-2.0-x\r\n\r\n").await, Err(Absence::Malformed));
    assert_eq!(
        answered("\0\u{1}\u{2}").await.unwrap_err(),
        Absence::Malformed
    );
    let early = fake::serve(async |mut stream| {
        let _ = stream.write_all(b"SSH-2.0-x\r\n").await;
        fake::hold(stream).await;
    })
    .await;
    assert_eq!(seen(&try_at(early, None).await), Err(Absence::Malformed));
    assert_eq!(answered("").await, Err(Absence::Disconnected));
    let half = answered("HTTP/1.1 200 OK\r\nX: y").await;
    assert_eq!(half, Err(Absence::Disconnected));
    let reset = fake::serve(fake::reset).await;
    assert_eq!(seen(&try_at(reset, None).await), Err(Absence::Disconnected));
    let closed = fake::closed_port().await;
    assert_eq!(seen(&try_at(closed, None).await), Err(Absence::Refused));
}

#[tokio::test]
async fn endless_heads_end_at_a_bound() {
    let flood = fake::http(format!("HTTP/1.1 200 OK\r\nX: {}", "a".repeat(200_000))).await;
    assert_eq!(seen(&try_at(flood, None).await), Err(Absence::Malformed));
    let many = fake::http(format!(
        "HTTP/1.1 200 OK\r\n{}\r\n",
        "X: y\r\n".repeat(5_000)
    ))
    .await;
    assert_eq!(seen(&try_at(many, None).await), Err(Absence::Malformed));
    let informed = fake::serve(async |mut stream| {
        fake::read_request(&mut stream).await;
        while stream.write_all(b"HTTP/1.1 102 Wait\r\n\r\n").await.is_ok() {}
    })
    .await;
    assert_eq!(seen(&try_at(informed, None).await), Err(Absence::Malformed));
}

#[tokio::test]
async fn an_endless_body_was_served_as_far_as_we_read_it() {
    let stream = fake::serve(async |mut stream| {
        fake::read_request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        fake::flood(stream).await;
    })
    .await;
    let exchange = try_at(stream, None).await;
    let reply = seen(&exchange).unwrap();
    assert_eq!(
        (reply.outcome, reply.content_length),
        (Served, Some(BODY as u64))
    );
    assert!(reply.detail.ends_with("past our bounds"));
    assert!(exchange.truncated);
    assert_eq!(exchange.received.len(), KEPT);
}

#[tokio::test]
async fn a_path_that_is_none_is_our_fault() {
    let (_keep, stop) = Stopper::new();
    let address = fake::closed_port().await;
    let exchange = attempt(&Endpoint::clear(address), "no path at all", None, &stop).await;
    assert_eq!(seen(&exchange), Err(Absence::HarnessFault));
}
