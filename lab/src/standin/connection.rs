//! Manners, good and bad, that a connection can have whatever its protocol.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// No connection lives longer.
pub(super) const LIFETIME: Duration = Duration::from_secs(60);

/// How much an endless banner sends before even it gives up.
const FLOOD_LIMIT: usize = 64 << 20;

/// Hangs up with a RST.
pub(super) fn reset(stream: TcpStream) {
    // A failure means that the peer has hung up already.
    let _ = stream.set_zero_linger();
    drop(stream);
}

/// Reads what comes and never speaks.
pub(super) async fn mute(mut stream: impl AsyncRead + Unpin) {
    let mut buffer = [0; 1024];
    while matches!(stream.read(&mut buffer).await, Ok(1..)) {}
}

/// Speaks without end and never listens.
pub(super) async fn flood(mut stream: TcpStream) {
    let block = [b'A'; 4096];
    let mut sent = 0;
    while sent < FLOOD_LIMIT && stream.write_all(&block).await.is_ok() {
        sent += block.len();
    }
}

/// Speaks once, then listens until the peer hangs up.
pub(super) async fn greet(mut stream: TcpStream, greeting: &[u8]) {
    if stream.write_all(greeting).await.is_ok() {
        mute(stream).await;
    }
}
