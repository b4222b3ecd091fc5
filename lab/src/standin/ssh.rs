//! An SSH server (RFC 4253) up to the host key: it says what it offers and shows its key, and nobody gets further.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::connection;
use super::spec::SshSpec;
use crate::pki;

const KEXINIT: u8 = 20;
const KEX_ECDH_REPLY: u8 = 31;

/// An SSH server.
#[derive(Debug)]
pub(super) struct Server {
    spec: SshSpec,
    /// The key as it is sent (RFC 5656, section 3.1).
    key: Vec<u8>,
}

impl Server {
    pub(super) fn new(spec: &SshSpec) -> Self {
        let point = pki::public_point(spec.switch.published_key, spec.key.as_deref());
        let mut key = Vec::new();
        for field in [&b"ecdsa-sha2-nistp256"[..], b"nistp256", &point] {
            string(&mut key, field);
        }
        Self {
            spec: spec.clone(),
            key,
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.spec.port
    }

    pub(super) async fn serve(&self, stream: TcpStream) {
        let _ = self.session(stream).await;
    }

    async fn session(&self, mut stream: TcpStream) -> Option<()> {
        stream.write_all(b"SSH-2.0-standin_1\r\n").await.ok()?;
        if self.spec.switch.offers_nothing {
            connection::mute(stream).await;
            return None;
        }
        let hello = packet(&self.offer());
        stream.write_all(&hello).await.ok()?;
        let mut waiting = Vec::new();
        while !begins_exchange(&waiting) {
            if stream.read_buf(&mut waiting).await.ok()? == 0 || waiting.len() > 1 << 16 {
                return None;
            }
        }
        if self.spec.switch.shows_no_key {
            return None;
        }
        let mut reply = vec![KEX_ECDH_REPLY];
        for field in [&self.key[..], &[9; 32], b"no signature"] {
            string(&mut reply, field);
        }
        stream.write_all(&packet(&reply)).await.ok()?;
        connection::mute(stream).await;
        None
    }

    fn offer(&self) -> Vec<u8> {
        let (exchange, ciphers, codes) = match self.spec.switch.old_algorithms {
            false => (
                "curve25519-sha256,kex-strict-s-v00@openssh.com",
                "aes128-ctr,aes256-ctr",
                "hmac-sha2-256",
            ),
            true => (
                "curve25519-sha256,diffie-hellman-group1-sha1,kex-strict-s-v00@openssh.com",
                "aes128-ctr,aes128-cbc,arcfour",
                "hmac-sha2-256,hmac-md5",
            ),
        };
        let mut content = vec![KEXINIT];
        content.extend_from_slice(&[5; 16]);
        for names in [
            exchange,
            "ecdsa-sha2-nistp256",
            ciphers,
            ciphers,
            codes,
            codes,
            "none",
            "none",
            "",
            "",
        ] {
            string(&mut content, names.as_bytes());
        }
        content.extend_from_slice(&[0; 5]);
        content
    }
}

/// Whether a client sent its line, what it offers, and the first message of an exchange.
fn begins_exchange(bytes: &[u8]) -> bool {
    let Some(line) = bytes.iter().position(|byte| *byte == b'\n') else {
        return false;
    };
    let mut rest = &bytes[line + 1..];
    for _ in 0..2 {
        let Some((length, after)) = rest.split_first_chunk::<4>() else {
            return false;
        };
        match after.get(u32::from_be_bytes(*length) as usize..) {
            Some(next) => rest = next,
            None => return false,
        }
    }
    true
}

fn string(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or_default().to_be_bytes());
    out.extend_from_slice(bytes);
}

/// A packet without a cipher (RFC 4253, section 6).
fn packet(content: &[u8]) -> Vec<u8> {
    let padding = 4 + (8 - (content.len() + 9) % 8) % 8;
    let mut out = Vec::new();
    let length = u32::try_from(1 + content.len() + padding).unwrap_or_default();
    out.extend_from_slice(&length.to_be_bytes());
    out.push(u8::try_from(padding).unwrap_or_default());
    out.extend_from_slice(content);
    out.resize(out.len() + padding, 0);
    out
}
