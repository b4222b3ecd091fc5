//! Tiny loopback servers for the tests of this module: one misbehaviour each.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// Serves every connection with `script`, one after the other, until the test's runtime ends.
pub(super) async fn serve<F, T>(script: F) -> SocketAddr
where
    F: Fn(TcpStream) -> T + Send + 'static,
    T: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(script(stream));
        }
    });
    address
}

/// Serves a fixed answer once the request's blank line was seen, then closes.
pub(super) async fn http(answer: impl AsRef<[u8]> + Clone + Send + Sync + 'static) -> SocketAddr {
    serve(move |mut stream| {
        let answer = answer.clone();
        async move {
            read_request(&mut stream).await;
            let _ = stream.write_all(answer.as_ref()).await;
            let _ = stream.shutdown().await;
        }
    })
    .await
}

/// Reads up to the blank line; returns the head.
pub(super) async fn read_request(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// Accepts and never answers.
pub(super) async fn hold(stream: TcpStream) {
    std::future::pending::<()>().await;
    drop(stream);
}

/// One byte every 20 ms, for ever.
pub(super) async fn drip(mut stream: TcpStream) {
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    while stream.write_all(b"x").await.is_ok() {
        tick.tick().await;
    }
}

/// As much as the line takes, for ever.
pub(super) async fn flood(mut stream: TcpStream) {
    while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
}

/// Accepts and resets.
pub(super) async fn reset(stream: TcpStream) {
    stream.set_zero_linger().unwrap();
}

/// A port that refuses until somebody listens there.
pub(super) async fn free_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

/// A port that refuses for as long as the tests run: it is bound, so that no other test gets it, and nobody listens.
pub(super) async fn closed_port() -> SocketAddr {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    std::mem::forget(socket);
    address
}
