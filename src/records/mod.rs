//! What people did and saw: an operator's steps, and checks that the profile asks a person for.
//!
//! Records lie beside a certificate and never in a run, because no probe observed them. Nothing here touches the disk:
//! [`crate::record_book`] does.

mod chain;
mod record;

pub use chain::Records;
pub use record::{
    Attachment, LARGEST_ATTACHMENT, LONGEST_NAME, MOST_ATTACHMENTS, RECORD_FORMAT, Record, What,
    is_check_id,
};
