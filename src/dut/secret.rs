//! A secret of the manifest. Its value never leaves memory: everywhere else stands its id.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A secret and the id under which it is written down.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    id: String,
    value: Option<String>,
}

impl Secret {
    /// A secret whose value is known.
    pub fn new(id: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            value: Some(value.into()),
        }
    }

    /// The id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The value; none where the device was read back from a run.
    pub fn expose(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// What is written in its place: `{{secret:ID}}`.
    pub fn placeholder(&self) -> String {
        format!("{{{{secret:{}}}}}", self.id)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.placeholder())
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.placeholder())
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let id = text
            .strip_prefix("{{secret:")
            .and_then(|rest| rest.strip_suffix("}}"))
            .ok_or_else(|| serde::de::Error::custom("a secret of a run is `{{secret:ID}}`"))?;
        Ok(Self {
            id: id.to_owned(),
            value: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_debug_nor_json_shows_the_value() {
        let secret = Secret::new("owner-web", "hunter2");
        assert_eq!(format!("{secret:?}"), "{{secret:owner-web}}");
        let json = serde_json::to_string(&secret).unwrap();
        assert_eq!(json, "\"{{secret:owner-web}}\"");
        let back: Secret = serde_json::from_str(&json).unwrap();
        assert_eq!((back.id(), back.expose()), ("owner-web", None));
    }
}
