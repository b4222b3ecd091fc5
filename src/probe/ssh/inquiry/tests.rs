use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;
use crate::evidence::Outcome;
use crate::probe::{Stopper, fake};

/// What a server says one after the other, whatever it hears: after its line, and after the first bytes of the exchange.
#[derive(Clone, Default)]
struct Script {
    line: &'static [u8],
    offer: Vec<u8>,
    reply: Vec<u8>,
}

fn offered(exchange: &str, host_keys: &str) -> Vec<u8> {
    let names = |list: &str| list.split(',').map(str::to_owned).collect::<Vec<_>>();
    let offer = SshOffer {
        ciphers: names("aes128-ctr"),
        macs: names("hmac-sha2-256"),
        compression: names("none"),
        ..SshOffer::default()
    };
    packed(&answer(&offer, &[1; 16], exchange, host_keys))
}

fn reply(kind: u8, key: &[u8]) -> Vec<u8> {
    let mut content = vec![kind];
    write_string(&mut content, key);
    packed(&content)
}

fn good() -> Script {
    Script {
        line: b"SSH-2.0-x\r\n",
        offer: offered("curve25519-sha256", "ssh-ed25519,rsa-sha2-256"),
        reply: reply(REPLY, b"the key"),
    }
}

async fn play(mut stream: TcpStream, script: Script) {
    let _ = stream.write_all(script.line).await;
    let _ = stream.write_all(&script.offer).await;
    // The client's line, its KEXINIT and its first message come as they like: three packets' worth is enough.
    let mut heard = 0;
    let mut buffer = [0; 4096];
    while heard < 200 {
        match stream.read(&mut buffer).await {
            Ok(read @ 1..) => heard += read,
            _ => return,
        }
    }
    let _ = stream.write_all(&script.reply).await;
    fake::hold(stream).await;
}

async fn serve(script: Script) -> SocketAddr {
    fake::serve(move |stream| play(stream, script.clone())).await
}

async fn ask(script: Script) -> Result<Ssh, (Absence, String)> {
    let endpoint = Endpoint::clear(serve(script).await);
    let (_stopper, stop) = Stopper::new();
    match inquire(&endpoint, &stop).await.outcome {
        Outcome::Observed { observations } => match observations.into_iter().next() {
            Some(Observation::Ssh(ssh)) => Ok(ssh),
            other => panic!("{other:?}"),
        },
        Outcome::Absent { reason, detail } => Err((reason, detail)),
    }
}

#[tokio::test]
async fn every_kind_of_key_is_shown_over_a_connection_of_its_own() {
    let ssh = ask(good()).await.unwrap();
    assert_eq!(ssh.banner, "SSH-2.0-x");
    assert_eq!(ssh.offer.unwrap().key_exchange, ["curve25519-sha256"]);
    let keys: Vec<_> = ssh
        .host_keys
        .iter()
        .map(|it| it.algorithm.as_str())
        .collect();
    assert_eq!(keys, ["ssh-ed25519", "rsa-sha2-256"]);
    assert_eq!(ssh.host_keys[0].key, STANDARD.encode(b"the key"));
    assert_eq!(ssh.untold, []);
}

#[tokio::test]
async fn what_is_no_answer_is_not_told_and_no_key() {
    let ignored = packed(&[IGNORE, 0, 0, 0, 0]);
    let mut ended = vec![DISCONNECT, 0, 0, 0, 2];
    write_string(&mut ended, b"go\x1b[2J away");
    write_string(&mut ended, b"");
    for (reply, why) in [
        (Vec::from(&[0xff; 64][..]), "a length that none has"),
        (packed(&[REPLY, 0, 0, 0, 200, 1]), "cut off"),
        (packed(&[99]), "nobody waits for"),
        (ignored.repeat(SKIPPED + 1), "nobody waits for"),
        (packed(&ended), "go\\u{1b}[2J away"),
    ] {
        let ssh = ask(Script { reply, ..good() }).await.unwrap();
        assert_eq!(ssh.host_keys, [], "{why}");
        assert_eq!(ssh.untold.len(), 2, "{why}");
        assert!(ssh.untold[0].why.contains(why), "{:?}", ssh.untold);
    }
    // A few packets without meaning are.
    let meant = [ignored.repeat(SKIPPED), reply(REPLY, b"k")].concat();
    assert_eq!(
        ask(Script {
            reply: meant,
            ..good()
        })
        .await
        .unwrap()
        .host_keys
        .len(),
        2
    );
}

#[tokio::test]
async fn an_offer_that_cannot_be_used_says_why() {
    let with = |offer| ask(Script { offer, ..good() });
    let ssh = with(offered("sntrup761x25519-sha512", "ssh-ed25519"))
        .await
        .unwrap();
    assert!(
        ssh.untold[0].why.contains("that we can begin"),
        "{:?}",
        ssh.untold
    );
    let ssh = with(offered("curve25519-sha256", "x509v3-ssh-rsa"))
        .await
        .unwrap();
    assert!(
        ssh.untold[0].what.contains("x509v3-ssh-rsa"),
        "{:?}",
        ssh.untold
    );
    let ssh = with(packed(&[KEXINIT, 1, 2])).await.unwrap();
    assert_eq!(
        (ssh.offer, ssh.untold[0].what.as_str()),
        (None, "algorithms")
    );
}

#[tokio::test]
async fn who_does_not_speak_ssh_is_not_observed() {
    let line = |line| {
        ask(Script {
            line,
            offer: vec![],
            reply: vec![],
        })
    };
    let (reason, _) = line(&[b'x'; 9000]).await.unwrap_err();
    assert_eq!(reason, Absence::Malformed);
    let closed = Endpoint::clear(fake::closed_port().await);
    let (_stopper, stop) = Stopper::new();
    let refused = inquire(&closed, &stop).await.outcome;
    assert!(
        matches!(
            refused,
            Outcome::Absent {
                reason: Absence::Refused,
                ..
            }
        ),
        "{refused:?}"
    );
}
