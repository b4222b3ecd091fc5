//! What the user handed in, written down beside what we observe. Nothing is sent.

use jiff::Timestamp;

use super::event::{Event, Listener};
use super::plan::Plan;
use crate::dut::Unit;
use crate::error::Error;
use crate::evidence::{Absence, Exchange, RunWriter, Target};
use crate::observation::{Asked, Observation};

/// Keeps every file, and records what it says of each unit, or why it does not count.
pub fn record(
    plan: &Plan<'_>,
    writer: &mut RunWriter,
    listener: &mut dyn Listener,
) -> Result<(), Error> {
    let units: Vec<_> = plan.units().collect();
    let mut record = |unit: &Unit, address, asked, fact: Result<Observation, String>| {
        let now = Timestamp::now();
        let exchange = match fact {
            Ok(fact) => Exchange::observed(now, fact),
            Err(why) => Exchange::absent(now, Absence::ImportRefused, why),
        };
        let target = Target {
            address,
            transport: None,
            port: None,
        };
        let evidence = writer.record("import", &unit.id, target, asked, exchange)?;
        listener.hear(&Event::Recorded(&evidence));
        Ok::<_, Error>(())
    };
    for import in plan.imports {
        for unit in &units {
            for (address, ports) in import.about(unit, &units) {
                let asked = Asked::ImportedPorts {
                    source: import.name.clone(),
                };
                record(unit, address, asked, ports.map(Observation::ImportedPorts))?;
            }
        }
    }
    if let Some(mud) = plan.mud {
        for unit in &units {
            // It is about the unit, not about an address: any will do.
            let Some(address) = unit.addresses.first() else {
                continue;
            };
            let asked = Asked::ImportedMud {
                source: mud.name.clone(),
            };
            let fact = mud.about(plan.device).map(Observation::ImportedMud);
            record(unit, address.to_string(), asked, fact)?;
        }
    }
    for import in plan.imports {
        writer.input(&import.name, &import.bytes)?;
    }
    if let Some(mud) = plan.mud {
        writer.input(&mud.name, &mud.bytes)?;
    }
    Ok(())
}
