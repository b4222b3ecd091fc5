//! What a client does once it is let in, whichever version it speaks.

use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};

/// How long CONNACK or SUBACK may take. Some brokers delay a refusal on purpose.
pub(super) const ANSWER: Duration = Duration::from_secs(8);
/// How long a message may take from its publication to us.
const DELIVERY: Duration = Duration::from_secs(3);
/// How long further messages are waited for after the first.
const LINGER: Duration = Duration::from_millis(300);
/// More messages tell nothing more.
const ENOUGH: usize = 32;
/// Shorter than a broker's usual patience, longer than any visit.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// The library's own patience, in seconds: ours ends before.
pub(super) const NEVER_FIRST: u64 = 60;
/// Packets that may wait to be sent.
pub(super) const QUEUE: usize = 4;
/// Outgoing packet identifiers. We never use more than two.
pub(super) const INFLIGHT: u16 = 8;

/// What is done during a visit.
#[derive(Clone, Debug)]
pub(super) struct Errand {
    pub client_id: String,
    /// A topic that nobody else can know. One message is published to it.
    pub topic: String,
    pub payload: Vec<u8>,
    /// What else is subscribed to.
    pub filters: Vec<String>,
}

/// What a client was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Connack,
    Suback {
        granted: bool,
    },
    Message,
    /// Our DISCONNECT is on its way.
    Leaving,
    Other,
}

/// A client of one version. It speaks to whatever the relay gave it.
pub(super) trait Client: Send {
    /// The next thing it is told. None: it is over.
    fn next(&mut self) -> impl Future<Output = Option<Said>> + Send;
    /// Subscribes with QoS 0.
    fn subscribe(&mut self, filters: &[String]) -> Option<()>;
    /// Publishes with QoS 0, not retained.
    fn publish(&mut self, topic: &str, payload: &[u8]) -> Option<()>;
    /// Takes leave.
    fn disconnect(&mut self) -> Option<()>;
}

/// Runs the errand. Returns how many SUBSCRIBE packets were sent: the first is for the errand's own topic,
/// the second for its filters. Whatever ends it early is seen by the relay, which also knows the answers.
pub(super) async fn run(mut client: impl Client, errand: Errand) -> usize {
    let mut subscribed = 0;
    visit(&mut client, &errand, &mut subscribed).await;
    subscribed
}

async fn visit(client: &mut impl Client, errand: &Errand, subscribed: &mut usize) -> Option<()> {
    until(client, |said| (said == Said::Connack).then_some(())).await?;
    client.subscribe(std::slice::from_ref(&errand.topic))?;
    *subscribed += 1;
    let own = until(client, granted).await?;
    // A broker may hang up at a message that it does not allow, so that only one that may come back is sent.
    if own {
        client.publish(&errand.topic, &errand.payload)?;
    }
    client.subscribe(&errand.filters)?;
    *subscribed += 1;
    listen(client, own).await;
    client.disconnect()?;
    until(client, |said| (said == Said::Leaving).then_some(())).await
}

/// Hears messages until enough came, or none will.
async fn listen(client: &mut impl Client, own: bool) {
    let mut end = Instant::now() + ANSWER;
    let (mut answered, mut messages) = (None, 0);
    while let Ok(Some(said)) = timeout_at(end, client.next()).await {
        match said {
            Said::Suback { granted } => {
                answered = Some(granted);
                end = Instant::now() + DELIVERY;
            }
            Said::Message => messages += 1,
            _ => continue,
        }
        match answered {
            Some(granted) if !granted && !own => return,
            Some(_) if messages > 0 => end = end.min(Instant::now() + LINGER),
            _ => {}
        }
        if messages >= ENOUGH {
            return;
        }
    }
}

fn granted(said: Said) -> Option<bool> {
    match said {
        Said::Suback { granted } => Some(granted),
        _ => None,
    }
}

async fn until<T>(client: &mut impl Client, wanted: impl Fn(Said) -> Option<T>) -> Option<T> {
    let wait = async {
        loop {
            if let Some(found) = wanted(client.next().await?) {
                return Some(found);
            }
        }
    };
    timeout(ANSWER, wait).await.ok().flatten()
}
