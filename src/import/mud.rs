//! MUD files (RFC 8520): who a device is, and who may reach it. Bytes in, facts or an error with its place out.
//!
//! What would widen or narrow who may reach a port and is not understood marks the entry as unclear; what says
//! nothing of that is named as unread. The signature beside a MUD file (RFC 8520, section 13) is not looked at.

mod ace;
mod file;
mod json;

use std::collections::BTreeMap;

use jiff::Timestamp;

use self::ace::List;
pub use self::file::MudFile;
use self::json::{Node, Object};
use crate::error::InputError;
use crate::observation::{ImportedMud, MudRule};
use crate::text::shown;

/// The largest MUD file, in bytes.
pub const MUD_LIMIT: usize = 4 << 20;

/// More has no MUD file of a device: access lists, and entries of them all.
const LISTS_LIMIT: usize = 64;
const ENTRIES_LIMIT: usize = 4096;

const MUD: &str = "ietf-mud:mud";
/// The second is what drafts of RFC 8519 called it.
const ACLS: [&str; 2] = [
    "ietf-access-control-list:acls",
    "ietf-access-control-list:access-lists",
];

/// Reads a MUD file. `origin` is what errors call it, `source` the run's copy.
///
/// # Errors
///
/// What is wrong, where, and what is legal.
fn read(origin: &str, source: &str, text: &str) -> Result<ImportedMud, InputError> {
    let root = Node::parse(origin, text)?.object()?;
    let mud = root.needed(MUD)?.object()?;
    let version = mud.needed("mud-version")?;
    if version.number(0..=u8::MAX)? != 1 {
        return Err(version.error("an unknown version of MUD", "1 (RFC 8520)"));
    }
    let url = mud.needed("mud-url")?;
    let mud_url = url.text()?;
    if !mud_url.starts_with("https://") {
        return Err(url.error("no MUD URL", "an `https:` URL"));
    }
    let time = mud.needed("last-update")?;
    let last_update: Timestamp = time.text()?.parse().map_err(|_| {
        time.error(
            "no time",
            "a date with time and zone, as in `2026-01-02T03:04:05Z`",
        )
    })?;
    let text = |key| mud.get(key).map(|it| it.text()).transpose();
    let mut unread: Vec<String> = root
        .others(&[MUD, ACLS[0], ACLS[1]])
        .chain(mud.others(KNOWN))
        .collect();
    let policies = Policies::of(&root, &mud)?;
    unread.extend(policies.unread());
    let (to_device, to_device_other) = policies.rules()?;
    Ok(ImportedMud {
        source: source.to_owned(),
        mud_url,
        last_update,
        cache_validity_hours: match mud.get("cache-validity") {
            Some(hours) => hours.number(1..=168)?,
            None => 48,
        },
        is_supported: mud.needed("is-supported")?.boolean()?,
        systeminfo: text("systeminfo")?,
        mfg_name: text("mfg-name")?,
        model_name: text("model-name")?,
        firmware_rev: text("firmware-rev")?,
        software_rev: text("software-rev")?,
        extensions: match mud.get("extensions") {
            Some(list) => texts(&list)?,
            None => Vec::new(),
        },
        to_device,
        to_device_other,
        from_device: policies.outbound()?,
        unread,
    })
}

/// What stands in the container `mud` and is read, or says nothing of ports.
const KNOWN: &[&str] = &[
    "mud-version",
    "mud-url",
    "last-update",
    "mud-signature",
    "cache-validity",
    "is-supported",
    "systeminfo",
    "mfg-name",
    "model-name",
    "firmware-rev",
    "software-rev",
    "documentation",
    "extensions",
    "from-device-policy",
    "to-device-policy",
];

fn texts(list: &Node<'_>) -> Result<Vec<String>, InputError> {
    list.list(LISTS_LIMIT)?.iter().map(Node::text).collect()
}

/// The access lists, and which of them are for which direction.
struct Policies<'t> {
    lists: BTreeMap<String, List<'t>>,
    to_device: Vec<(String, Node<'t>)>,
    from_device: Vec<(String, Node<'t>)>,
    /// Keys around the lists that may mean anything.
    unclear: Option<String>,
    older: bool,
}

impl<'t> Policies<'t> {
    fn of(root: &Object<'t>, mud: &Object<'t>) -> Result<Self, InputError> {
        let mut policies = Self {
            lists: BTreeMap::new(),
            to_device: Vec::new(),
            from_device: Vec::new(),
            unclear: None,
            older: false,
        };
        let [acls, older] = ACLS.map(|key| root.get(key));
        policies.older = older.is_some();
        if let (Some(_), Some(older)) = (acls, older) {
            return Err(older.error("access lists in two places", format!("`{}` alone", ACLS[0])));
        }
        if let Some(acls) = acls.or(older) {
            policies.read_lists(&acls.object()?)?;
        }
        policies.to_device = policies.named(mud, "to-device-policy")?;
        policies.from_device = policies.named(mud, "from-device-policy")?;
        Ok(policies)
    }

    fn read_lists(&mut self, acls: &Object<'t>) -> Result<(), InputError> {
        // Where a list is attached to says nothing of what it permits.
        self.doubt(acls, &["acl", "attachment-points"]);
        let Some(lists) = acls.get("acl") else {
            return Ok(());
        };
        let mut room = ENTRIES_LIMIT;
        for node in lists.list(LISTS_LIMIT)? {
            let list = List::read(&node, room)?;
            room -= list.len();
            let name = list.name.clone();
            if self.lists.insert(name.clone(), list).is_some() {
                let message = format!("a second access list `{name}`");
                return Err(node.error(message, "a name of its own"));
            }
        }
        Ok(())
    }

    /// The names of the lists of a policy.
    fn named(
        &mut self,
        mud: &Object<'t>,
        key: &str,
    ) -> Result<Vec<(String, Node<'t>)>, InputError> {
        let Some(policy) = mud.get(key) else {
            return Ok(Vec::new());
        };
        let policy = policy.object()?;
        self.doubt(&policy, &["access-lists"]);
        let Some(lists) = policy.get("access-lists") else {
            return Ok(Vec::new());
        };
        let lists = lists.object()?;
        self.doubt(&lists, &["access-list"]);
        let Some(lists) = lists.get("access-list") else {
            return Ok(Vec::new());
        };
        let mut names = Vec::new();
        for entry in lists.list(LISTS_LIMIT)? {
            let entry = entry.object()?;
            self.doubt(&entry, &["name"]);
            let node = entry.needed("name")?;
            names.push((node.text()?, node));
        }
        Ok(names)
    }

    fn doubt(&mut self, object: &Object<'t>, known: &[&str]) {
        if let Some(key) = object.others(known).next() {
            self.unclear
                .get_or_insert(format!("`{key}`, which is not known there"));
        }
    }

    fn list(&self, (name, node): &(String, Node<'t>)) -> Result<&List<'t>, InputError> {
        self.lists.get(name).ok_or_else(|| {
            let lists: Vec<&str> = self.lists.keys().map(String::as_str).take(8).collect();
            let legal = match lists[..] {
                [] => format!("the name of a list in `{}`, which has none", ACLS[0]),
                _ => shown(format!("one of {}", lists.join(", ")), 300),
            };
            node.error(format!("there is no access list `{name}`"), legal)
        })
    }

    /// The entries about TCP and UDP in order, and how many others there are.
    fn rules(&self) -> Result<(Vec<MudRule>, u32), InputError> {
        let (mut rules, mut other) = (Vec::new(), 0);
        for named in &self.to_device {
            for rule in self.list(named)?.rules()? {
                match rule {
                    Some(rule) => rules.push(MudRule {
                        unclear: rule.unclear.or_else(|| self.unclear.clone()),
                        ..rule
                    }),
                    None => other += 1,
                }
                if rules.len() > ENTRIES_LIMIT {
                    let message = "a policy that names lists again and again";
                    return Err(named
                        .1
                        .error(message, format!("at most {ENTRIES_LIMIT} entries")));
                }
            }
        }
        Ok((rules, other))
    }

    fn outbound(&self) -> Result<u32, InputError> {
        let mut entries = 0;
        for named in &self.from_device {
            entries += self.list(named)?.len();
        }
        Ok(u32::try_from(entries).unwrap_or(u32::MAX))
    }

    fn unread(&self) -> Vec<String> {
        let unused = self.lists.keys().filter(|name| {
            let mut named = self.to_device.iter().chain(&self.from_device);
            !named.any(|(it, _)| it == *name)
        });
        let unused = unused.map(|name| format!("access list {name}, which no policy names"));
        let older = self
            .older
            .then(|| format!("(`{}` is the name of an older draft)", ACLS[1]));
        unused.chain(older).collect()
    }
}

#[cfg(test)]
mod tests;
