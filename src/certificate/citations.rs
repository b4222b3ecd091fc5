//! What a certificate repeats of the evidence that it cites.

use std::cell::RefCell;
use std::collections::HashMap;

use super::excerpt::excerpt;
use super::model::EvidenceReference;
use crate::evidence::{Blob, BlobRole, Run, summary};
use crate::records::{Record, Records};
use crate::text::brief;

/// So many pieces of evidence of one finding or gap are cited with their first bytes.
const EXCERPTS: usize = 4;

/// The evidence and the records of a run, to be cited. Most evidence is cited many times: what it says is put into
/// words once.
#[derive(Debug)]
pub(super) struct Citations<'a> {
    run: &'a Run,
    records: &'a Records,
    known: RefCell<HashMap<String, EvidenceReference>>,
}

impl<'a> Citations<'a> {
    pub(super) fn new(run: &'a Run, records: &'a Records) -> Self {
        Self {
            run,
            records,
            known: RefCell::default(),
        }
    }

    /// The evidence of these ids.
    pub(super) fn of(&self, ids: &[String]) -> Vec<EvidenceReference> {
        ids.iter().map(|id| self.one(id)).collect()
    }

    /// The same, with the beginning of the received bytes of the first of them. What counts against a device should be
    /// seen without its run; a proof cites everything that was asked, which would be too much to repeat.
    pub(super) fn with_bytes(&self, ids: &[String]) -> Vec<EvidenceReference> {
        let mut references = self.of(ids);
        for reference in references.iter_mut().take(EXCERPTS) {
            let blob = reference.blob.as_ref();
            let head = blob.and_then(|sha256| self.run.heads.get(sha256));
            reference.excerpt = head.and_then(|head| excerpt(head));
        }
        references
    }

    fn one(&self, id: &str) -> EvidenceReference {
        let mut known = self.known.borrow_mut();
        if let Some(reference) = known.get(id) {
            return reference.clone();
        }
        let reference = self.reference(id);
        known.insert(id.to_owned(), reference.clone());
        reference
    }

    fn reference(&self, id: &str) -> EvidenceReference {
        let record = self.records.by_id(id);
        let item = self.run.attempt(id);
        let received = |blob: &&Blob| blob.role == BlobRole::Received;
        let blob = item.and_then(|item| item.blobs.iter().find(received));
        EvidenceReference {
            id: id.to_owned(),
            blob: blob.map(|blob| blob.sha256.clone()),
            offset: blob.map(|_| 0),
            length: blob.map(|blob| blob.length),
            summary: record
                .map(Record::cited)
                .or_else(|| item.map(|item| brief(&summary(item), 400))),
            excerpt: None,
        }
    }
}
