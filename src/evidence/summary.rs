//! One line that says what a piece of evidence says, for certificates and logs.

use std::collections::BTreeSet;

use super::{Absence, Evidence, Outcome};
use crate::observation::{
    AccessStep, Asked, Installed, Observation, OfferAnswer, PortCounts, Transport, UpdateOffer,
    UpdateStep,
};
use crate::text::{brief, shown};

/// What was asked and what came back, in one line that is safe to show.
pub fn summary(evidence: &Evidence) -> String {
    let answer = match &evidence.outcome {
        Outcome::Observed { observations } => observations
            .iter()
            .map(answer)
            .collect::<Vec<_>>()
            .join("; "),
        Outcome::Absent {
            reason: Absence::ImportRefused,
            detail,
        } => format!("refused: {}", brief(detail, 160)),
        Outcome::Absent { detail, .. } => format!("no answer: {}", brief(detail, 160)),
    };
    format!("{}: {answer}", question(evidence))
}

fn question(evidence: &Evidence) -> String {
    let udp = evidence.target.transport == Some(Transport::Udp);
    let place = match evidence.target.port {
        Some(port) if udp => format!("{} UDP port {port}", evidence.target.address),
        Some(port) => format!("{} port {port}", evidence.target.address),
        None => evidence.target.address.clone(),
    };
    match &evidence.asked {
        Asked::Reach => format!("{place}, anybody there"),
        Asked::Identity { .. } => format!("{place}, identity"),
        Asked::OnLink { mac } => {
            format!(
                "{place}, further addresses with link address {}",
                brief(mac, 40)
            )
        }
        Asked::PortSweep { first, last } => format!("{place}, TCP ports {first} to {last}"),
        Asked::PortsFromImport { source } => {
            format!("{place}, TCP ports as {} has them", brief(source, 80))
        }
        Asked::UdpPorts { list } => {
            format!("{place}, UDP ports of the list `{}`", brief(list, 40))
        }
        Asked::Identify => format!("{place}, what speaks"),
        Asked::Tls { .. } if udp => format!("{place}, DTLS handshake and certificate"),
        Asked::Tls { starttls, .. } => match starttls {
            Some(protocol) => format!("{place}, TLS certificate behind {}", protocol.words()),
            None => format!("{place}, TLS versions and certificate"),
        },
        Asked::Dtls { .. } => format!("{place}, DTLS versions and suites"),
        Asked::TlsAudit { starttls, .. } => match starttls {
            Some(protocol) => format!("{place}, what it takes of TLS behind {}", protocol.words()),
            None => format!("{place}, what it takes of TLS"),
        },
        Asked::Ssh => format!("{place}, SSH algorithms and host keys"),
        Asked::Blocklist { sha256 } => {
            format!("keys on the list with SHA-256 {}", brief(sha256, 64))
        }
        Asked::Heartbeat { during, .. } => {
            format!("{place}, still there after {}", brief(during, 120))
        }
        Asked::Disclosure { path } => {
            format!("{place} {}, what it gives to anyone", brief(path, 80))
        }
        Asked::Update(offer) => format!("{place}, {}", offered(offer)),
        Asked::UpdatePackage { file } => format!("declared package {}", brief(file, 80)),
        Asked::Statements => "what the manifest states".to_owned(),
        Asked::Document {
            document,
            file,
            url,
        } => {
            let place = file.iter().chain(url).map(|it| brief(it, 120));
            let place = place.collect::<Vec<_>>().join(", published at ");
            format!("{} ({place})", document.words())
        }
        Asked::ImportedMud { source } => format!("MUD file {}", brief(source, 80)),
        Asked::ImportedPorts { source } => format!("{place}, imported {}", brief(source, 80)),
        Asked::Access {
            mechanism,
            path,
            step,
            account,
            ..
        } => {
            let path = path
                .as_deref()
                .map(|path| format!(" {path}"))
                .unwrap_or_default();
            let with = match account {
                None => "without credentials".to_owned(),
                Some(account) => format!(
                    "as `{}` with `{}`",
                    shown(&account.username, 60),
                    shown(&account.password, 60)
                ),
            };
            format!(
                "{place} {}{path}, {}, {with}",
                mechanism.as_str(),
                step_words(*step)
            )
        }
    }
}

fn offered(offer: &UpdateOffer) -> String {
    let file = brief(&offer.file, 80);
    let version = brief(&offer.version, 40);
    match (offer.step, offer.mutation) {
        (UpdateStep::Mutant, Some(mutation)) => {
            format!("offered {file} {} (claims {version})", mutation.as_str())
        }
        (UpdateStep::Older, _) => format!("offered {file}, which is older ({version})"),
        _ => format!("offered {file}, genuine ({version})"),
    }
}

fn installed(installed: &Installed) -> String {
    let firmware = brief(&installed.firmware, 60);
    match &installed.content {
        Some(content) => format!("{firmware} with content {}", brief(content, 16)),
        None => firmware,
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

fn answer(observation: &Observation) -> String {
    match observation {
        Observation::Statements(statements) => match &statements.support_until {
            Some(day) => format!("supported until {}", brief(day, 20)),
            None => "no end of support".to_owned(),
        },
        Observation::Document(document) => super::documents::answer(document),
        Observation::ImportedMud(mud) => format!(
            "{} of {}, {} entries about TCP and UDP to the device, {} about what it reaches",
            brief(&mud.mud_url, 80),
            mud.last_update,
            mud.to_device.len(),
            mud.from_device
        ),
        Observation::ImportedPorts(ports) => {
            format!("{}, {} open", brief(&ports.tool, 60), ports.open.len())
        }
        Observation::Reach(reach) if reach.answered() => "yes".to_owned(),
        Observation::Reach(reach) => format!("{} ports asked, none answered", reach.asked.len()),
        Observation::Identity(identity) => {
            let firmware = identity.firmware.as_deref().unwrap_or("not read");
            format!(
                "firmware {firmware}, {} traits",
                identity.fingerprints.len()
            )
        }
        Observation::OnLink(on_link) if on_link.links.is_empty() => {
            "it is on no link of this machine".to_owned()
        }
        Observation::OnLink(on_link) => format!(
            "on {}: {} found{}",
            brief(&on_link.links.join(", "), 80),
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
        Observation::PortLedger(ledger) => counted(ledger.counts()),
        Observation::UdpLedger(ledger) => counted(ledger.counts()),
        Observation::Service(service) => match &service.product {
            Some(product) => format!("{} ({product})", service.spoken()),
            None => service.spoken(),
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
            format!(
                "{} hellos accepted ({}), {} certificates",
                taken.len(),
                taken.join(", "),
                tls.chain.len()
            )
        }
        Observation::Dtls(dtls) => dtls.summary(),
        Observation::TlsAudit(audit) => {
            let offered: Vec<_> = audit
                .offered()
                .map(|it| format!("{} with {} suites", it.version, it.suites.len()))
                .collect();
            format!(
                "{}, by {} connections{}",
                match offered.is_empty() {
                    true => "nothing offered".to_owned(),
                    false => offered.join(", "),
                },
                audit.connections,
                match &audit.interrupted {
                    Some(why) => format!(", ended early: {}", brief(why, 120)),
                    None => String::new(),
                }
            )
        }
        Observation::Ssh(ssh) => format!(
            "{}, {} host keys",
            brief(&ssh.banner, 80),
            ssh.host_keys.len()
        ),
        Observation::LookedUp(list) => {
            let listed = list.keys.iter().filter(|key| !key.collections.is_empty());
            format!("{} of {} keys", listed.count(), list.keys.len())
        }
        Observation::Access(reply) => reply.detail.clone(),
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
            format!("{}, {gave}{cut}", it.status)
        }
        Observation::Update(attempt) => format!(
            "answered {}; installed was {}, and {} after {:.1} s",
            brief(&attempt.upload.detail, 80),
            installed(&attempt.before),
            match &attempt.after {
                Some(after) => format!("is {}", installed(after)),
                None => "cannot be read".to_owned(),
            },
            attempt.watched
        ),
        Observation::UpdatePackage(facts) => match &facts.inspection {
            Some(it) => format!("{}, {}", it.package.name(), it.conclusion.words()),
            None => format!("{} bytes", facts.size),
        },
        Observation::Alive(alive) if alive.lost.is_empty() => "yes".to_owned(),
        Observation::Alive(alive) => format!("yes, but port {:?} no longer answers", alive.lost),
    }
}
