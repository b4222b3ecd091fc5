//! Commands with which a reader looks oneself, filled in for the places that a certificate names.
//!
//! They are to be copied into a shell, so that nothing of a certificate gets into one unless it is an address, a port, or
//! a path, and every word that one is put into is quoted where a shell could see more in it.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::certificate::{Certificate, RequirementResult};
use crate::observation::Transport;
use crate::texts::{Command, commands};
use crate::verdict::Subject;

/// So many commands of one requirement are shown.
const MOST: usize = 8;

/// A place that can be asked.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Place<'a> {
    address: &'a str,
    port: u16,
    /// What it speaks, in the certificate's words.
    spoken: Option<&'a str>,
    path: Option<&'a str>,
}

/// The commands of a requirement, and how many more there would be.
pub(super) fn by_hand(
    certificate: &Certificate,
    requirement: &RequirementResult,
) -> (Vec<String>, usize) {
    let (places, named) = places(certificate, requirement);
    let mut addresses: Vec<&str> = places.iter().map(|place| place.address).collect();
    let units = certificate.device.units.iter();
    addresses.extend(
        units
            .flat_map(|unit| unit.addresses.iter().chain(&unit.found_on_link))
            .map(String::as_str),
    );
    let mut seen = BTreeSet::new();
    let all: Vec<String> = commands(&requirement.test_case)
        .iter()
        .flat_map(|command| filled(command, &places, named, &addresses))
        .filter(|line| seen.insert(line.clone()))
        .collect();
    let more = all.len().saturating_sub(MOST);
    (all.into_iter().take(MOST).collect(), more)
}

/// Where something was found or is missing, and that these are such places; where there are none, all services.
fn places<'a>(
    certificate: &'a Certificate,
    requirement: &'a RequirementResult,
) -> (Vec<Place<'a>>, bool) {
    let findings = requirement.findings.iter();
    let mut subjects: Vec<&Subject> = findings
        .filter(|finding| finding.severity.violates())
        .map(|finding| &finding.subject)
        .collect();
    subjects.extend(requirement.gaps.iter().map(|gap| &gap.subject));
    let named: Vec<_> = subjects
        .into_iter()
        .filter_map(|subject| {
            let (unit, address) = (&subject.unit, subject.address.as_deref()?);
            Some(place(
                certificate,
                unit,
                address,
                subject.transport,
                subject.port?,
            ))
        })
        .collect();
    if !named.is_empty() {
        return (named, true);
    }
    let services = certificate.coverage.services.iter();
    let places = services.map(|it| {
        place(
            certificate,
            &it.unit,
            &it.address,
            Some(it.transport),
            it.port,
        )
    });
    (places.collect(), false)
}

fn place<'a>(
    certificate: &'a Certificate,
    unit: &str,
    address: &'a str,
    transport: Option<Transport>,
    port: u16,
) -> Place<'a> {
    let coverage = &certificate.coverage;
    let here = |at: (&str, &str, u16)| at == (unit, address, port);
    let service = coverage.services.iter().find(|it| {
        here((&it.unit, &it.address, it.port)) && transport.is_none_or(|one| one == it.transport)
    });
    let login = coverage
        .logins
        .iter()
        .find(|it| here((&it.unit, &it.address, it.port)) && it.path.is_some());
    Place {
        address,
        port,
        spoken: service.map(|it| it.protocol.as_str()),
        path: login.and_then(|it| it.path.as_deref()),
    }
}

/// A command for each place or address that it is for.
fn filled(command: &Command, places: &[Place<'_>], named: bool, addresses: &[&str]) -> Vec<String> {
    let run = command.run.as_str();
    if run.contains("PORT") {
        // That something listens there is no reason to ask for it by every means.
        let asked = |place: &&Place<'_>| {
            command.fits(place.spoken) && (named || !command.speaks.is_empty())
        };
        places
            .iter()
            .filter(asked)
            .filter_map(|it| fill(run, it.address, Some(it.port), it.path))
            .collect()
    } else if run.contains("ADDRESS") {
        addresses
            .iter()
            .filter_map(|address| fill(run, address, None, None))
            .collect()
    } else {
        vec![run.to_owned()]
    }
}

/// The command for a place. None where what stands in the place of an address is none.
fn fill(run: &str, address: &str, port: Option<u16>, path: Option<&str>) -> Option<String> {
    let (ip, zone) = match address.split_once('%') {
        Some((ip, zone)) => (ip, Some(zone)),
        None => (address, None),
    };
    let six = ip.parse::<IpAddr>().ok()?.is_ipv6();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if zone.is_some_and(|it| it.is_empty() || it.len() > 32 || !it.chars().all(plain)) {
        return None;
    }
    let path = path.filter(|it| it.bytes().all(|byte| byte.is_ascii_graphic()));
    let path = path.unwrap_or_default().trim_start_matches('/');
    let port = port.map(|it| it.to_string()).unwrap_or_default();
    let words = words(run).into_iter().filter_map(|(word, quoted)| {
        if word == "[-6]" {
            return six.then(|| "-6".to_owned());
        }
        let host = match (six, word.contains("://")) {
            (true, true) => format!("[{}]", address.replace('%', "%25")),
            (true, false) => format!("[{address}]"),
            (false, _) => address.to_owned(),
        };
        let whole = word
            .replace("ADDRESS", address)
            .replace("HOST", &host)
            .replace("PORT", &port)
            // Last, so that nothing in a path is taken for a placeholder.
            .replace("PATH", path);
        let filled = whole != word;
        Some(if quoted || (filled && !whole.bytes().all(is_plain)) {
            format!("'{}'", whole.replace('\'', r"'\''"))
        } else {
            whole
        })
    });
    Some(words.collect::<Vec<_>>().join(" "))
}

/// What every shell takes for itself.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"./:@_-,+%".contains(&byte)
}

/// The words of a command of ours, each without its single quotes, and whether it had any.
fn words(run: &str) -> Vec<(String, bool)> {
    let mut words = Vec::new();
    for (index, part) in run.split('\'').enumerate() {
        if index % 2 == 1 {
            words.push((part.to_owned(), true));
        } else {
            words.extend(part.split_whitespace().map(|it| (it.to_owned(), false)));
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_filled_in_for_both_versions_of_ip() {
        let curl = "curl -i http://HOST:PORT/PATH";
        let four = fill(curl, "192.0.2.1", Some(80), Some("/set/up"));
        assert_eq!(four.unwrap(), "curl -i http://192.0.2.1:80/set/up");
        let six = fill(curl, "fe80::1%eth0", Some(80), None).unwrap();
        assert_eq!(six, "curl -i 'http://[fe80::1%25eth0]:80/'");
        let nmap = "nmap [-6] -n ADDRESS";
        assert_eq!(
            fill(nmap, "192.0.2.1", None, None).unwrap(),
            "nmap -n 192.0.2.1"
        );
        assert_eq!(
            fill(nmap, "fd00::1", None, None).unwrap(),
            "nmap -6 -n fd00::1"
        );
        let gdb = "gdb -ex 'target remote HOST:PORT' | nc";
        let filled = fill(gdb, "fd00::1", Some(1), None).unwrap();
        assert_eq!(filled, "gdb -ex 'target remote [fd00::1]:1' | nc");
    }

    #[test]
    fn nothing_in_a_certificate_becomes_a_command() {
        let curl = "curl -i http://HOST:PORT/PATH";
        for address in [
            "1.2.3.4;id",
            "$(id)",
            "-oProxyCommand=id",
            "",
            "fe80::1%$(id)",
            "fe80::1%",
        ] {
            assert_eq!(fill(curl, address, Some(1), None), None, "{address}");
        }
        let path = |path| fill(curl, "192.0.2.1", Some(80), Some(path)).unwrap();
        assert_eq!(
            path("/';id;'"),
            r"curl -i 'http://192.0.2.1:80/'\'';id;'\'''"
        );
        assert_eq!(
            path("/$(id)&`id`"),
            "curl -i 'http://192.0.2.1:80/$(id)&`id`'"
        );
        assert_eq!(path("/ADDRESS"), "curl -i http://192.0.2.1:80/ADDRESS");
        assert_eq!(path("/a\nid\n"), "curl -i http://192.0.2.1:80/");
        assert_eq!(path("/\u{202e}"), "curl -i http://192.0.2.1:80/");
    }

    /// The shell itself says what it sees: one word, with every character in its place.
    #[test]
    fn a_shell_takes_what_was_filled_in_for_one_word() {
        let path = "/!#$&'()*+,;=?@[]~\"`\\|<>{}^%";
        let line = fill(
            "printf %s http://HOST:PORT/PATH",
            "fd00::1",
            Some(80),
            Some(path),
        );
        let shell = std::process::Command::new("sh")
            .args(["-c", &line.unwrap()])
            .output();
        let said = String::from_utf8(shell.unwrap().stdout).unwrap();
        assert_eq!(said, format!("http://[fd00::1]:80{path}"));
    }
}
