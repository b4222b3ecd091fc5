//! What was told to anyone, as findings: one for each kind at a port.

use std::collections::BTreeMap;

use crate::case::facts::OpenPort;
use crate::dut::Unit;
use crate::observation::{Disclosed, DisclosedItem};
use crate::text::brief;
use crate::verdict::{Assessment, Code, Severity};

/// Everything that can be found.
pub(super) const CODES: &[Code] = &[
    CONFIGURATION_DISCLOSED,
    DIRECTORY_LISTING,
    DISCLOSURE_DECLARED,
    ERROR_DETAILS_DISCLOSED,
    IDENTIFIER_DISCLOSED,
    SECRET_DISCLOSED,
    SOFTWARE_VERSION_DISCLOSED,
];

const CONFIGURATION_DISCLOSED: Code = Code {
    id: "configuration-disclosed",
    severity: Severity::High,
};

const DIRECTORY_LISTING: Code = Code {
    id: "directory-listing",
    severity: Severity::Medium,
};

const DISCLOSURE_DECLARED: Code = Code {
    id: "disclosure-declared",
    severity: Severity::Note,
};

const ERROR_DETAILS_DISCLOSED: Code = Code {
    id: "error-details-disclosed",
    severity: Severity::Medium,
};

const IDENTIFIER_DISCLOSED: Code = Code {
    id: "identifier-disclosed",
    severity: Severity::Medium,
};

const SECRET_DISCLOSED: Code = Code {
    id: "secret-disclosed",
    severity: Severity::Critical,
};

const SOFTWARE_VERSION_DISCLOSED: Code = Code {
    id: "software-version-disclosed",
    severity: Severity::Note,
};

/// The finding that a kind of information makes.
fn code(what: Disclosed) -> Code {
    match what {
        Disclosed::SoftwareVersion | Disclosed::FirmwareVersion => SOFTWARE_VERSION_DISCLOSED,
        Disclosed::SerialNumber | Disclosed::MacAddress => IDENTIFIER_DISCLOSED,
        Disclosed::WifiName
        | Disclosed::InternalAddress
        | Disclosed::UserName
        | Disclosed::PrivateFile
        | Disclosed::ServerInternals => CONFIGURATION_DISCLOSED,
        Disclosed::DirectoryListing => DIRECTORY_LISTING,
        Disclosed::ErrorDetails => ERROR_DETAILS_DISCLOSED,
        Disclosed::PrivateKey
        | Disclosed::PasswordHash
        | Disclosed::Password
        | Disclosed::DeclaredSecret => SECRET_DISCLOSED,
    }
}

/// One piece of information, where it was told, and what shows it.
pub(super) struct Told<'a> {
    item: DisclosedItem,
    path: Option<String>,
    evidence: &'a str,
}

impl<'a> Told<'a> {
    pub(super) fn new(item: DisclosedItem, path: Option<String>, evidence: &'a str) -> Self {
        Self {
            item,
            path,
            evidence,
        }
    }

    /// `/api/version`, or the header or banner that says it.
    fn place(&self) -> String {
        match (&self.path, self.item.place.as_str()) {
            (Some(path), "body") => path.clone(),
            (Some(path), header) => format!("header {} of {path}", brief(header, 40)),
            (None, place) => brief(place, 40),
        }
    }
}

/// Places of one kind of information that are named.
const NAMED: usize = 3;

/// One finding for each kind of information that a port gives away.
pub(super) fn found(
    unit: &Unit,
    open: &OpenPort<'_>,
    told: Vec<Told<'_>>,
    assessment: &mut Assessment,
) {
    let mut kinds: BTreeMap<Disclosed, Vec<Told<'_>>> = BTreeMap::new();
    for one in told {
        kinds.entry(one.item.what).or_default().push(one);
    }
    for (what, told) in kinds {
        let mut said: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for one in &told {
            let excerpt = brief(&one.item.excerpt, 100);
            said.entry(excerpt).or_default().push(one.place());
        }
        let words: Vec<String> = said
            .iter()
            .take(NAMED)
            .map(|(excerpt, places)| format!("`{excerpt}` ({})", several(places)))
            .collect();
        let mut message = format!(
            "{} tells anyone {}: {}{}",
            open.place(),
            what.words(),
            words.join(", "),
            match said.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            }
        );
        let declared = open.declared.and_then(|service| {
            let mut stated = service.discloses.iter();
            stated.find(|one| one.what.disclosed() == what)
        });
        let code = match declared {
            None => code(what),
            Some(stated) => {
                let purpose = brief(&stated.purpose, 200);
                message.push_str(&format!("; the supplier states that it must: {purpose}"));
                DISCLOSURE_DECLARED
            }
        };
        let mut evidence: Vec<String> = told.iter().map(|one| one.evidence.to_owned()).collect();
        evidence.dedup();
        assessment.found(code, open.subject(&unit.id), message, evidence);
    }
}

/// The first place, and how many more.
fn several(places: &[String]) -> String {
    match places {
        [] => String::new(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}
