//! How a question is read back. A tag inside an object would have everything in it built twice, and most questions of a run
//! are attempts at a login: where the tag comes first, as we write it, those are read at once.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::{AccessStep, Account, Asked, Mechanism, MqttVersion};

const TAG: &str = "kind";

impl Serialize for Asked {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Asked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Question)
    }
}

struct Question;

impl<'de> Visitor<'de> for Question {
    type Value = Asked;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what was asked, an object with a `kind`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Asked, A::Error> {
        let key: Option<String> = map.next_key()?;
        let kind: Option<String> = match key.as_deref() {
            Some(TAG) => Some(map.next_value()?),
            _ => None,
        };
        if kind.as_deref() == Some("access") {
            return Access::deserialize(MapAccessDeserializer::new(map)).map(Into::into);
        }
        Asked::deserialize(MapAccessDeserializer::new(Again { key, kind, map }))
    }
}

/// A map of which the first key was read, and with it the value where that is the tag.
struct Again<A> {
    key: Option<String>,
    kind: Option<String>,
    map: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Again<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.key.take() {
            Some(key) => seed.deserialize(key.into_deserializer()).map(Some),
            None => self.map.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        match self.kind.take() {
            Some(kind) => seed.deserialize(kind.into_deserializer()),
            None => self.map.next_value_seed(seed),
        }
    }
}

/// [`Asked::Access`] without its tag.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Access {
    mechanism: Mechanism,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    version: Option<MqttVersion>,
    step: AccessStep,
    sequence: u32,
    #[serde(default)]
    account: Option<Account>,
    encrypted: bool,
    #[serde(default)]
    account_of: Option<String>,
}

impl From<Access> for Asked {
    fn from(access: Access) -> Self {
        Self::Access {
            mechanism: access.mechanism,
            path: access.path,
            version: access.version,
            step: access.step,
            sequence: access.sequence,
            account: access.account,
            encrypted: access.encrypted,
            account_of: access.account_of,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Asked, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn wherever_the_tag_stands_the_question_is_the_same() {
        let access =
            r#""mechanism":"mqtt","version":"5","step":"candidate","sequence":3,"encrypted":true"#;
        let first = read(&format!(r#"{{"kind":"access",{access}}}"#)).unwrap();
        let last = read(&format!(r#"{{{access},"kind":"access"}}"#)).unwrap();
        assert_eq!(first, last);
        assert!(matches!(first, Asked::Access { sequence: 3, .. }));
        let sweep = read(r#"{"kind":"port-sweep","first":1,"last":9}"#).unwrap();
        assert_eq!(sweep, Asked::PortSweep { first: 1, last: 9 });
        assert_eq!(
            read(r#"{"first":1,"last":9,"kind":"port-sweep"}"#),
            Ok(sweep)
        );
        assert_eq!(read(r#"{"kind":"reach"}"#), Ok(Asked::Reach));
    }

    #[test]
    fn what_is_no_question_is_refused_wherever_the_tag_stands() {
        for wrong in [
            r#"{}"#,
            r#"[]"#,
            r#"{"kind":"nothing"}"#,
            r#"{"kind":7}"#,
            r#"{"mechanism":"mqtt"}"#,
            r#"{"kind":"access","mechanism":"mqtt"}"#,
            r#"{"kind":"access","mechanism":"mqtt","step":"candidate","sequence":3,"encrypted":true,"more":1}"#,
            r#"{"mechanism":"mqtt","step":"candidate","sequence":3,"encrypted":true,"more":1,"kind":"access"}"#,
            r#"{"kind":"access","mechanism":"mqtt","mechanism":"mqtt","step":"candidate","sequence":3,"encrypted":true}"#,
            r#"{"kind":"access","kind":"access","mechanism":"mqtt","step":"candidate","sequence":3,"encrypted":true}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
