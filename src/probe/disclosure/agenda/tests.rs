use hyper::StatusCode;
use hyper::header::{HeaderMap, HeaderValue};

use super::*;
use crate::probe::http::BodyEnd;

fn page(status: u16, location: Option<&'static str>, body: &str) -> Page {
    let mut headers = HeaderMap::new();
    if let Some(location) = location {
        headers.insert(header::LOCATION, HeaderValue::from_static(location));
    }
    Page {
        status: StatusCode::from_u16(status).unwrap(),
        headers,
        body: body.as_bytes().to_vec(),
        end: BodyEnd::Whole,
    }
}

/// Everything that is asked for after this first page.
fn asked(declared: &[&str], first: &Page) -> Vec<String> {
    let endpoint = Endpoint::tls("127.0.0.1:443".parse().unwrap(), Some("hub.local"));
    let mut agenda = Agenda::new(declared.iter().copied(), "/absent".to_owned());
    let mut asked = Vec::new();
    while let Some(path) = agenda.following() {
        if path == "/" {
            agenda.learn(&endpoint, first, &Known::default());
        }
        asked.push(path);
    }
    asked
}

#[test]
fn each_path_is_asked_once_and_few_of_them() {
    let paths = asked(&["/", "/a", "/b", "/a"], &page(200, None, ""));
    let mut expected = vec!["/", "/a", "/b", "/absent"];
    expected.extend(WELL_KNOWN);
    assert_eq!(paths, expected);
    let body = "<a href=\"/x/1\"><img src=\"y/2.png\"><a href=\"/z/3\">";
    let full = asked(&["/a/1", "/b/1", "/c/1", "/d/1"], &page(200, None, body));
    assert_eq!(full.len(), 12);
    assert_eq!(full[1..3], ["/a/", "/b/"]);
}

#[test]
fn only_places_of_the_same_port_are_learned() {
    for (location, path) in [
        ("/login", Some("/login")),
        ("login.html", Some("/login.html")),
        ("https://hub.local/login?next=/", Some("/login?next=/")),
        ("https://HUB.local/login", Some("/login")),
        ("http://hub.local/login", None),
        ("https://hub.local:8443/login", None),
        ("https://example.org/login", None),
        ("//example.org/login", None),
        ("/../etc/passwd", None),
        ("/lo gin", None),
    ] {
        let paths = asked(&[], &page(302, Some(location), ""));
        let learned = paths
            .get(1)
            .map(String::as_str)
            .filter(|it| *it != "/absent");
        assert_eq!(learned, path, "{location}");
    }
    // It is no redirect.
    assert_eq!(asked(&[], &page(200, Some("/login"), ""))[1], "/absent");
}

#[test]
fn where_a_page_sends_a_browser_is_learned() {
    for (body, path) in [
        (
            "<meta http-equiv='refresh' content='0;url=/home.htm'>",
            Some("/home.htm"),
        ),
        (
            "<META HTTP-EQUIV=\"Refresh\" CONTENT=\"0; URL='home.htm'\">",
            Some("/home.htm"),
        ),
        (
            "<meta content=\"1; url=https://hub.local/x\" http-equiv=refresh>",
            Some("/x"),
        ),
        (
            "<meta http-equiv=\"refresh\" content=\"0;url=https://example.org/\">",
            None,
        ),
        ("<meta http-equiv=\"refresh\" content=\"30\">", None),
        ("<meta name=\"x\" content=\"0;url=/home.htm\">", None),
        ("<a href='/x/y'>", Some("/x/")),
    ] {
        let paths = asked(&[], &page(200, None, body));
        let learned = paths
            .get(1)
            .map(String::as_str)
            .filter(|it| *it != "/absent");
        assert_eq!(learned, path, "{body}");
    }
}

#[test]
fn directories_of_what_a_page_names_are_learned() {
    let body = "<link href=\"/static/a.css\"><script src=\"js/a.js\"></script>\
                <a href=\"https://example.org/x/y\"><a href=\"/top.html\">";
    let paths = asked(&[], &page(200, None, body));
    assert_eq!(paths[1..4], ["/static/", "/js/", "/absent"]);
}
