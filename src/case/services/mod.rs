//! stub
use crate::case::TestCase;
pub const CLOSED_PORTS: TestCase = TestCase {
    id: "services/closed-ports",
    title: "",
    page: "",
    codes: &[],
    probes: &[],
    check_parameters: |_| Ok(()),
    assess: |_, _| Default::default(),
};
