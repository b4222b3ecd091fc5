//! One line of `evidence.jsonl`: one attempt of a probe.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::observation::{Asked, Observation, Transport};

/// One attempt of a probe: what was asked of whom and when, and what came back or why nothing did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// `e0001`, in the order in which attempts ended.
    pub id: String,
    /// The probe's id.
    pub probe: String,
    /// The manifest's unit id.
    pub unit: String,
    pub target: Target,
    pub asked: Asked,
    pub started_at: Timestamp,
    pub observed_at: Timestamp,
    pub outcome: Outcome,
    /// The raw bytes of the exchange, in `blobs/`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blobs: Vec<Blob>,
}

impl Evidence {
    /// The observations; none where there was no answer.
    pub fn observations(&self) -> &[Observation] {
        match &self.outcome {
            Outcome::Observed { observations } => observations,
            Outcome::Absent { .. } => &[],
        }
    }
}

/// What was asked: a unit's address, or a port of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    pub address: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transport: Option<Transport>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", try_from = "FlatOutcome")]
pub enum Outcome {
    Observed {
        observations: Vec<Observation>,
    },
    /// Nothing was observed, for this reason. Never evidence that something is well.
    Absent {
        reason: Absence,
        detail: String,
    },
}

/// The same as it is read: a tag inside an object would have everything in it built twice, and this is nearly all
/// that a run has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FlatOutcome {
    kind: OutcomeKind,
    #[serde(default, deserialize_with = "few")]
    observations: Option<Vec<Observation>>,
    #[serde(default, deserialize_with = "some")]
    reason: Option<Absence>,
    #[serde(default, deserialize_with = "some")]
    detail: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum OutcomeKind {
    Observed,
    Absent,
}

/// What stands there is meant: `null` is another writing of nothing, and we have one.
fn some<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Observations, of which an attempt nearly always brings one: a list that expects more would take four times the memory.
fn few<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Observation>>, D::Error> {
    struct Few;

    impl<'de> Visitor<'de> for Few {
        type Value = Vec<Observation>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of observations")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut all = Vec::new();
            while let Some(observation) = list.next_element()? {
                if all.is_empty() {
                    all.reserve_exact(1);
                }
                all.push(observation);
            }
            Ok(all)
        }
    }

    deserializer.deserialize_seq(Few).map(Some)
}

impl TryFrom<FlatOutcome> for Outcome {
    type Error = &'static str;

    fn try_from(flat: FlatOutcome) -> Result<Self, Self::Error> {
        match flat {
            FlatOutcome {
                kind: OutcomeKind::Observed,
                observations: Some(observations),
                reason: None,
                detail: None,
            } => Ok(Self::Observed { observations }),
            FlatOutcome {
                kind: OutcomeKind::Absent,
                observations: None,
                reason: Some(reason),
                detail: Some(detail),
            } => Ok(Self::Absent { reason, detail }),
            _ => Err("an outcome has either `observations`, or `reason` and `detail`"),
        }
    }
}

/// Why an attempt brought no observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Absence {
    /// The run was stopped.
    Aborted,
    /// The manifest does not allow sending this secret in clear.
    CleartextNotAllowed,
    /// The run's or the step's deadline came first.
    Deadline,
    /// An earlier heartbeat found the device gone, so it was not asked.
    DeviceLost,
    /// The device closed or reset the connection before it answered.
    Disconnected,
    /// Our own side failed.
    HarnessFault,
    /// A file that was handed in does not count.
    ImportRefused,
    /// The answer broke the protocol or its bounds.
    Malformed,
    /// Nothing came back in time.
    NoAnswer,
    /// A document is named by its URL, and nobody asked for it to be fetched.
    NotFetched,
    /// It would have led to where a fetch must not go.
    NotPermitted,
    /// The connection was refused.
    Refused,
    /// The certificate of a server that holds a document could not be verified.
    Untrusted,
}

/// Which way the bytes went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlobRole {
    Sent,
    Received,
}

/// Raw bytes of an exchange, stored by digest in `blobs/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blob {
    pub role: BlobRole,
    /// SHA-256 of the bytes as stored (after redaction), hex; the file name.
    pub sha256: String,
    /// Bytes stored.
    pub length: u64,
    /// Whether the device sent more than we keep.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_has_one_writing() {
        let read = |text: &str| serde_json::from_str::<Outcome>(text);
        let observed = r#"{"kind":"observed","observations":[]}"#;
        let absent = r#"{"kind":"absent","reason":"refused","detail":""}"#;
        assert!(read(observed).is_ok() && read(absent).is_ok());
        for (text, more) in [
            (observed, r#""reason":null"#),
            (observed, r#""detail":null"#),
            (observed, r#""detail":"""#),
            (absent, r#""observations":null"#),
            (absent, r#""observations":[]"#),
        ] {
            let more = text.replace(r#"","#, &format!(r#"",{more},"#));
            assert!(read(&more).is_err(), "{more}");
        }
    }
}
