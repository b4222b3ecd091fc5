//! The connect engine: the kernel's own connects, many at once, waited for with one epoll instance.
//!
//! No task and no timer an attempt: at tens of thousands of attempts a second those would cost more than the
//! connects.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use socket2::Socket;
use tokio::io::unix::AsyncFd;
use tokio::time::{Instant, sleep_until};

use super::connect::{self, PortAnswer, SELF_CONNECTS};
use super::engine::{Ask, Asker, Ended, Glance, watch};
use super::icmp::Meaning;
use super::outstanding::Outstanding;
use super::{icmp_origin, limit};
use crate::observation::Engine;

/// Events taken from the kernel at once.
const BATCH: usize = 256;

/// Who ended a connect, the device or somebody on the way, is asked of so many, and of as many more whenever it was not
/// a RST. To ask it of all would make a sweep a third slower.
const CURIOUS: u32 = 1024;

/// Connects to one address.
#[derive(Debug)]
pub(super) struct Dialler {
    address: SocketAddr,
    /// The same epoll instance twice: one to use, one for the runtime to wait on.
    epoll: Epoll,
    ready: AsyncFd<OwnedFd>,
    events: Vec<EpollEvent>,
    /// What is known to be ready: numbers of attempts.
    pending: Vec<u64>,
    /// What epoll has not been told of: most connects on a local network end before anybody waits for them, and to
    /// look at many sockets at once is cheaper than to have each watched.
    fresh: Vec<u64>,
    /// What ended without ever having been out.
    stillborn: Vec<Ended>,
    out: Outstanding<Attempt>,
    glance: Glance,
    /// So many more connects are asked who it was that ended them.
    curious: u32,
}

#[derive(Debug)]
struct Attempt {
    ask: Ask,
    socket: Socket,
    /// How often this attempt has met itself.
    met_itself: usize,
    /// Whether the kernel keeps ICMP errors.
    curious: bool,
}

impl Dialler {
    /// Needs a runtime.
    ///
    /// # Errors
    ///
    /// The kernel's, where it has no epoll instance left.
    pub(super) fn new(address: SocketAddr) -> io::Result<Self> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        let ready = watch(epoll.0.try_clone()?)?;
        Ok(Self {
            address,
            epoll,
            ready,
            events: vec![EpollEvent::empty(); BATCH],
            pending: Vec::new(),
            fresh: Vec::new(),
            stillborn: Vec::new(),
            out: Outstanding::new(limit::sockets()),
            glance: Glance::new(),
            curious: CURIOUS,
        })
    }

    fn start(&mut self, ask: Ask, met_itself: usize) {
        let curious = self.curious > 0;
        self.curious -= u32::from(curious);
        match self.connect(self.target(ask), curious) {
            Ok(socket) => {
                let number = self.out.add(Attempt {
                    ask,
                    socket,
                    met_itself,
                    curious,
                });
                self.fresh.push(number);
            }
            Err(answer) => self.stillborn.push(Ended { ask, answer }),
        }
    }

    fn target(&self, ask: Ask) -> SocketAddr {
        let mut target = self.address;
        target.set_port(ask.port);
        target
    }

    /// A connect that is under way, or has ended and will say so; or the answer.
    fn connect(&self, target: SocketAddr, curious: bool) -> Result<Socket, PortAnswer> {
        let socket = connect::socket(target).map_err(|_| PortAnswer::LocalFault)?;
        if curious {
            icmp_origin::keep(&socket, target.ip());
        }
        match socket.connect(&target.into()) {
            Ok(()) => Ok(socket),
            Err(error) if error.raw_os_error() == Some(Errno::EINPROGRESS as i32) => Ok(socket),
            Err(error) => Err(connect::classify(&error)),
        }
    }

    /// Sorts the fresh ones: what has ended is ready, epoll watches the rest.
    fn sort_fresh(&mut self) {
        for batch in std::mem::take(&mut self.fresh).chunks(BATCH) {
            let attempts = batch.iter().map(|number| (*number, self.out.get(*number)));
            let attempts: Vec<(u64, &Attempt)> = attempts
                .filter_map(|(number, attempt)| Some((number, attempt?)))
                .collect();
            let mut looks: Vec<PollFd<'_>> = attempts
                .iter()
                .map(|(_, attempt)| PollFd::new(attempt.socket.as_fd(), PollFlags::POLLOUT))
                .collect();
            // Where it fails nothing is known to be ready, and epoll will tell.
            let _ = poll(&mut looks, PollTimeout::ZERO);
            for ((number, attempt), look) in attempts.iter().zip(&looks) {
                let event = EpollEvent::new(EpollFlags::EPOLLOUT, *number);
                // What cannot be watched looks ready, and says what is wrong when it is asked.
                if look.any() == Some(true) || self.epoll.add(&attempt.socket, event).is_err() {
                    self.pending.push(*number);
                }
            }
        }
    }

    /// How an attempt that is ready ended; none: it was with itself, and a new one is out.
    fn finish(&mut self, number: u64) -> Option<Ended> {
        let attempt = self.out.take(number)?;
        let ask = attempt.ask;
        let answer = match attempt.socket.take_error() {
            Ok(Some(error)) | Err(error) => self.failure(&attempt, &error),
            Ok(None) if with_itself(&attempt.socket, self.target(ask)) => {
                if attempt.met_itself + 1 < SELF_CONNECTS {
                    self.start(ask, attempt.met_itself + 1);
                    return None;
                }
                PortAnswer::LocalFault
            }
            Ok(None) => {
                // Hang up with a RST, so that nothing lingers on either side.
                let _ = attempt.socket.set_linger(Some(Duration::ZERO));
                PortAnswer::Accepted
            }
        };
        Some(Ended { ask, answer })
    }

    /// What it means that a connect failed, and if it was asked, who said so.
    fn failure(&mut self, attempt: &Attempt, error: &io::Error) -> PortAnswer {
        let known = connect::classify(error);
        let meaning = match known {
            PortAnswer::Refused | PortAnswer::Unreachable if attempt.curious => {
                icmp_origin::meaning(&attempt.socket, self.address.ip())
            }
            _ => None,
        };
        let answer = match meaning {
            Some(Meaning::Rejected) => PortAnswer::Rejected,
            Some(Meaning::Unreachable) => PortAnswer::Unreachable,
            None => known,
        };
        if matches!(answer, PortAnswer::Rejected | PortAnswer::Unreachable) {
            self.curious = CURIOUS;
        }
        answer
    }

    /// Asks the kernel which have ended; false: none.
    fn look(&mut self) -> bool {
        self.sort_fresh();
        if !self.pending.is_empty() {
            return true;
        }
        let count = self
            .epoll
            .wait(&mut self.events, EpollTimeout::ZERO)
            .unwrap_or(0);
        let numbers = self.events.iter().take(count).map(EpollEvent::data);
        self.pending.extend(numbers);
        count > 0
    }

    fn known_ended(&mut self) -> Option<Ended> {
        if let Some(ended) = self.stillborn.pop() {
            return Some(ended);
        }
        while let Some(number) = self.pending.pop() {
            if let Some(ended) = self.finish(number) {
                return Some(ended);
            }
        }
        None
    }

    fn next_ended(&mut self) -> Option<Ended> {
        loop {
            if let Some(ended) = self.known_ended() {
                return Some(ended);
            }
            if self.out.is_empty() || !self.look() {
                break;
            }
        }
        let Attempt { ask, .. } = self.out.expired(Instant::now())?;
        let answer = PortAnswer::NoAnswer;
        Some(Ended { ask, answer })
    }
}

fn with_itself(socket: &Socket, target: SocketAddr) -> bool {
    let local = socket.local_addr().map(|local| local.as_socket());
    local.is_ok_and(|local| local.is_some_and(|local| connect::met_itself(Ok(local), target)))
}

impl Asker for Dialler {
    fn engine(&self) -> Engine {
        Engine::Connect
    }

    fn send(&mut self, ask: Ask) {
        self.start(ask, 0);
    }

    fn ended(&mut self) -> Option<Ended> {
        let known = self.known_ended();
        if known.is_some() || !self.glance.due() {
            return known;
        }
        self.next_ended()
    }

    async fn ended_some_time(&mut self) -> Option<Ended> {
        loop {
            if let Some(ended) = self.next_ended() {
                return Some(ended);
            }
            let due = self.out.due()?;
            tokio::select! {
                ready = self.ready.readable() => match ready {
                    // Nothing was ready a moment ago: wait for the next change, then look again.
                    Ok(mut guard) => guard.clear_ready(),
                    Err(_) => sleep_until(due).await,
                },
                () = sleep_until(due) => {}
            }
        }
    }

    fn full(&self) -> bool {
        self.out.full()
    }

    fn rest(&mut self) {
        self.out.rest();
    }

    fn resting_until(&self) -> Instant {
        self.out.resting_until()
    }

    fn hang_up(&mut self) {
        self.out.clear();
        self.pending.clear();
        self.fresh.clear();
        self.stillborn.clear();
    }
}
