use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;

use super::super::{Stopper, fake};
use super::*;
use crate::evidence::Outcome;
use AccessOutcome::*;
use russh::keys::PrivateKey;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::server::{self, Auth, ChannelOpenHandle, Msg, Response, Session};
use russh::{Channel, ChannelId};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How a server of ours behaves. It takes `root` with `vizxv`.
#[derive(Clone, Copy, Default)]
struct Manners {
    methods: &'static [MethodKind],
    /// `none` is enough.
    open: bool,
    /// Hangs up instead of refusing a password.
    hangs_up: bool,
    /// The password is one half of two.
    half: bool,
    /// Asks for a code behind the password.
    asks_more: bool,
    /// A session prints our command instead of running it.
    echoes: bool,
    no_sessions: bool,
}

struct Server(Manners);

impl Server {
    fn verdict(&self, user: &str, password: &str) -> Result<Auth, russh::Error> {
        if (user, password) == ("root", "vizxv") && !self.0.half {
            return Ok(Auth::Accept);
        }
        if self.0.hangs_up {
            return Err(russh::Error::Disconnect);
        }
        Ok(Auth::Reject {
            proceed_with_methods: None,
            partial_success: self.0.half,
        })
    }
}

impl server::Handler for Server {
    type Error = russh::Error;

    async fn auth_none(&mut self, _: &str) -> Result<Auth, Self::Error> {
        match self.0.open {
            true => Ok(Auth::Accept),
            false => Ok(Auth::reject()),
        }
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        self.verdict(user, password)
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        let ask = |prompt: &'static str| Auth::Partial {
            name: Cow::Borrowed(""),
            instructions: Cow::Borrowed(""),
            prompts: Cow::Owned(vec![(Cow::Borrowed(prompt), false)]),
        };
        match response {
            None => Ok(ask("Password: ")),
            Some(_) if self.0.asks_more => Ok(ask("Code: ")),
            Some(mut answers) => {
                let answer = answers.next().unwrap_or_default();
                self.verdict(user, &String::from_utf8_lossy(&answer))
            }
        }
    }

    async fn channel_open_session(
        &mut self,
        _: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        if !self.0.no_sessions {
            reply.accept().await;
        }
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let command = String::from_utf8_lossy(data).into_owned();
        let printed = match self.0.echoes {
            true => format!("unknown command: {command}\n"),
            false => command.replace("echo ", "").replace('"', ""),
        };
        session.channel_success(channel)?;
        session.data(channel, printed.into_bytes())?;
        session.close(channel)
    }
}

async fn serve(manners: Manners) -> SocketAddr {
    let key = PrivateKey::from(Ed25519Keypair::from_seed(&[7; 32]));
    let config = Arc::new(server::Config {
        keys: vec![key],
        methods: manners.methods.into(),
        auth_rejection_time: Duration::ZERO,
        ..server::Config::default()
    });
    fake::serve(move |stream: TcpStream| {
        let config = Arc::clone(&config);
        async move {
            if let Ok(session) = server::run_stream(config, stream, Server(manners)).await {
                let _ = session.await;
            }
        }
    })
    .await
}

async fn try_at(
    address: SocketAddr,
    credential: Option<&Credential>,
) -> Result<AccessReply, (Absence, String)> {
    let (_keep, stop) = Stopper::new();
    let exchange = attempt(&Endpoint::clear(address), credential, &stop).await;
    match exchange.outcome {
        Outcome::Observed { observations } => match &observations[..] {
            [Observation::Access(reply)] => Ok(reply.clone()),
            other => panic!("{other:?}"),
        },
        Outcome::Absent { reason, detail } => Err((reason, detail)),
    }
}

/// Outcome and detail with the right password, and with a wrong one.
async fn both(manners: Manners) -> [(AccessOutcome, String); 2] {
    let address = serve(manners).await;
    let mut seen = Vec::new();
    for password in ["vizxv", "wrong"] {
        let root = Credential::clear("root", password);
        let reply = try_at(address, Some(&root)).await.unwrap();
        seen.push((reply.outcome, reply.detail));
    }
    seen.try_into().unwrap()
}

const PASSWORD: &[MethodKind] = &[MethodKind::PublicKey, MethodKind::Password];
const INTERACTIVE: &[MethodKind] = &[MethodKind::KeyboardInteractive];
const KEY: &[MethodKind] = &[MethodKind::PublicKey];

fn plain(methods: &'static [MethodKind]) -> Manners {
    Manners {
        methods,
        ..Manners::default()
    }
}

#[tokio::test]
async fn a_stranger_learns_the_methods() {
    let reply = try_at(serve(plain(PASSWORD)).await, None).await.unwrap();
    assert_eq!(reply.outcome, Refused);
    assert_eq!(reply.schemes, ["publickey", "password"]);
    assert!(
        reply
            .detail
            .contains("curve25519-sha256, ssh-ed25519, chacha20"),
        "{}",
        reply.detail
    );
    assert!(!reply.offers_no_password());
    let open = Manners {
        open: true,
        ..plain(PASSWORD)
    };
    let reply = try_at(serve(open).await, None).await.unwrap();
    assert_eq!(reply.outcome, Served);
    assert!(
        reply.detail.contains("a session ran our command"),
        "{}",
        reply.detail
    );
}

#[tokio::test]
async fn the_right_password_is_served_and_a_wrong_one_refused() {
    for methods in [PASSWORD, INTERACTIVE] {
        let [right, wrong] = both(plain(methods)).await;
        assert_eq!(right.0, Served);
        assert_eq!(right.1, "password accepted; a session ran our command");
        assert_eq!(wrong.0, Refused, "{}", wrong.1);
    }
}

#[tokio::test]
async fn a_login_counts_whatever_its_session_does() {
    for (manners, what) in [
        (
            Manners {
                echoes: true,
                ..plain(PASSWORD)
            },
            "did not run our command",
        ),
        (
            Manners {
                no_sessions: true,
                ..plain(PASSWORD)
            },
            "no session was opened",
        ),
    ] {
        let [right, _] = both(manners).await;
        assert_eq!(right.0, Served);
        assert!(right.1.contains(what), "{}", right.1);
    }
}

#[tokio::test]
async fn a_password_is_sent_even_where_keys_alone_are_offered() {
    let [right, wrong] = both(plain(KEY)).await;
    assert_eq!(right.0, Served);
    assert_eq!(
        wrong,
        (
            Refused,
            "password, where publickey is offered, refused".to_owned()
        )
    );
    let reply = try_at(serve(plain(KEY)).await, None).await.unwrap();
    assert!(reply.offers_no_password());
}

#[tokio::test]
async fn half_a_login_is_neither_accepted_nor_refused() {
    let half = Manners {
        half: true,
        ..plain(PASSWORD)
    };
    let [right, _] = both(half).await;
    assert_eq!(right.0, Unclear, "{}", right.1);
    let more = Manners {
        asks_more: true,
        ..plain(INTERACTIVE)
    };
    let [right, _] = both(more).await;
    assert_eq!(right.0, Unclear);
    assert!(right.1.contains("asks for more"), "{}", right.1);
}

#[tokio::test]
async fn to_be_hung_up_on_is_no_refusal() {
    let rude = Manners {
        hangs_up: true,
        ..plain(PASSWORD)
    };
    let root = Credential::clear("root", "wrong");
    let (reason, detail) = try_at(serve(rude).await, Some(&root)).await.unwrap_err();
    assert_eq!(reason, Absence::Disconnected, "{detail}");
    let address = fake::serve(fake::reset).await;
    assert_eq!(
        try_at(address, None).await.unwrap_err().0,
        Absence::Disconnected
    );
}

#[tokio::test]
async fn what_is_no_ssh_ends_as_a_fault() {
    let address = fake::serve(fake::flood).await;
    assert_eq!(
        try_at(address, None).await.unwrap_err().0,
        Absence::Malformed
    );
    let endless = fake::serve(
        async |mut stream: TcpStream| {
            while stream.write_all(b"Authorised use only\r\n").await.is_ok() {}
        },
    );
    assert_eq!(
        try_at(endless.await, None).await.unwrap_err().0,
        Absence::Malformed
    );
    let huge = fake::serve(async |mut stream: TcpStream| {
        let _ = stream
            .write_all(b"SSH-2.0-x\r\n\xff\xff\xff\xff\xff\xff\xff\xff")
            .await;
        fake::hold(stream).await;
    });
    assert_eq!(
        try_at(huge.await, None).await.unwrap_err().0,
        Absence::Malformed
    );
}

/// What the library does on a task of its own ends with the attempt: the server sees the connection close.
#[tokio::test]
async fn an_attempt_that_is_given_up_leaves_nothing_behind() {
    let (closed, closes) = tokio::sync::oneshot::channel();
    let closed = Arc::new(std::sync::Mutex::new(Some(closed)));
    let address = fake::serve(move |mut stream: TcpStream| {
        let closed = Arc::clone(&closed);
        async move {
            let _ = stream.write_all(b"SSH-2.0-x\r\n").await;
            let mut heard = [0; 4096];
            while matches!(stream.read(&mut heard).await, Ok(1..)) {}
            let closed = closed.lock().unwrap().take();
            closed.map(|closed| closed.send(()));
        }
    })
    .await;
    let (stopper, stop) = Stopper::new();
    let endpoint = Endpoint::clear(address);
    let attempt = attempt(&endpoint, None, &stop);
    let later = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        stopper.stop("enough");
    };
    let (exchange, ()) = tokio::join!(attempt, later);
    assert!(matches!(
        exchange.outcome,
        Outcome::Absent {
            reason: Absence::Aborted,
            ..
        }
    ));
    timeout(Duration::from_secs(5), closes)
        .await
        .unwrap()
        .unwrap();
}
