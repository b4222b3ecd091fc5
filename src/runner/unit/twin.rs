//! Whether an account that is protected at one service is accepted in clear at another of the same unit.

use std::collections::{BTreeMap, BTreeSet};

use super::{AccessRecorder, Health, UnitRun};
use crate::dut::{Address, DeclaredService, Owner};
use crate::error::Error;
use crate::evidence::{Exchange, Outcome};
use crate::observation::{AccessStep, Asked, Mechanism, MqttVersion, Observation, Transport};
use crate::probe::Endpoint;
use crate::probe::access::{self, Door, Ended, Ledger, OtherAccount, OwnerLogin};
use crate::profile::candidates;

/// Logins in clear of one unit that are asked so: a device that serves everywhere would be asked for hours.
const ASKED: usize = 16;

/// What the trials of a unit left to be tried.
#[derive(Debug, Default)]
pub struct Twins {
    /// Declared services whose owner was let in encrypted, by their ids.
    accepted: BTreeSet<String>,
    /// Logins in clear.
    in_clear: Vec<Tried>,
}

/// A login in clear that was tried before.
#[derive(Debug)]
struct Tried {
    address: Address,
    door: Door,
    ledger: Ledger,
}

impl Twins {
    /// Takes note of an attempt at a declared service.
    pub(super) fn note(&mut self, service: &str, asked: &Asked, exchange: &Exchange) {
        let by_owner = matches!(
            asked,
            Asked::Access {
                step: AccessStep::OwnerFirst | AccessStep::OwnerLast,
                encrypted: true,
                ..
            }
        );
        let let_in = |fact: &Observation| matches!(fact, Observation::Access(reply) if reply.outcome.accepts());
        if by_owner
            && let Outcome::Observed { observations } = &exchange.outcome
            && observations.iter().any(let_in)
        {
            self.accepted.insert(service.to_owned());
        }
    }

    /// Takes note of a login after it was tried, where it is one in clear. One that asked for peace gets it, and one that
    /// does not answer any more is not asked again.
    pub(super) fn tried(
        &mut self,
        address: &Address,
        door: Door,
        also_in_clear: bool,
        ledger: Ledger,
        ended: Ended,
    ) {
        if matches!(ended, Ended::Throttled | Ended::Lost | Ended::Stopped) {
            return;
        }
        let door = match door.encrypted() {
            false => door,
            // Only brokers are looked for behind a port that speaks TLS.
            true if also_in_clear => Door {
                endpoint: Endpoint::clear(door.endpoint.address),
                mechanism: Mechanism::Mqtt,
                path: None,
                version: door.version.or(Some(MqttVersion::V3)),
                topic: None,
                owner: None,
            },
            true => return,
        };
        let address = address.clone();
        self.in_clear.push(Tried {
            address,
            door,
            ledger,
        });
    }
}

impl UnitRun<'_, '_> {
    /// Whether a broker answers in clear at a port that speaks TLS.
    pub(super) fn also_in_clear(&self, address: &Address, port: u16) -> bool {
        let spoken = self.spoken.get(&(address.clone(), port));
        spoken.is_some_and(|service| service.also_in_clear)
    }

    /// Tries every account that was accepted encrypted once at every login in clear.
    pub(super) async fn try_twins(&mut self) -> Result<Health, Error> {
        if !self.plan.needs("twin") {
            return Ok(Health::Alive);
        }
        let Twins { accepted, in_clear } = std::mem::take(&mut self.twins);
        let services = &self.plan.device.services;
        let owned: Vec<(&DeclaredService, &Owner)> = services
            .iter()
            .filter(|service| accepted.contains(&service.id))
            .filter_map(|service| Some((service, service.owner.as_ref()?)))
            .collect();
        if owned.is_empty() {
            return Ok(Health::Alive);
        }
        for tried in in_clear.into_iter().take(ASKED) {
            let Tried {
                address,
                door,
                mut ledger,
            } = tried;
            let port = door.endpoint.address.port();
            let declared = self.plan.device.service_at(Transport::Tcp, port);
            for (twin, accounts) in doors(&door, declared, &owned) {
                let ended = self.twin(&address, &twin, &accounts, &mut ledger).await?;
                // Where its own page asks for no login, the account may still open the one that does.
                let in_vain = matches!(ended, Ended::NoLoginNeeded | Ended::NoLoginToTry);
                if in_vain && twin.path != door.path {
                    let twin = Door {
                        path: door.path.clone(),
                        ..twin
                    };
                    self.twin(&address, &twin, &accounts, &mut ledger).await?;
                }
                let during = format!("accounts of other services at port {port}");
                if self.alive(&address, Some(&during), Some(port)).await? == Health::Lost {
                    return Ok(Health::Lost);
                }
            }
        }
        Ok(Health::Alive)
    }

    async fn twin(
        &mut self,
        address: &Address,
        door: &Door,
        accounts: &[OtherAccount],
        ledger: &mut Ledger,
    ) -> Result<Ended, Error> {
        if self.stop.requested() {
            return Ok(Ended::Stopped);
        }
        let port = door.endpoint.address.port();
        self.step(
            address,
            &format!("trying accounts of other services at port {port}"),
        );
        let declared = self.plan.device.service_at(Transport::Tcp, port);
        let policy = self.policy(declared, candidates(), 0);
        let stop = self.stop.clone();
        let mut recorder = AccessRecorder {
            run: self,
            probe: "twin",
            address,
            port,
        };
        access::twin(door, accounts, &policy, ledger, &stop, &mut recorder).await
    }
}

/// The same login as each account needs it: behind the path that its own service protects, of a broker what it may read.
fn doors(
    door: &Door,
    declared: Option<&DeclaredService>,
    owned: &[(&DeclaredService, &Owner)],
) -> Vec<(Door, Vec<OtherAccount>)> {
    let here = declared.and_then(|service| service.owner.as_ref());
    let mut doors: BTreeMap<_, (Door, Vec<OtherAccount>)> = BTreeMap::new();
    for (service, owner) in owned {
        let both_web = owner.mechanism.is_http() && door.mechanism.is_http();
        let path = match both_web {
            true => Some(owner.path.clone().unwrap_or_else(|| "/".to_owned())),
            false => door.path.clone(),
        };
        let both_brokers = [owner.mechanism, door.mechanism] == [Mechanism::Mqtt; 2];
        let topic = owner.topic.clone().filter(|_| both_brokers);
        let topic = topic.or_else(|| door.topic.clone());
        let twin = Door {
            path: path.clone(),
            topic: topic.clone(),
            owner: None,
            ..door.clone()
        };
        let entry = doors.entry((path, topic));
        let (_, accounts) = entry.or_insert_with(|| (twin, Vec::new()));
        // What its owner sends here in clear anyway may be sent once more.
        let same = here.is_some_and(|here| {
            here.allow_cleartext
                && here.username == owner.username
                && here.password.expose() == owner.password.expose()
        });
        let login = OwnerLogin::from(*owner);
        accounts.push(OtherAccount {
            service: service.id.clone(),
            login: OwnerLogin {
                allow_cleartext: login.allow_cleartext || same,
                ..login
            },
        });
    }
    doors.into_values().collect()
}
