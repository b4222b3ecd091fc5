//! What others observed: bytes of their files in, facts out, or why a file does not count. No network, no
//! clock, no disk.

mod file;
mod mud;
mod nmap;

pub use file::{Import, NMAP_LIMIT, StandIn, is_input_name};
pub use mud::{MUD_LIMIT, MudFile};
