//! stub
use crate::case::TestCase;
pub const SURVIVES_TESTING: TestCase = TestCase {
    id: "resilience/survives-testing",
    title: "",
    page: "",
    codes: &[],
    probes: &[],
    check_parameters: |_| Ok(()),
    assess: |_, _| Default::default(),
};
