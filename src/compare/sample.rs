//! Whether two certificates are of one device.

use std::collections::BTreeSet;

use crate::certificate::Certificate;

/// What two certificates say of whose they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sample {
    /// The same model, and something that only one sample has; what it is.
    Same(String),
    /// The same model, and nothing that tells samples apart.
    Unknown,
    /// The same model, and another sample; what tells so.
    Other(String),
    /// Another maker or model.
    OtherModel,
}

/// Compares maker and model, then serial numbers, then link addresses.
pub fn sample(one: &Certificate, other: &Certificate) -> Sample {
    let model = |certificate: &Certificate| {
        let device = &certificate.device;
        (
            device.manufacturer.value.clone(),
            device.model.value.clone(),
        )
    };
    if model(one) != model(other) {
        return Sample::OtherModel;
    }
    told("serial number", &serials(one), &serials(other))
        .or_else(|| told("link address", &macs(one), &macs(other)))
        .unwrap_or(Sample::Unknown)
}

fn told(what: &str, one: &BTreeSet<&str>, other: &BTreeSet<&str>) -> Option<Sample> {
    if one.is_empty() || other.is_empty() {
        return None;
    }
    let list = |traits: &BTreeSet<&str>| traits.iter().copied().collect::<Vec<_>>().join(", ");
    let common: BTreeSet<&str> = one.intersection(other).copied().collect();
    Some(if common.is_empty() {
        Sample::Other(format!("{what} {} and {what} {}", list(one), list(other)))
    } else {
        Sample::Same(format!("{what} {}", list(&common)))
    })
}

fn serials(certificate: &Certificate) -> BTreeSet<&str> {
    let units = certificate.device.units.iter();
    units.filter_map(|unit| unit.serial.as_deref()).collect()
}

fn macs(certificate: &Certificate) -> BTreeSet<&str> {
    let units = certificate.device.units.iter();
    units
        .filter_map(|unit| unit.fingerprints.get("mac").map(String::as_str))
        .collect()
}
