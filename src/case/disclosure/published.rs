//! A document of the supplier as evidence has it, and how far it is shown to be published.

use serde::Deserialize;

use crate::case::facts::{Facts, absence};
use crate::dut::Unit;
use crate::evidence::Evidence;
use crate::observation::{Asked, Document, DocumentKind, Fetched, Observation, Statements, Topic};
use crate::text::{brief, shown};
use crate::verdict::{Gap, Reason, Subject};

/// What is known of a document.
#[derive(Debug)]
pub enum Known<'a> {
    /// The manifest names none.
    NotNamed,
    /// It is named, and could not be had or read.
    Missing(Gap),
    /// Where the manifest says that it is published, there is nothing for everybody.
    Gone {
        item: &'a Evidence,
        why: String,
    },
    Read(Read<'a>),
}

/// A document that was read.
#[derive(Debug)]
pub struct Read<'a> {
    pub item: &'a Evidence,
    pub document: &'a Document,
    pub publication: Publication<'a>,
}

/// Whose word it is that a document is published.
#[derive(Clone, Copy, Debug)]
pub enum Publication<'a> {
    /// It was fetched over the open Internet.
    Observed(&'a Fetched),
    /// It was fetched from a server for which only the tester's own authority vouches, perhaps in a private network.
    Private(&'a Fetched),
    /// It was handed in, and the supplier says where it is published.
    Declared(&'a str),
    /// It was handed in, and nobody says where it is published.
    Unsaid,
}

/// How a profile wants publication to be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wanted {
    /// The supplier's word is enough.
    Declared,
    /// It must have been fetched over the open Internet.
    #[default]
    Observed,
}

/// The parameters of test cases about documents.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Parameters {
    pub publication: Wanted,
}

/// What the manifest stated when the run was made. None: the run does not look at documents.
pub fn statements<'a>(facts: &Facts<'a>, unit: &Unit) -> Option<(&'a Evidence, &'a Statements)> {
    let mut items = facts.of(&unit.id);
    items.find_map(|item| {
        let stated = item.observations().iter().find_map(|fact| match fact {
            Observation::Statements(statements) => Some(statements),
            _ => None,
        });
        Some((item, stated?))
    })
}

/// The gap of a run that does not look at documents.
pub fn no_statements(unit: &Unit) -> Gap {
    Gap {
        reason: Reason::NoEvidence,
        subject: Subject::unit(&unit.id),
        message: "the run does not hold what the supplier states of its product".to_owned(),
        evidence: vec![],
    }
}

/// A document.
pub fn document<'a>(facts: &Facts<'a>, unit: &Unit, kind: DocumentKind) -> Known<'a> {
    let missing = |reason, message, evidence| {
        Known::Missing(Gap {
            reason,
            subject: Subject::unit(&unit.id),
            message,
            evidence,
        })
    };
    let asked = |item: &&Evidence| matches!(item.asked, Asked::Document { document, .. } if document == kind);
    let Some(item) = facts.of(&unit.id).find(asked) else {
        if facts.device.document(kind).is_none() {
            return Known::NotNamed;
        }
        let message = format!("nobody looked at {}", kind.words());
        return missing(Reason::NoEvidence, message, vec![]);
    };
    let ids = || vec![item.id.clone()];
    let document = item.observations().iter().find_map(|fact| match fact {
        Observation::Document(document) => Some(document),
        _ => None,
    });
    let Some(document) = document else {
        let (reason, why) = absence(item);
        // Whatever kept it away, the run went on: only that nobody asked, and that it was stopped, are told apart.
        let reason = match reason {
            Reason::DocumentNotFetched | Reason::Aborted | Reason::HarnessFault => reason,
            _ => Reason::DocumentNotRead,
        };
        return missing(reason, format!("{}: {why}", kind.words()), ids());
    };
    if let Some(fetched) = document.fetched.as_ref().filter(|it| it.status != 200) {
        let url = brief(&fetched.url, 160);
        let why = format!("{} answers {}", url, fetched.status);
        return match fetched.status {
            // RFC 9110, sections 15.5.2, 15.5.5 and 15.5.11.
            401 | 404 | 410 => Known::Gone { item, why },
            // Anything else may be about the one who asks, or pass.
            _ => missing(
                Reason::DocumentNotRead,
                format!("{}: {why}", kind.words()),
                ids(),
            ),
        };
    }
    if let Some(why) = &document.unread {
        let message = format!("{}: {}", kind.words(), brief(why, 160));
        return missing(Reason::DocumentNotRead, message, ids());
    }
    Known::Read(Read {
        item,
        document,
        publication: publication(item, document),
    })
}

fn publication<'a>(item: &'a Evidence, document: &'a Document) -> Publication<'a> {
    match (&document.fetched, &item.asked) {
        (Some(fetched), _) if fetched.authority.is_some() => Publication::Private(fetched),
        (Some(fetched), _) => Publication::Observed(fetched),
        (None, Asked::Document { url: Some(url), .. }) => Publication::Declared(url),
        (None, _) => Publication::Unsaid,
    }
}

impl Read<'_> {
    /// Whether it is about this, as far as its words were known.
    pub fn speaks_of(&self, topic: Topic) -> bool {
        let text = self.document.text.as_ref();
        text.is_some_and(|it| it.speaks_of.contains(&topic))
    }

    /// Its name and whose word it is that it is published: `security.txt, fetched from …`.
    pub fn words(&self) -> String {
        let Asked::Document { document, file, .. } = &self.item.asked else {
            return String::new();
        };
        let file = brief(file.as_deref().unwrap_or_default(), 80);
        let day = self.item.observed_at.strftime("%Y-%m-%d");
        let how = match self.publication {
            Publication::Observed(fetched) => {
                format!("fetched on {day} from {}", brief(&fetched.url, 160))
            }
            Publication::Private(fetched) => format!(
                "fetched on {day} from {}, for which only the tester's own authority vouches",
                brief(&fetched.url, 160)
            ),
            Publication::Declared(url) => format!(
                "handed in as `{file}`, and published at {} by the supplier's word",
                brief(url, 160)
            ),
            Publication::Unsaid => format!("handed in as `{file}`"),
        };
        format!("{} ({how})", document.words())
    }

    /// What is missing where the profile wants publication to be shown so.
    pub fn publication_gap(&self, unit: &Unit, wanted: Wanted) -> Option<Gap> {
        let why = match (self.publication, wanted) {
            (Publication::Observed(_), _) => return None,
            (Publication::Private(_) | Publication::Declared(_), Wanted::Declared) => return None,
            (Publication::Unsaid, _) => {
                "the manifest does not say where it is published (`published`)"
            }
            (Publication::Private(_), Wanted::Observed) => {
                "that everybody can get it was not seen, and the profile demands it"
            }
            (Publication::Declared(_), Wanted::Observed) => {
                "that it is published was not seen, and the profile demands it: name it by `url`, and use `--fetch-documents`"
            }
        };
        Some(Gap {
            reason: Reason::PublicationNotShown,
            subject: Subject::unit(&unit.id),
            message: format!("{}: {why}", self.words()),
            evidence: vec![self.item.id.clone()],
        })
    }

    /// The URLs under which it is found, by whoever's word.
    pub fn urls(&self) -> Vec<&str> {
        let Asked::Document { url, .. } = &self.item.asked else {
            return Vec::new();
        };
        let last = self.document.fetched.iter().map(|it| it.url.as_str());
        url.iter().map(String::as_str).chain(last).collect()
    }
}

/// Texts in a row, at most `most` of them.
pub fn listed(texts: &[String], most: usize) -> String {
    // Evidence is safe to show already; a run may have been edited since.
    let shown: Vec<String> = texts.iter().take(most).map(|it| brief(it, 240)).collect();
    match texts.len().saturating_sub(most) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A text of the manifest.
pub fn declared(text: &str) -> String {
    shown(text, 120)
}
