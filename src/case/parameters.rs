//! Typed parameters of test cases.

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Whether a table is a legal `T`.
pub fn check<T: DeserializeOwned>(table: &toml::Table) -> Result<(), String> {
    T::deserialize(table.clone())
        .map(|_: T| ())
        .map_err(|error| error.message().to_owned())
}

/// The parameters. Binding has checked them, and every parameter has a default.
pub fn read<T: DeserializeOwned + Default>(table: &toml::Table) -> T {
    T::deserialize(table.clone()).unwrap_or_default()
}

/// A test case without parameters.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct None {}
