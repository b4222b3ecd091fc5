//! A name that is met by an alert, by a reset and by silence.

use super::*;

#[tokio::test]
async fn a_server_that_objects_to_the_name_is_asked_without() {
    let address = answering(|asked| match asked.extensions.contains_key(&0) {
        true => alert(112),
        false => decent(asked),
    });
    let audit = audited(address.await, Some("hub.local")).await;
    assert_eq!(audit.version(TlsVersion::Tls12).unwrap().suites.len(), 3);
    assert_eq!(audit.name_refused.as_deref(), Some("alert 112"));
    let audit = audited(answering(decent).await, Some("hub.local")).await;
    assert_eq!(audit.name_refused, None);
}

/// What is done to whoever names a host.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Met {
    Reset,
    Silence,
    HangUp,
}

/// Does it to these hellos with a name, of which the first is 0.
async fn meeting(how: Met, named: std::ops::Range<u32>) -> SocketAddr {
    let count = Arc::new(AtomicU32::new(0));
    fake::serve(move |mut stream| {
        let (count, named) = (Arc::clone(&count), named.clone());
        async move {
            let Some(asked) = read_hello(&mut stream).await else {
                let _ = stream.write_all(&alert(70)).await;
                return;
            };
            let is_named = asked.extensions.contains_key(&0);
            if is_named && named.contains(&count.fetch_add(1, Ordering::SeqCst)) {
                return match how {
                    Met::Reset => fake::reset(stream).await,
                    Met::Silence => fake::hold(stream).await,
                    Met::HangUp => drop(stream),
                };
            }
            let _ = stream.write_all(&decent(&asked)).await;
            let _ = stream.read(&mut [0; 64]).await;
        }
    })
    .await
}

#[tokio::test]
async fn a_name_that_brings_no_answer_is_left_out_and_not_called_refused() {
    for how in [Met::Reset, Met::Silence] {
        let address = meeting(how, 0..u32::MAX).await;
        let audit = audited(address, Some("other.local")).await;
        let version = audit.version(TlsVersion::Tls12).unwrap();
        assert_eq!(version.suites.len(), 3, "{how:?}");
        assert_eq!(state(&audit, TlsVersion::Tls13), VersionState::Refused);
        assert_eq!(audit.name_refused, None);
        assert!(audit.name_unanswered.is_some(), "{how:?}");
        assert_eq!(audit.interrupted, None);
    }
    let audit = audited(meeting(Met::HangUp, 0..u32::MAX).await, Some("other.local")).await;
    let told = (audit.name_refused.is_some(), audit.name_unanswered);
    assert_eq!(told, (true, None));
}

#[tokio::test]
async fn one_or_two_that_are_lost_say_nothing_of_the_name() {
    let silence = [0..1, 0..2, 0..3, 2..3, 3..5].map(|lost| (Met::Silence, lost));
    let hang_ups = [0..1, 0..2, 2..3].map(|lost| (Met::HangUp, lost));
    for (how, lost) in silence.into_iter().chain(hang_ups) {
        let address = meeting(how, lost.clone()).await;
        let audit = audited(address, Some("hub.local")).await;
        let version = audit.version(TlsVersion::Tls12).unwrap();
        assert_eq!(version.suites.len(), 3, "{how:?} {lost:?}");
        let told = (audit.name_refused, audit.name_unanswered);
        assert_eq!(told, (None, None), "{how:?} {lost:?}");
    }
}

#[tokio::test]
async fn a_name_that_was_understood_is_not_given_up_whatever_follows() {
    for how in [Met::Reset, Met::HangUp] {
        let address = meeting(how, 2..u32::MAX).await;
        let audit = audited(address, Some("hub.local")).await;
        assert_eq!(audit.nameless(), None, "{how:?}");
    }
}

#[tokio::test]
async fn plainer_words_are_tried_before_the_name_is_given_up() {
    let address = fake::serve(|mut stream| async move {
        let Some(asked) = read_hello(&mut stream).await else {
            let _ = stream.write_all(&alert(70)).await;
            return;
        };
        // The name and encrypt-then-MAC are too much for it.
        if [0, 22].iter().all(|it| asked.extensions.contains_key(it)) {
            return fake::reset(stream).await;
        }
        let _ = stream.write_all(&decent(&asked)).await;
        let _ = stream.read(&mut [0; 64]).await;
    });
    let audit = audited(address.await, Some("hub.local")).await;
    assert_eq!(audit.nameless(), None);
    assert_eq!(audit.version(TlsVersion::Tls12).unwrap().suites.len(), 3);
}

#[tokio::test]
async fn who_is_silent_to_older_versions_and_to_the_name_is_asked_for_tls13_without_it() {
    let address = fake::serve(|mut stream| async move {
        let Some(asked) = read_hello(&mut stream).await else {
            return fake::hold(stream).await;
        };
        if asked.version != 0x0304 || asked.extensions.contains_key(&0) {
            return fake::reset(stream).await;
        }
        let share = [&[0, 0x1d, 0, 32][..], &[5; 32]].concat();
        let said: [(u16, &[u8]); 2] = [(43, &[3, 4]), (51, &share)];
        let answer = match asked.suites.contains(&0x1301) {
            true => in_record(22, &flight(0x0304, 0x1301, 0, &said)),
            false => alert(40),
        };
        let _ = stream.write_all(&answer).await;
        let _ = stream.read(&mut [0; 64]).await;
    });
    let audit = audited(address.await, Some("hub.local")).await;
    assert!(audit.name_unanswered.is_some());
    let version = audit.version(TlsVersion::Tls13).unwrap();
    assert_eq!(version.suites, ["TLS_AES_128_GCM_SHA256"]);
}

/// It takes TLS 1.2, and says nothing to whoever wants something older.
#[tokio::test]
async fn who_understood_the_name_is_not_asked_without_it() {
    let nameless = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&nameless);
    let address = fake::serve(move |mut stream| {
        let count = Arc::clone(&count);
        async move {
            let Some(asked) = read_hello(&mut stream).await else {
                let _ = stream.write_all(&alert(70)).await;
                return;
            };
            if !asked.extensions.is_empty() && !asked.extensions.contains_key(&0) {
                count.fetch_add(1, Ordering::SeqCst);
            }
            if asked.version < 0x0303 {
                return fake::hold(stream).await;
            }
            let _ = stream.write_all(&decent(&asked)).await;
            let _ = stream.read(&mut [0; 64]).await;
        }
    });
    let audit = audited(address.await, Some("hub.local")).await;
    assert_eq!(audit.nameless(), None);
    assert_eq!(nameless.load(Ordering::SeqCst), 0);
    for version in [TlsVersion::Tls10, TlsVersion::Tls11] {
        assert_eq!(state(&audit, version), VersionState::Unknown);
    }
}
