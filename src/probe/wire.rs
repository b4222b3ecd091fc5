//! A bounded, recorded conversation with one device over TCP.
//!
//! A [`Talk`] has one deadline and one record; it may span several connections. Whatever the device
//! does (endless banner, drip-feed, silence, reset) ends as a typed [`Fault`], at the latest at the
//! deadline, and the bytes that travelled so far are kept. Of a connection inside TLS these are the bytes
//! inside: what was asked and answered, which can be read and redacted, and not the cipher text, which
//! could not be checked without the session's keys.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};

use super::Stop;
use super::endpoint::Endpoint;
use super::opened::{Open, Opened};
use super::tls::{Stream, handshake, speaks_tls};
use crate::evidence::{Absence, Exchange};
use crate::observation::Observation;
use crate::text::shown;

/// Bytes kept of each direction.
pub(super) const KEPT: usize = 64 * 1024;

/// The bounds of a conversation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// For each connect.
    pub connect: Duration,
    /// For everything together, connects included.
    pub whole: Duration,
    /// Bytes read from one connection; one more is a fault. Of these, [`KEPT`] are recorded.
    pub read: usize,
}

/// Why a conversation brought nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub reason: Absence,
    /// For a person; safe to show.
    pub detail: String,
}

impl Fault {
    /// A fault of our own finding.
    pub(super) fn new(reason: Absence, detail: impl Into<String>) -> Self {
        Self {
            reason,
            detail: detail.into(),
        }
    }

    /// What a failed connect shows. Unreachable may be said by a filter or by our own neighbour
    /// discovery, so it counts as no answer.
    fn of_connect(error: &io::Error) -> Self {
        use io::ErrorKind::*;
        let reason = match error.kind() {
            ConnectionRefused => Absence::Refused,
            ConnectionReset | ConnectionAborted => Absence::Disconnected,
            TimedOut | HostUnreachable | NetworkUnreachable => Absence::NoAnswer,
            _ => Absence::HarnessFault,
        };
        Self::new(reason, format!("cannot connect: {error}"))
    }

    /// What a failed TLS handshake shows: bytes that are no TLS, or a connection that ended.
    fn of_handshake(error: &io::Error) -> Self {
        let reason = match error.kind() {
            io::ErrorKind::InvalidData => Absence::Malformed,
            _ => Absence::Disconnected,
        };
        Self::new(reason, shown(format!("no TLS handshake: {error}"), 200))
    }
}

/// A fault while a connection is open.
impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind::*;
        let reason = match error.kind() {
            FileTooLarge => Absence::Malformed,
            TimedOut => Absence::NoAnswer,
            _ => Absence::Disconnected,
        };
        Self::new(reason, error.to_string())
    }
}

/// Why there is no connection inside TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NoTls {
    pub fault: Fault,
    /// Whether the other side was shown to speak TLS all the same.
    pub speaks_tls: bool,
}

/// The bytes that travelled, the first [`KEPT`] of each direction.
#[derive(Debug, Default)]
pub(super) struct Bytes {
    pub sent: Vec<u8>,
    pub received: Vec<u8>,
    pub truncated: bool,
}

impl Bytes {
    fn note_received(&mut self, bytes: &[u8]) {
        let room = KEPT.saturating_sub(self.received.len()).min(bytes.len());
        self.received.extend_from_slice(&bytes[..room]);
        self.truncated |= room < bytes.len();
    }

    fn note_sent(&mut self, bytes: &[u8]) {
        let room = KEPT.saturating_sub(self.sent.len()).min(bytes.len());
        self.sent.extend_from_slice(&bytes[..room]);
    }
}

/// Shared between a talk and its wires, because hyper owns a wire while the talk is read.
type SharedRecord = Arc<Mutex<Bytes>>;

fn locked(record: &SharedRecord) -> MutexGuard<'_, Bytes> {
    // A record is only ever appended to, so one left by a panic is still true.
    record.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One conversation: a deadline and a record.
#[derive(Debug)]
pub(super) struct Talk {
    started_at: Timestamp,
    deadline: Instant,
    terms: Terms,
    record: SharedRecord,
    /// Bytes that went out, kept or not.
    sent: Arc<AtomicU64>,
    opened: Arc<Opened>,
}

impl Talk {
    /// Starts the clock.
    pub(super) fn begin(terms: Terms) -> Self {
        Self {
            started_at: Timestamp::now(),
            deadline: Instant::now() + terms.whole,
            terms,
            record: SharedRecord::default(),
            sent: Arc::default(),
            opened: Arc::default(),
        }
    }

    /// Connects in clear. The wire records into this talk.
    pub(super) async fn connect(&self, address: SocketAddr) -> Result<Wire, Fault> {
        let open = self.opened.one();
        Ok(self.wire(Stream::Clear(self.dial(address).await?), open))
    }

    /// Connects, and speaks TLS first where the endpoint says so.
    pub(super) async fn open(&self, endpoint: &Endpoint) -> Result<Wire, Fault> {
        if endpoint.tls {
            return self.secure(endpoint).await.map_err(|refusal| refusal.fault);
        }
        self.connect(endpoint.address).await
    }

    /// Connects inside TLS, whatever the endpoint says.
    pub(super) async fn secure(&self, endpoint: &Endpoint) -> Result<Wire, NoTls> {
        let silent = |fault| NoTls {
            fault,
            speaks_tls: false,
        };
        let open = self.opened.one();
        let stream = self.dial(endpoint.address).await.map_err(silent)?;
        let shaken = handshake(stream, endpoint.address, endpoint.name.as_deref());
        let Ok(shaken) = timeout(self.terms.connect, shaken).await else {
            let seconds = self.terms.connect.as_secs_f32();
            let late = format!("no TLS handshake within {seconds} s");
            return Err(silent(Fault::new(Absence::NoAnswer, late)));
        };
        match shaken.result {
            Ok(stream) => Ok(self.wire(Stream::Tls(Box::new(stream)), open)),
            Err(error) => Err(NoTls {
                speaks_tls: speaks_tls(&error),
                fault: Fault::of_handshake(&error),
            }),
        }
    }

    fn wire(&self, stream: Stream, open: Open) -> Wire {
        Wire {
            stream,
            record: Arc::clone(&self.record),
            sent: Arc::clone(&self.sent),
            left: self.terms.read,
            _open: open,
        }
    }

    /// A bare connection, of which nothing is recorded.
    pub(super) async fn dial(&self, address: SocketAddr) -> Result<TcpStream, Fault> {
        timeout(self.terms.connect, TcpStream::connect(address))
            .await
            .map_err(|_| {
                let seconds = self.terms.connect.as_secs_f32();
                Fault::new(
                    Absence::NoAnswer,
                    format!("no answer to a connect within {seconds} s"),
                )
            })?
            .map_err(|error| Fault::of_connect(&error))
    }

    /// Runs the conversation to its end, its deadline or a stop, and packs what came of it.
    pub(super) async fn run(
        &self,
        stop: &Stop,
        work: impl Future<Output = Result<Observation, Fault>>,
    ) -> Exchange {
        match self.bounded(stop, work).await {
            Ok(observation) => self.tell(observation),
            Err(fault) => self.pack(Exchange::absent(
                self.started_at,
                fault.reason,
                fault.detail,
            )),
        }
    }

    /// Packs what a conversation came to that ended by itself.
    pub(super) fn tell(&self, observation: Observation) -> Exchange {
        self.pack(Exchange::observed(self.started_at, observation))
    }

    fn pack(&self, exchange: Exchange) -> Exchange {
        let Bytes {
            sent,
            received,
            truncated,
        } = self.bytes();
        exchange.with_bytes(sent, received, truncated)
    }

    /// Runs the conversation to its end, its deadline or a stop.
    pub(super) async fn bounded<T>(
        &self,
        stop: &Stop,
        work: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Fault> {
        let mut stop = stop.clone();
        tokio::select! {
            biased;
            () = stop.wait() => Err(self.aborted(&stop)),
            () = sleep_until(self.deadline) => Err(self.late()),
            result = work => result,
        }
    }

    /// Hands over the bytes that travelled, as far as they were kept.
    pub(super) fn bytes(&self) -> Bytes {
        std::mem::take(&mut *locked(&self.record))
    }

    /// How many bytes went out, kept or not.
    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// The most wires of this talk that were open at the same time, attempts to connect included.
    pub(super) fn most_open(&self) -> u32 {
        self.opened.most()
    }

    /// Whether the device said anything so far.
    pub(super) fn heard(&self) -> bool {
        !locked(&self.record).received.is_empty()
    }

    /// Tells from elsewhere whether the device said anything so far.
    pub(super) fn ear(&self) -> impl Fn() -> bool + Send + use<> {
        let record = Arc::clone(&self.record);
        move || !locked(&record).received.is_empty()
    }

    fn aborted(&self, stop: &Stop) -> Fault {
        Fault::new(Absence::Aborted, stop.reason().unwrap_or_default())
    }

    fn late(&self) -> Fault {
        let seconds = self.terms.whole.as_secs_f32();
        if self.heard() {
            Fault::new(
                Absence::Deadline,
                format!("it was still at it after {seconds} s"),
            )
        } else {
            Fault::new(
                Absence::NoAnswer,
                format!("it said nothing within {seconds} s"),
            )
        }
    }
}

/// What a wire heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Bytes(Vec<u8>),
    /// The device closed its side.
    Closed,
    /// Nothing came for as long as we were ready to wait.
    Quiet,
}

/// A connection that records what travels. Reading past its bound is an error.
#[derive(Debug)]
pub(super) struct Wire {
    stream: Stream,
    record: SharedRecord,
    sent: Arc<AtomicU64>,
    /// Bytes that may still be read.
    left: usize,
    /// Goes after the stream.
    _open: Open,
}

impl Wire {
    /// The bare connection, of which nothing more is recorded. None: it is inside TLS.
    pub(super) fn into_clear(self) -> Option<TcpStream> {
        match self.stream {
            Stream::Clear(stream) => Some(stream),
            Stream::Tls(_) => None,
        }
    }

    /// Waits up to `quiet` for bytes.
    pub(super) async fn hear(&mut self, quiet: Duration) -> Result<Heard, Fault> {
        let mut buffer = [0; 4096];
        match timeout(quiet, self.read(&mut buffer)).await {
            Err(_) => Ok(Heard::Quiet),
            Ok(Ok(0)) => Ok(Heard::Closed),
            Ok(Ok(length)) => Ok(Heard::Bytes(buffer[..length].to_vec())),
            Ok(Err(error)) => Err(error.into()),
        }
    }

    /// Sends all of it.
    pub(super) async fn say(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        Ok(self.write_all(bytes).await?)
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // With nothing left, one more byte tells "exactly full" from "too much".
        let mut scratch = [0; 4096];
        let want = this.left.clamp(1, scratch.len()).min(buffer.remaining());
        let mut bounded = ReadBuf::new(&mut scratch[..want]);
        ready!(Pin::new(&mut this.stream).poll_read(context, &mut bounded))?;
        let bytes = bounded.filled();
        if bytes.len() > this.left {
            locked(&this.record).truncated = true;
            return Poll::Ready(Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                "the device sent more than we read",
            )));
        }
        this.left -= bytes.len();
        locked(&this.record).note_received(bytes);
        buffer.put_slice(bytes);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let length = ready!(Pin::new(&mut this.stream).poll_write(context, bytes))?;
        locked(&this.record).note_sent(&bytes[..length]);
        this.sent.fetch_add(length as u64, Ordering::Relaxed);
        Poll::Ready(Ok(length))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fake;
    use super::super::stop::Stopper;
    use super::*;
    use crate::evidence::Outcome;
    use crate::observation::{Protocol, Service};

    const TERMS: Terms = Terms {
        connect: Duration::from_secs(1),
        whole: Duration::from_millis(400),
        read: KEPT,
    };

    fn nothing() -> Observation {
        Observation::Service(Service {
            protocol: Protocol::Unknown,
            tls: false,
            also_in_clear: false,
            product: None,
            spoke_after: None,
            first_bytes: String::new(),
        })
    }

    /// Reads until the device closes.
    async fn read_all(address: SocketAddr, stop: &Stop) -> Exchange {
        let talk = Talk::begin(TERMS);
        let work = async {
            let mut wire = talk.connect(address).await?;
            wire.say(b"hello").await?;
            while let Heard::Bytes(_) = wire.hear(Duration::from_secs(9)).await? {}
            Ok(nothing())
        };
        talk.run(stop, work).await
    }

    fn reason(exchange: &Exchange) -> Option<Absence> {
        match &exchange.outcome {
            Outcome::Observed { .. } => None,
            Outcome::Absent { reason, .. } => Some(*reason),
        }
    }

    #[tokio::test]
    async fn both_directions_are_recorded() {
        let address = fake::serve(async |mut stream| {
            stream.read_exact(&mut [0; 5]).await.unwrap();
            stream.write_all(b"good day").await.unwrap();
        })
        .await;
        let exchange = read_all(address, &Stopper::new().1).await;
        assert_eq!(reason(&exchange), None);
        assert_eq!(exchange.sent, b"hello");
        assert_eq!(exchange.received, b"good day");
        assert!(!exchange.truncated);
    }

    #[tokio::test]
    async fn wires_that_are_open_at_the_same_time_are_counted() {
        let address = fake::serve(fake::hold).await;
        let talk = Talk::begin(TERMS);
        drop(talk.connect(address).await.unwrap());
        drop(talk.connect(address).await.unwrap());
        assert_eq!(talk.most_open(), 1);
        let one = talk.connect(address).await.unwrap();
        let other = talk.connect(address).await.unwrap();
        assert_eq!(talk.most_open(), 2);
        drop((one, other));
        // One that does not come about was tried all the same, and is gone.
        let closed = fake::closed_port().await;
        assert!(talk.connect(closed).await.is_err());
        let (_one, _other) = (talk.connect(address).await, talk.connect(address).await);
        assert_eq!(talk.most_open(), 2);
    }

    #[tokio::test]
    async fn silence_ends_at_the_deadline_as_no_answer() {
        let address = fake::serve(fake::hold).await;
        let (_keep, stop) = Stopper::new();
        assert_eq!(
            reason(&read_all(address, &stop).await),
            Some(Absence::NoAnswer)
        );
    }

    #[tokio::test]
    async fn a_drip_ends_at_the_deadline_and_keeps_what_came() {
        let address = fake::serve(fake::drip).await;
        let (_keep, stop) = Stopper::new();
        let exchange = read_all(address, &stop).await;
        assert_eq!(reason(&exchange), Some(Absence::Deadline));
        assert!(!exchange.received.is_empty());
    }

    #[tokio::test]
    async fn an_endless_banner_stops_at_the_bound() {
        let address = fake::serve(fake::flood).await;
        let (_keep, stop) = Stopper::new();
        let exchange = read_all(address, &stop).await;
        assert_eq!(reason(&exchange), Some(Absence::Malformed));
        assert_eq!(exchange.received.len(), KEPT);
        assert!(exchange.truncated);
    }

    #[tokio::test]
    async fn exactly_the_bound_is_no_fault() {
        let address = fake::serve(async |mut stream| {
            stream.read_exact(&mut [0; 5]).await.unwrap();
            stream.write_all(&[b'a'; KEPT]).await.unwrap();
        })
        .await;
        let (_keep, stop) = Stopper::new();
        let exchange = read_all(address, &stop).await;
        assert_eq!(reason(&exchange), None);
        assert_eq!(exchange.received.len(), KEPT);
        assert!(!exchange.truncated);
    }

    #[tokio::test]
    async fn a_reset_is_a_disconnect_and_a_closed_port_a_refusal() {
        let (_keep, stop) = Stopper::new();
        let address = fake::serve(fake::reset).await;
        assert_eq!(
            reason(&read_all(address, &stop).await),
            Some(Absence::Disconnected)
        );
        let closed = fake::closed_port().await;
        assert_eq!(
            reason(&read_all(closed, &stop).await),
            Some(Absence::Refused)
        );
    }

    #[tokio::test]
    async fn a_stop_ends_it_at_once() {
        let address = fake::serve(fake::hold).await;
        let (stopper, stop) = Stopper::new();
        stopper.stop("Ctrl-C");
        let exchange = read_all(address, &stop).await;
        assert_eq!(reason(&exchange), Some(Absence::Aborted));
    }
}
