//! `certificate.json`: the certificate itself.

use crate::certificate::Certificate;
use crate::error::Error;

/// Pretty JSON with a line feed at its end; the same certificate always gives the same bytes.
///
/// # Errors
/// [`Error::Harness`] where JSON cannot hold the certificate, which no certificate of ours causes.
pub fn json(certificate: &Certificate) -> Result<String, Error> {
    let mut text = serde_json::to_string_pretty(certificate)
        .map_err(|error| Error::Harness(format!("the certificate is not JSON: {error}")))?;
    text.push('\n');
    Ok(text)
}
