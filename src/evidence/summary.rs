//! One line that says what a piece of evidence says, for certificates and logs.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use super::{Absence, Evidence, Outcome, Target};
use crate::observation::{
    AccessStep, Asked, Installed, Observation, OfferAnswer, PortCounts, Transport, UpdateOffer,
    UpdateStep,
};
use crate::text::{brief, briefly, shown};

/// What was asked and what came back, in one line that is safe to show.
pub fn summary(evidence: &Evidence) -> String {
    let mut line = String::with_capacity(200);
    // Writing to a String does not fail.
    let _ = write_summary(&mut line, evidence);
    line
}

fn write_summary(out: &mut String, evidence: &Evidence) -> fmt::Result {
    write_question(out, evidence)?;
    out.push_str(": ");
    match &evidence.outcome {
        Outcome::Observed { observations } => {
            for (index, observation) in observations.iter().enumerate() {
                if index > 0 {
                    out.push_str("; ");
                }
                write_answer(out, observation)?;
            }
            Ok(())
        }
        Outcome::Absent {
            reason: Absence::ImportRefused,
            detail,
        } => write!(out, "refused: {}", briefly(detail, 160)),
        Outcome::Absent { detail, .. } => write!(out, "no answer: {}", briefly(detail, 160)),
    }
}

/// Where it was asked.
struct Place<'a>(&'a Target);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.address)?;
        match self.0.port {
            Some(port) if self.0.transport == Some(Transport::Udp) => {
                write!(f, " UDP port {port}")
            }
            Some(port) => write!(f, " port {port}"),
            None => Ok(()),
        }
    }
}

fn write_question(out: &mut String, evidence: &Evidence) -> fmt::Result {
    let udp = evidence.target.transport == Some(Transport::Udp);
    let place = Place(&evidence.target);
    match &evidence.asked {
        Asked::Reach => write!(out, "{place}, anybody there"),
        Asked::Identity { .. } => write!(out, "{place}, identity"),
        Asked::OnLink { mac } => {
            write!(
                out,
                "{place}, further addresses with link address {}",
                briefly(mac, 40)
            )
        }
        Asked::PortSweep { first, last } => write!(out, "{place}, TCP ports {first} to {last}"),
        Asked::PortsFromImport { source } => {
            write!(
                out,
                "{place}, TCP ports as {} has them",
                briefly(source, 80)
            )
        }
        Asked::UdpPorts { list } => {
            write!(
                out,
                "{place}, UDP ports of the list `{}`",
                briefly(list, 40)
            )
        }
        Asked::Identify => write!(out, "{place}, what speaks"),
        Asked::Tls { .. } if udp => write!(out, "{place}, DTLS handshake and certificate"),
        Asked::Tls { starttls, .. } => match starttls {
            Some(protocol) => write!(out, "{place}, TLS certificate behind {}", protocol.words()),
            None => write!(out, "{place}, TLS versions and certificate"),
        },
        Asked::Dtls { .. } => write!(out, "{place}, DTLS versions and suites"),
        Asked::TlsAudit { starttls, .. } => match starttls {
            Some(protocol) => write!(
                out,
                "{place}, what it takes of TLS behind {}",
                protocol.words()
            ),
            None => write!(out, "{place}, what it takes of TLS"),
        },
        Asked::Ssh => write!(out, "{place}, SSH algorithms and host keys"),
        Asked::Blocklist { sha256 } => {
            write!(out, "keys on the list with SHA-256 {}", briefly(sha256, 64))
        }
        Asked::Heartbeat { during, .. } => {
            write!(out, "{place}, still there after {}", briefly(during, 120))
        }
        Asked::Disclosure { path } => {
            write!(
                out,
                "{place} {}, what it gives to anyone",
                briefly(path, 80)
            )
        }
        Asked::Update(offer) => write!(out, "{place}, {}", offered(offer)),
        Asked::UpdatePackage { file } => write!(out, "declared package {}", briefly(file, 80)),
        Asked::Statements => out.write_str("what the manifest states"),
        Asked::Document {
            document,
            file,
            url,
        } => {
            let places = file.iter().chain(url).map(|it| briefly(it, 120));
            let places = places.collect::<Vec<_>>().join(", published at ");
            write!(out, "{} ({places})", document.words())
        }
        Asked::ImportedMud { source } => write!(out, "MUD file {}", briefly(source, 80)),
        Asked::ImportedPorts { source } => write!(out, "{place}, imported {}", briefly(source, 80)),
        Asked::Access {
            mechanism,
            path,
            step,
            account,
            ..
        } => {
            write!(out, "{place} {}", mechanism.as_str())?;
            if let Some(path) = path {
                write!(out, " {path}")?;
            }
            write!(out, ", {}, ", step_words(*step))?;
            match account {
                None => out.write_str("without credentials"),
                Some(account) => write!(
                    out,
                    "as `{}` with `{}`",
                    shown(&account.username, 60),
                    shown(&account.password, 60)
                ),
            }
        }
    }
}

fn offered(offer: &UpdateOffer) -> String {
    let file = briefly(&offer.file, 80);
    let version = briefly(&offer.version, 40);
    match (offer.step, offer.mutation) {
        (UpdateStep::Mutant, Some(mutation)) => {
            format!("offered {file} {} (claims {version})", mutation.as_str())
        }
        (UpdateStep::Older, _) => format!("offered {file}, which is older ({version})"),
        _ => format!("offered {file}, genuine ({version})"),
    }
}

fn installed(installed: &Installed) -> String {
    let firmware = briefly(&installed.firmware, 60);
    match &installed.content {
        Some(content) => format!("{firmware} with content {}", briefly(content, 16)),
        None => firmware.into_owned(),
    }
}

fn step_words(step: AccessStep) -> &'static str {
    match step {
        AccessStep::OwnerFirst => "the owner first",
        AccessStep::Anonymous => "a stranger",
        AccessStep::RandomAccount => "a random account",
        AccessStep::RandomPassword => "a random password",
        AccessStep::Candidate => "a published default",
        AccessStep::CandidateAgain => "that default once more",
        AccessStep::CandidateControl => "the same user with a random password",
        AccessStep::OwnerControl => "the owner with a random password",
        AccessStep::OwnerLast => "the owner last",
        AccessStep::TwinAnonymous => "a stranger again",
        AccessStep::TwinControl => "a random account again",
        AccessStep::TwinAccount => "the account of another service in clear",
    }
}

fn counted(counts: PortCounts) -> String {
    format!(
        "{} open, {} closed, {} silent, {} unproven, {} excluded",
        counts.open, counts.closed, counts.silent, counts.unproven, counts.excluded
    )
}

fn write_answer(out: &mut String, observation: &Observation) -> fmt::Result {
    match observation {
        Observation::Statements(statements) => match &statements.support_until {
            Some(day) => write!(out, "supported until {}", briefly(day, 20)),
            None => out.write_str("no end of support"),
        },
        Observation::Document(document) => out.write_str(&super::documents::answer(document)),
        Observation::ImportedMud(mud) => write!(
            out,
            "{} of {}, {} entries about TCP and UDP to the device, {} about what it reaches",
            briefly(&mud.mud_url, 80),
            mud.last_update,
            mud.to_device.len(),
            mud.from_device
        ),
        Observation::ImportedPorts(ports) => {
            write!(
                out,
                "{}, {} open",
                briefly(&ports.tool, 60),
                ports.open.len()
            )
        }
        Observation::Reach(reach) if reach.answered() => out.write_str("yes"),
        Observation::Reach(reach) => {
            write!(out, "{} ports asked, none answered", reach.asked.len())
        }
        Observation::Identity(identity) => {
            let firmware = identity.firmware.as_deref().unwrap_or("not read");
            write!(
                out,
                "firmware {firmware}, {} traits",
                identity.fingerprints.len()
            )
        }
        Observation::OnLink(on_link) if on_link.links.is_empty() => {
            out.write_str("it is on no link of this machine")
        }
        Observation::OnLink(on_link) => write!(
            out,
            "on {}: {} found{}",
            briefly(&on_link.links.join(", "), 80),
            match on_link.found.len() + on_link.left_out.len() {
                0 => "none".to_owned(),
                _ => brief(
                    &[on_link.found.as_slice(), &on_link.left_out]
                        .concat()
                        .join(", "),
                    400
                ),
            },
            match on_link.unsearched.len() {
                0 => String::new(),
                n => format!(", {n} searches not made"),
            }
        ),
        Observation::PortLedger(ledger) => out.write_str(&counted(ledger.counts())),
        Observation::UdpLedger(ledger) => out.write_str(&counted(ledger.counts())),
        Observation::Service(service) => match &service.product {
            Some(product) => write!(out, "{} ({product})", service.spoken()),
            None => out.write_str(&service.spoken()),
        },
        Observation::Tls(tls) => {
            let taken: Vec<_> = tls
                .offers
                .iter()
                .filter_map(|offer| match &offer.answer {
                    OfferAnswer::Accepted { selected, .. } => Some(selected.to_string()),
                    _ => None,
                })
                .collect();
            write!(
                out,
                "{} hellos accepted ({}), {} certificates",
                taken.len(),
                taken.join(", "),
                tls.chain.len()
            )
        }
        Observation::Dtls(dtls) => out.write_str(&dtls.summary()),
        Observation::TlsAudit(audit) => {
            let offered: Vec<_> = audit
                .offered()
                .map(|it| format!("{} with {} suites", it.version, it.suites.len()))
                .collect();
            write!(
                out,
                "{}, by {} connections{}",
                match offered.is_empty() {
                    true => "nothing offered".to_owned(),
                    false => offered.join(", "),
                },
                audit.connections,
                match &audit.interrupted {
                    Some(why) => format!(", ended early: {}", briefly(why, 120)),
                    None => String::new(),
                }
            )
        }
        Observation::Ssh(ssh) => write!(
            out,
            "{}, {} host keys",
            briefly(&ssh.banner, 80),
            ssh.host_keys.len()
        ),
        Observation::LookedUp(list) => {
            let listed = list.keys.iter().filter(|key| !key.collections.is_empty());
            write!(out, "{} of {} keys", listed.count(), list.keys.len())
        }
        Observation::Access(reply) => out.write_str(&reply.detail),
        Observation::Disclosure(it) => {
            let words: BTreeSet<_> = it.items.iter().map(|item| item.what.words()).collect();
            let words: Vec<_> = words.into_iter().collect();
            let gave = match words.is_empty() {
                true => "nothing that was recognised".to_owned(),
                false => words.join(", "),
            };
            let cut = if it.whole {
                ""
            } else {
                ", not read to its end"
            };
            write!(out, "{}, {gave}{cut}", it.status)
        }
        Observation::Update(attempt) => write!(
            out,
            "answered {}; installed was {}, and {} after {:.1} s",
            briefly(&attempt.upload.detail, 80),
            installed(&attempt.before),
            match &attempt.after {
                Some(after) => format!("is {}", installed(after)),
                None => "cannot be read".to_owned(),
            },
            attempt.watched
        ),
        Observation::UpdatePackage(facts) => match &facts.inspection {
            Some(it) => write!(out, "{}, {}", it.package.name(), it.conclusion.words()),
            None => write!(out, "{} bytes", facts.size),
        },
        Observation::Alive(alive) if alive.lost.is_empty() => out.write_str("yes"),
        Observation::Alive(alive) => {
            write!(out, "yes, but port {:?} no longer answers", alive.lost)
        }
    }
}
