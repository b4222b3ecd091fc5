//! How long strangers are asked every question that there is.

use crate::observation::{Protocol, Service};

/// At one address. Who keeps silent to everything takes some forty seconds, and a device that accepts at every port has
/// many of these.
const STRANGERS: usize = 8;

/// Counts the ports of an address that could not be told.
#[derive(Debug, Default)]
pub(super) struct Curiosity {
    strangers: usize,
}

impl Curiosity {
    /// Whether the next port is asked everything, or only what is likely.
    pub(super) fn is_left(&self) -> bool {
        self.strangers < STRANGERS
    }

    /// Takes note of what came of a port.
    pub(super) fn satisfied_by(&mut self, service: Option<&Service>) {
        let told = service.is_some_and(|service| service.protocol != Protocol::Unknown);
        self.strangers += usize::from(!told);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_with_the_eighth_stranger() {
        let mut curiosity = Curiosity::default();
        let service = |protocol| Service {
            protocol,
            tls: false,
            also_in_clear: false,
            product: None,
            spoke_after: None,
            first_bytes: String::new(),
        };
        for _ in 0..7 {
            curiosity.satisfied_by(Some(&service(Protocol::Unknown)));
            curiosity.satisfied_by(Some(&service(Protocol::Http)));
        }
        assert!(curiosity.is_left());
        curiosity.satisfied_by(None);
        assert!(!curiosity.is_left());
    }
}
