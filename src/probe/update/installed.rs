//! What a device says is installed.

use std::time::Duration;

use super::super::http::{self, Page};
use super::super::wire::{Fault, Talk, Terms};
use super::super::{Stop, identity};
use crate::dut::VersionPlace;
use crate::evidence::Absence;
use crate::observation::Installed;
use crate::probe::Endpoint;
use crate::probe::access::Credential;

/// For one reading.
const PATIENCE: Duration = Duration::from_secs(8);

/// Where it says so.
#[derive(Debug)]
pub struct Place {
    pub endpoint: Endpoint,
    pub path: String,
    pub firmware: VersionPlace,
    pub content: Option<VersionPlace>,
    /// What is sent where the page demands a login and the password may travel.
    pub credential: Option<Credential>,
}

/// What it said, and the bytes that it said it with.
#[derive(Debug)]
pub struct Reading {
    pub installed: Installed,
    pub received: Vec<u8>,
}

impl Place {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// Why it cannot be told.
    pub(super) async fn read(&self, stop: &Stop) -> Result<Reading, Fault> {
        let talk = Talk::begin(Terms {
            whole: PATIENCE,
            ..http::TERMS
        });
        let page = talk.bounded(stop, self.page(&talk)).await?;
        Ok(Reading {
            installed: self.installed(&page)?,
            received: talk.bytes().received,
        })
    }

    async fn page(&self, talk: &Talk) -> Result<Page, Fault> {
        let page = http::get(talk, &self.endpoint, &self.path, None).await?;
        match &self.credential {
            Some(owner) if page.status.as_u16() == 401 => {
                http::get(talk, &self.endpoint, &self.path, Some(&http::basic(owner))).await
            }
            _ => Ok(page),
        }
    }

    fn installed(&self, page: &Page) -> Result<Installed, Fault> {
        let status = page.status.as_u16();
        if !page.status.is_success() {
            let detail = format!("the page that says it answered {status}");
            return Err(Fault::new(Absence::Malformed, detail));
        }
        let at = |place: &VersionPlace, what: &str| {
            identity::version(&page.body, place).ok_or_else(|| {
                let detail = format!("no {what} stands where the manifest says it does");
                Fault::new(Absence::Malformed, detail)
            })
        };
        Ok(Installed {
            firmware: at(&self.firmware, "version")?,
            content: match &self.content {
                Some(place) => Some(at(place, "content")?),
                None => None,
            },
        })
    }
}
