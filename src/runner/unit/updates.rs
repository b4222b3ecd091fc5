//! Update packages: what is declared of them, and what becomes of a unit that is offered them.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use ring::rand::SystemRandom;

use super::{Health, UnitRun};
use crate::dut::{Address, DeclaredService};
use crate::error::Error;
use crate::evidence::{Evidence, Exchange};
use crate::observation::{Asked, Mechanism, Observation, PackageFacts, UpdateAttempt, UpdateStep};
use crate::probe::access::{Credential, OwnerLogin};
use crate::probe::update::{self, Channel, Letterbox, Pace, Place, goes_on};
use crate::probe::{Endpoint, heartbeat};
use crate::runner::socket;
use crate::runner::updates::UpdatePlan;
use crate::text::brief;

/// Between two looks at the ports of a unit that restarts.
const PAUSE: Duration = Duration::from_millis(250);

impl UnitRun<'_, '_> {
    /// Writes down what the declared packages say. Nothing is sent.
    pub(super) fn packages(&mut self) -> Result<(), Error> {
        let (Some(update), Some(address)) = (&self.plan.device.update, self.unit.addresses.first())
        else {
            return Ok(());
        };
        for package in update.packages() {
            let facts = PackageFacts {
                size: package.size,
                sha256: package.sha256.clone(),
                inspection: package.inspection.clone().map(Box::new),
            };
            let file = package.file.clone();
            let asked = Asked::UpdatePackage { file };
            let exchange = Exchange::observed(Timestamp::now(), Observation::UpdatePackage(facts));
            self.record("packages", address, None, asked, exchange)?;
        }
        Ok(())
    }

    /// Offers the planned packages, one after the other, with a heartbeat after each. Stops at the first that
    /// had to be refused and was not, at a genuine one that was not installed, and where the unit is lost.
    pub(super) async fn updates(&mut self, address: &Address) -> Result<Health, Error> {
        let Some(plan) = self.plan.update(self.unit) else {
            return Ok(Health::Alive);
        };
        let Some(channel) = self.channel(&plan, address)? else {
            return Ok(Health::Alive);
        };
        let port = channel.letterbox.endpoint.address.port();
        let request = format!("{} {}", plan.upload.method.as_str(), plan.upload.path);
        let random = SystemRandom::new();
        let unsteady = update::steady(&channel, &self.stop).await.err();
        let mut control = None;
        for (sequence, step) in (1..).zip(&plan.steps) {
            if self.stop.requested() {
                return Ok(Health::Alive);
            }
            // Nobody signed it: what cannot be forged is not offered forged.
            let Ok(offered) = step.offered(&random) else {
                continue;
            };
            let described = step.described(&offered, sequence, request.clone());
            let what = match step.mutation {
                Some(mutation) => format!("offering {} {}", mutation.as_str(), offered.file),
                None => format!("offering {}", offered.file),
            };
            self.step(address, &brief(&what, 120));
            let next = plan.steps.get(sequence as usize);
            let pace = Pace {
                control,
                followed: next.is_some_and(|next| next.step == UpdateStep::Mutant),
            };
            let exchange = match unsteady.clone() {
                Some(unsteady) => unsteady,
                None => update::offer(&channel, &offered, pace, &self.stop).await,
            };
            let asked = Asked::Update(described);
            let evidence = self.record("update", address, Some(port), asked, exchange)?;
            let attempt = attempt(&evidence);
            if attempt.is_some_and(restarted) {
                self.back(address, channel.settle).await?;
            }
            if self.alive(address, Some(&what), Some(port)).await? == Health::Lost {
                return Ok(Health::Lost);
            }
            if !attempt.is_some_and(|it| goes_on(step.step, offered.version, it)) {
                return Ok(Health::Alive);
            }
            if step.step == UpdateStep::ControlFirst {
                control = attempt
                    .and_then(UpdateAttempt::changed_after)
                    .map(Duration::from_secs_f64);
            }
        }
        Ok(Health::Alive)
    }

    /// Waits until every port is open again that a restart closed: an installation may take its time, and the
    /// heartbeat that follows is to find what stays away.
    async fn back(&self, address: &Address, settle: Duration) -> Result<(), Error> {
        let open = self.open.get(address).cloned().unwrap_or_default();
        let (host, end) = (socket(address, 0)?, Instant::now() + settle);
        while !open.is_empty() && Instant::now() < end && !self.stop.requested() {
            let exchange = heartbeat::heartbeat(host, &open, Duration::ZERO, &self.stop).await;
            if heartbeat::whole(&exchange) {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Where packages go, spoken to as the ports were found to be. None: it was not found.
    fn channel(&self, plan: &UpdatePlan<'_>, address: &Address) -> Result<Option<Channel>, Error> {
        let device = self.plan.device;
        let service = |id: &str| device.services.iter().find(|service| service.id == id);
        let source = device.installed_source();
        let (Some(upload), Some(source)) = (service(&plan.upload.service), source) else {
            return Ok(None);
        };
        let Some(reading) = service(&source.service) else {
            return Ok(None);
        };
        let letterbox = Letterbox {
            endpoint: self.endpoint(address, upload)?,
            method: plan.upload.method.as_str(),
            path: plan.upload.path.clone(),
            form_field: plan.upload.form_field.clone(),
            owner: owner(upload),
        };
        let endpoint = self.endpoint(address, reading)?;
        let credential = owner(reading)
            .filter(|owner| endpoint.tls || owner.allow_cleartext)
            .map(|owner: OwnerLogin| -> Credential { owner.credential });
        Ok(Some(Channel {
            letterbox,
            place: Place {
                endpoint,
                path: source.path,
                firmware: source.firmware,
                content: source.content,
                credential,
            },
            settle: Duration::from_secs(u64::from(plan.upload.settle_seconds)),
        }))
    }

    fn endpoint(&self, address: &Address, service: &DeclaredService) -> Result<Endpoint, Error> {
        let at = socket(address, service.port)?;
        let spoken = self.spoken.get(&(address.clone(), service.port));
        // Where it is not known, the manifest's word is taken; a password goes nowhere in clear by that.
        let tls = spoken.map_or(service.tls.is_some(), |spoken| spoken.tls);
        Ok(match tls {
            true => Endpoint::tls(at, service.server_name()),
            false => Endpoint::clear(at),
        })
    }
}

fn owner(service: &DeclaredService) -> Option<OwnerLogin> {
    let owner = service.owner.as_ref();
    owner
        .filter(|owner| owner.mechanism == Mechanism::HttpBasic)
        .map(Into::into)
}

/// Whether the device may have restarted: what it says changed, or could not be read.
fn restarted(attempt: &UpdateAttempt) -> bool {
    attempt.after.as_ref() != Some(&attempt.before)
}

fn attempt(evidence: &Evidence) -> Option<&UpdateAttempt> {
    evidence.observations().iter().find_map(|fact| match fact {
        Observation::Update(attempt) => Some(attempt),
        _ => None,
    })
}
