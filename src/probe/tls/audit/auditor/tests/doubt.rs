//! What looks like "no" and does not show one: a connection that was dropped, a server that has gone bad, a refusal for want of
//! a shared key, a handshake that never came to its end.

use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::observation::TlsSession;

/// Answers the connections, of which the first is 0, by `script`; none: hangs up without a word.
async fn by_number(
    script: impl Fn(usize, Option<&Asked>) -> Option<Vec<u8>> + Send + Sync + 'static,
) -> SocketAddr {
    let (script, served) = (Arc::new(script), AtomicUsize::new(0));
    fake::serve(move |mut stream| {
        let number = served.fetch_add(1, Ordering::SeqCst);
        let script = Arc::clone(&script);
        async move {
            let asked = read_hello(&mut stream).await;
            let Some(bytes) = script(number, asked.as_ref()) else {
                // What was not read would make it a reset.
                let _ = stream.shutdown().await;
                let _ = stream.read(&mut [0; 64]).await;
                return;
            };
            let _ = stream.write_all(&bytes).await;
            let _ = stream.read(&mut [0; 64]).await;
        }
    })
    .await
}

fn untold(audit: &TlsAudit, version: TlsVersion) -> Vec<&str> {
    let untold = &audit.version(version).unwrap().untold;
    untold.iter().map(|it| it.what.as_str()).collect()
}

/// Agrees to heartbeats where they are offered, and answers one that lies.
async fn bleeds(mut stream: TcpStream) {
    let Some(asked) = read_hello(&mut stream).await else {
        return;
    };
    if asked.version != 0x0303 || !asked.suites.contains(&0x002f) {
        let _ = stream.write_all(&alert(70)).await;
        let _ = stream.read(&mut [0; 64]).await;
        return;
    }
    let agreed: &[(u16, &[u8])] = match asked.extensions.contains_key(&15) {
        true => &[(15, &[1])],
        false => &[],
    };
    let hello = flight(0x0303, 0x002f, 0, agreed);
    let _ = stream.write_all(&in_record(22, &hello)).await;
    let mut request = [0; 24];
    if stream.read_exact(&mut request).await.is_ok() && request[0] == 24 {
        let content = [&[2, 0, 18][..], &[b'x'; 34]].concat();
        let _ = stream.write_all(&in_record(24, &content)).await;
    }
}

#[tokio::test]
async fn one_dropped_connection_does_not_silence_questions() {
    for dropped in 0..4 {
        let served = AtomicUsize::new(0);
        let address = fake::serve(move |mut stream| {
            let number = served.fetch_add(1, Ordering::SeqCst);
            async move {
                if number == dropped {
                    let _ = read_hello(&mut stream).await;
                    let _ = stream.shutdown().await;
                    let _ = stream.read(&mut [0; 64]).await;
                    return;
                }
                bleeds(stream).await;
            }
        });
        let audit = audited(address.await, None).await;
        let version = audit.version(TlsVersion::Tls12).unwrap();
        assert_eq!(version.heartbeat, Some(Heartbeat::TellsMore), "{dropped}");
        assert!(version.session_ticket.is_some(), "{dropped}");
    }
}

#[tokio::test]
async fn what_only_few_words_are_understood_of_is_not_told() {
    let address = answering(|asked| match asked.extensions.contains_key(&22) {
        true => alert(50),
        false => decent(asked),
    });
    let audit = audited(address.await, None).await;
    let untold = untold(&audit, TlsVersion::Tls12);
    assert!(untold.contains(&"heartbeat"), "{untold:?}");
    assert_eq!(
        untold
            .iter()
            .filter(|it| **it == "encrypt-then-MAC")
            .count(),
        1,
        "{untold:?}"
    );
}

/// RFC 8446, section 4.1.3.
fn with_sentinel(mut flight: Vec<u8>) -> Vec<u8> {
    flight[4 + 2 + 24..4 + 2 + 32].copy_from_slice(b"DOWNGRD\x01");
    flight
}

#[tokio::test]
async fn a_refusal_of_tls13_for_want_of_a_shared_key_is_no_refusal_of_tls13() {
    for (says, expected) in [
        (true, VersionState::Unknown),
        (false, VersionState::Refused),
    ] {
        let address = answering(move |asked| match asked.version {
            0x0304 => alert(40),
            0x0303 if asked.suites.contains(&0x002f) => {
                let hello = flight(0x0303, 0x002f, 0, &[(0xff01, &[0])]);
                in_record(22, &if says { with_sentinel(hello) } else { hello })
            }
            0x0303 => alert(40),
            _ => alert(70),
        });
        let audit = audited(address.await, None).await;
        assert_eq!(state(&audit, TlsVersion::Tls13), expected);
    }
    let alone = answering(|asked| alert(if asked.version == 0x0304 { 40 } else { 70 }));
    let audit = audited(alone.await, None).await;
    assert_eq!(state(&audit, TlsVersion::Tls13), VersionState::Unknown);
    assert_eq!(state(&audit, TlsVersion::Tls12), VersionState::Refused);
}

#[tokio::test]
async fn a_server_that_has_gone_bad_refuses_nothing() {
    // Six connections tell TLS 1.2 whole, with all lists of suites.
    for (from, to, interrupted) in [(6, 12, false), (6, usize::MAX, true), (9, 12, false)] {
        let address = by_number(move |number, asked| {
            Some(match asked {
                _ if (from..to).contains(&number) => alert(70),
                Some(asked) => decent(asked),
                None => alert(70),
            })
        });
        let audit = audited(address.await, None).await;
        for version in TlsVersion::ALL {
            let expected = match version {
                TlsVersion::Tls12 => VersionState::Offered,
                _ => VersionState::Unknown,
            };
            assert_eq!(state(&audit, version), expected, "{version} {from}");
        }
        assert_eq!(audit.interrupted.is_some(), interrupted, "{from}");
    }
}

#[tokio::test]
async fn who_is_gone_after_a_hello_of_ssl2_did_not_refuse_it() {
    let gone = Arc::new(AtomicU32::new(0));
    let address = by_number(move |_, asked| {
        if asked.is_none() {
            gone.store(1, Ordering::SeqCst);
        }
        match gone.load(Ordering::SeqCst) {
            0 => asked.map(decent),
            _ => None,
        }
    });
    let audit = audited(address.await, None).await;
    assert_eq!(state(&audit, TlsVersion::Ssl20), VersionState::Unknown);
    assert!(audit.interrupted.is_some());
}

#[tokio::test]
async fn who_refuses_everything_in_the_end_cut_the_questions_short() {
    let asked_for_fallback = AtomicU32::new(0);
    let address = by_number(move |_, asked| {
        let asked = asked?;
        if asked_for_fallback.load(Ordering::SeqCst) > 0 {
            return Some(alert(40));
        }
        // The last of the questions that this one is asked.
        if asked.compressions.len() > 1 {
            asked_for_fallback.store(1, Ordering::SeqCst);
        }
        Some(decent(asked))
    });
    let audit = audited(address.await, None).await;
    assert!(audit.interrupted.is_some());
    assert_eq!(state(&audit, TlsVersion::Tls13), VersionState::Refused);
}

#[tokio::test]
async fn tls13_without_a_handshake_tells_nothing_of_tickets_and_certificates() {
    let address = answering(|asked| match asked.version {
        // A group that no client of ours can go on with.
        0x0304 if asked.suites.contains(&0x1301) => {
            let share = [&[0, 0x1e, 0, 56][..], &[5; 56]].concat();
            let said: [(u16, &[u8]); 2] = [(43, &[3, 4]), (51, &share)];
            in_record(22, &flight(0x0304, 0x1301, 0, &said))
        }
        0x0304 => alert(40),
        _ => alert(70),
    });
    let audit = audited(address.await, None).await;
    let version = audit.version(TlsVersion::Tls13).unwrap();
    assert_eq!((version.early_data, version.session_ticket), (None, None));
    let untold = untold(&audit, TlsVersion::Tls13);
    for what in ["certificate", "early data and tickets"] {
        assert!(untold.contains(&what), "{what}: {untold:?}");
    }
}

/// rustls, which asks for a certificate of the client where it `demands` one, and sends so many tickets.
fn acceptor(demands: bool, tickets: usize) -> TlsAcceptor {
    acceptor_of(rustls::DEFAULT_VERSIONS, demands, tickets)
}

/// The same, of these versions.
fn acceptor_of(
    versions: &[&'static rustls::SupportedProtocolVersion],
    demands: bool,
    tickets: usize,
) -> TlsAcceptor {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["hub.local".to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    let der = CertificateDer::from(certificate.der().to_vec());
    let provider = Arc::new(ring::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(versions)
        .unwrap();
    let builder = match demands {
        false => builder.with_no_client_auth(),
        true => {
            let mut roots = rustls::RootCertStore::empty();
            roots.add(der.clone()).unwrap();
            let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(
                Arc::new(roots),
                provider,
            );
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let secret = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let mut config = builder.with_single_cert(vec![der], secret).unwrap();
    config.send_tls13_tickets = tickets;
    TlsAcceptor::from(Arc::new(config))
}

/// A server of it.
async fn real(demands: bool, tickets: usize) -> SocketAddr {
    let acceptor = acceptor(demands, tickets);
    fake::serve(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let _ = stream.flush().await;
                let _ = stream.read(&mut [0; 64]).await;
                let _ = stream.shutdown().await;
            }
        }
    })
    .await
}

#[tokio::test]
async fn who_turns_a_client_without_a_certificate_away_tells_nothing_of_its_tickets() {
    let audit = audited(real(true, 2).await, None).await;
    let version = audit.version(TlsVersion::Tls13).unwrap();
    assert!(
        matches!(&version.session, Some(TlsSession::Failed { .. })),
        "{:?}",
        version.session
    );
    assert_eq!((version.early_data, version.session_ticket), (None, None));
    assert_eq!(version.asks_for_certificate, Some(true));
    assert_eq!(
        untold(&audit, TlsVersion::Tls13),
        ["early data and tickets"]
    );
    assert_eq!(audit.certificates.len(), 1);
}

/// The whole handshake is one of TLS 1.2 here, and fails.
#[tokio::test]
async fn a_handshake_that_fails_stands_for_the_version_it_was_signed_by() {
    let whole = acceptor_of(&[&rustls::version::TLS12], true, 0);
    let others = acceptor(false, 2);
    let address = fake::serve(move |stream| {
        let (whole, others) = (whole.clone(), others.clone());
        async move {
            let acceptor = match names_protocol(&stream, b"http/1.1").await {
                true => whole,
                false => others,
            };
            let _ = acceptor.accept(stream).await;
        }
    });
    let audit = audited(address.await, None).await;
    let shown: Vec<_> = audit.certificates.iter().map(|it| &it.versions).collect();
    // Each acceptor has its own.
    assert_eq!(shown, [&["TLSv1.2"], &["TLSv1.2"]]);
    assert!(untold(&audit, TlsVersion::Tls13).contains(&"certificate"));
    let version = audit.version(TlsVersion::Tls12).unwrap();
    assert!(matches!(&version.session, Some(TlsSession::Failed { .. })));
}

#[tokio::test]
async fn who_hangs_up_in_good_order_without_a_ticket_has_none() {
    for (tickets, has) in [(2, true), (0, false)] {
        let audit = audited(real(false, tickets).await, None).await;
        let version = audit.version(TlsVersion::Tls13).unwrap();
        assert_eq!(version.session_ticket, Some(has));
        assert_eq!(version.early_data, Some(0));
        assert_eq!(version.untold, []);
        let Some(TlsSession::Completed { suite, .. }) = &version.session else {
            panic!("{:?}", version.session);
        };
        assert!(version.suites.contains(suite), "{suite}");
    }
}

/// Whether the hello that a connection begins with names this protocol; it stays to be read.
async fn names_protocol(stream: &TcpStream, protocol: &[u8]) -> bool {
    let mut bytes = vec![0; 8192];
    let hello = loop {
        let Ok(length @ 1..) = stream.peek(&mut bytes).await else {
            return false;
        };
        if length >= 5 && length >= 5 + usize::from(pair(&bytes[3..])) {
            break &bytes[..length];
        }
        tokio::task::yield_now().await;
    };
    hello.windows(protocol.len()).any(|it| it == protocol)
}

#[tokio::test]
async fn who_breaks_off_over_application_protocols_is_asked_without() {
    let acceptor = acceptor(false, 2);
    let address = fake::serve(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            // What was not read makes it a reset.
            if names_protocol(&stream, b"http/1.1").await {
                return;
            }
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let _ = stream.read(&mut [0; 64]).await;
                let _ = stream.shutdown().await;
            }
        }
    });
    let audit = audited(address.await, None).await;
    let version = audit.version(TlsVersion::Tls13).unwrap();
    assert_eq!(version.session_ticket, Some(true), "{:?}", version.session);
    assert_eq!(version.untold, []);
    assert_eq!(audit.certificates.len(), 1);
}

#[tokio::test]
async fn one_flight_that_stalls_does_not_cut_the_others_short() {
    let address = by_number(|number, asked| {
        let whole = asked.map_or_else(|| alert(70), decent);
        Some(match number {
            // The ServerHello, and silence.
            0 => in_record(22, &whole[5..whole.len() - 4 - 12]),
            _ => whole,
        })
    });
    let audit = audited(address.await, None).await;
    assert_eq!(audit.certificates.len(), 1);
    let version = audit.version(TlsVersion::Tls12).unwrap();
    assert_eq!(version.suites.len(), 3);
    assert_eq!(version.asks_for_certificate, Some(false));
}
