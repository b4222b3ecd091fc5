//! What people did and saw, as the page shows it.

use minijinja::Value;
use serde::Serialize;

use crate::certificate::{Certificate, RecordKind, RecordResult};
use crate::report::words::moment;

/// A record, with the words that a reader wants.
#[derive(Serialize)]
pub(super) struct Examined<'a> {
    r: &'a RecordResult,
    title: String,
    /// Whose kind of word it is.
    mark: &'static str,
    verdict: Option<String>,
    at: String,
    /// Where it was not at once.
    recorded_at: Option<String>,
}

/// All records, in order.
pub(super) fn examined(certificate: &Certificate) -> Vec<Examined<'_>> {
    let list = certificate.records.iter().flat_map(|it| &it.list);
    list.map(|r| Examined {
        r,
        title: title(r),
        mark: match r.kind {
            RecordKind::Check => "examined by a person",
            RecordKind::Step => "done by a person",
            RecordKind::Withdrawal => "said by a person",
        },
        verdict: r.check.as_ref().map(|it| it.verdict.to_string()),
        at: moment(r.at),
        recorded_at: (r.recorded_at != r.at).then(|| moment(r.recorded_at)),
    })
    .collect()
}

fn title(record: &RecordResult) -> String {
    match (record.kind, &record.check, &record.withdraws) {
        (_, Some(check), _) => format!("Check “{}”", check.id),
        (_, _, Some(other)) => format!("{other} withdrawn"),
        _ => "Step".to_owned(),
    }
}

/// Whether a value is the id of a record, which this page has a place for, and so a harmless one.
pub(crate) fn is_record(value: &Value) -> bool {
    let number = value.as_str().and_then(|id| id.strip_prefix("record-"));
    number.is_some_and(|it| (1..=9).contains(&it.len()) && it.bytes().all(|c| c.is_ascii_digit()))
}
