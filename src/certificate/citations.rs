//! What a certificate repeats of the evidence that it cites.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::excerpt::excerpt;
use super::model::EvidenceReference;
use crate::evidence::{Blob, BlobRole, Evidence, Run, summary};
use crate::records::{Record, Records};
use crate::text::briefly;

/// So many pieces of evidence of one finding or gap are cited with their first bytes.
const EXCERPTS: usize = 4;

/// The evidence and the records of a run, to be cited. Most evidence is cited many times: what it says is put into
/// words once.
#[derive(Debug)]
pub(super) struct Citations<'a> {
    run: &'a Run,
    records: &'a Records,
    known: RefCell<HashMap<String, Arc<EvidenceReference>>>,
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
    pub(super) fn of(&self, ids: &[String]) -> Vec<Arc<EvidenceReference>> {
        ids.iter().map(|id| self.one(id)).collect()
    }

    /// The same, with the beginning of the received bytes of the first of them. What counts against a device should be
    /// seen without its run; a proof cites everything that was asked, which would be too much to repeat.
    pub(super) fn with_bytes(&self, ids: &[String]) -> Vec<Arc<EvidenceReference>> {
        let mut references = self.of(ids);
        for reference in references.iter_mut().take(EXCERPTS) {
            let blob = reference.blob.as_ref();
            let head = blob.and_then(|sha256| self.run.heads.of(sha256));
            let excerpt = head.and_then(excerpt);
            if excerpt.is_some() {
                Arc::make_mut(reference).excerpt = excerpt;
            }
        }
        references
    }

    fn one(&self, id: &str) -> Arc<EvidenceReference> {
        let mut known = self.known.borrow_mut();
        if let Some(reference) = known.get(id) {
            return Arc::clone(reference);
        }
        let reference = Arc::new(self.reference(id));
        known.insert(id.to_owned(), Arc::clone(&reference));
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
            summary: record.map(Record::cited).or_else(|| item.map(said)),
            excerpt: None,
        }
    }
}

/// What evidence says, as long as a line of a certificate may be.
fn said(item: &Evidence) -> String {
    let whole = summary(item);
    match briefly(&whole, 400) {
        // Nearly always, and then it is not copied.
        Cow::Borrowed(same) if same.len() == whole.len() => whole,
        other => other.into_owned(),
    }
}
