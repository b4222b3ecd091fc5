//! stub
use crate::case::TestCase;
pub const NO_DEFAULT: TestCase = TestCase {
    id: "credentials/no-default",
    title: "",
    page: "",
    codes: &[],
    probes: &[],
    check_parameters: |_| Ok(()),
    assess: |_, _| Default::default(),
};
pub const NO_UNAUTHENTICATED_ACCESS: TestCase = TestCase {
    id: "credentials/no-unauthenticated-access",
    title: "",
    page: "",
    codes: &[],
    probes: &[],
    check_parameters: |_| Ok(()),
    assess: |_, _| Default::default(),
};
