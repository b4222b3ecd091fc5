//! The two devices of the demonstration, which are scenarios too: what a newcomer sees is tested.

use crate::scenario::{Scenario, ScenarioError};

/// A hub that does everything right.
///
/// # Errors
///
/// None: a test reads it.
pub fn hub() -> Result<Scenario, ScenarioError> {
    Scenario::parse(include_str!("../scenarios/hub.toml"))
}

/// A camera with the password `admin` and a root shell that nobody speaks of.
///
/// # Errors
///
/// None: a test reads it.
pub fn camera() -> Result<Scenario, ScenarioError> {
    Scenario::parse(include_str!("../scenarios/camera.toml"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_can_be_read() {
        let outcomes = [super::hub(), super::camera()].map(|it| it.unwrap().expect.exit());
        assert_eq!(outcomes, [0, 1]);
    }
}
