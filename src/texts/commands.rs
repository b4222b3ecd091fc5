//! `texts/commands.toml`: how to look oneself, in commands, which are the same in every language.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

const TEXT: &str = include_str!("../../texts/commands.toml");

/// A command; its file tells what may stand in it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    pub run: String,
    /// Protocols by the certificate's words, `*` for any that is known. Empty: it needs no protocol to be known.
    #[serde(default)]
    pub speaks: Vec<String>,
    /// For a port that speaks them inside TLS.
    #[serde(default)]
    pub tls: bool,
}

impl Command {
    /// Whether it is for a place that speaks this, in the words of a certificate: `http in TLS`.
    pub fn fits(&self, spoken: Option<&str>) -> bool {
        if self.speaks.is_empty() {
            return true;
        }
        let Some(spoken) = spoken else { return false };
        let (protocol, tls) = match spoken.strip_suffix(" in TLS") {
            Some(protocol) => (protocol, true),
            None => (spoken, spoken == "tls"),
        };
        tls == self.tls && self.speaks.iter().any(|it| it == "*" || it == protocol)
    }
}

type Commands = BTreeMap<String, Vec<Command>>;

fn read(text: &str) -> Result<Commands, toml::de::Error> {
    let mut table: toml::Table = toml::from_str(text)?;
    table.remove("format");
    table.try_into()
}

/// The commands of a test case; there may be none.
pub fn commands(case: &str) -> &'static [Command] {
    static COMMANDS: OnceLock<Commands> = OnceLock::new();
    // A test holds that the file in the binary parses.
    let all = COMMANDS.get_or_init(|| read(TEXT).unwrap_or_default());
    all.get(case).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::TEST_CASES;

    #[test]
    fn every_command_belongs_to_a_test_case() {
        for case in read(TEXT).unwrap().keys() {
            assert!(TEST_CASES.iter().any(|it| it.id == case), "{case}");
        }
        assert!(!commands("services/closed-ports").is_empty());
    }

    #[test]
    fn a_command_fits_what_is_spoken_inside_or_outside_tls() {
        let command = |speaks: &[&str], tls| Command {
            run: String::new(),
            speaks: speaks.iter().map(|it| (*it).to_owned()).collect(),
            tls,
        };
        let fits = |speaks: &[&str], tls| {
            [
                None,
                Some("http"),
                Some("http in TLS"),
                Some("tls"),
                Some("ssh"),
            ]
            .map(|spoken| command(speaks, tls).fits(spoken))
        };
        assert_eq!(fits(&[], false), [true; 5]);
        assert_eq!(fits(&["http"], false), [false, true, false, false, false]);
        assert_eq!(fits(&["http"], true), [false, false, true, false, false]);
        assert_eq!(fits(&["*"], true), [false, false, true, true, false]);
    }
}
