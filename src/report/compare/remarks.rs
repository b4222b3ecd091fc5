//! What a reader must know of two runs before comparing them.

use std::collections::BTreeSet;

use crate::certificate::Certificate;
use crate::compare::{Changes, Sample, sample};
use crate::text::brief;

/// Whether both runs are of the same sample, in words, in which order they were made, and whether by two laboratories.
pub(super) fn remarks(changes: &Changes<'_>) -> Vec<String> {
    let (before, after) = (changes.before, changes.after);
    let same = match sample(before, after) {
        Sample::Same(by) => format!("Both runs are of one sample: {by}."),
        Sample::Unknown => {
            "Nothing shows that both runs are of one sample: no serial number and no link address stands in both."
                .to_owned()
        }
        Sample::Other(by) => format!("The runs are of two samples of one model: {by}."),
        Sample::OtherModel => "The runs are of two models.".to_owned(),
    };
    let order = (before.run.from > after.run.from)
        .then(|| "The run that is named first was made later.".to_owned());
    let laboratory = |certificate: &Certificate| {
        let job = certificate.job.as_ref()?;
        Some(brief(&job.laboratory.as_ref()?.name.value, 80))
    };
    let two = laboratory(before).zip(laboratory(after));
    let two = two.filter(|(one, other)| one != other);
    let two =
        two.map(|(one, other)| format!("They were made by two laboratories: {one}, then {other}."));
    let lists = (lists(before) != lists(after)).then(|| {
        "Their keys were not looked up in the same lists of compromised keys, so that what changed about keys may be the lists' doing."
            .to_owned()
    });
    let cautions = [("before", before), ("after", after)].into_iter();
    let cautions = cautions.flat_map(|(which, it)| {
        let texts = it.cautions.iter();
        texts.map(move |text| format!("Of the run {which}: {}", brief(text, 400)))
    });
    let remarks = cautions.chain([same]).chain(order).chain(two).chain(lists);
    remarks.collect()
}

/// The lists of compromised keys that were handed in, to the run and to whoever judged it.
fn lists(certificate: &Certificate) -> BTreeSet<&str> {
    let later = certificate.blocklist.as_ref().map(|it| &it.list);
    let lists = certificate.run.blocklist.iter().chain(later);
    lists.map(|it| it.sha256.as_str()).collect()
}
