//! The documents of a supplier: files that are read now, or URLs.

use super::{At, Resolver};
use crate::decode::steps;
use crate::dut::documents::{DeclaredDocument, DocumentBytes};
use crate::dut::raw::RawDocument;
use crate::error::InputError;
use crate::import::DOCUMENT_LIMIT;
use crate::url::HttpsUrl;

impl Resolver<'_> {
    /// A document at a key of `[device]`.
    pub(super) fn document(
        &self,
        key: &str,
        raw: Option<RawDocument>,
    ) -> Result<Option<DeclaredDocument>, InputError> {
        let whole = steps!["device", key];
        let within = |part| [steps!["device", key], steps![part]].concat();
        Ok(match raw {
            None => None,
            Some(RawDocument::Plain(url)) => Some(DeclaredDocument::Url {
                url: self.url(whole, &url)?,
            }),
            Some(RawDocument::Url(url)) => Some(DeclaredDocument::Url {
                url: self.url(&within("url"), &url)?,
            }),
            Some(RawDocument::File { file, published }) => {
                let at = within("file");
                let bytes = self.file(&at, &file, DOCUMENT_LIMIT, "a document")?;
                let published = match published {
                    Some(url) => Some(self.url(&within("published"), &url)?),
                    None => None,
                };
                Some(DeclaredDocument::File {
                    file,
                    published,
                    bytes: DocumentBytes(bytes.into()),
                })
            }
        })
    }

    /// A URL in its one writing. What people are to find over the Internet is found by `https:` alone.
    fn url(&self, at: &At<'_>, text: &str) -> Result<String, InputError> {
        let url = text.parse::<HttpsUrl>().map_err(|message| {
            let legal = "as in `https://example.com/security`";
            self.document.error(at, message, legal)
        })?;
        Ok(url.to_string())
    }
}
