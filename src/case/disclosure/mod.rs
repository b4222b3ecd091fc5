//! What the supplier tells the public.

mod policy;
mod published;
mod security_txt;
mod support_period;

pub use policy::POLICY;
pub use published::{Known, Publication, Read, document, statements};
pub use support_period::SUPPORT_PERIOD;
