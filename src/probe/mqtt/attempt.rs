//! One attempt at a broker.

use std::time::Duration;

use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;

use super::client::{self, ANSWER, Errand};
use super::relay::{Reader, Seen, relay};
use super::v3::V3;
use super::v5::V5;
use crate::evidence::{Absence, Exchange};
use crate::observation::{
    AccessOutcome, AccessReply, MqttReply, MqttSubscription, MqttVersion, Observation, connack,
};
use crate::probe::access::Credential;
use crate::probe::random::random_hex;
use crate::probe::wire::{Fault, Talk, Terms};
use crate::probe::{Endpoint, Stop};

const TERMS: Terms = Terms {
    connect: Duration::from_secs(5),
    whole: Duration::from_secs(40),
    read: 256 * 1024,
};

/// Everything below the first level, and what a broker says of itself, which `#` does not cover (section
/// 4.7.2).
const EVERYTHING: [&str; 2] = ["#", "$SYS/#"];

/// One attempt: CONNECT, with credentials or without; a random topic is subscribed to, and a message published
/// to it; `topic` is subscribed to, or everything where none is named; then DISCONNECT.
///
/// Accepted is one thing, served another: only a message that is delivered serves.
pub async fn attempt(
    endpoint: &Endpoint,
    version: MqttVersion,
    topic: Option<&str>,
    credential: Option<&Credential>,
    stop: &Stop,
) -> Exchange {
    let talk = Talk::begin(TERMS);
    let work = async {
        let errand = errand(topic)?;
        let mut wire = talk.open(endpoint).await?;
        let mut reader = Reader::new(version, &errand.topic, &errand.payload);
        let (ours, mut client) = library(version, &errand, credential).await?;
        relay(&mut wire, ours, &mut reader).await?;
        let subscribed = match client.join_next().await {
            Some(Ok(subscribed)) => subscribed,
            _ => return Err(Fault::new(Absence::HarnessFault, "the MQTT client failed")),
        };
        let reply = reply(version, &errand, subscribed, reader.seen)?;
        Ok(Observation::Access(reply))
    };
    talk.run(stop, work).await
}

fn errand(topic: Option<&str>) -> Result<Errand, Fault> {
    Ok(Errand {
        client_id: random_hex(8)?,
        topic: format!("{}/{}", random_hex(4)?, random_hex(8)?),
        payload: random_hex(8)?.into_bytes(),
        filters: match topic {
            Some(topic) => vec![topic.to_owned()],
            None => EVERYTHING.map(str::to_owned).to_vec(),
        },
    })
}

/// Starts the library on a task of its own, which ends when the set is dropped, and returns our end of its
/// connection. It speaks to a socket that only this user can find and that takes one connection.
async fn library(
    version: MqttVersion,
    errand: &Errand,
    credential: Option<&Credential>,
) -> Result<(UnixStream, JoinSet<usize>), Fault> {
    let failed = |error| Fault::new(Absence::HarnessFault, format!("no local socket: {error}"));
    let directory = tempfile::tempdir().map_err(failed)?;
    let path = directory.path().join("mqtt");
    let listener = UnixListener::bind(&path).map_err(failed)?;
    let mut task = JoinSet::new();
    match version {
        MqttVersion::V3 => {
            let client = V3::new(&path, errand, credential);
            task.spawn(client::run(client, errand.clone()));
        }
        MqttVersion::V5 => {
            let client = V5::new(&path, errand, credential);
            task.spawn(client::run(client, errand.clone()));
        }
    }
    let (ours, _) = listener.accept().await.map_err(failed)?;
    Ok((ours, task))
}

/// What was seen, put together.
fn reply(
    version: MqttVersion,
    errand: &Errand,
    subscribed: usize,
    seen: Seen,
) -> Result<AccessReply, Fault> {
    let Some(answer) = seen.connack else {
        let late = format!("no CONNACK within {} s", ANSWER.as_secs());
        return Err(Fault::new(Absence::NoAnswer, late));
    };
    let mqtt = MqttReply {
        connack: answer.code,
        subscriptions: subscriptions(errand, subscribed, &seen.subacks)?,
        echoed: seen.echoed,
        messages: seen.messages,
        topics: seen.topics,
        hung_up: seen.hung_up && answer.code == 0,
    };
    let (outcome, _) = connack(answer.code);
    // Section 3.2 of 5: its CONNACK has properties. One without them is of 3.1.1.
    let other_form = version == MqttVersion::V5 && !answer.properties;
    let outcome = match outcome {
        AccessOutcome::Admitted if other_form => AccessOutcome::Unclear,
        _ if other_form => AccessOutcome::NotFound,
        AccessOutcome::Admitted if mqtt.delivered() => AccessOutcome::Served,
        outcome => outcome,
    };
    let mut detail = detail(&mqtt);
    if other_form {
        detail.push_str(", in the form of version 3.1.1");
    }
    Ok(AccessReply {
        mqtt: Some(mqtt),
        ..AccessReply::new(outcome, detail)
    })
}

/// The filters of each SUBSCRIBE that was sent, with the codes of the SUBACK that answered it.
fn subscriptions(
    errand: &Errand,
    subscribed: usize,
    subacks: &[Vec<u8>],
) -> Result<Vec<MqttSubscription>, Fault> {
    let sent = [std::slice::from_ref(&errand.topic), &errand.filters];
    let mut all = Vec::new();
    let broken = || {
        let what = "it broke MQTT: a SUBACK that does not fit its SUBSCRIBE";
        Fault::new(Absence::Malformed, what)
    };
    if subacks.len() > subscribed {
        return Err(broken());
    }
    for (place, filters) in sent.into_iter().take(subscribed).enumerate() {
        let codes = subacks.get(place);
        if codes.is_some_and(|codes| codes.len() != filters.len()) {
            return Err(broken());
        }
        all.extend(
            filters
                .iter()
                .enumerate()
                .map(|(at, filter)| MqttSubscription {
                    filter: filter.clone(),
                    code: codes.map(|codes| codes[at]),
                }),
        );
    }
    Ok(all)
}

/// For a person: what was possible and what was not.
fn detail(mqtt: &MqttReply) -> String {
    let (_, words) = connack(mqtt.connack);
    let mut parts = vec![format!("CONNACK {} ({words})", mqtt.connack)];
    if mqtt.echoed {
        parts.push("own message came back".to_owned());
    }
    match mqtt.messages {
        0 => {}
        count => parts.push(format!("{count} messages of others came")),
    }
    if mqtt.connected() && !mqtt.delivered() {
        parts.push("no message came".to_owned());
    }
    parts.extend(mqtt.subscriptions.iter().map(|it| {
        let answer = match it.code {
            Some(code) if it.granted() => format!("granted ({code})"),
            Some(code) => format!("refused ({code})"),
            None => "unanswered".to_owned(),
        };
        format!("SUBSCRIBE {} {answer}", it.filter)
    }));
    if mqtt.hung_up {
        parts.push("it hung up".to_owned());
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests;
