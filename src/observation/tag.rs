//! Variants that are nothing but their tag.

use serde::Deserialize;
use serde::de::Deserializer;

/// For a variant without fields inside an object with a tag: serde lets anything stand beside the tag of those, whatever it is
/// told of fields that are not known.
pub(super) fn alone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}

    let Nothing {} = Nothing::deserialize(deserializer)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::observation::{Asked, Cookie, MudPeer, Observation, TlsTrust};

    /// Whether a text is read, and is not any more with something else in it.
    fn is_strict<T: serde::de::DeserializeOwned>(text: &str) {
        let read = |text: &str| serde_json::from_str::<T>(text).is_ok();
        assert!(read(text), "{text}");
        let inside = text.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
        let inside = inside.unwrap();
        for wrong in [
            format!(r#"{{{inside},"more":1}}"#),
            format!(r#"{{"more":null,{inside}}}"#),
            format!(r#"{{{inside},{inside}}}"#),
        ] {
            assert!(!read(&wrong), "{wrong}");
        }
    }

    #[test]
    fn beside_a_tag_stands_nothing_that_is_not_known() {
        for kind in ["reach", "identify", "ssh", "statements"] {
            is_strict::<Asked>(&format!(r#"{{"kind":"{kind}"}}"#));
        }
        is_strict::<Cookie>(r#"{"kind":"demanded"}"#);
        for kind in ["not-declared", "verified"] {
            is_strict::<TlsTrust>(&format!(r#"{{"kind":"{kind}"}}"#));
        }
        is_strict::<MudPeer>(r#"{"kind":"my-controller"}"#);
        is_strict::<Observation>(r#"{"kind":"reach","value":{"asked":[]}}"#);
    }
}
