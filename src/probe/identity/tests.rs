use super::super::{Stopper, fake};
use super::*;
use crate::dut::{AccessPolicy, LoginLimits};
use crate::evidence::Outcome;
use tokio::io::AsyncWriteExt;

fn service(id: &str, port: u16, protocol: Protocol) -> DeclaredService {
    DeclaredService {
        id: id.to_owned(),
        transport: Transport::Tcp,
        port,
        protocol,
        purpose: "test".to_owned(),
        access: AccessPolicy::Login,
        paths: vec![],
        discloses: vec![],
        login: LoginLimits::default(),
        owner: None,
        tls: None,
    }
}

fn device(services: Vec<DeclaredService>, identity: Option<IdentitySource>) -> Device {
    Device {
        manufacturer: "Example".to_owned(),
        model: "One".to_owned(),
        firmware: None,
        kind: None,
        support_until: None,
        support_published: None,
        vulnerability_policy: None,
        security_txt: None,
        model_designation: None,
        units: Vec::new(),
        services,
        identity,
        connections: Vec::new(),
        update: None,
    }
}

async fn read(device: &Device) -> Result<Identity, Absence> {
    let (_keep, stop) = Stopper::new();
    let exchange = identity(device, "127.0.0.1:0".parse().unwrap(), &stop).await;
    match exchange.outcome {
        Outcome::Observed { observations } => match &observations[..] {
            [Observation::Identity(identity)] => Ok(identity.clone()),
            other => panic!("{other:?}"),
        },
        Outcome::Absent { reason, .. } => Err(reason),
    }
}

#[tokio::test]
async fn services_say_who_they_are() {
    let body = "HTTP/1.1 200 OK\r\nServer: cam/1\u{2060}\r\n\r\n<title>Cam\u{202e}</title><b>v: 1.2.3 </b>";
    let web = fake::http(body).await.port();
    let shell = fake::serve(async |mut stream| {
        let _ = stream.write_all(b"SSH-2.0-drop_1\r\n").await;
        fake::hold(stream).await;
    })
    .await
    .port();
    let silent = fake::closed_port().await.port();
    let device = device(
        vec![
            service("web", web, Protocol::Http),
            service("ssh", shell, Protocol::Ssh),
            service("ftp", silent, Protocol::Ftp),
        ],
        Some(IdentitySource {
            service: "web".to_owned(),
            path: "/about".to_owned(),
            firmware: VersionPlace::Between("v:".to_owned(), "</b>".to_owned()),
            model: Some(VersionPlace::Between("<title>".to_owned(), "<".to_owned())),
        }),
    );
    let identity = read(&device).await.unwrap();
    assert_eq!(identity.firmware.as_deref(), Some("1.2.3"));
    assert_eq!(identity.model.as_deref(), Some("Cam\\u{202e}"));
    assert_eq!(identity.mac, None);
    let expected = BTreeMap::from([
        (format!("tcp/{web}/server"), "cam/1\\u{2060}".to_owned()),
        (format!("tcp/{web}/title"), "Cam\\u{202e}".to_owned()),
        (format!("tcp/{shell}/banner"), "drop_1".to_owned()),
    ]);
    assert_eq!(identity.fingerprints, expected);
}

#[tokio::test]
async fn a_version_on_an_error_page_is_none() {
    let web = fake::http("HTTP/1.1 404 No\r\n\r\n<b>1.2.3</b>")
        .await
        .port();
    let source = IdentitySource {
        service: "web".to_owned(),
        path: "/about".to_owned(),
        firmware: VersionPlace::Between("<b>".to_owned(), "</b>".to_owned()),
        model: None,
    };
    let device = device(vec![service("web", web, Protocol::Http)], Some(source));
    assert_eq!(read(&device).await.unwrap().firmware, None);
}

#[tokio::test]
async fn nobody_answering_is_no_answer() {
    let closed = fake::closed_port().await.port();
    let device = device(vec![service("web", closed, Protocol::Http)], None);
    assert_eq!(read(&device).await, Err(Absence::NoAnswer));
}

#[test]
fn versions_are_read_where_the_manifest_says() {
    let json = VersionPlace::Json("/system/firmware".to_owned());
    assert_eq!(
        version(br#"{"system":{"firmware":" 2.0\u001b "}}"#, &json).as_deref(),
        Some("2.0\\u{1b}")
    );
    assert_eq!(
        version(br#"{"system":{"firmware":3}}"#, &json).as_deref(),
        Some("3")
    );
    for body in [
        "",
        "{}",
        r#"{"system":{"firmware":{}}}"#,
        r#"{"system":{"firmware":""}}"#,
    ] {
        assert_eq!(version(body.as_bytes(), &json), None, "{body}");
    }
    let nested = "[".repeat(100_000);
    assert_eq!(version(nested.as_bytes(), &json), None);
    let between = VersionPlace::Between("FW ".to_owned(), ";".to_owned());
    assert_eq!(version(b"\xffFW 1.0;", &between).as_deref(), Some("1.0"));
    assert_eq!(version(b"FW 1.0", &between), None);
}
