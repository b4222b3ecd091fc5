//! What people recorded, as the certificate tells it.

use super::model::*;
use crate::case::manual::question;
use crate::profile::Profile;
use crate::records::{Attachment, Record, Records, What};
use crate::text::shown;
use crate::verdict::Verdict;

/// Every record, with what became of it; none where nobody recorded anything.
pub(super) fn recorded(records: &Records, profile: &Profile) -> Option<Recorded> {
    if records.is_none() {
        return None;
    }
    let list = records.all().iter();
    Some(Recorded {
        sha256: records.sha256(),
        list: list.map(|it| result(it, records, profile)).collect(),
    })
}

fn result(record: &Record, records: &Records, profile: &Profile) -> RecordResult {
    let (kind, unit, text) = match &record.what {
        What::Step { unit, did } => (RecordKind::Step, Some(unit), did),
        What::Check { unit, note, .. } => (RecordKind::Check, Some(unit), note),
        What::Withdrawal { reason, .. } => (RecordKind::Withdrawal, None, reason),
    };
    RecordResult {
        id: record.id(),
        kind,
        at: record.at,
        recorded_at: record.recorded_at,
        by: shown(&record.by, 200),
        unit: unit.map(|unit| shown(unit, 60)),
        text: shown(text.trim(), 4000),
        check: match &record.what {
            What::Check { check, verdict, .. } => Some(examined(check, *verdict, profile)),
            _ => None,
        },
        withdraws: match record.what {
            What::Withdrawal { record, .. } => records.of(record).map(Record::id),
            _ => None,
        },
        withdrawn_by: records.withdrawal(record.number).map(Record::id),
        attachments: record.attachments.iter().map(reference).collect(),
    }
}

fn examined(check: &str, verdict: Verdict, profile: &Profile) -> ExaminedCheck {
    let asking = profile.requirements.iter().filter_map(|requirement| {
        let question = question(requirement).filter(|it| it.check == check)?;
        Some((requirement.id.clone(), question.question))
    });
    let (requirements, questions): (Vec<_>, Vec<_>) = asking.unzip();
    ExaminedCheck {
        id: shown(check, 60),
        verdict,
        question: questions.first().map(|it| shown(it.trim(), 600)),
        requirements,
    }
}

fn reference(attachment: &Attachment) -> AttachmentReference {
    AttachmentReference {
        name: shown(&attachment.name, 200),
        sha256: attachment.sha256.clone(),
        length: attachment.length,
    }
}
