//! The scenario files of a directory, and how they build on one another.
//!
//! A file with `like = "hub"` is the scenario `hub` with what the file says instead: tables are merged
//! key by key, arrays of tables entry by entry, everything else is replaced. `about` and `[expect]` are
//! never taken over. What a scenario changes is then what it proves.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::scenario::Scenario;

/// No chain of `like` is longer; a circle would be.
const MAX_CHAIN: usize = 6;

/// A scenario and where it comes from.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The file's name without its ending.
    pub name: String,
    /// The scenario that it builds on.
    pub like: Option<String>,
    pub scenario: Scenario,
    /// Everything but `about` and `[expect]`, merged.
    setup: toml::Table,
}

impl Entry {
    /// In how many switches two scenarios differ.
    pub fn distance(&self, other: &Self) -> usize {
        let table = |entry: &Self| toml::Value::Table(entry.setup.clone());
        distance(&table(self), &table(other))
    }
}

/// Every `*.toml` of a directory, in order of name.
///
/// # Errors
///
/// The first file that cannot be used, with its path.
pub fn load(directory: &Path) -> Result<Vec<Entry>, String> {
    let mut files = BTreeMap::new();
    let named = |path: &Path, error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    for entry in std::fs::read_dir(directory).map_err(|error| named(directory, &error))? {
        let path = entry.map_err(|error| named(directory, &error))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            let text = std::fs::read_to_string(&path).map_err(|error| named(&path, &error))?;
            let table: toml::Table = text.parse().map_err(|error| named(&path, &error))?;
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            files.insert(name.into_owned(), table);
        }
    }
    let entry = |name: &String| {
        resolve(&files, name)
            .map_err(|error| named(&directory.join(format!("{name}.toml")), &error))
    };
    files.keys().map(entry).collect()
}

fn resolve(files: &BTreeMap<String, toml::Table>, name: &str) -> Result<Entry, String> {
    let table = files.get(name).ok_or("no such scenario")?;
    let like = like(table)?;
    let mut setup = setup(files, name, MAX_CHAIN)?;
    let mut whole = setup.clone();
    for key in ["about", "expect"] {
        setup.remove(key);
        whole.extend(table.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    Ok(Entry {
        name: name.to_owned(),
        like,
        scenario: Scenario::from_table(whole).map_err(|error| error.to_string())?,
        setup,
    })
}

fn like(table: &toml::Table) -> Result<Option<String>, String> {
    match table.get("like") {
        None => Ok(None),
        Some(toml::Value::String(name)) => Ok(Some(name.clone())),
        Some(_) => Err("`like` is the name of a scenario".to_owned()),
    }
}

fn setup(
    files: &BTreeMap<String, toml::Table>,
    name: &str,
    chain: usize,
) -> Result<toml::Table, String> {
    let table = files
        .get(name)
        .ok_or_else(|| format!("`like` names `{name}`, which is not there"))?;
    let mut own = table.clone();
    for key in ["like", "about", "expect"] {
        own.remove(key);
    }
    let Some(base) = like(table)? else {
        return Ok(own);
    };
    if chain == 0 {
        return Err("`like` goes in a circle, or too far".to_owned());
    }
    let mut merged = setup(files, &base, chain - 1)?;
    merge(&mut merged, own);
    Ok(merged)
}

fn merge(base: &mut toml::Table, own: toml::Table) {
    use toml::Value::{Array, Table};
    for (key, value) in own {
        match (base.get_mut(&key), value) {
            (Some(Table(base)), Table(own)) => merge(base, own),
            (Some(Array(base)), Array(own))
                if base.iter().chain(&own).all(toml::Value::is_table) =>
            {
                merge_entries(base, own);
            }
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

fn merge_entries(base: &mut Vec<toml::Value>, own: Vec<toml::Value>) {
    for (index, value) in own.into_iter().enumerate() {
        match (base.get_mut(index), value) {
            (Some(toml::Value::Table(base)), toml::Value::Table(own)) => merge(base, own),
            (_, value) => base.push(value),
        }
    }
}

/// In how many switches two scenarios' values differ: a value changed, added or left out is one, and
/// each entry of a `switch` table is one.
pub fn distance(one: &toml::Value, other: &toml::Value) -> usize {
    use toml::Value::{Array, Table};
    match (one, other) {
        (Table(one), Table(other)) => {
            let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            let apart = |key: &String| match (one.get(key), other.get(key)) {
                (Some(one), Some(other)) => distance(one, other),
                (Some(Table(switches)), None) | (None, Some(Table(switches)))
                    if key == "switch" =>
                {
                    switches.len()
                }
                _ => 1,
            };
            keys.into_iter().map(apart).sum()
        }
        (Array(one), Array(other)) if one.len() == other.len() => {
            let pairs = one.iter().zip(other);
            pairs.map(|(one, other)| distance(one, other)).sum()
        }
        (Array(one), Array(other)) => {
            let only = |these: &[toml::Value], those: &[toml::Value]| {
                these.iter().filter(|it| !those.contains(it)).count()
            };
            only(one, other) + only(other, one)
        }
        _ => usize::from(one != other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPECT: &str = "[expect]\noutcome = \"conformant\"\nrequirement.a.verdict = \"PASS\"\n";

    fn files(texts: &[(&str, &str)]) -> BTreeMap<String, toml::Table> {
        let file = |(name, text): &(&str, &str)| {
            let text = format!("about = \"{name}\"\n{text}\n{EXPECT}");
            ((*name).to_owned(), text.parse().unwrap())
        };
        texts.iter().map(file).collect()
    }

    #[test]
    fn a_scenario_changes_what_it_says_and_nothing_else() {
        let files = files(&[
            (
                "hub",
                "manifest = \"{address}\"\n[[dut.stand-in.http]]\nport = 80\ntitle = \"T\"",
            ),
            (
                "deaf",
                "like = \"hub\"\n[[dut.stand-in.http]]\nswitch.never_answers = true",
            ),
        ]);
        let (hub, deaf) = (
            resolve(&files, "hub").unwrap(),
            resolve(&files, "deaf").unwrap(),
        );
        assert_eq!(deaf.scenario.about, "deaf");
        assert_eq!((hub.distance(&hub), hub.distance(&deaf)), (0, 1));
        let Some(crate::scenario::Dut::StandIn(spec)) = &deaf.scenario.dut else {
            panic!("{deaf:?}");
        };
        let http = &spec.http[0];
        assert!(http.port == 80 && http.title == "T" && http.switch.never_answers);
    }

    #[test]
    fn what_is_taken_over_must_be_there_and_end() {
        let error = |text: &str| {
            let files = files(&[("a", text)]);
            resolve(&files, "a").unwrap_err()
        };
        assert!(error("like = \"b\"").contains("`b`, which is not there"));
        assert!(error("like = \"a\"").contains("circle"));
        assert!(error("like = 1").contains("name of a scenario"));
    }

    fn apart(one: &str, other: &str) -> usize {
        let value = |text: &str| toml::Value::Table(toml::from_str(text).unwrap());
        distance(&value(one), &value(other))
    }

    #[test]
    fn a_switch_is_one_step() {
        let hub = "[[http]]\nport = 80\n";
        assert_eq!(apart(hub, hub), 0);
        assert_eq!(apart(hub, "[[http]]\nport = 80\nswitch.a = 1\n"), 1);
        assert_eq!(
            apart(hub, "[[http]]\nport = 80\nswitch.a = 1\nswitch.b = 1\n"),
            2
        );
        assert_eq!(apart(hub, "[[http]]\nport = 81\nswitch.a = 1\n"), 2);
        assert_eq!(apart(hub, "[[http]]\nport = 80\n[[raw]]\nport = 9\n"), 1);
        assert_eq!(apart(hub, "[[http]]\nport = 80\n[down]\na = 1\nb = 2\n"), 1);
        assert_eq!(apart("a = [1, 2]", "a = [1]"), 1);
    }

    #[test]
    fn every_shipped_scenario_makes_sense() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let entries = load(&directory).unwrap();
        assert!(entries.len() > 30, "{}", entries.len());
    }
}
