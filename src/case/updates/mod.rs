//! Whether the device installs what its manufacturer signed, and nothing else.

mod absent;
mod change;
mod consistent;
mod effect;
mod no_rollback;
mod package_signed;
mod packages;
mod signed;
mod stage;

pub use change::{Change, change, left_changed, not_offered};
pub use no_rollback::NO_ROLLBACK;
pub use package_signed::PACKAGE_SIGNED;
pub use signed::SIGNED;
