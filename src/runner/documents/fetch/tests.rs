use std::net::Ipv4Addr;

use proofmark_lab::pki::ca_pem;
use proofmark_lab::site::{PageSpec, Site, SiteSpec, SiteSwitches};
use proofmark_lab::standin::{TlsSpec, TlsSwitches};

use super::*;
use crate::dut::Authority;

const TEXT: &str = "text/plain; charset=utf-8";

fn page(path: &str, body: &str) -> PageSpec {
    PageSpec {
        path: path.to_owned(),
        body: body.to_owned(),
        kind: TEXT.to_owned(),
        ..PageSpec::default()
    }
}

fn redirect(path: &str, location: &str) -> PageSpec {
    PageSpec {
        location: Some(location.to_owned()),
        ..page(path, "")
    }
}

fn site(pages: Vec<PageSpec>) -> Site {
    started(SiteSpec {
        pages,
        ..SiteSpec::default()
    })
}

fn started(spec: SiteSpec) -> Site {
    Site::start_at(&spec, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap()
}

/// The lab's authority, and no other.
fn own() -> FetchTerms {
    let authority = Authority::read("lab-ca.pem".to_owned(), ca_pem().as_bytes()).unwrap();
    FetchTerms {
        authority: Some((authority, "0a".repeat(32))),
    }
}

async fn fetch_by(terms: &FetchTerms, site: &Site, path: &str) -> Result<Answer, Failure> {
    let url = format!("https://{}{path}", site.address());
    Fetcher::new(terms, &[])
        .unwrap()
        .fetch(url.parse().unwrap())
        .await
}

async fn fetch(site: &Site, path: &str) -> Result<Answer, Failure> {
    fetch_by(&own(), site, path).await
}

async fn reason(site: &Site, path: &str) -> (Absence, String) {
    let failure = fetch(site, path).await.unwrap_err();
    (failure.reason, failure.why)
}

#[tokio::test]
async fn a_document_comes_with_where_it_came_from() {
    let site = site(vec![
        page("/a", "hello"),
        redirect("/b", "/a"),
        redirect("/c", "/b?x"),
    ]);
    let answer = fetch(&site, "/a?q").await.unwrap();
    assert_eq!(
        (answer.status, answer.body.as_slice()),
        (200, &b"hello"[..])
    );
    assert_eq!(answer.media_type.as_deref(), Some(TEXT));
    assert_eq!(answer.address, site.address());
    assert_eq!(answer.refused, None);
    let answer = fetch(&site, "/c").await.unwrap();
    let paths: Vec<&str> = answer.redirects.iter().map(HttpsUrl::target).collect();
    assert_eq!((paths, answer.url.target()), (vec!["/c", "/b?x"], "/a"));
    let answer = fetch(&site, "/none").await.unwrap();
    assert_eq!((answer.status, answer.body), (404, vec![]));
}

#[tokio::test]
async fn redirects_end_and_stay_within_https() {
    let site = site(vec![
        page("/end", ""),
        redirect("/3", "/end"),
        redirect("/2", "/3"),
        redirect("/1", "/2"),
        redirect("/0", "/1"),
        redirect("/round", "/round"),
        redirect("/clear", "http://127.0.0.1/"),
        redirect("/file", "file:///etc/passwd"),
    ]);
    assert_eq!(fetch(&site, "/1").await.unwrap().redirects.len(), 3);
    assert_eq!(reason(&site, "/0").await.0, Absence::Malformed);
    assert!(
        reason(&site, "/round")
            .await
            .1
            .contains("more than 3 redirects")
    );
    for path in ["/clear", "/file"] {
        let (reason, why) = reason(&site, path).await;
        assert_eq!(reason, Absence::NotPermitted, "{path} {why}");
    }
}

/// Nothing is sent to the device, nor into a private network without the tester's own authority; a redirect leads
/// no further than a URL does.
#[tokio::test]
async fn a_fetch_goes_where_it_may() {
    let site = site(vec![page("/a", ""), redirect("/b", "https://[::1]/")]);
    let url: HttpsUrl = format!("https://{}/a", site.address()).parse().unwrap();
    let public = FetchTerms::default();
    let failure = fetch_by(&public, &site, "/a").await.unwrap_err();
    assert_eq!(failure.reason, Absence::NotPermitted);
    assert!(failure.why.contains("open Internet"), "{}", failure.why);
    let named = Fetcher::new(&public, &[]).unwrap();
    let failure = named
        .fetch("https://localhost/".parse().unwrap())
        .await
        .unwrap_err();
    assert_eq!(failure.reason, Absence::NotPermitted, "{}", failure.why);
    let device = [site.address().ip()];
    let failure = Fetcher::new(&own(), &device)
        .unwrap()
        .fetch(url)
        .await
        .unwrap_err();
    assert!(failure.why.contains("is the device"), "{}", failure.why);
    let mapped: IpAddr = "::ffff:127.0.0.1".parse().unwrap();
    let other = [mapped, "::1".parse().unwrap()];
    let own = own();
    let fetcher = Fetcher::new(&own, &other).unwrap();
    for path in ["/a", "/b"] {
        let url = format!("https://{}{path}", site.address());
        let failure = fetcher.fetch(url.parse().unwrap()).await.unwrap_err();
        assert_eq!(failure.reason, Absence::NotPermitted, "{path}");
    }
}

#[tokio::test]
async fn a_server_must_be_whom_it_says() {
    let with = |switch: TlsSwitches| {
        started(SiteSpec {
            pages: vec![page("/a", "")],
            tls: TlsSpec {
                switch,
                ..TlsSpec::default()
            },
            ..SiteSpec::default()
        })
    };
    let off = TlsSwitches::default;
    assert!(fetch(&with(off()), "/a").await.is_ok());
    for switch in [
        TlsSwitches {
            self_signed: true,
            ..off()
        },
        TlsSwitches {
            expired: true,
            ..off()
        },
        TlsSwitches {
            not_yet_valid: true,
            ..off()
        },
        TlsSwitches {
            wrong_name: true,
            ..off()
        },
    ] {
        let (reason, why) = reason(&with(switch.clone()), "/a").await;
        assert_eq!(reason, Absence::Untrusted, "{switch:?} {why}");
    }
}

#[tokio::test]
async fn what_is_too_large_or_coded_is_told_and_not_kept() {
    let coded = PageSpec {
        head: "Content-Encoding: gzip\r\n".to_owned(),
        ..page("/coded", "x")
    };
    let large = page("/large", &"x".repeat(DOCUMENT_LIMIT + 1));
    let whole = page("/whole", &"x".repeat(DOCUMENT_LIMIT));
    let site = site(vec![coded, large, whole]);
    for (path, why) in [("/coded", "gzip"), ("/large", "bytes")] {
        let answer = fetch(&site, path).await.unwrap();
        assert!(answer.refused.unwrap().contains(why) && answer.body.is_empty());
    }
    assert_eq!(
        fetch(&site, "/whole").await.unwrap().body.len(),
        DOCUMENT_LIMIT
    );
}

#[tokio::test]
async fn nobody_there_is_no_answer() {
    let free = site(vec![]).address();
    let own = own();
    let fetcher = Fetcher::new(&own, &[]).unwrap();
    let failure = fetcher
        .fetch(format!("https://{free}/").parse().unwrap())
        .await
        .unwrap_err();
    assert_eq!(failure.reason, Absence::Refused);
    let spec = SiteSpec {
        pages: vec![],
        switch: SiteSwitches { answers: Some(403) },
        ..SiteSpec::default()
    };
    assert_eq!(fetch(&started(spec), "/").await.unwrap().status, 403);
}
