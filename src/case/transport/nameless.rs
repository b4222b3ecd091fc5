//! That a service was asked without the name by which it is declared, because it had no answer to that.

use crate::case::facts::OpenPort;
use crate::observation::TlsAudit;
use crate::text::brief;

/// What became of hellos with the name. None: the whole audit was made with it, or without any.
pub(super) fn nameless(open: &OpenPort<'_>, audit: &TlsAudit) -> Option<String> {
    let how = brief(&audit.nameless()?, 200);
    let declared = open.declared.and_then(|it| it.tls.as_ref());
    let name = declared.and_then(|tls| tls.names.first());
    let name = name.map_or_else(String::new, |name| format!(" `{}`", brief(name, 80)));
    Some(format!("the server name{name} {how}"))
}

/// The same as a gap: behind a name there may be another service, which takes and shows what this one does not.
pub(super) fn unasked(open: &OpenPort<'_>, audit: &TlsAudit) -> Option<String> {
    let how = nameless(open, audit)?;
    Some(format!(
        "{how}, so that the rest was asked without one, and what it takes and shows by that name could not be told"
    ))
}
