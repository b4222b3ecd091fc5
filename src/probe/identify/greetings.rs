//! Services that greet in a form of their own as soon as somebody connects.

use super::product::line_of;
use crate::observation::Protocol;
use crate::text::shown;

/// Who greets like this, with product and version where it says them.
pub(super) fn greeter(bytes: &[u8]) -> Option<(Protocol, Option<String>)> {
    let named = |protocol| move |product| (protocol, product);
    mysql(bytes)
        .map(named(Protocol::Mysql))
        .or_else(|| rsync(bytes).map(named(Protocol::Rsync)))
        .or_else(|| is_tcf(bytes).then_some((Protocol::Tcf, None)))
        .or_else(|| is_debug_adapter(bytes).then_some((Protocol::Dap, None)))
}

/// MySQL and MariaDB (MySQL internals, "Protocol::Handshake" and "ERR_Packet"): a packet with the sequence number 0 that
/// holds the version of protocol 10, or says that this host may not connect.
fn mysql(bytes: &[u8]) -> Option<Option<String>> {
    let [low, middle, high, 0, kind] = *bytes.first_chunk()? else {
        return None;
    };
    let length = u32::from_le_bytes([low, middle, high, 0]);
    let body = bytes.get(5..4 + usize::try_from(length).ok()?)?;
    match kind {
        10 => {
            let version = body.split(|byte| *byte == 0).next()?;
            let plausible = version.first()?.is_ascii_digit() && body.len() > version.len() + 13;
            plausible.then(|| Some(shown(version, 100)))
        }
        0xff => {
            let refuses = [
                &b"is not allowed to connect"[..],
                b"is blocked because of many",
            ];
            let says = |text: &&[u8]| body.windows(text.len()).any(|it| it == *text);
            refuses.iter().any(says).then_some(None)
        }
        _ => None,
    }
}

/// rsync's daemon (rsync, `clientserver.c`): its protocol's version.
fn rsync(bytes: &[u8]) -> Option<Option<String>> {
    let version = bytes.strip_prefix(b"@RSYNCD: ")?;
    version.first()?.is_ascii_digit().then(|| {
        let line = line_of(version);
        Some(shown(format!("protocol {line}"), 100))
    })
}

/// Target Communication Framework (Eclipse TCF, "Locator Service"): the event that opens every channel.
fn is_tcf(bytes: &[u8]) -> bool {
    bytes.starts_with(b"E\0Locator\0Hello\0")
}

/// Debug Adapter Protocol (Microsoft, "Base protocol"): a length, then JSON that is an event.
fn is_debug_adapter(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(512)]);
    let json = text
        .strip_prefix("Content-Length: ")
        .and_then(|text| text.split_once("\r\n\r\n"));
    json.is_some_and(|(_, json)| {
        json.starts_with('{')
            && json.contains("\"event\"")
            && (json.contains("\"seq\"") || json.contains("\"type\""))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_greeting_has_one_author() {
        let handshake = [
            b"\x4a\0\0\0\x0a8.0.35\0\x09\0\0\0abcdefgh\0\xff\xff\xff\x02\0\xff\xdf\x15".to_vec(),
            vec![0; 10],
            b"ijklmnopqrst\0mysql_native_pass\0".to_vec(),
        ]
        .concat();
        let mut handshake = handshake;
        handshake[0] = u8::try_from(handshake.len() - 4).unwrap();
        type Sample<'a> = (&'a [u8], Option<(Protocol, Option<&'a str>)>);
        let samples: &[Sample<'_>] = &[
            (&handshake, Some((Protocol::Mysql, Some("8.0.35")))),
            (&handshake[..30], None),
            (
                b"\x30\0\0\0\xff\x6a\x04Host '192.0.2.1' is not allowed to connect to th",
                Some((Protocol::Mysql, None)),
            ),
            (
                b"@RSYNCD: 31.0\n",
                Some((Protocol::Rsync, Some("protocol 31.0"))),
            ),
            (b"@RSYNCD: x", None),
            (
                b"E\0Locator\0Hello\0[\"ZeroCopy\"]\0\x03\x01",
                Some((Protocol::Tcf, None)),
            ),
            (
                b"Content-Length: 40\r\n\r\n{\"type\": \"event\", \"event\": \"output\"}",
                Some((Protocol::Dap, None)),
            ),
            (b"Content-Length: 2\r\n\r\n{}", None),
            (b"", None),
        ];
        for (bytes, expected) in samples {
            let found = greeter(bytes);
            let found = found
                .as_ref()
                .map(|(protocol, text)| (*protocol, text.as_deref()));
            assert_eq!(found, *expected, "{}", shown(bytes, 60));
        }
    }
}
