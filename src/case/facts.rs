//! What a test case may look at.

use crate::dut::{Device, Unit};
use crate::evidence::{Evidence, RunInfo};

/// Everything that an assessment may rest on.
#[derive(Debug)]
pub struct Facts<'a> {
    pub device: &'a Device,
    /// The units that the requirement binds.
    pub units: Vec<&'a Unit>,
    pub evidence: &'a [Evidence],
    pub run: &'a RunInfo,
}
