//! `certificate.json`: a frozen wire format of its own, never the internal types.
//!
//! Every string that came from a device or a file has gone through [`crate::text::shown`]; renderers
//! still escape for their own format.

mod blocklist;
mod certificate;
mod coverage;
mod device;
mod documents;
mod excerpt;
mod job;
mod records;
mod requirement;
mod run;
mod timeline;
mod tls;
mod waiving;

pub use blocklist::*;
pub use certificate::*;
pub use coverage::*;
pub use device::*;
pub use documents::*;
pub use excerpt::*;
pub use job::*;
pub use records::*;
pub use requirement::*;
pub use run::*;
pub use timeline::*;
pub use tls::*;
pub use waiving::*;

use coverage::is_zero;
