//! A server process in a directory of its own, from its first accepted connection to its end.

use std::fs::File;
use std::io;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tempfile::TempDir;

use super::Missing;
use super::relay::Relay;

/// How long a server may take until it accepts.
const START: Duration = Duration::from_secs(10);

/// A running server. It ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// What leads to it.
    relay: Option<Relay>,
    // Removed after the process has ended: fields are dropped after `drop`.
    directory: TempDir,
}

/// Why a real server is not running.
#[derive(Debug, thiserror::Error)]
pub enum RealError {
    #[error(transparent)]
    Missing(#[from] Missing),
    /// This machine does not permit it.
    #[error("{0}")]
    Unable(String),
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{program} does not accept at {address}: {log}")]
    Silent {
        program: String,
        address: SocketAddr,
        log: String,
    },
}

impl Server {
    /// Starts `command` in `directory` and waits until `address` accepts.
    ///
    /// # Errors
    ///
    /// [`RealError`] where it does not run or ends before it accepts, with what it said.
    pub fn start(
        command: Command,
        directory: TempDir,
        address: SocketAddr,
    ) -> Result<Self, RealError> {
        Self::start_until(command, directory, address, &|| {
            TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok()
        })
    }

    /// Starts `command` in `directory` and waits until `address` answers a question over UDP.
    ///
    /// # Errors
    ///
    /// As for [`Self::start`].
    pub fn start_over_udp(
        command: Command,
        directory: TempDir,
        address: SocketAddr,
        question: &[u8],
    ) -> Result<Self, RealError> {
        Self::start_until(command, directory, address, &|| {
            let answers = || -> io::Result<usize> {
                let socket = UdpSocket::bind(SocketAddr::new(address.ip(), 0))?;
                socket.set_read_timeout(Some(Duration::from_millis(200)))?;
                socket.connect(address)?;
                socket.send(question)?;
                socket.recv(&mut [0; 2048])
            };
            answers().is_ok()
        })
    }

    fn start_until(
        mut command: Command,
        directory: TempDir,
        address: SocketAddr,
        is_up: &dyn Fn() -> bool,
    ) -> Result<Self, RealError> {
        let program = command.get_program().to_string_lossy().into_owned();
        let log = File::create(directory.path().join("log"))?;
        let child = command
            .current_dir(directory.path())
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            // Some put sockets there, which must not meet those of another.
            .env("TMPDIR", directory.path())
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut server = Self {
            child,
            relay: None,
            directory,
        };
        if server.comes_up(is_up)? {
            Ok(server)
        } else {
            Err(RealError::Silent {
                program,
                address,
                log: server.log(),
            })
        }
    }

    /// The same, with what leads to it, which ends with it.
    #[must_use]
    pub(super) fn behind(mut self, relay: Option<Relay>) -> Self {
        self.relay = relay;
        self
    }

    /// What the server wrote so far.
    pub fn log(&self) -> String {
        let log = std::fs::read(self.directory.path().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log).trim().to_owned()
    }

    /// There is no event for "it listens" that every server gives; the port itself is the event.
    fn comes_up(&mut self, is_up: &dyn Fn() -> bool) -> io::Result<bool> {
        let deadline = Instant::now() + START;
        while Instant::now() < deadline && self.child.try_wait()?.is_none() {
            if is_up() {
                return Ok(true);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(false)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.relay = None;
        // The group, because servers fork for a connection, and a child keeps the port open. All fail
        // only where it has ended already; it has not been waited for, so that its id is its own.
        if let Ok(group) = i32::try_from(self.child.id()) {
            let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A new directory with these files; directories in their names are made.
pub(super) fn directory(files: &[(&str, String)]) -> io::Result<TempDir> {
    let directory = tempfile::Builder::new()
        .prefix("proofmark-lab-")
        .tempdir()?;
    for (name, text) in files {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
        std::fs::write(path, text)?;
    }
    Ok(directory)
}
