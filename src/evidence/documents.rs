//! Evidence of what the supplier states: what a run must hold for it, and the line that says what it is.

use super::{Evidence, RunInfo, RunState};
use crate::dut::Device;
use crate::observation::{Asked, Document, Observation};
use crate::text::{brief, shown};

/// Why evidence of statements or documents cannot be true of this run.
pub fn contradiction(item: &Evidence, device: &Device, info: &RunInfo) -> Option<&'static str> {
    if let Asked::Document {
        document,
        file,
        url,
    } = &item.asked
    {
        // As they are written down: safe to show.
        let safe = |text: Option<&str>| text.map(|text| shown(text, usize::MAX));
        let declared = device.document(*document);
        let names = declared.is_some_and(|it| safe(it.file()) == *file && safe(it.url()) == *url);
        if !names {
            return Some("it speaks of a document that device.json does not name");
        }
    }
    item.observations().iter().find_map(|fact| match fact {
        Observation::Statements(statements) => (item.asked != Asked::Statements
            || *statements != device.statements())
        .then_some("it states what device.json does not"),
        Observation::Document(document) => of_document(item, document, info),
        _ => None,
    })
}

fn of_document(item: &Evidence, document: &Document, info: &RunInfo) -> Option<&'static str> {
    let Asked::Document { file, .. } = &item.asked else {
        return Some("a document answers another question");
    };
    if file.is_some() == document.fetched.is_some() {
        return Some("a document was handed in and fetched, or neither");
    }
    let closed = info.state != RunState::Running;
    let kept = match (&document.source, &document.sha256) {
        (Some(source), Some(sha256)) => !closed || info.digests.get(source) == Some(sha256),
        (None, None) => document.security_txt.is_none() && document.text.is_none(),
        _ => false,
    };
    (!kept).then_some("it cites a document that the run does not have")
}

/// What was read of a document, in one line.
pub fn answer(document: &Document) -> String {
    let from = match &document.fetched {
        Some(fetched) => format!("{} from {}, ", fetched.status, brief(&fetched.url, 120)),
        None => String::new(),
    };
    let says = match (&document.unread, &document.security_txt, &document.text) {
        (Some(why), ..) => format!("not read: {}", brief(why, 120)),
        (_, Some(txt), _) => format!("{} fields", txt.fields.len()),
        (_, _, Some(text)) => format!(
            "{} ways to write or call, {} days",
            text.contacts.len(),
            text.dates.len()
        ),
        _ => "no document".to_owned(),
    };
    format!("{from}{} bytes, {says}", document.size)
}
