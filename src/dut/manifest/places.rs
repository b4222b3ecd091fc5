//! Where a device says what it is: the service, the page, the place in it.

use super::{At, Resolver};
use crate::decode::{self, Document, steps};
use crate::dut::device::{DeclaredService, IdentitySource, VersionPlace};
use crate::dut::raw::RawIdentity;
use crate::error::InputError;
use crate::observation::{Protocol, Transport};
use crate::text::shown;

/// Texts that mean well, and what to write in their stead: a place would be taken for the name of one.
pub(super) fn refuse_texts(document: &Document<'_>) -> Result<(), InputError> {
    for at in [
        steps!["identity", "firmware"],
        steps!["identity", "model"],
        steps!["update", "installed", "firmware"],
        steps!["update", "installed", "content"],
    ] {
        if document.text_at(at).is_some() {
            let what = match at.last() {
                Some(decode::Step::Key("content")) => "content",
                Some(decode::Step::Key("model")) => "model designation",
                _ => "version",
            };
            let message = format!("a text does not say where the {what} stands");
            let legal = "{ json = \"/pointer\" } or { between = [\"before\", \"after\"] }";
            return Err(document.error(at, message, legal));
        }
    }
    let at = steps!["update", "mechanism"];
    if document.text_at(at) == Some("none") {
        let legal = "leave `[update]` out where the device cannot be updated";
        return Err(document.error(at, "`none` is no mechanism", legal));
    }
    Ok(())
}

impl Resolver<'_> {
    pub(super) fn identity(
        &self,
        raw: RawIdentity,
        services: &[DeclaredService],
    ) -> Result<IdentitySource, InputError> {
        self.http_service(steps!["identity", "service"], &raw.service, services)?;
        self.path(steps!["identity", "path"], &raw.path)?;
        self.place(steps!["identity", "firmware"], &raw.firmware)?;
        if let Some(model) = &raw.model {
            self.place(steps!["identity", "model"], model)?;
        }
        Ok(IdentitySource {
            service: raw.service,
            path: raw.path,
            firmware: raw.firmware,
            model: raw.model,
        })
    }

    /// Refuses a name that is none of a declared service that speaks HTTP.
    pub(super) fn http_service(
        &self,
        at: &At<'_>,
        name: &str,
        services: &[DeclaredService],
    ) -> Result<(), InputError> {
        let speaks_http = |service: &&DeclaredService| {
            (service.transport, service.protocol) == (Transport::Tcp, Protocol::Http)
        };
        let legal: Vec<&str> = services
            .iter()
            .filter(speaks_http)
            .map(|service| service.id.as_str())
            .collect();
        if legal.contains(&name) {
            return Ok(());
        }
        let message = format!(
            "`{}` is no declared HTTP service{}",
            shown(name, 60),
            decode::hint(name, &legal)
        );
        let legal = match legal.as_slice() {
            [] => "declare a `[[service]]` with protocol `http` over `tcp`".to_owned(),
            ids => decode::words(ids),
        };
        Err(self.document.error(at, message, legal))
    }

    /// Refuses a place that nothing can stand at.
    pub(super) fn place(&self, at: &At<'_>, place: &VersionPlace) -> Result<(), InputError> {
        let within = |key| [at, steps![key]].concat();
        match place {
            VersionPlace::Json(pointer) if !is_json_pointer(pointer) => {
                let message = format!("`{}` is no JSON Pointer", shown(pointer, 60));
                let legal = "as in `/firmware/version` (RFC 6901)";
                Err(self.document.error(&within("json"), message, legal))
            }
            VersionPlace::Between(before, after) if before.is_empty() || after.is_empty() => {
                let message = "the version stands between two texts";
                let legal = "two texts that are not empty";
                Err(self.document.error(&within("between"), message, legal))
            }
            _ => Ok(()),
        }
    }
}

/// RFC 6901 section 3, and not the whole document: a version is a string in it.
fn is_json_pointer(text: &str) -> bool {
    let escaped = |part: &str| part.starts_with('0') || part.starts_with('1');
    text.starts_with('/') && text.split('~').skip(1).all(escaped)
}
