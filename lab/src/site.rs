//! The web site of a supplier: a few pages inside TLS, at an address that is not the device's.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::documents::document;
use crate::standin::{Front, StartError, TlsSpec};

/// The port, as every web site has it.
const PORT: u16 = 443;

/// For one request.
const PATIENCE: Duration = Duration::from_secs(10);

/// No request's head is longer.
const HEAD: usize = 16 * 1024;

/// A web site. Without a switch it serves its pages to everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteSpec {
    pub pages: Vec<PageSpec>,
    #[serde(default)]
    pub tls: TlsSpec,
    #[serde(default)]
    pub switch: SiteSwitches,
}

/// The faults of a web site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SiteSwitches {
    /// Every page is answered by this status instead.
    pub answers: Option<u16>,
}

/// A page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageSpec {
    pub path: String,
    /// One of [`crate::documents`].
    pub document: Option<String>,
    /// Or what stands there.
    #[serde(default)]
    pub body: String,
    #[serde(rename = "type", default = "plain_text")]
    pub kind: String,
    /// Where it redirects to instead.
    pub location: Option<String>,
    /// Further lines of the head, each with its end.
    #[serde(default)]
    pub head: String,
}

fn plain_text() -> String {
    "text/plain; charset=utf-8".to_owned()
}

/// The address of the site of a device's supplier.
pub fn site_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            IpAddr::from(Ipv4Addr::new(a, b, c, 200))
        }
        IpAddr::V6(_) => address,
    }
}

/// A running site. It ends when this is dropped.
#[derive(Debug)]
pub struct Site {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Site {
    /// Starts a site at the usual port of an address.
    ///
    /// # Errors
    ///
    /// The port cannot be had.
    pub fn start(spec: &SiteSpec, ip: IpAddr) -> Result<Self, StartError> {
        Self::start_at(spec, SocketAddr::new(ip, PORT))
    }

    /// The same at any port; 0: one that is free.
    ///
    /// # Errors
    ///
    /// The port cannot be had.
    pub fn start_at(spec: &SiteSpec, address: SocketAddr) -> Result<Self, StartError> {
        let unbound = |source| StartError::Bind {
            ip: address.ip(),
            port: address.port(),
            source,
        };
        let listener = TcpListener::bind(address).map_err(unbound)?;
        let address = listener.local_addr().map_err(StartError::Thread)?;
        listener.set_nonblocking(true).map_err(StartError::Thread)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(StartError::Thread)?;
        let (stop, stopped) = oneshot::channel();
        let spec = spec.clone();
        let serve = async move {
            let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
                return;
            };
            let front = Arc::new(Front::new(&spec.tls));
            let spec = Arc::new(spec);
            let accept = async {
                while let Ok((stream, _)) = listener.accept().await {
                    let (front, spec) = (Arc::clone(&front), Arc::clone(&spec));
                    tokio::spawn(async move {
                        let _ = timeout(PATIENCE, converse(stream, &front, &spec)).await;
                    });
                }
            };
            tokio::select! {
                () = accept => {}
                _ = stopped => {}
            }
        };
        let thread = std::thread::Builder::new()
            .name(format!("site {address}"))
            .spawn(move || runtime.block_on(serve))
            .map_err(StartError::Thread)?;
        Ok(Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed already.
            let _ = thread.join();
        }
    }
}

/// One request and its answer.
async fn converse(stream: TcpStream, front: &Front, spec: &SiteSpec) {
    let Some(mut stream) = front.accept(stream).await else {
        return;
    };
    let mut head = Vec::new();
    let mut buffer = [0; 2048];
    while !head.windows(4).any(|part| part == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(read @ 1..) if head.len() < HEAD => head.extend_from_slice(&buffer[..read]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head);
    let target = head.split(' ').nth(1).unwrap_or("/");
    let answer = spec.answer(target.split('?').next().unwrap_or(target));
    let _ = stream.write_all(&answer).await;
    let _ = stream.shutdown().await;
}

impl SiteSpec {
    fn answer(&self, path: &str) -> Vec<u8> {
        let page = self.pages.iter().find(|page| page.path == path);
        let (status, page) = match (self.switch.answers, page) {
            (Some(status), _) => (status, None),
            (None, None) => (404, None),
            (None, Some(page)) if page.location.is_some() => (302, Some(page)),
            (None, Some(page)) => (200, Some(page)),
        };
        let body = match page {
            Some(page) => {
                let document = page.document.as_deref().and_then(document);
                document.unwrap_or_else(|| page.body.clone())
            }
            None => "no such page\n".to_owned(),
        };
        let location = page.and_then(|page| page.location.as_ref());
        let location = location.map(|it| format!("Location: {it}\r\n"));
        format!(
            "HTTP/1.1 {status} As it is\r\nContent-Type: {}\r\n{}{}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            page.map_or("text/plain", |page| page.kind.as_str()),
            location.unwrap_or_default(),
            page.map_or("", |page| page.head.as_str()),
            body.len(),
        )
        .into_bytes()
    }
}
