//! JSON Schemas of the formats that users write and read, generated from the types that parse them.

use schemars::{JsonSchema, Schema, generate::SchemaSettings};

use crate::bundle::Statement;
use crate::certificate::Certificate;
use crate::dut::RawManifest;
use crate::job::JobSheet;
use crate::profile::{RawProfile, RawWaivers};
use crate::records::Record;
use crate::update::Inspection;

/// Every schema: name of the format, and the schema. They are committed as `schemas/NAME.schema.json`.
pub fn schemas() -> [(&'static str, Schema); 8] {
    [
        ("certificate", schema::<Certificate>("certificate")),
        ("device", schema::<RawManifest>("device")),
        ("inspection", schema::<Inspection>("inspection")),
        ("job", schema::<JobSheet>("job")),
        ("profile", schema::<RawProfile>("profile")),
        ("record", schema::<Record>("record")),
        ("statement", schema::<Statement>("statement")),
        ("waivers", schema::<RawWaivers>("waivers")),
    ]
}

fn schema<T: JsonSchema>(name: &str) -> Schema {
    let settings = SchemaSettings::draft2020_12();
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    let id = format!("urn:proofmark:schema:{name}:1");
    schema.insert("$id".to_owned(), id.into());
    schema
}
