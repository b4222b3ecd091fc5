//! A running stand-in: its listeners, the thread that serves them, and how it falls over.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use nix::sys::socket::{Backlog, listen};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::canned::{self, CannedSpec};
use super::connection::{self, LIFETIME};
use super::pulse::{Diary, Pulse};
use super::spec::{DeviceSpec, SpecError, Trigger};
use super::{ftp, http, mqtt, ssh, telnet, udp};

/// Connections served at a time; more wait in the kernel's queue. A scanner makes thousands.
const MAX_CONNECTIONS: usize = 512;

/// A stand-in that serves until it is dropped.
#[derive(Debug)]
pub struct Device {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What happens to a device with `goes_down`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// It is about to stop serving.
    Down,
    /// It serves again.
    Up,
}

/// Why a stand-in does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Spec(#[from] SpecError),
    #[error("port {port} of {ip} cannot be opened: {source}")]
    Bind {
        ip: IpAddr,
        port: u16,
        source: io::Error,
    },
    #[error("no thread to serve on: {0}")]
    Thread(io::Error),
}

impl Device {
    /// Opens every port at `ip`, then serves on a thread of its own.
    ///
    /// # Errors
    ///
    /// [`StartError`] where the description contradicts itself or a port cannot be had.
    pub fn start(spec: &DeviceSpec, ip: IpAddr) -> Result<Self, StartError> {
        Self::start_watched(spec, ip, |_| {})
    }

    /// The same; `watcher` is told when the device goes down, before its ports close, and when it is
    /// up again.
    ///
    /// # Errors
    ///
    /// As [`Self::start`].
    pub fn start_watched(
        spec: &DeviceSpec,
        ip: IpAddr,
        watcher: impl FnMut(Event) + Send + 'static,
    ) -> Result<Self, StartError> {
        spec.validate()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(StartError::Thread)?;
        let pulse = Arc::new(Pulse::new(spec));
        let life = Life {
            ip,
            services: services(spec, &pulse),
            udp: udp::services(spec).into_iter().map(Arc::new).collect(),
            pulse,
            seconds: spec.goes_down.and_then(|downtime| downtime.seconds),
        };
        let bound = life.bind()?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name(format!("stand-in {ip}"))
            .spawn(move || runtime.block_on(life.live(bound, stopped, watcher)))
            .map_err(StartError::Thread)?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed already.
            let _ = thread.join();
        }
    }
}

struct Life {
    ip: IpAddr,
    services: Vec<(Arc<Service>, Diary)>,
    udp: Vec<Arc<udp::Service>>,
    pulse: Arc<Pulse>,
    seconds: Option<f64>,
}

/// What a device listens with, in the order of its services.
struct Bound {
    tcp: Vec<std::net::TcpListener>,
    udp: Vec<std::net::UdpSocket>,
}

impl Life {
    fn bind(&self) -> Result<Bound, StartError> {
        let failed = |port| {
            move |source| StartError::Bind {
                ip: self.ip,
                port,
                source,
            }
        };
        let tcp = self.services.iter().map(|(service, _)| service.port());
        let udp = self.udp.iter().map(|service| service.port());
        let at = |port| SocketAddr::new(self.ip, port);
        Ok(Bound {
            tcp: tcp
                .map(|port| open(at(port)).map_err(failed(port)))
                .collect::<Result<_, _>>()?,
            udp: udp
                .map(|port| open_udp(at(port)).map_err(failed(port)))
                .collect::<Result<_, _>>()?,
        })
    }

    async fn live(
        self,
        mut bound: Bound,
        stopped: oneshot::Receiver<()>,
        mut watcher: impl FnMut(Event),
    ) {
        tokio::pin!(stopped);
        loop {
            // Dropping the set ends every server and every connection.
            let servers = self.serve(bound);
            tokio::select! {
                _ = &mut stopped => return,
                () = self.pulse.fuse.blown() => {}
            }
            watcher(Event::Down);
            drop(servers);
            let Some(seconds) = self.seconds else {
                let _ = stopped.await;
                return;
            };
            tokio::select! {
                _ = &mut stopped => return,
                () = sleep(Duration::from_secs_f64(seconds)) => {}
            }
            bound = match self.bind() {
                Ok(bound) => bound,
                // It stays down; the scenario that waits for it goes red.
                Err(_) => return,
            };
            watcher(Event::Up);
        }
    }

    fn serve(&self, bound: Bound) -> JoinSet<()> {
        let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let mut servers = JoinSet::new();
        for (listener, (service, diary)) in bound.tcp.into_iter().zip(&self.services) {
            // A service that died before the whole device did stays dead.
            if let (Ok(listener), false) =
                (TcpListener::from_std(listener), diary.service.is_spent())
            {
                let (service, slots) = (Arc::clone(service), Arc::clone(&slots));
                servers.spawn(accept(listener, service, diary.clone(), slots));
            }
        }
        for (socket, service) in bound.udp.into_iter().zip(&self.udp) {
            if let Ok(socket) = UdpSocket::from_std(socket) {
                let service = Arc::clone(service);
                servers.spawn(async move { service.serve(socket).await });
            }
        }
        servers
    }
}

fn open_udp(address: SocketAddr) -> io::Result<std::net::UdpSocket> {
    let socket = std::net::UdpSocket::bind(address)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn open(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    // Again, with a longer queue: the kernel drops what does not fit, and a sweep would see a lossy device.
    listen(&listener, Backlog::MAXCONN)?;
    Ok(listener)
}

async fn accept(listener: TcpListener, service: Arc<Service>, diary: Diary, slots: Arc<Semaphore>) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = diary.service.blown() => return,
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file descriptors, or the peer is gone: let others run first.
            sleep(Duration::from_millis(5)).await;
            continue;
        };
        diary.connection();
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
            return;
        };
        let (service, diary) = (Arc::clone(&service), diary.clone());
        connections.spawn(async move {
            let _ = timeout(LIFETIME, service.serve(stream, &diary)).await;
            drop(slot);
        });
    }
}

#[derive(Debug)]
enum Service {
    Ftp(ftp::Server),
    Http(Box<http::Server>),
    Mqtt(Box<mqtt::Server>),
    Telnet(telnet::Server),
    Ssh(ssh::Server),
    Raw { port: u16, sends: Vec<u8> },
    Canned(CannedSpec),
}

fn services(spec: &DeviceSpec, pulse: &Arc<Pulse>) -> Vec<(Arc<Service>, Diary)> {
    let ftp = spec.ftp.iter().map(ftp::Server::new);
    let mqtt = spec.mqtt.iter().map(mqtt::Server::new).map(Box::new);
    let http = spec.http.iter().map(http::Server::new).map(Box::new);
    let telnet = spec.telnet.iter().map(telnet::Server::new);
    let ssh = spec.ssh.iter().map(ssh::Server::new);
    let raw = spec.raw.iter().map(|raw| Service::Raw {
        port: raw.port,
        // `validate` has seen that these are bytes.
        sends: raw.bytes().unwrap_or_default(),
    });
    http.map(Service::Http)
        .chain(mqtt.map(Service::Mqtt))
        .chain(telnet.map(Service::Telnet))
        .chain(ssh.map(Service::Ssh))
        .chain(ftp.map(Service::Ftp))
        .chain(raw)
        .chain(spec.canned.iter().copied().map(Service::Canned))
        .map(|service| {
            let diary = Diary::new(pulse, service.dies_after());
            (Arc::new(service), diary)
        })
        .collect()
}

impl Service {
    fn port(&self) -> u16 {
        match self {
            Self::Ftp(server) => server.port(),
            Self::Http(server) => server.port(),
            Self::Mqtt(server) => server.port(),
            Self::Telnet(server) => server.port(),
            Self::Ssh(server) => server.port(),
            Self::Raw { port, .. } => *port,
            Self::Canned(spec) => spec.port,
        }
    }

    fn dies_after(&self) -> Option<Trigger> {
        match self {
            Self::Ftp(server) => server.dies_after(),
            Self::Http(server) => server.dies_after(),
            Self::Mqtt(server) => server.dies_after(),
            Self::Telnet(server) => server.dies_after(),
            Self::Ssh(_) | Self::Raw { .. } | Self::Canned(_) => None,
        }
    }

    fn serve<'a>(
        &'a self,
        stream: TcpStream,
        diary: &'a Diary,
    ) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        match self {
            Self::Ftp(server) => Box::pin(server.serve(stream, diary)),
            Self::Http(server) => Box::pin(server.serve(stream, diary)),
            Self::Mqtt(server) => Box::pin(server.serve(stream, diary)),
            Self::Telnet(server) => Box::pin(server.serve(stream, diary)),
            Self::Ssh(server) => Box::pin(server.serve(stream)),
            Self::Raw { sends, .. } => Box::pin(connection::greet(stream, sends)),
            Self::Canned(spec) => Box::pin(canned::serve(spec.speaks, stream)),
        }
    }
}
