//! One connection after the other, within a budget, and what to do where one brings no answer.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::elimination::Asked;
use super::features::agrees_to_heartbeats;
use super::flight::{Answer, Ending, Hearing, Unclear};
use super::starttls;
use super::{heartbeat, ssl2};
use crate::evidence::Absence;
use crate::observation::{Heartbeat, StartTls, TlsVersion};
use crate::probe::random::random_bytes;
use crate::probe::tls::hello::{Dress, Hello};
use crate::probe::tls::record::Item;
use crate::probe::wire::{Fault, Heard, Talk, Wire};
use crate::text::shown;

/// Connections beyond one for each accepted pair of version and suite, where nobody else asks the same service.
pub const SPARE: u32 = 40;
/// Waits before somebody who could not be reached is asked again: devices that take one connection at a time need a
/// moment after it, and those that restart a service need some.
const WAITS: [Duration; 3] = [
    Duration::from_millis(100),
    Duration::from_millis(500),
    Duration::from_secs(2),
];
/// For the other side to hang up after us.
const FAREWELL: Duration = Duration::from_millis(200);
/// So often it may not, before nobody waits for it any more.
const RUDE: u32 = 3;
/// So many flights without an end, one after the other, are no accident.
const STALLED: u32 = 2;
/// Questions without any answer after which nobody is taken to be there.
const DEAF: u32 = 6;

/// Whom to ask, and how.
#[derive(Debug)]
pub(super) struct Client<'a> {
    pub talk: &'a Talk,
    pub address: SocketAddr,
    /// A DNS name. Given up where the service objects to it.
    pub name: Option<String>,
    /// How it objected.
    pub name_refused: Option<String>,
    /// How hellos with it brought no answer, where others did.
    pub name_unanswered: Option<String>,
    /// Whether it was tried to ask without it where there was no answer: in versions before TLS 1.3, and in that.
    pub silence_was_named: [bool; 2],
    pub starttls: Option<StartTls>,
    /// For the answer to one hello, connection included.
    pub patience: Duration,
    /// Between two connections.
    pub interval: Duration,
    pub last: Option<Instant>,
    pub connections: u32,
    /// Connections beyond one for each of these pairs.
    pub spare: u32,
    /// Pairs of version and suite that were accepted so far.
    pub pairs: u32,
    pub dress: Dress,
    /// Flights without an end, one after the other.
    pub stalled: u32,
    /// It says a ServerHello and never gets to an end.
    pub stalls: bool,
    /// A hello that was answered in earnest: the question of the health check.
    pub known_good: Option<Hello>,
    /// The number of the last connection over which a hello was answered in earnest.
    pub last_good: u32,
    /// Questions that brought nothing, while nothing was ever heard.
    pub unheard: u32,
    /// How often it did not hang up after us.
    pub rude: u32,
    /// Why nothing more is asked.
    pub gone: Option<String>,
    /// How it refused to turn to TLS.
    pub stays_in_clear: Option<String>,
}

impl<'a> Client<'a> {
    /// Asks. Where the answer is neither yes nor no, asks once more in other words, and then whether anybody is still there.
    pub(super) async fn ask(&mut self, hello: &Hello) -> Answer {
        let first = self.once(hello).await;
        let Answer::Unclear(why) = &first else {
            return first;
        };
        let second = match why {
            Unclear::Alert(_) | Unclear::HungUp => self.in_other_words(hello, why).await,
            Unclear::Lost(_) => {
                sleep(WAITS[0]).await;
                let again = self.once(hello).await;
                let other = match &again {
                    Answer::Unclear(Unclear::Lost(_)) => self.without_name(hello, why).await,
                    Answer::Unclear(why @ (Unclear::Alert(_) | Unclear::HungUp)) => {
                        self.in_other_words(hello, why).await
                    }
                    _ => None,
                };
                Some(other.unwrap_or(again))
            }
            Unclear::Malformed(_) | Unclear::StaysInClear(_) => None,
        };
        let last = second.as_ref().unwrap_or(&first);
        let told = !matches!(last, Answer::Unclear(_) | Answer::NotAsked(_));
        // Who sends alerts is there.
        let there = matches!(last, Answer::Unclear(Unclear::Alert(_)));
        if !told && !there {
            self.check_health().await;
        }
        match second {
            Some(answer) if told => answer,
            _ => first,
        }
    }

    /// The same without the name, then without what need not be said. What is understood stays, unless the same words are
    /// understood the second time: then it was not for them that they brought nothing.
    async fn in_other_words(&mut self, hello: &Hello, because: &Unclear) -> Option<Answer> {
        if let Some(answer) = self.without_name(hello, because).await {
            return Some(answer);
        }
        let answer = self.once(&plainer(hello)?).await;
        if !matches!(answer, Answer::Flight(_)) {
            return Some(answer);
        }
        let again = self.once(hello).await;
        if tells(&again) {
            return Some(again);
        }
        self.dress = Dress::Plain;
        Some(answer)
    }

    /// The same without the name, or in plainer words with it; none: there was none, it was understood before, or that told
    /// nothing either. Who brought no answer at all is asked so once for TLS 1.3 and once for what is older: devices that say
    /// nothing to a version say so to every hello of it. Before a name is given up hellos with it and without take turns, so that
    /// what is lost on the way is not laid to it.
    async fn without_name(&mut self, hello: &Hello, because: &Unclear) -> Option<Answer> {
        let silent = matches!(because, Unclear::Lost(_));
        // A hello without extensions has no name to leave out.
        let is_named = self.name.is_some() && hello.name.is_some() && hello.dress != Dress::Bare;
        let good = self.known_good.as_ref();
        let was_understood = good.is_some_and(|it| it.name.is_some());
        let tried = &mut self.silence_was_named[usize::from(hello.version == TlsVersion::Tls13)];
        if !is_named || was_understood || silent && *tried {
            return None;
        }
        *tried |= silent;
        let nameless = Hello {
            name: None,
            ..hello.clone()
        };
        // An alert says what it means the first time.
        let turns = match because {
            Unclear::Alert(_) => 1,
            _ => 2,
        };
        let (mut answer, mut again) = (None, None);
        for _ in 0..turns {
            answer = Some(self.once(&nameless).await).filter(tells);
            answer.as_ref()?;
            let named = self.once(hello).await;
            if tells(&named) {
                return Some(named);
            }
            again = Some(named);
        }
        if let Some(plain) = plainer(hello) {
            let plain = self.once(&plain).await;
            if matches!(plain, Answer::Flight(_)) {
                self.dress = Dress::Plain;
                return Some(plain);
            }
        }
        self.name = None;
        match (because, &again) {
            (Unclear::Lost(_), Some(Answer::Unclear(Unclear::Alert(alert))))
            | (Unclear::Alert(alert), _) => self.name_refused = Some(format!("alert {alert}")),
            (Unclear::Lost(how), _) => self.name_unanswered = Some(how.clone()),
            (other, _) => self.name_refused = Some(other.to_string()),
        }
        answer
    }

    /// Whether it answers at once what it answered before, as who has had enough does not.
    pub(super) async fn is_well(&mut self) -> bool {
        let Some(good) = self.known_good.clone() else {
            return true;
        };
        let mut answer = self.once(&good).await;
        // One connection may be lost.
        if matches!(answer, Answer::Unclear(Unclear::HungUp | Unclear::Lost(_))) {
            answer = self.once(&good).await;
        }
        if matches!(answer, Answer::Flight(_)) {
            return true;
        }
        self.check_health().await;
        false
    }

    /// Whether it still answers what it answered before. Where it does not for as long as we wait, nothing more is asked.
    async fn check_health(&mut self) {
        let Some(good) = self.known_good.clone() else {
            if self.unheard >= DEAF {
                self.gone = Some("nothing that is TLS was ever heard".to_owned());
            }
            return;
        };
        for wait in WAITS {
            match self.once(&good).await {
                Answer::Flight(_) | Answer::NotAsked(_) => return,
                _ => sleep(wait).await,
            }
        }
        self.gone = Some("it stopped answering what it answered before".to_owned());
    }

    /// One connection.
    async fn once(&mut self, hello: &Hello) -> Answer {
        if let Err(why) = self.turn().await {
            return Answer::NotAsked(why);
        }
        let mut hearing = Hearing::new(hello, self.stalls);
        let patience = self.patience;
        let answer = match timeout(patience, self.converse(hello, &mut hearing)).await {
            Ok(Ok((answer, wire))) => {
                self.part(wire).await;
                answer
            }
            Ok(Err(how)) => hearing.end(how),
            Err(_) => hearing.end(self.silence()),
        };
        self.note(hello, &answer);
        answer
    }

    /// Hangs up, and waits until the server has done so too: some devices have room for one connection, and count one until
    /// both sides have gone.
    pub(super) async fn part(&mut self, mut wire: Wire) {
        if self.rude >= RUDE {
            return;
        }
        let gone = timeout(FAREWELL, async {
            let _ = wire.shutdown().await;
            while matches!(wire.hear(self.patience).await, Ok(Heard::Bytes(_))) {}
        });
        if gone.await.is_err() {
            self.rude += 1;
        }
    }

    fn note(&mut self, hello: &Hello, answer: &Answer) {
        match answer {
            Answer::Flight(flight) => {
                self.stalled = match flight.ending {
                    Ending::Open => self.stalled + 1,
                    _ => 0,
                };
                self.stalls |= self.stalled >= STALLED;
                self.known_good.get_or_insert_with(|| hello.clone());
                self.last_good = self.connections;
            }
            Answer::Unclear(Unclear::Lost(_) | Unclear::Malformed(_)) => self.unheard += 1,
            _ => self.unheard = 0,
        }
    }

    fn silence(&self) -> Unclear {
        let seconds = self.patience.as_secs_f32();
        Unclear::Lost(format!("no answer within {seconds} s"))
    }

    /// Waits until the next connection may be made. That is no waiting for the service: its patience begins behind it.
    ///
    /// # Errors
    ///
    /// Why there must not be another one.
    pub(super) async fn turn(&mut self) -> Result<(), String> {
        if let Some(why) = self.refrain() {
            return Err(why);
        }
        if let Some(last) = self.last {
            sleep_until(last + self.interval).await;
        }
        self.last = Some(Instant::now());
        Ok(())
    }

    /// Why nothing may be asked now.
    fn refrain(&self) -> Option<String> {
        if self.gone.is_some() {
            return self.gone.clone();
        }
        let most = self.pairs + self.spare;
        (self.connections >= most)
            .then(|| format!("{most} connections are the most that this service is asked for"))
    }

    /// Opens a connection, whose [`Self::turn`] it is, and counts it.
    pub(super) async fn connect(&mut self) -> Result<Wire, Unclear> {
        self.connections += 1;
        let mut wire = self.talk.connect(self.address).await.map_err(lost)?;
        if let Some(protocol) = self.starttls
            && let Err(why) = starttls::ask(&mut wire, protocol, self.patience).await
        {
            // Who never turned to TLS is not asked dozens of times to do so.
            if self.known_good.is_none() {
                self.gone = Some(format!("it did not turn to TLS: {why}"));
                if let Unclear::StaysInClear(said) = &why {
                    self.stays_in_clear = Some(said.clone());
                }
            }
            return Err(why);
        }
        Ok(wire)
    }

    async fn converse(
        &mut self,
        hello: &Hello,
        hearing: &mut Hearing<'_>,
    ) -> Result<(Answer, Wire), Unclear> {
        let mut wire = self.connect().await?;
        let random = random_bytes().map_err(lost)?;
        wire.say(&hello.record(&random)).await.map_err(lost)?;
        loop {
            match wire.hear(self.patience).await {
                Ok(Heard::Bytes(bytes)) => {
                    if let Some(answer) = hearing.hear(&bytes) {
                        return Ok((answer, wire));
                    }
                }
                Ok(Heard::Closed) => return Ok((hearing.end(Unclear::HungUp), wire)),
                Ok(Heard::Quiet) => return Err(Unclear::Lost("no answer".to_owned())),
                Err(fault) => return Err(lost(fault)),
            }
        }
    }

    /// Asks for SSL 2.
    pub(super) async fn ssl2(&mut self) -> Result<ssl2::Answer, String> {
        self.turn().await?;
        let patience = self.patience;
        let talked = async {
            let mut wire = self.connect().await?;
            let random = random_bytes().map_err(lost)?;
            let (challenge, _) = random.split_first_chunk().unwrap_or((&[0; 16], &[]));
            wire.say(&ssl2::hello(challenge)).await.map_err(lost)?;
            let mut bytes = Vec::new();
            loop {
                match wire.hear(self.patience).await {
                    Ok(Heard::Bytes(more)) => bytes.extend(more),
                    Ok(Heard::Closed) => return Err(Unclear::HungUp),
                    Ok(Heard::Quiet) => return Err(Unclear::Lost("no answer".to_owned())),
                    // Who hangs up on bytes that were not read resets.
                    Err(fault) if fault.reason == Absence::Disconnected => {
                        return Err(Unclear::HungUp);
                    }
                    Err(fault) => return Err(lost(fault)),
                }
                if let Some(answer) = ssl2::read(&bytes) {
                    return Ok((answer, wire));
                }
            }
        };
        Ok(match timeout(patience, talked).await {
            Ok(Ok((answer, wire))) => {
                self.part(wire).await;
                answer
            }
            Ok(Err(how)) => ssl2::Answer::Unclear(how),
            Err(_) => ssl2::Answer::Unclear(self.silence()),
        })
    }

    /// Sends one heartbeat after the server's flight, and listens until the server has gone.
    pub(super) async fn heartbeat(&mut self, hello: &Hello) -> Result<Heartbeat, String> {
        self.turn().await?;
        let mut hearing = Hearing::new(hello, false);
        let mut told = heartbeat::Answer::default();
        let patience = self.patience;
        let talked = async {
            let (answer, mut wire) = self.converse(hello, &mut hearing).await?;
            let version = match answer {
                // An alert behind the hello, or a flight without an end, and nobody is there to answer.
                Answer::Flight(flight)
                    if flight.ending == Ending::Done && agrees_to_heartbeats(&flight) =>
                {
                    flight.version
                }
                _ => {
                    return Err(Unclear::Lost(
                        "the hello that was taken before is not".to_owned(),
                    ));
                }
            };
            wire.say(&heartbeat::request(version.wire()))
                .await
                .map_err(lost)?;
            loop {
                let bytes = match wire.hear(self.patience).await {
                    Ok(Heard::Bytes(bytes)) => bytes,
                    Ok(Heard::Quiet) => return Err(Unclear::Lost(neither(&told))),
                    Err(fault) if fault.reason != Absence::Disconnected => return Err(lost(fault)),
                    // A connection that ends, however it does, ends without an answer, unless one had begun.
                    Ok(Heard::Closed) | Err(_) if told.is_cut_off() || hearing.is_cut_off() => {
                        return Err(Unclear::Malformed("an answer that does not end"));
                    }
                    Ok(Heard::Closed) | Err(_) => return Ok(told.heartbeat()),
                };
                let mut more = bytes.as_slice();
                while let Some(item) = hearing.after(more).map_err(Unclear::Malformed)? {
                    more = &[];
                    if let Item::Heartbeat(content) = item
                        && told.tells_more(&content)
                    {
                        return Ok(Heartbeat::TellsMore);
                    }
                }
            }
        };
        match timeout(patience, talked).await {
            Ok(Ok(heartbeat)) => Ok(heartbeat),
            Ok(Err(how)) => Err(how.to_string()),
            Err(_) => Err(neither(&told)),
        }
    }

    /// A hello in the words that this service understands.
    pub(super) fn hello(&self, version: TlsVersion, suites: Vec<u16>) -> Hello {
        let groups = match version {
            TlsVersion::Tls13 => crate::tls::GROUPS_13,
            _ => crate::tls::GROUPS,
        };
        let signatures = crate::tls::SIGNATURES.iter();
        Hello {
            version,
            suites,
            groups: groups.iter().map(|group| group.code).collect(),
            signatures: signatures.map(|signature| signature.code).collect(),
            compression: vec![0],
            name: self.name.clone(),
            share: true,
            dress: match version {
                // Who speaks SSL 3 may never have heard of extensions.
                TlsVersion::Ssl30 => Dress::Bare,
                _ => self.dress,
            },
        }
    }
}

impl Asked for Client<'_> {
    fn hello(&self, version: TlsVersion, suites: Vec<u16>) -> Hello {
        self.hello(version, suites)
    }

    async fn ask(&mut self, hello: &Hello) -> Answer {
        self.ask(hello).await
    }

    fn called(&self, version: TlsVersion) -> String {
        version.to_string()
    }
}

/// What somebody does who is asked for a heartbeat and stays.
fn neither(told: &heartbeat::Answer) -> String {
    match told.heartbeat() {
        Heartbeat::Answers => "it answered with what was sent, and did not hang up".to_owned(),
        _ => "it neither answered nor hung up".to_owned(),
    }
}

/// The same without what need not be said; none: there is nothing of that, or it is needed.
fn plainer(hello: &Hello) -> Option<Hello> {
    (hello.dress == Dress::Curious && hello.version != TlsVersion::Tls13).then(|| Hello {
        dress: Dress::Plain,
        ..hello.clone()
    })
}

/// Whether an answer is a yes or a no.
fn tells(answer: &Answer) -> bool {
    matches!(answer, Answer::Flight(_) | Answer::Refused(_))
}

pub(super) fn lost(fault: Fault) -> Unclear {
    match fault.reason {
        Absence::Malformed => Unclear::Malformed("more bytes than any answer has"),
        _ => Unclear::Lost(shown(fault.detail, 120)),
    }
}
