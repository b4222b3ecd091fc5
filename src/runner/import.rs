//! What the user handed in, written down beside what we observe. Nothing is sent.

use jiff::Timestamp;

use super::event::{Event, Listener};
use super::plan::Plan;
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
    for import in plan.imports {
        writer.input(&import.name, &import.bytes)?;
        for unit in &units {
            for (address, ports) in import.about(unit, &units) {
                let now = Timestamp::now();
                let exchange = match ports {
                    Ok(ports) => Exchange::observed(now, Observation::ImportedPorts(ports)),
                    Err(why) => Exchange::absent(now, Absence::ImportRefused, why),
                };
                let asked = Asked::ImportedPorts {
                    source: import.name.clone(),
                };
                let target = Target {
                    address,
                    transport: None,
                    port: None,
                };
                let evidence = writer.record("import", &unit.id, target, asked, exchange)?;
                listener.hear(&Event::Recorded(&evidence));
            }
        }
    }
    Ok(())
}
