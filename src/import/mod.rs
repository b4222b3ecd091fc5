//! What others observed: bytes of their files in, facts out, or why a file does not count. No network, no
//! clock, no disk.

mod documents;
mod file;
mod mud;
mod nmap;
mod readable;
mod security_txt;
mod topics;

pub use documents::{DOCUMENT_LIMIT, document_name, read_document};
pub use file::{Import, NMAP_LIMIT, StandIn, is_input_name};
pub use mud::{MUD_LIMIT, MudFile};
