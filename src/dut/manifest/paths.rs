//! The paths that a CoAP service protects.

use super::Resolver;
use crate::decode::steps;
use crate::dut::AccessPolicy;
use crate::dut::raw::RawService;
use crate::error::InputError;
use crate::observation::{Protocol, Transport};

/// Protected paths of a service.
const MOST: usize = 32;

impl Resolver<'_> {
    /// Paths that need a login, which belong to a CoAP service that is not public.
    pub(super) fn paths(&self, index: usize, service: &RawService) -> Result<(), InputError> {
        let at = steps!["service", index, "paths"];
        let coap = (service.protocol, service.transport) == (Protocol::Coap, Transport::Udp);
        if !service.paths.is_empty() && (!coap || service.access == AccessPolicy::Public) {
            let message = format!(
                "service `{}` has protected paths and {}",
                service.id,
                if coap {
                    "is public"
                } else {
                    "does not speak `coap` over udp"
                }
            );
            let legal = "for a service that speaks `coap` over `udp`, with access `login`";
            return Err(self.document.key_error(at, message, legal));
        }
        if service.paths.len() > MOST {
            let message = format!(
                "service `{}` has {} protected paths",
                service.id,
                service.paths.len()
            );
            return Err(self
                .document
                .key_error(at, message, format!("at most {MOST}")));
        }
        for (place, path) in service.paths.iter().enumerate() {
            self.path(steps!["service", index, "paths", place], path)?;
        }
        Ok(())
    }
}
