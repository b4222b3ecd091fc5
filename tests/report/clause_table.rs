//! The clause table, read back by the csv crate.

use std::collections::BTreeMap;

use proofmark::certificate::Certificate;
use proofmark::report::csv;

use crate::{golden, samples};

type Row = BTreeMap<String, String>;

fn read(certificate: &Certificate) -> Vec<Row> {
    let text = csv(certificate);
    assert!(text.ends_with("\r\n"));
    // Strict: every row has as many cells as the header.
    let mut reader = ::csv::ReaderBuilder::new().from_reader(text.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

/// The cells that a spreadsheet makes of a line if it is told that this character separates them.
fn cells(line: &str, separator: u8) -> Vec<String> {
    let mut builder = ::csv::ReaderBuilder::new();
    builder
        .has_headers(false)
        .delimiter(separator)
        .flexible(true);
    let mut reader = builder.from_reader(line.as_bytes());
    let records = reader.records().map(Result::unwrap);
    records
        .flat_map(|record| record.iter().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

#[test]
fn tables_are_as_expected() {
    golden::check("camera.csv", &csv(&samples::camera()));
}

#[test]
fn every_provision_has_its_rows() {
    let hub = samples::hub();
    let rows = read(&hub);
    assert_eq!(rows.len(), 3 + hub.not_assessed.len());
    let of = |id: &str| rows.iter().find(|row| row["provision"] == id).unwrap();
    assert_eq!(
        (
            of("5.6-1")["verdict"].as_str(),
            of("5.6-1")["coverage"].as_str()
        ),
        ("PASS", "partial")
    );
    assert_eq!(
        of("5.1-1")["not applicable by"],
        "the supplier, in the manifest"
    );
    assert_eq!(of("5.2-1")["verdict"], "not assessed");
    for (row, provision) in rows[3..].iter().zip(&hub.not_assessed) {
        assert_eq!(
            (row["provision"].as_str(), row["rationale"].as_str()),
            (provision.id.as_ref(), provision.why.as_ref())
        );
    }
}

#[test]
fn neither_two_requirements_of_a_provision_nor_one_of_none_are_lost() {
    let mut camera = samples::camera();
    camera.requirements[1].provisions = camera.requirements[0].provisions.clone();
    camera.requirements[2].provisions.clear();
    let rows = read(&camera);
    let shared = rows.iter().filter(|row| row["provision"] == "5.6-1");
    let requirements: Vec<&str> = shared.map(|row| row["requirement"].as_str()).collect();
    assert_eq!(requirements, ["closed-ports", "no-default-credentials"]);
    let free = rows
        .iter()
        .find(|row| row["requirement"] == "survives-testing")
        .unwrap();
    assert_eq!(
        (free["provision"].as_str(), free["verdict"].as_str()),
        ("", "INCONCLUSIVE")
    );
}

#[test]
fn a_waived_failure_says_so_and_by_whom() {
    let rows = read(&samples::waived());
    assert_eq!(rows[0]["verdict"], "FAIL (waived)");
    assert_eq!(
        rows[0]["waived by"],
        "Waived by J. Doe, product security until 2026-06-30: Closed by firmware 1.5"
    );
    assert_eq!(
        (rows[1]["verdict"].as_str(), rows[1]["waived by"].as_str()),
        ("FAIL", "")
    );
}

#[test]
fn findings_stand_as_codes() {
    let rows = read(&samples::camera());
    assert_eq!(
        rows[0]["findings"],
        "banner-discloses-version undeclared-port"
    );
    assert_eq!(rows[2]["reasons"], "device-lost");
}

#[test]
fn no_cell_is_a_formula_whatever_separates_cells() {
    let mut camera = samples::camera();
    for (index, start) in [
        "=", "+", "-", "@", "\t=", "\r=", "＝", " =", "x;=", "x\"=", "x\",=", "x\n=",
    ]
    .iter()
    .enumerate()
    {
        let attack = format!("{start}cmd|' /C calc'!A0");
        camera.not_assessed[index % 5].why = attack.clone().into();
        camera.device.model.value = attack.clone();
        camera.requirements[0].rationale = attack.clone();
        camera.requirements[1].title = attack;
        let text = csv(&camera);
        for line in text.lines() {
            for cell in [b',', b';', b'\t', b'|']
                .into_iter()
                .flat_map(|by| cells(line, by))
            {
                let begins = cell.trim_start_matches(['"', ' ', '\t']);
                assert!(
                    !begins.starts_with(['=', '+', '-', '@', '＝']),
                    "{cell:?} of {line}"
                );
            }
        }
    }
}

#[test]
fn a_hostile_certificate_keeps_its_rows_and_shows_what_it_hides() {
    let hostile = samples::hostile();
    let text = csv(&hostile);
    let rows = read(&hostile);
    assert_eq!(rows.len(), 3 + hostile.not_assessed.len());
    assert_eq!(text.lines().count(), 1 + rows.len(), "a cell is a line");
    assert!(!text.contains(['\u{202e}', '\0', '\u{1b}', '\u{fffe}', '\t']));
    assert!(rows[0]["rationale"].contains("\\u{202e}"));
}
