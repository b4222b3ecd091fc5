//! Records in their order. Each names the digest of the one before, so that none can be dropped from between,
//! exchanged or moved without everything after it showing it; how many there are, the certificate's digest holds.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Attachment, RECORD_FORMAT, Record, What};
use crate::digest::sha256_hex;
use crate::error::InputError;
use crate::evidence::Run;

/// More records than people make of one device, and few enough to read at once.
const MOST_RECORDS: usize = 10_000;

/// The records about one run, or none.
#[derive(Clone, Debug, Default)]
pub struct Records {
    list: Vec<Record>,
    text: String,
}

impl Records {
    /// Reads `records.jsonl` of a run.
    ///
    /// # Errors
    ///
    /// The first line that is no canonical record, does not follow from the one before, or is not about this run.
    pub fn read(text: String, origin: &str, run: &Run) -> Result<Self, InputError> {
        let at = |line: usize, message: String| {
            let mut error = InputError::new(origin, message);
            error.place = Some((line, 1));
            error
        };
        let mut records = Self::default();
        for (line, number) in text.split_inclusive('\n').zip(1..) {
            let Some(line) = line.strip_suffix('\n') else {
                return Err(at(number, "ends in the middle of a record".to_owned()));
            };
            let record: Record = serde_json::from_str(line)
                .map_err(|error| at(number, format!("is no record: {error}")))?;
            if record.line() != line {
                let message = "is not written in the canonical way".to_owned();
                return Err(at(number, message));
            }
            records
                .push(record, run)
                .map_err(|message| at(number, message))?;
        }
        Ok(records)
    }

    /// The record that would come next.
    pub fn next(
        &self,
        run: &Run,
        (at, recorded_at): (Timestamp, Timestamp),
        by: String,
        what: What,
        attachments: Vec<Attachment>,
    ) -> Record {
        Record {
            format: RECORD_FORMAT.to_owned(),
            // Far below the limit of the type: no more are ever read.
            number: u32::try_from(self.list.len() + 1).unwrap_or(u32::MAX),
            after: self.head(run),
            at,
            recorded_at,
            by,
            what,
            attachments,
        }
    }

    /// Adds a record that follows from those before.
    ///
    /// # Errors
    ///
    /// Why it does not.
    pub fn push(&mut self, record: Record, run: &Run) -> Result<(), String> {
        if self.list.len() == MOST_RECORDS {
            return Err(format!("is one record more than {MOST_RECORDS}"));
        }
        if let Some(flaw) = record.flaw().or_else(|| self.contradiction(&record, run)) {
            return Err(flaw);
        }
        self.text.push_str(&record.line());
        self.text.push('\n');
        self.list.push(record);
        Ok(())
    }

    /// Nobody recorded anything.
    pub fn is_none(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether they begin with these.
    pub fn follow(&self, others: &Self) -> bool {
        self.text.starts_with(&others.text)
    }

    /// All of them, in order.
    pub fn all(&self) -> &[Record] {
        &self.list
    }

    /// The canonical file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// SHA-256 of the file, hex.
    pub fn sha256(&self) -> String {
        sha256_hex(&self.text)
    }

    /// The record of this number.
    pub fn of(&self, number: u32) -> Option<&Record> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.list.get(index)
    }

    /// The record that withdrew this one.
    pub fn withdrawal(&self, number: u32) -> Option<&Record> {
        self.list
            .iter()
            .find(|it| matches!(it.what, What::Withdrawal { record, .. } if record == number))
    }

    /// The record that evidence cites by this id.
    pub fn by_id(&self, id: &str) -> Option<&Record> {
        self.of(id.strip_prefix("record-")?.parse().ok()?)
    }

    /// Every file that a record names, with its length.
    pub fn attachments(&self) -> BTreeMap<&str, u64> {
        let all = self.list.iter().flat_map(|record| &record.attachments);
        all.map(|it| (it.sha256.as_str(), it.length)).collect()
    }

    /// The first record that was written down later than this.
    pub fn later_than(&self, time: Timestamp) -> Option<&Record> {
        self.list.iter().find(|record| record.recorded_at > time)
    }

    /// What the next record comes after.
    fn head(&self, run: &Run) -> String {
        match self.list.last() {
            None => run.sha256.clone(),
            Some(last) => sha256_hex(last.line()),
        }
    }

    /// What is wrong with a record after these, about this run.
    fn contradiction(&self, record: &Record, run: &Run) -> Option<String> {
        if record.number as usize != self.list.len() + 1 {
            return Some("is out of order: its number is not the next one".to_owned());
        }
        if record.after != self.head(run) {
            return Some(match self.list.is_empty() {
                true => "is a record of another run".to_owned(),
                false => "does not follow the record before it: one was changed, dropped or moved"
                    .to_owned(),
            });
        }
        if record.at < run.info.started_at {
            return Some(format!(
                "speaks of {}, before the run began ({}): whatever was seen then was not what was tested",
                record.at, run.info.started_at
            ));
        }
        let last = self.list.last();
        if last.is_some_and(|last| record.recorded_at < last.recorded_at) {
            return Some("was written down before the record before it".to_owned());
        }
        let unit = match &record.what {
            What::Step { unit, .. } | What::Check { unit, .. } => unit,
            What::Withdrawal { record, .. } => return self.cannot_withdraw(*record),
        };
        let known = run.device.units.iter().any(|it| it.id == *unit);
        (!known).then(|| "speaks of a unit that device.json does not have".to_owned())
    }

    fn cannot_withdraw(&self, number: u32) -> Option<String> {
        match self.of(number).map(|it| &it.what) {
            None => Some(format!("withdraws record {number}, which is not before it")),
            Some(What::Withdrawal { .. }) => Some(format!(
                "withdraws record {number}, which is a withdrawal: record the thing itself anew"
            )),
            Some(_) if self.withdrawal(number).is_some() => {
                Some(format!("withdraws record {number} a second time"))
            }
            Some(_) => None,
        }
    }
}
