//! What the device does when it is put under test.

mod survives_testing;

pub use survives_testing::SURVIVES_TESTING;
