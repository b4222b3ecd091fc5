//! Named groups and signature algorithms. TLS 1.3 is asked without a key share, so that the server has to name the group that it
//! wants; older versions name curve and signature in the key exchange.

use super::auditor::Auditor;
use super::elimination::{conclude, eliminate, own_curves, question};
use super::features::why;
use super::flight::Answer;
use super::note::group_name;
use crate::observation::TlsVersion;
use crate::probe::tls::hello::Hello;

pub(super) async fn ask(auditor: &mut Auditor<'_>) {
    if !auditor.accepted(TlsVersion::Tls13).is_empty() {
        modern(auditor).await;
    }
    if let Some(version) = auditor.classic() {
        classic(auditor, version).await;
    }
}

async fn modern(auditor: &mut Auditor<'_>) {
    let version = TlsVersion::Tls13;
    let suites = auditor.accepted(version).to_vec();
    let mut hello = Hello {
        share: false,
        ..auditor.client.hello(version, suites)
    };
    // What was chosen already need not be asked for.
    let passing = auditor.in_passing.clone();
    for (_, group, _) in passing.into_iter().filter(|it| it.0 == version) {
        let before = hello.groups.len();
        hello.groups.retain(|it| Some(*it) != group);
        if let Some(code) = group.filter(|_| hello.groups.len() < before) {
            auditor.of(version).groups.push(group_name(code));
        }
    }
    while !hello.groups.is_empty() {
        let answer = auditor.client.ask(&hello).await;
        match &answer {
            Answer::Flight(flight) if flight.hello.is_retry() => {
                let Some(code) = flight.hello.group else {
                    auditor
                        .of(version)
                        .not_told("groups", "it asks for no group");
                    return;
                };
                // That it was offered has been seen to.
                hello.groups.retain(|it| *it != code);
                auditor.of(version).groups.push(group_name(code));
            }
            Answer::Refused(_) => return auditor.refused(version),
            Answer::Flight(_) => {
                let what = "a ServerHello to a hello without a key share";
                auditor.of(version).answered_unasked(what);
                auditor.of(version).not_told("groups", what);
                return;
            }
            other => return auditor.of(version).not_told("groups", why(other)),
        }
    }
}

async fn classic(auditor: &mut Auditor<'_>, version: TlsVersion) {
    let own = own_curves(&auditor.certificates.shown);
    let Some((suites, mut joint)) = question(auditor.accepted(version), version, &own) else {
        return;
    };
    for (_, group, signature) in auditor.in_passing.iter().filter(|it| it.0 == version) {
        joint.took(group.filter(|code| !own.contains(code)), *signature);
    }
    let ended = eliminate(&mut auditor.client, version, &suites, &mut joint).await;
    if ended.is_ok() {
        auditor.refused(version);
    }
    conclude(auditor.of(version), &joint, &own, ended);
}
