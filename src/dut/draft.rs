//! A first manifest of a device that nobody has described yet.
//!
//! What was found is commented out: a manifest that declares every open port would declare the backdoor too,
//! and closed-ports would pass by itself. Somebody must take each service in and say what it is for.

use std::fmt::Write as _;

use super::{Address, MANIFEST_FORMAT};
use crate::observation::{PortLedger, Protocol, Service};
use crate::text::brief;

/// What was found at an address.
#[derive(Debug)]
pub struct Found<'a> {
    pub address: &'a Address,
    pub ledger: &'a PortLedger,
    /// The open ports in order, and what each said it is.
    pub open: &'a [(u16, Option<Service>)],
}

/// The manifest: it loads as it is, and declares no service. `# ` begins what is said to a person, `#` a line
/// of TOML to be taken in.
pub fn draft(found: &Found<'_>) -> String {
    let address = toml::Value::String(found.address.to_string());
    let mut text = format!(
        "\
# A first manifest, from what answered at one address. Fill it in; examples/my-device.device.toml has every key.
# Everything here is the supplier's statement. What stays commented out is not declared, and an open port that is
# not declared is a finding.

format = \"{MANIFEST_FORMAT}\"

[device]
manufacturer = \"TODO: who makes it\"
model = \"TODO: what it is called\"
# firmware = \"as the device itself writes it\"

[[unit]]
id = \"a\"
addresses = [{address}]
# factory, initialised (set up for use) or reset
state = \"initialised\"
"
    );
    let counts = found.ledger.counts();
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "\n# Of {} TCP ports {} were open, {} refused, {} were silent in every round.\n",
        counts.total(),
        counts.open,
        counts.closed,
        counts.silent
    );
    if counts.unproven > 0 {
        let _ = writeln!(
            text,
            "# {} could be shown neither open nor closed nor silent: there may be more.",
            counts.unproven
        );
    }
    if found.open.is_empty() {
        text.push_str("# No service was found. One that opens later is missing here.\n");
        return text;
    }
    text.push_str(
        "# Which of these does the product need? Take in those alone: remove the first `#` of each line and say why in\n\
         # `purpose`, which must not stay empty. Whatever nobody needs should be closed, not declared.\n",
    );
    for (port, service) in found.open {
        text.push('\n');
        text.push_str(&block(*port, service.as_ref()));
    }
    text
}

/// One service, commented out. Text of the device stands in comments alone, and was made safe to show: it has
/// no line break and no control character.
fn block(port: u16, service: Option<&Service>) -> String {
    let protocol = service.map_or("unknown", |service| service.protocol.as_str());
    let seen = match service {
        None => "what speaks there could not be told".to_owned(),
        Some(service) if service.spoke_after.is_none() => "it accepts and says nothing".to_owned(),
        Some(service) => {
            let product = match &service.product {
                Some(product) => format!(" ({})", brief(product, 60)),
                None => String::new(),
            };
            let first = brief(&service.first_bytes, 60);
            format!(
                "it speaks {}{product}, beginning: {first}",
                service.spoken()
            )
        }
    };
    let login = match service.and_then(|service| logins(service.protocol)) {
        Some(mechanisms) => format!(
            "# An owner's login (a table [service.owner], mechanism {mechanisms}) makes refused passwords count.\n"
        ),
        None => String::new(),
    };
    format!(
        "# TCP port {port} is open; {seen}
{login}#[[service]]
#id = \"{protocol}-{port}\"
#transport = \"tcp\"
#port = {port}
#protocol = \"{protocol}\"
#purpose = \"\"
"
    )
}

/// The words for its logins that can be tried.
fn logins(protocol: Protocol) -> Option<&'static str> {
    match protocol {
        Protocol::Ftp => Some("ftp"),
        Protocol::Http => Some("http-basic or http-digest"),
        Protocol::Mqtt => Some("mqtt"),
        Protocol::Ssh => Some("ssh-password"),
        Protocol::Telnet => Some("telnet"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::dut::{Device, parse};
    use crate::error::InputError;
    use crate::observation::{Engine, PortProof, PortSpan, PortState, Sweep};

    fn ledger(unproven: bool) -> PortLedger {
        let span = |first, last, state, proof| PortSpan {
            first,
            last,
            state,
            proof,
            asked: 3,
        };
        let rest = match unproven {
            true => (PortState::Unproven, PortProof::NotAsked),
            false => (PortState::Closed, PortProof::Refused),
        };
        PortLedger {
            engine: Engine::Connect,
            engine_because: String::new(),
            link_addresses: Vec::new(),
            spans: vec![
                span(1, 22, PortState::Closed, PortProof::Refused),
                span(23, 24, PortState::Open, PortProof::Accepted),
                span(25, 65_535, rest.0, rest.1),
            ],
            rechecks: vec![],
            sweep: Sweep {
                seed: 1,
                rounds: 1,
                probes: 65_535,
                canary: None,
                canaries_sent: 0,
                canaries_lost: 0,
                absences: 0,
                residual: None,
                rate_start: 1.0,
                rate_peak: 1.0,
                rate_end: 1.0,
                rate_ceiling: 1.0,
                timeout_seconds: 1.0,
                seconds: 1.0,
            },
        }
    }

    /// As a probe would never hand it over: not made safe to show.
    fn service(first_bytes: &str, product: &str) -> Service {
        Service {
            tls: false,
            also_in_clear: false,
            protocol: Protocol::Telnet,
            product: Some(product.to_owned()),
            spoke_after: Some("nothing".to_owned()),
            first_bytes: first_bytes.to_owned(),
        }
    }

    fn written(address: &str, open: &[(u16, Option<Service>)]) -> String {
        draft(&Found {
            address: &address.parse().unwrap(),
            ledger: &ledger(false),
            open,
        })
    }

    fn load(text: &str) -> Result<Device, InputError> {
        parse(text, "draft", Path::new("."), &|_| None, false)
    }

    /// As the text says that it is done: the first `#` of each line that is TOML.
    fn taken_in(text: &str) -> String {
        let line = |line: &str| match line.strip_prefix('#') {
            Some(rest) if !rest.starts_with(' ') => format!("{rest}\n"),
            _ => format!("{line}\n"),
        };
        text.lines().map(line).collect()
    }

    #[test]
    fn it_loads_and_declares_nothing() {
        let text = written(
            "127.0.0.1",
            &[(23, Some(service("login: ", "x"))), (24, None)],
        );
        let device = load(&text).unwrap();
        assert_eq!(device.services, []);
        assert_eq!(device.units[0].addresses[0].to_string(), "127.0.0.1");
        assert!(text.contains("# TCP port 23 is open; it speaks telnet (x), beginning: login: \n"));
        assert_eq!(text.matches("mechanism telnet").count(), 1);
        assert!(text.contains("# Of 65535 TCP ports 2 were open, 65533 refused, 0 were silent"));
    }

    #[test]
    fn what_is_taken_in_needs_its_purpose() {
        let text = taken_in(&written("::1", &[(23, Some(service("", ""))), (24, None)]));
        let error = load(&text).unwrap_err();
        assert!(error.to_string().contains("purpose = \"\""), "{error}");
        let device = load(&text.replace("purpose = \"\"", "purpose = \"x\"")).unwrap();
        let ids: Vec<_> = device.services.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids, ["telnet-23", "unknown-24"]);
    }

    #[test]
    fn no_text_of_the_device_leaves_its_comment() {
        let hostile = "x\n[[service]]\nid=\"y\"\r\u{2028}\u{85}[device]\x1b[2J\u{202e}";
        let text = written("fe80::1%\"]x", &[(23, Some(service(hostile, hostile)))]);
        let device = load(&text).unwrap();
        assert_eq!(device.services, []);
        assert_eq!(device.units[0].addresses[0].zone.as_deref(), Some("\"]x"));
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
    }

    #[test]
    fn an_incomplete_sweep_and_an_empty_one_say_so() {
        let address = "127.0.0.1".parse().unwrap();
        let ledger = ledger(true);
        let found = Found {
            address: &address,
            ledger: &ledger,
            open: &[],
        };
        let text = draft(&found);
        assert!(
            text.contains("# 65511 could be shown neither open"),
            "{text}"
        );
        assert!(text.contains("# No service was found."));
        load(&text).unwrap();
    }
}
