//! Pictures: whole, bounded, and saying what the certificate says.

use std::collections::BTreeMap;

use proofmark::certificate::*;
use proofmark::observation::{PortProof, PortState};
use proofmark::report::html;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::html::check_page;
use crate::{samples, seen};

/// Units of the map that a port takes.
const PORT: i64 = 4 * 40;

fn all() -> Vec<Certificate> {
    vec![
        samples::hub(),
        samples::camera(),
        seen::crowded(),
        seen::lost(),
        seen::alternating(),
        samples::hostile(),
    ]
}

/// The pictures of a page, each as it stands there.
fn pictures(page: &str) -> Vec<&str> {
    let figures = page.split("<figure>").skip(1);
    figures
        .map(|figure| {
            let figure = &figure[figure.find("<svg ").unwrap()..];
            &figure[..figure.find("</svg>").unwrap() + 6]
        })
        .collect()
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let value = tag.attributes().map(Result::unwrap);
    let value = value
        .into_iter()
        .find(|one| one.key.as_ref() == name)?
        .value;
    Some(quick_xml::escape::unescape(&value).unwrap().into_owned())
}

/// The elements of a picture, by name, after a strict reader has read it to its end.
fn elements(picture: &str) -> Vec<(String, BytesStart<'static>)> {
    let mut reader = Reader::from_str(picture);
    reader.config_mut().check_end_names = true;
    let (mut found, mut depth) = (Vec::new(), 0);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => {
                depth += 1;
                found.push((tag.name().as_ref().to_owned(), tag.into_owned()));
            }
            Event::Empty(tag) => found.push((tag.name().as_ref().to_owned(), tag.into_owned())),
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0);
    found
}

/// The ports that the map of an address shows in each state, by its areas.
fn ports_by_area(picture: &str) -> BTreeMap<String, i64> {
    let mut ports = BTreeMap::new();
    for (name, tag) in elements(picture) {
        let class = attribute(&tag, "class").unwrap_or_default();
        if name == "path" && class.starts_with("p-") {
            let path = attribute(&tag, "d").unwrap();
            *ports.entry(class).or_insert(0) += area(&path) / PORT;
        }
    }
    ports
}

/// The area of rectangles written as `M1 2h3v4h-3z`.
fn area(path: &str) -> i64 {
    let rectangles = path.split('M').skip(1);
    rectangles
        .map(|one| {
            let sides: Vec<&str> = one.split(['h', 'v', 'z']).collect();
            let (width, height): (i64, i64) =
                (sides[1].parse().unwrap(), sides[2].parse().unwrap());
            assert_eq!(sides[3], format!("-{width}"), "{one}");
            width * height
        })
        .sum()
}

fn map_of(certificate: &Certificate, index: usize) -> String {
    let page = html(certificate).unwrap();
    let named = format!("picture-ports-{index}-title");
    let all = pictures(&page);
    let found = all.iter().find(|picture| picture.contains(&named));
    (*found.expect("it has a map")).to_owned()
}

#[test]
fn the_areas_of_a_map_are_the_counts_of_the_ledger() {
    for (certificate, index) in [
        (samples::camera(), 0),
        (seen::crowded(), 0),
        (seen::crowded(), 1),
    ] {
        let ports = &certificate.coverage.ports[index];
        let expected = [
            ("p-open", ports.open),
            ("p-closed", ports.closed),
            ("p-silent", ports.silent),
            ("p-unproven", ports.unproven),
            ("p-excluded", ports.excluded),
        ];
        let expected: BTreeMap<String, i64> = expected
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(class, count)| (class.to_owned(), i64::from(count)))
            .collect();
        let drawn = ports_by_area(&map_of(&certificate, index));
        assert_eq!(drawn, expected);
        assert_eq!(drawn.values().sum::<i64>(), 65_535);
    }
}

#[test]
fn a_ledger_that_changes_with_every_port_is_drawn_in_blocks_that_say_so() {
    let certificate = seen::alternating();
    let drawn = ports_by_area(&map_of(&certificate, 0));
    let expected = [("p-closed", 128), ("p-open", 128), ("p-open mixed", 65_279)];
    let expected = expected.map(|(class, count)| (class.to_owned(), count));
    assert_eq!(drawn, BTreeMap::from(expected));
    let page = html(&certificate).unwrap();
    assert!(page.contains("blocks of 250 show the worst of their states"));
    assert!(!html(&seen::crowded()).unwrap().contains("blocks of 250"));
}

#[test]
fn rows_that_somebody_added_to_a_certificate_make_no_picture_without_end() {
    let mut certificate = samples::camera();
    let row = |port: u16| PortRow {
        first: port,
        last: port,
        state: [PortState::Open, PortState::Silent, PortState::Unproven][usize::from(port % 3)],
        proof: PortProof::NoAnswer,
        asked: 1,
    };
    let ports = &mut certificate.coverage.ports[0];
    ports.ledger = (1..=u16::MAX).map(row).collect();
    ports.open_ports = (1..=u16::MAX).collect();
    let map = map_of(&certificate, 0);
    assert!(map.len() < 20_000, "{} bytes", map.len());
    assert_eq!(ports_by_area(&map).values().sum::<i64>(), 65_535);
}

#[test]
fn open_ports_are_found_by_number_service_and_mark() {
    let map = map_of(&seen::crowded(), 0);
    for label in [
        "22 ssh",
        "23 telnet",
        "443 http in TLS",
        "8443 http in TLS",
        "65533 open",
    ] {
        assert!(map.contains(&format!(">{label}</text>")), "{label}");
    }
    let undeclared = map.matches("dot undeclared").count();
    assert_eq!(undeclared, 3 + 1, "three ports and the legend");
    let page = html(&seen::crowded()).unwrap();
    assert!(page.contains("<li>23 telnet, not declared</li>"));
    assert!(page.contains("<li>5000–8442 silent</li>"));
}

#[test]
fn a_list_of_udp_ports_names_each() {
    let list = map_of(&seen::crowded(), 2);
    for port in [53, 67, 68, 69, 123, 161, 162, 1900, 5353, 5683, 49_152] {
        assert!(list.contains(&format!(">{port}</text>")), "{port}");
    }
    assert!(list.contains("1900 ssdp, not declared"));
}

#[test]
fn a_lost_device_is_seen_in_time() {
    let page = html(&seen::lost()).unwrap();
    let line = pictures(&page)
        .into_iter()
        .find(|picture| picture.contains("picture-timeline-0"))
        .unwrap()
        .to_owned();
    for (class, count) in [
        ("sign dead", 1),
        ("sign lost", 1),
        ("sign back", 1),
        ("sign unknown", 1),
        ("\"beat\"", 4),
        ("\"gone\"", 1),
        ("bar none", 1),
    ] {
        assert_eq!(line.matches(class).count(), count, "{class}");
    }
    assert!(line.contains("the run was stopped"));
    assert!(page.contains("no sign of life, 15 min 1 s to 15 min 21 s after the beginning"));
    let calm = html(&samples::hub()).unwrap();
    assert!(!calm.contains("\"gone\"") && calm.contains("every heartbeat was answered at once"));
}

#[test]
fn what_protects_a_service_is_seen_beside_what_does_not() {
    let page = html(&seen::crowded()).unwrap();
    for told in [
        "<title>TLS 1.0: taken</title>",
        "<title>TLS 1.0: not asked</title>",
        "<title>TLS 1.3: unclear</title>",
        "expired 2026-01-01",
        "valid from 2026-09-01",
        "valid without end",
        "✕ high: old-tls-version",
        ">in clear</text>",
        ">encrypted by its own protocol</text>",
        ">could not be told</text>",
    ] {
        assert!(page.contains(told), "{told}");
    }
}

#[test]
fn a_version_older_than_tls_is_named_as_what_it_is() {
    let mut certificate = seen::crowded();
    let services = certificate.protection.iter_mut();
    let tls = services.filter_map(|it| it.tls.as_mut()).next().unwrap();
    for (version, answer) in [
        ("SSL 2.0", VersionAnswer::Unclear),
        ("SSL 3.0", VersionAnswer::Taken),
    ] {
        tls.versions.push(SeenVersion {
            version: version.into(),
            answer,
            suites: Vec::new(),
        });
    }
    let page = html(&certificate).unwrap();
    let pictures = pictures(&page);
    let picture = pictures.iter().find(|it| it.contains("picture-tls-0"));
    let texts: Vec<&str> = picture
        .unwrap()
        .split("</text>")
        .filter_map(|it| Some(it.rsplit_once('>')?.1))
        .collect();
    // A line of text each, so that it fits its cell on a telephone.
    let told = ["SSL", "2?", "SSL", "3✓", "1.0"];
    assert!(texts.windows(told.len()).any(|it| it == told), "{texts:?}");
    assert!(!texts.contains(&"1.2✓"), "{texts:?}");
}

#[test]
fn every_picture_has_a_name_a_description_and_the_same_in_words() {
    for certificate in all() {
        let page = html(&certificate).unwrap();
        check_page(&page);
        let figures: Vec<&str> = page.split("<figure>").skip(1).collect();
        assert!(figures.len() >= 3, "{}", figures.len());
        for figure in figures {
            let figure = &figure[..figure.find("</figure>").unwrap()];
            assert!(figure.contains("<figcaption>") && figure.contains("<details>"));
            let words = &figure[figure.find("<details>").unwrap()..];
            assert!(words.contains("<table") || words.contains("Each row of the ledger stands"));
        }
        for picture in pictures(&page) {
            let found = elements(picture);
            let root = &found[0].1;
            assert_eq!(attribute(root, "role").as_deref(), Some("img"));
            let named = attribute(root, "aria-labelledby").unwrap();
            let ids: Vec<String> = found[1..=2]
                .iter()
                .filter_map(|it| attribute(&it.1, "id"))
                .collect();
            assert_eq!(named, ids.join(" "));
            assert_eq!(
                (found[1].0.as_str(), found[2].0.as_str()),
                ("title", "desc")
            );
        }
    }
}

#[test]
fn what_fills_an_area_is_there() {
    let page = html(&seen::crowded()).unwrap();
    let mut used = 0;
    for picture in pictures(&page) {
        for (_, tag) in elements(picture) {
            if let Some(fill) = attribute(&tag, "fill") {
                let id = fill.trim_start_matches("url(#").trim_end_matches(')');
                assert!(page.contains(&format!("<pattern id=\"{id}\"")), "{fill}");
                used += 1;
            }
        }
    }
    assert!(used > 10, "{used}");
}

#[test]
fn pictures_are_small_and_the_same_every_time() {
    for certificate in all() {
        let page = html(&certificate).unwrap();
        for picture in pictures(&page) {
            assert!(picture.len() < 20_000, "{} bytes", picture.len());
        }
        assert_eq!(page, html(&certificate).unwrap());
    }
    let with = html(&seen::crowded()).unwrap().len();
    let mut without = seen::crowded();
    without.timeline.clear();
    without.protection.clear();
    for ports in &mut without.coverage.ports {
        ports.ledger.clear();
    }
    let page = html(&without).unwrap();
    assert!(!page.contains("<figure>") && !page.contains("The test in pictures"));
    assert!(with - page.len() < 150_000, "{} bytes", with - page.len());
}

/// Some readers, those of PDF among them, draw no line that has no length.
#[test]
fn a_heartbeat_has_a_width() {
    let mut beats = 0;
    for certificate in all() {
        let page = html(&certificate).unwrap();
        let paths = pictures(&page).into_iter().flat_map(elements);
        for (_, tag) in
            paths.filter(|(_, tag)| attribute(tag, "class").is_some_and(|it| it == "beat"))
        {
            let path = attribute(&tag, "d").unwrap();
            let (from, until) = path.trim_start_matches('M').split_once('H').unwrap();
            let from: i64 = from.split(' ').next().unwrap().parse().unwrap();
            assert!(from < until.parse().unwrap(), "{path}");
            beats += 1;
        }
    }
    assert!(beats > 10, "{beats}");
}
