use super::*;
use crate::evidence::{Absence, Outcome};
use crate::observation::Disclosed;
use crate::probe::{Stopper, fake};

async fn told(answer: &'static str) -> Result<Disclosure, Absence> {
    let endpoint = Endpoint::clear(fake::http(answer).await);
    let (_keep, stop) = Stopper::new();
    let (exchange, page) = read(&endpoint, "/x", &Known::default(), &stop).await;
    assert_eq!(
        page.is_some(),
        matches!(exchange.outcome, Outcome::Observed { .. })
    );
    assert!(exchange.sent.starts_with(b"GET /x HTTP/1.1\r\n"));
    assert!(!String::from_utf8_lossy(&exchange.sent).contains("uthorization"));
    match exchange.outcome {
        Outcome::Observed { observations } => match &observations[..] {
            [Observation::Disclosure(disclosure)] => Ok(disclosure.clone()),
            other => panic!("{other:?}"),
        },
        Outcome::Absent { reason, .. } => Err(reason),
    }
}

#[tokio::test]
async fn headers_and_body_are_looked_through() {
    let answer = "HTTP/1.1 404 Not Found\r\nServer: x/1.0\r\nContent-Length: 19\r\n\r\n{\"ssid\":\"quayside\"}";
    let told = told(answer).await.unwrap();
    assert_eq!((told.status, told.whole), (404, true));
    let items: Vec<_> = told
        .items
        .iter()
        .map(|it| (it.what, it.place.as_str()))
        .collect();
    assert_eq!(
        items,
        [
            (Disclosed::SoftwareVersion, "server"),
            (Disclosed::WifiName, "body")
        ]
    );
}

#[tokio::test]
async fn what_broke_off_is_not_whole_and_what_is_no_answer_is_none() {
    let broken = "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhello";
    assert!(!told(broken).await.unwrap().whole);
    assert_eq!(told("SSH-2.0-x\r\n").await, Err(Absence::Malformed));
    assert_eq!(told("").await, Err(Absence::Disconnected));
}

#[test]
fn hostile_texts_take_no_long_time() {
    let started = std::time::Instant::now();
    for piece in [
        "-----BEGIN ",
        "<title>Index of /",
        "a=b\n",
        "<a>b",
        "[",
        "HH2-000417x",
        "\tat ",
        "\u{0}",
        "2.4.1x firmware ",
    ] {
        let body = piece.repeat((64 << 10) / piece.len());
        let answer = Answer {
            path: "/",
            status: 200,
            headers: vec![],
            body: body.as_bytes(),
        };
        in_answer(&answer, &known());
    }
    assert!(started.elapsed().as_secs() < 20);
}

fn known() -> Known {
    let text = "format = \"proofmark-device/1\"\n[device]\nmanufacturer = \"H\"\nmodel = \"H\"\nfirmware = \"2.4.1\"\n\
                [[unit]]\nid = \"a\"\nserial = \"HH2-000417\"\naddresses = [\"127.0.0.1\"]\nstate = \"initialised\"\n";
    let here = std::path::Path::new(".");
    Known::of(&crate::dut::parse(text, "x", here, &|_| None, false).unwrap())
}

#[test]
fn the_asker_is_at_the_near_end() {
    let loopback = "127.0.0.9:80".parse().unwrap();
    assert!(asker(loopback).unwrap().is_loopback());
}
