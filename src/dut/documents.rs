//! What the supplier states that no probe can see, and the documents that say it to everybody.

use std::sync::Arc;

use serde::de::value::MapAccessDeserializer;
use serde::{Deserialize, Deserializer, Serialize};

use super::Device;
use crate::observation::{DocumentKind, Statements};

/// A document of the supplier: handed in as a file, or named by where it is published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum DeclaredDocument {
    File {
        /// As the manifest names it.
        file: String,
        /// Where the supplier says that it is published: an `https:` URL.
        #[serde(skip_serializing_if = "Option::is_none")]
        published: Option<String>,
        #[serde(skip)]
        bytes: DocumentBytes,
    },
    Url {
        /// An `https:` URL.
        url: String,
    },
}

impl DeclaredDocument {
    /// The file that was handed in.
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::File { file, .. } => Some(file),
            Self::Url { .. } => None,
        }
    }

    /// Where it is published, by the supplier's word.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::File { published, .. } => published.as_deref(),
            Self::Url { url } => Some(url),
        }
    }
}

/// The bytes of a document. They stay in memory: the run holds a copy.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct DocumentBytes(pub Arc<[u8]>);

impl std::fmt::Debug for DocumentBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl Device {
    /// A document that the manifest names.
    pub fn document(&self, kind: DocumentKind) -> Option<&DeclaredDocument> {
        match kind {
            DocumentKind::VulnerabilityPolicy => self.vulnerability_policy.as_ref(),
            DocumentKind::SecurityTxt => self.security_txt.as_ref(),
            DocumentKind::SupportPeriod => self.support_published.as_ref(),
        }
    }

    /// Every document that the manifest names.
    pub fn documents(&self) -> impl Iterator<Item = (DocumentKind, &DeclaredDocument)> {
        let kinds = DocumentKind::ALL.into_iter();
        kinds.filter_map(|kind| Some((kind, self.document(kind)?)))
    }

    /// The model designation: what the manifest calls so, else the model.
    pub fn designation(&self) -> &str {
        self.model_designation.as_deref().unwrap_or(&self.model)
    }

    /// What the manifest states of the product.
    pub fn statements(&self) -> Statements {
        Statements {
            model: self.designation().to_owned(),
            support_until: self.support_until.clone(),
            documents: self.documents().map(|(kind, _)| kind).collect(),
        }
    }
}

/// From `device.json`. Older runs hold a text, which was where the document is.
impl<'de> Deserialize<'de> for DeclaredDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Visitor)
    }
}

struct Visitor;

impl<'de> serde::de::Visitor<'de> for Visitor {
    type Value = DeclaredDocument;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a document: its `file` or its `url`")
    }

    fn visit_str<E>(self, text: &str) -> Result<DeclaredDocument, E> {
        Ok(DeclaredDocument::Url {
            url: text.to_owned(),
        })
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<DeclaredDocument, A::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            file: Option<String>,
            published: Option<String>,
            url: Option<String>,
        }
        match Written::deserialize(MapAccessDeserializer::new(map))? {
            Written {
                file: Some(file),
                published,
                url: None,
            } => Ok(DeclaredDocument::File {
                file,
                published,
                bytes: DocumentBytes::default(),
            }),
            Written {
                file: None,
                published: None,
                url: Some(url),
            } => Ok(DeclaredDocument::Url { url }),
            _ => Err(serde::de::Error::custom(
                "a document has a `file` or a `url`",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_written_and_read_and_its_bytes_stay_out() {
        let file = DeclaredDocument::File {
            file: "a.txt".to_owned(),
            published: Some("https://example.com/a".to_owned()),
            bytes: DocumentBytes(b"secret".as_slice().into()),
        };
        let json = serde_json::to_string(&file).unwrap();
        assert_eq!(
            json,
            r#"{"file":"a.txt","published":"https://example.com/a"}"#
        );
        let back: DeclaredDocument = serde_json::from_str(&json).unwrap();
        assert_eq!((back.file(), back.url()), (file.file(), file.url()));
        let old: DeclaredDocument = serde_json::from_str(r#""https://example.com/b""#).unwrap();
        assert_eq!(
            (old.file(), old.url()),
            (None, Some("https://example.com/b"))
        );
        for wrong in [
            "{}",
            r#"{"file":"a","url":"b"}"#,
            r#"{"url":"a","published":"b"}"#,
            "1",
        ] {
            assert!(
                serde_json::from_str::<DeclaredDocument>(wrong).is_err(),
                "{wrong}"
            );
        }
    }
}
