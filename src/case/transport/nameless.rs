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

/// The same, to follow what an audit shows.
pub(super) fn beside(open: &OpenPort<'_>, audit: &TlsAudit) -> String {
    let said = nameless(open, audit);
    said.map_or_else(String::new, |how| {
        format!("; {how}: the rest was asked without one")
    })
}
