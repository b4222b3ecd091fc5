//! What a service must tell before any login.

use super::Resolver;
use crate::decode::Step;
use crate::dut::raw::RawService;
use crate::error::InputError;

impl Resolver<'_> {
    /// Each kind once, and each with a purpose: a statement without one states nothing.
    pub(super) fn discloses(&self, index: usize, service: &RawService) -> Result<(), InputError> {
        for (place, one) in service.discloses.iter().enumerate() {
            let at = |key: Step<'static>| -> [Step<'static>; 5] {
                [
                    "service".into(),
                    index.into(),
                    "discloses".into(),
                    place.into(),
                    key,
                ]
            };
            self.document
                .check_filled(&at("purpose".into()), &one.purpose)?;
            if service.discloses[..place]
                .iter()
                .any(|other| other.what == one.what)
            {
                let message = format!("service `{}` states this twice", service.id);
                let at = at("what".into());
                return Err(self.document.error(&at, message, "each kind once"));
            }
        }
        Ok(())
    }
}
