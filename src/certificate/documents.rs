//! The certificate's part about what the supplier states and publishes.

use jiff::Timestamp;

use super::model::{PublicationWord, Source, Sourced, SupplierDocument, SupplierDocuments};
use crate::case::Facts;
use crate::case::disclosure::{Known, Publication, document, statements};
use crate::dut::Unit;
use crate::evidence::{Evidence, summary};
use crate::observation::{Asked, Document, DocumentKind, Fetched, Observation};
use crate::text::{brief, shown};

/// Lines of a document that are repeated.
const MOST: usize = 12;

/// What a run holds of it; none where it does not look at documents.
pub fn documents(facts: &Facts<'_>) -> Option<SupplierDocuments> {
    let unit = facts.units.first()?;
    let (_, stated) = statements(facts, unit)?;
    let declared = |value: &str| Sourced {
        value: shown(value, 120),
        source: Source::Declared,
    };
    let kinds = DocumentKind::ALL.into_iter();
    Some(SupplierDocuments {
        model_designation: declared(&stated.model),
        support_until: stated.support_until.as_deref().map(declared),
        documents: kinds.filter_map(|kind| named(facts, unit, kind)).collect(),
    })
}

fn named(facts: &Facts<'_>, unit: &Unit, kind: DocumentKind) -> Option<SupplierDocument> {
    let asked = |item: &&Evidence| matches!(item.asked, Asked::Document { document, .. } if document == kind);
    let item = facts.of(&unit.id).find(asked)?;
    let Asked::Document { file, url, .. } = &item.asked else {
        return None;
    };
    let read = item.observations().iter().find_map(|fact| match fact {
        Observation::Document(document) => Some(document),
        _ => None,
    });
    let fetched = read.and_then(|document| document.fetched.as_ref());
    let text = |text: &Option<String>| text.as_deref().map(|it| brief(it, 200));
    Some(SupplierDocument {
        kind,
        publication: match document(facts, unit, kind) {
            Known::Read(read) => word(read.publication),
            Known::NotNamed | Known::Missing(_) | Known::Gone { .. } => PublicationWord::NotShown,
        },
        file: text(file),
        url: text(url),
        at: whole_second(item.observed_at),
        route: fetched.map(route).unwrap_or_default(),
        authority: fetched.and_then(|it| text(&it.authority)),
        copy: read.and_then(|it| text(&it.source)),
        sha256: read.and_then(|it| text(&it.sha256)),
        says: match read {
            Some(document) => says(document),
            None => vec![brief(&summary(item), 400)],
        },
        evidence: item.id.clone(),
    })
}

/// People read it.
fn whole_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

fn word(publication: Publication<'_>) -> PublicationWord {
    match publication {
        Publication::Observed(_) => PublicationWord::Observed,
        Publication::Private(_) | Publication::Declared(_) => PublicationWord::Declared,
        Publication::Unsaid => PublicationWord::NotShown,
    }
}

fn route(fetched: &Fetched) -> Vec<String> {
    let urls = fetched.redirects.iter().chain([&fetched.url]);
    urls.map(|url| brief(url, 200)).collect()
}

/// What a document says, in lines.
fn says(document: &Document) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    if let Some(fetched) = document.fetched.as_ref().filter(|it| it.status != 200) {
        lines.push(format!("its server answers {}", fetched.status));
    }
    if let Some(why) = &document.unread {
        lines.push(format!("not read: {}", brief(why, 200)));
    }
    if let Some(txt) = &document.security_txt {
        let fields = txt.fields.iter();
        lines
            .extend(fields.map(|it| format!("{}: {}", brief(&it.name, 60), brief(&it.value, 160))));
    }
    if let Some(text) = &document.text {
        let row = |name: &str, texts: &[String]| {
            let shown: Vec<String> = texts.iter().take(MOST).map(|it| brief(it, 120)).collect();
            (!shown.is_empty()).then(|| format!("{name}: {}", shown.join(", ")))
        };
        lines.extend(row("contacts", &text.contacts));
        lines.extend(row("days", &text.dates));
    }
    let more = lines.len().saturating_sub(MOST);
    lines.truncate(MOST);
    if more > 0 {
        lines.push(format!("and {more} lines more"));
    }
    if lines.is_empty() {
        lines.push("nothing that was recognised".to_owned());
    }
    lines
}
